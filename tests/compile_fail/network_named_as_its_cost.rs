//~ network `CrossEntropy` would hide a cost of that name
use constprop::prelude::*;

network! {
    pub struct CrossEntropy(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
