//~ `Article`, layer 3: no activation
use constprop::prelude::*;

network! {
    pub struct Article(3 => 5 Sigmoid => 2) minimizing CrossEntropy;
}

fn main() {}
