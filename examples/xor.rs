//! XOR, the smallest thing that needs a hidden layer: `cargo run --release --example xor`.

use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() -> Result<(), constprop::Error> {
    let inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let targets = [[0.0], [1.0], [1.0], [0.0]];
    let none = Regularization::none();

    let mut net = Xor::<f64>::seeded(1);
    let mut descent = GradientDescent::new(1.0)?;
    println!("{}", Xor::<f64>::summary());
    println!(" step        J");
    for step in 0..=1000 {
        let (j, gradient) = net.cost_and_gradient(&inputs, &targets, &none)?;
        if [0, 10, 100, 1000].contains(&step) {
            println!("{step:>5}  {j:.5}");
        }
        descent.step(&mut net, &gradient)?;
    }
    println!("\n   x      y  h(x)");
    for (x, y) in inputs.iter().zip(targets) {
        println!("{} {}  {}  {:.4}", x[0], x[1], y[0], net.predict(x)[0]);
    }
    Ok(())
}
