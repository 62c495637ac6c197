//~ expected type, found function `swish`
use constprop::prelude::*;

fn swish(z: f64) -> f64 {
    z / (1.0 + (-z).exp())
}

network! {
    pub struct Net(2 => 4 swish => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
