//~ expected type, found function `softmax`
use constprop::prelude::*;

fn softmax(z: &[f64]) -> Vec<f64> {
    z.to_vec()
}

network! {
    pub struct Net(2 => 4 Tanh => 3 softmax) minimizing CategoricalCrossEntropy;
}

fn main() {}
