//~ network `Xor`, layer 2: a size that is an expression needs braces, as in `{1 << …}`
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 1 << 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
