//~ network `Policy`: two sizes are called `N`
use constprop::prelude::*;

network! {
    pub struct Policy<const N: usize, const ACT: usize, const N: usize>(N => 8 Tanh => ACT Identity)
        minimizing HalfSquaredError;
}

fn main() {}
