//~ `HalfSquaredError` fits every output
//~ CategoricalCrossEntropy
//~ does not fit the output activation
//~ Sigmoid
use constprop::prelude::*;

network! {
    pub struct Article(3 => 5 Sigmoid => 2 Sigmoid) minimizing CategoricalCrossEntropy;
}

fn main() {}
