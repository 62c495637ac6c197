//~ off: progress
//~ the feature `progress` of constprop
//~ features = ["progress"]
use constprop::prelude::*;
use constprop::train::Fit;

network! {
    pub struct Xor(2 => 8 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() -> Result<(), constprop::Error> {
    let (x, y) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    let mut net = Xor::<f32>::seeded(1);
    let mut descent = GradientDescent::new(0.1)?;
    Fit::new().progress().run(&mut net, &mut descent, &x, &y)?;
    Ok(())
}
