//~ network `Xor`, layer 2: `LeakyRelu<1, 0>` divides by 0
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 LeakyRelu<1, 0> => 1 Identity) minimizing HalfSquaredError;
}

fn main() {}
