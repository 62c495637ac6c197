//~ network `Xor`: a size has no default; write `<const H: usize>`
use constprop::prelude::*;

network! {
    pub struct Xor<const H: usize = 4>(2 => H Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
