//~ generic parameters may not be used in const operations
use constprop::prelude::*;

network! {
    pub struct Critic<const OBS: usize, const ACT: usize>({OBS + ACT} => 4 Tanh => 1 Identity)
        minimizing HalfSquaredError;
}

fn main() {}
