//~ network `Xor`, layer 2: `,` follows; `=>` leads to the next layer
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh, 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
