//~ network `Xor`, layer 2: `Tanh(…)` is a call; an activation is a type
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh() => 1 Sigmoid()) minimizing CrossEntropy;
}

fn main() {}
