//~ `: a `;` ends it, in front of the next one
use constprop::prelude::*;

network! {
    struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy
    pub struct And(2 => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
