//~ Softmax
//~ cannot be the activation of a hidden layer
use constprop::prelude::*;

network! {
    pub struct Article(3 => 5 Softmax => 2 Softmax) minimizing CategoricalCrossEntropy;
}

fn main() {}
