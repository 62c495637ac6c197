//~ network `Xor`: `Huber<1, 0>` divides by 0
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Identity) minimizing Huber<1, 0>;
}

fn main() {}
