//~ network! takes `struct Name(…)`: the network has no name
use constprop::prelude::*;

network! {
    pub struct (2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
