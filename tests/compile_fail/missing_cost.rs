//~ minimizing CrossEntropy
use constprop::prelude::*;

network! {
    pub struct Article(3 => 5 Sigmoid => 2 Sigmoid);
}

fn main() {}
