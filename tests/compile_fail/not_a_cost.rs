//~ `HalfSquaredError` fits every output
//~ the cost
//~ Sigmoid
//~ does not fit
use constprop::prelude::*;

network! {
    pub struct Article(3 => 5 Sigmoid => 2 Sigmoid) minimizing Sigmoid;
}

fn main() {}
