//~ network `Xor`, layer 2: `LeakyRelu(…)` is a call; an activation is a type
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 LeakyRelu(0.01) => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
