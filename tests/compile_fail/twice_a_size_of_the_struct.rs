//~ network `Policy`, layer 3: a size is not computed with `ACT`
use constprop::prelude::*;

const HIDDEN: usize = 4;

network! {
    pub struct Policy<const ACT: usize>(4 => {2 * HIDDEN} Tanh => (1 + 2 * (ACT - 1)) Tanh => ACT Identity)
        minimizing HalfSquaredError;
}

fn main() {
    println!("{:?}", Policy::<2, f64>::seeded(1).predict(&[0.0; 4]));
}
