//! What is right compiles.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

use constprop::prelude::*;

const HIDDEN: usize = 5;

network! {
    /// Sizes as constants and braced expressions.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Article(3 => HIDDEN Sigmoid => {HIDDEN - 1} Sigmoid => 2 Sigmoid)
        minimizing CrossEntropy;
}

network! {
    /// A second one in the same module, generic over its sizes.
    pub struct Policy<const OBS: usize, const ACT: usize>(OBS => 64 Tanh => ACT Identity)
        minimizing HalfSquaredError;
}

const _: () = assert!(Policy::<4, 2, f32>::BYTES <= 32 * 1024);

/// Whatever made them.
fn mean(a2: &constprop::A<constprop::layer::L2, f64, 5>) -> f64 {
    a2.array().iter().sum::<f64>() / 5.0
}

fn main() -> Result<(), constprop::Error> {
    let mut net = Article::<f64>::seeded(1);
    let (_, gradient) =
        net.cost_and_gradient(&[[0.1, 0.2, 0.3]], &[[1.0, 0.0]], &Regularization::none())?;
    GradientDescent::new(0.1)?.step(&mut net, &gradient)?;
    println!("{}", mean(&net.forward(&[0.1, 0.2, 0.3]).a2));
    println!("{:?}", Policy::<4, 2, f32>::seeded(1).predict(&[0.0; 4]));
    Ok(())
}
