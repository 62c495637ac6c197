//! A 4-layer classifier, trained as a user would: `Fit` with Adam, validation and a metric.

use std::error::Error;

use constprop::prelude::*;
use constprop::train::{Fit, accuracy};

const INPUTS: usize = 4;
const HIDDEN: usize = 32;

network! {
    struct Net(INPUTS => HIDDEN Relu => HIDDEN Relu => 3 Softmax) minimizing CategoricalCrossEntropy;
}

pub fn run() -> Result<(), Box<dyn Error>> {
    let x: Vec<_> = (0..90).map(|i| std::array::from_fn(|j| ((i * j) as f32).sin())).collect();
    let y: Vec<[f32; 3]> =
        (0..90).map(|i| constprop::one_hot(i % 3)).collect::<Result<_, _>>()?;
    let mut net = Net::<f32>::boxed_seeded(1);
    let mut adam = Adam::boxed(AdamSettings::default())?;
    let history = Fit::new()
        .epochs(3)
        .batch(32)
        .validation(&x[60..], &y[60..])
        .metric("accuracy", accuracy)
        .run(&mut *net, &mut adam, &x[..60], &y[..60])?;
    println!("{:?}", history.epochs().last());
    Ok(())
}
