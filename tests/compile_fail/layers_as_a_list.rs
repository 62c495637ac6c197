//~ network `Xor`, layer 2: `[4 Tanh; 3]` is a list; every layer is written by itself
use constprop::prelude::*;

network! {
    pub struct Xor(2 => [4 Tanh; 3] => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
