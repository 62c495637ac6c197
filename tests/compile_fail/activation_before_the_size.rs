//~ network `Xor`, layer 2: the size stands first, `4 Tanh`, not `Tanh 4`
use constprop::prelude::*;

network! {
    pub struct Xor(2 => Tanh 4 => Sigmoid 1) minimizing CrossEntropy;
}

fn main() {}
