//~ network `Xor`: a size is a `usize`; write `<const H: usize>`
use constprop::prelude::*;

network! {
    pub struct Xor<const H: u32>(2 => H Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
