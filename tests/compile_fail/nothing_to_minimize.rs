//~ network `Xor`: cannot read `minimizing ;`
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing;
}

fn main() {}
