//~ network `Xor`: `minimising` stands where `minimizing` and the cost are
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimising CrossEntropy;
}

fn main() {}
