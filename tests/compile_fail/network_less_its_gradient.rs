//~ `GradientDescent::new(rate)?.step(&mut net, &gradient)?`
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() -> Result<(), constprop::Error> {
    let net = Xor::<f32>::seeded(1);
    let (_, gradient) =
        net.cost_and_gradient(&[[0.0, 1.0]], &[[1.0]], &Regularization::none())?;
    let net = net - gradient * 0.1;
    println!("{:?}", net.predict(&[0.0, 1.0]));
    Ok(())
}
