//~ network `Xor`, layer 2: a layer has no attributes and no docs
use constprop::prelude::*;

network! {
    pub struct Xor(
        2 =>
        /// Hidden.
        4 Tanh => 1 Sigmoid
    ) minimizing CrossEntropy;
}

fn main() {}
