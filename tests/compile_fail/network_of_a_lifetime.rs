//~ network `Xor`: `<'a …` is no size
use constprop::prelude::*;

network! {
    pub struct Xor<'a>(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
