//~ network `Xor`: `Huber<0, 1>` is 0 for every y
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Identity) minimizing Huber<0, 1>;
}

fn main() {}
