//~ `HalfSquaredError` fits every output
//~ CrossEntropy
//~ does not fit the output activation
//~ Identity
use constprop::prelude::*;

network! {
    pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Identity) minimizing CrossEntropy;
}

fn main() {}
