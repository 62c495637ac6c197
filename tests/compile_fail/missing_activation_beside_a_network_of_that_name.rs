//~ network `Xor`, layer 2: no activation; write it behind the size, as in `4 Tanh`
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    network! {
        struct Xor(2 => 4 => 1 Sigmoid) minimizing CrossEntropy;
    }
}
