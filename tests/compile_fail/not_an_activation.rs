//~ `Cubic` cannot be the activation of a hidden layer
use constprop::prelude::*;

#[derive(Clone, Copy, Debug, Default)]
pub struct Cubic;

network! {
    pub struct Article(3 => 5 Cubic => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
