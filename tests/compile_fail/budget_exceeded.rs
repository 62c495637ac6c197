//~ Policy must fit into 1 KiB of flash
use constprop::prelude::*;

network! {
    pub struct Policy<const OBS: usize, const ACT: usize>(OBS => 64 Tanh => ACT Identity)
        minimizing HalfSquaredError;
}

const _: () = assert!(Policy::<4, 2, f32>::BYTES <= 1024, "Policy must fit into 1 KiB of flash");

fn main() {}
