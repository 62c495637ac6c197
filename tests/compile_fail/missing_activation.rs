//~ `Article`, layer 2: no activation
//~ `5 Tanh`
use constprop::prelude::*;

network! {
    pub struct Article(3 => 5 => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
