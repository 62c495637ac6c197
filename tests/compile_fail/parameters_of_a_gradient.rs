//~ Gradient<Xor>>` is no `Xor`, nor holds one
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() -> Result<(), constprop::Error> {
    let mut net = Xor::<f64>::seeded(1);
    let (_, gradient) =
        net.cost_and_gradient(&[[0.0, 1.0]], &[[1.0]], &Regularization::none())?;
    net.copy_from(&gradient);
    Ok(())
}
