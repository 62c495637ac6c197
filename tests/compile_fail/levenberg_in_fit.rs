//~ LevenbergMarquardt<Xor<f32>>` does not train `Xor<f32>`
use constprop::prelude::*;
use constprop::train::Fit;

network! {
    pub struct Xor(2 => 8 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() -> Result<(), constprop::Error> {
    let (x, y) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    let mut net = Xor::<f32>::seeded(1);
    let mut lm = LevenbergMarquardt::<Xor<f32>>::new(LevenbergSettings::default())?;
    Fit::new().run(&mut net, &mut lm, &x, &y)?;
    Ok(())
}
