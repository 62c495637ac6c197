//~ `f64` is no network
//~ no network that `network!` declares
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

pub struct Course {
    pub net: Xor<f64>,
    pub adam: Adam<f64>,
}

fn main() {}
