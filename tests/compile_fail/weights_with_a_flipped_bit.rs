//~ packed weights are damaged: their checksum is 
use constprop::prelude::*;
use constprop::weights::embedded;

network! {
    pub struct Policy(4 => 8 Tanh => 2 Identity) minimizing HalfSquaredError;
}

static POLICY: Policy<f32> = embedded(include_bytes!("flipped.bin"));

fn main() {}
