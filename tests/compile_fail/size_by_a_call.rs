//~ network `Xor`, layer 2: a size that is an expression needs braces
use constprop::prelude::*;

const fn hidden() -> usize { 4 }
network! {
    pub struct Xor(2 => hidden() Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
