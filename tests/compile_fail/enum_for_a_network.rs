//~ network! takes `struct Name(3 => 5 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;`
use constprop::prelude::*;

network! {
    pub enum Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
