//~ network `Policy`, layer 3: `Elu<1, 0>` divides by 0
use constprop::prelude::*;

network! {
    pub struct Policy<const OBS: usize>(OBS => 4 Tanh => 1 Elu<1, 0>) minimizing HalfSquaredError;
}

fn main() {}
