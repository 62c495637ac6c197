//~ network `Policy`: layer 1 has size 0
use constprop::prelude::*;

const OBS: usize = 0;

network! {
    pub struct Policy<const ACT: usize>(OBS => 64 Tanh => ACT Identity) minimizing HalfSquaredError;
}

fn main() {}
