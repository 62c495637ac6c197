//~ network `Xor`: it cannot derive `Ord`
use constprop::prelude::*;

network! {
    #[derive(Clone)]
    #[derive(PartialEq, std::cmp::Ord)]
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
