//~ network `Xor`: `<T …` is no size
use constprop::prelude::*;

network! {
    pub struct Xor<const H: usize, T>(2 => H Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
