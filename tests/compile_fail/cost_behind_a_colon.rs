//~ network `Xor`: no cost
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid): CrossEntropy;
}

fn main() {}
