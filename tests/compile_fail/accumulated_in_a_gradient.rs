//~ is ∂J/∂Θ and not Δ: `accumulate` in a `BigDeltas`, and its `finish` makes a gradient
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let net = Xor::<f64>::seeded(1);
    let trace = net.forward(&[0.0, 1.0]);
    let mut gradient = Gradient::<Xor>::zeros();
    gradient.accumulate(&trace, &net.backward(&trace, &[1.0]));
}
