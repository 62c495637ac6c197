//~ <Xor<f32> as Takes>::Target == [f32; 2]
use constprop::prelude::*;
use constprop::train::Fit;

network! {
    pub struct Xor(2 => 8 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() -> Result<(), constprop::Error> {
    let (x, y) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    let mut net = Xor::<f32>::seeded(1);
    let mut descent = GradientDescent::new(0.1)?;
    fn mine(h: &[[f32; 2]], y: &[[f32; 2]]) -> f64 {
        f64::from(h[0][0] - y[0][0])
    }
    Fit::new().metric("mine", mine).run(&mut net, &mut descent, &x, &y)?;
    Ok(())
}
