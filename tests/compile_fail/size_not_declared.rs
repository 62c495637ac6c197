//~ cannot find value `HIDDEN` in this scope
use constprop::prelude::*;

network! {
    pub struct Xor(2 => HIDDEN Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
