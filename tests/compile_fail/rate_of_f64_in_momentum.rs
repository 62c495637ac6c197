//~ <Xor<f32> as Takes>::Scalar == f64
//~ expected `f64`, found `f32`
use constprop::prelude::*;
use constprop::train::Fit;

network! {
    pub struct Xor(2 => 8 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() -> Result<(), constprop::Error> {
    let (x, y) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    let mut net = Xor::<f32>::seeded(1);
    let mut momentum = Momentum::new(0.1_f64, 0.9)?;
    Fit::new().run(&mut net, &mut momentum, &x, &y)?;
    Ok(())
}
