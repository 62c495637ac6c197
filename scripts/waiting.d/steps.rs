//! Milliseconds for a step of Adam, 784-128-64-10 over 32 examples: the median of the steps that fit into
//! two seconds.

use std::error::Error;
use std::time::{Duration, Instant};

use constprop::prelude::*;

network! {
    struct Images(784 => 128 Relu => 64 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

fn main() -> Result<(), Box<dyn Error>> {
    let x: Vec<[f32; 784]> =
        (0..32).map(|i| std::array::from_fn(|j| ((i * j) as f32).sin())).collect();
    let y = (0..32).map(|i| constprop::one_hot(i % 10)).collect::<Result<Vec<[f32; 10]>, _>>()?;
    let mut net = Images::<f32>::boxed_seeded(1);
    let mut adam = Adam::boxed(AdamSettings::default())?;
    let (none, mut workspace) = (Regularization::none(), Workspace::boxed());
    let mut step = || adam.train(&mut *net, &x, &y, &none, &mut workspace);
    step()?;
    let (start, mut times) = (Instant::now(), Vec::new());
    while start.elapsed() < Duration::from_secs(2) {
        let before = Instant::now();
        step()?;
        times.push(before.elapsed());
    }
    times.sort();
    println!("{:.4}", 1e3 * times[times.len() / 2].as_secs_f64());
    Ok(())
}
