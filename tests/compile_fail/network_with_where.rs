//~ network `Xor`: it takes no `where`
use constprop::prelude::*;

network! {
    pub struct Xor<const H: usize>(2 => H Tanh => 1 Sigmoid) where T: Copy minimizing CrossEntropy;
}

fn main() {}
