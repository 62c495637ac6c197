//~ expected `usize`, found floating-point number
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4.0 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
