//~ expected `usize`, found `u32`
use constprop::prelude::*;

const HIDDEN: u32 = 4;
network! {
    pub struct Xor(2 => HIDDEN Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
