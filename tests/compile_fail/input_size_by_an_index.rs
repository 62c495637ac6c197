//~ network `Xor`, layer 1: the input is a size and `=>`
use constprop::prelude::*;

const SIZES: [usize; 3] = [2, 4, 1];
network! {
    pub struct Xor(SIZES[0] => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
