//~ packed weights of 312 bytes; here are 300
use constprop::prelude::*;
use constprop::weights::embedded;

network! {
    pub struct Policy(4 => 8 Tanh => 2 Identity) minimizing HalfSquaredError;
}

static POLICY: Policy<f32> = embedded(include_bytes!("cut.bin"));

fn main() {}
