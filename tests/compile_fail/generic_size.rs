//~ network `Xor`, layer 2: a size that is an expression needs braces, as in `{Dense < …}`
use constprop::prelude::*;

network! {
    pub struct Xor(2 => Dense<4> Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
