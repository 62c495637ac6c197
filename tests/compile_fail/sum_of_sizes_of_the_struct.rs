//~ network `Critic`, layer 1: a size is not computed with `OBS`
//~ declare one for it
use constprop::prelude::*;

network! {
    pub struct Critic<const OBS: usize, const ACT: usize>({OBS + ACT} => 4 Tanh => 1 Identity)
        minimizing HalfSquaredError;
}

fn main() {}
