//~ expected `usize`, found `i32`
use constprop::prelude::*;

const INPUTS: i32 = 2;
network! {
    pub struct Xor(INPUTS => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
