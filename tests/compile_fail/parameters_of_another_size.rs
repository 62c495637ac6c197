//~ 3
//~ 2
use constprop::prelude::*;

network! {
    pub struct Policy<const OBS: usize, const ACT: usize>(OBS => 64 Tanh => ACT Identity)
        minimizing HalfSquaredError;
}

fn main() {
    let net = Policy::<4, 2, f32>::seeded(0);
    let _: Policy<4, 3, f32> = net;
}
