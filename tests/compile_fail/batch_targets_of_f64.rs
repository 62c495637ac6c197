//~ <Xor<f32> as Takes>::Target == [f64; 1]
use constprop::prelude::*;
use constprop::train::Fit;

network! {
    pub struct Xor(2 => 8 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() -> Result<(), constprop::Error> {
    let (x, y) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    let mut net = Xor::<f32>::seeded(1);
    let y: [[f64; 1]; 2] = y;
    constprop::Batch::new(&x, &y).cost(&net, &Regularization::none(), &mut Workspace::boxed())?;
    net.fill(0.0);
    let _ = Fit::<Xor>::new();
    Ok(())
}
