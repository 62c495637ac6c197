//~ MeanSquaredError
use constprop::prelude::*;

network! {
    pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing MeanSquaredError;
}

fn main() {}
