//~ expected `OptimizerStep`, found `Xor`
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let (mut net, other) = (Xor::<f64>::seeded(1), Xor::<f64>::seeded(2));
    net += other;
}
