//~ network `Xor`: cannot read `minimizing CrossEntropy, Huber;`
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy, Huber;
}

fn main() {}
