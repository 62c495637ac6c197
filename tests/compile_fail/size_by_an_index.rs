//~ network `Xor`, layer 2: a size that is an expression needs braces
use constprop::prelude::*;

const SIZES: [usize; 3] = [2, 4, 1];
network! {
    pub struct Xor(2 => SIZES[1] Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
