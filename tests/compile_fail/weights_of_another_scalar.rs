//~ the network is of f64, the packed weights of f32
use constprop::prelude::*;
use constprop::weights::embedded;

network! {
    pub struct Policy(4 => 8 Tanh => 2 Identity) minimizing HalfSquaredError;
}

static POLICY: Policy<f64> = embedded(include_bytes!("policy.bin"));

fn main() {}
