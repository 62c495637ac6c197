//~ `Tanh(…)` is a call; an activation is a type
use constprop::prelude::*;

network! {
    struct Xor(2 => 4 Tanh::new() => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
