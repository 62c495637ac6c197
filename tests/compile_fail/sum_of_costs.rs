//~ `: it minimizes one cost, not a sum
use constprop::prelude::*;

network! {
    struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy + HalfSquaredError;
}

fn main() {}
