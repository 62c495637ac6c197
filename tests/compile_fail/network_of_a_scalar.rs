//~ network `Xor`: `<f32 …` is no size
use constprop::prelude::*;

network! {
    pub struct Xor<f32>(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
