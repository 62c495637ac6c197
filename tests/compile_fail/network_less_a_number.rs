//~ expected `OptimizerStep`, found floating-point number
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let mut net = Xor::<f64>::seeded(1);
    net -= 0.1;
}
