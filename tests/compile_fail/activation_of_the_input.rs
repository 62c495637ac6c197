//~ `Article`, layer 1
//~ without an activation
use constprop::prelude::*;

network! {
    pub struct Article(3 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
