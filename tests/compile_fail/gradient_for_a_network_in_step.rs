//~ `constprop::Gradient<Xor<f32>>` is no network
use constprop::prelude::*;
use constprop::train::Fit;

network! {
    pub struct Xor(2 => 8 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() -> Result<(), constprop::Error> {
    let (x, y) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    let net = Xor::<f32>::seeded(1);
    let mut descent = GradientDescent::new(0.1)?;
    let (_, mut gradient) = net.cost_and_gradient(&x, &y, &Regularization::none())?;
    let same = gradient.clone();
    descent.step(&mut *gradient, &same)?;
    let _ = Fit::<Xor>::new();
    Ok(())
}
