//~ network `Xor`: `<H …` is no size
use constprop::prelude::*;

network! {
    pub struct Xor<H: usize>(2 => H Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
