//~ network `Xor`: `<T …` is no size
use constprop::prelude::*;

network! {
    pub struct Xor<T>(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
