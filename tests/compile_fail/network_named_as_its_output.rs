//~ network `Softmax` would hide an activation of that name
use constprop::prelude::*;

network! {
    pub struct Softmax(2 => 4 Tanh => 3 Softmax) minimizing CategoricalCrossEntropy;
}

fn main() {}
