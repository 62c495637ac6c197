//~ expected `usize`, found `u8`
use constprop::prelude::*;

const OUTPUTS: u8 = 1;
network! {
    pub struct Xor(2 => 4 Tanh => OUTPUTS Sigmoid) minimizing CrossEntropy;
}

fn main() {}
