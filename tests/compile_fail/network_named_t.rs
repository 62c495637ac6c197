//~ `T`: `T` is the scalar; call the network
use constprop::prelude::*;

network! {
    pub struct T(3 => 5 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
