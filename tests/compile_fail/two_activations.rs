//~ network `Xor`, layer 2: cannot read `4 Tanh Relu => 1 Sigmoid`
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh Relu => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
