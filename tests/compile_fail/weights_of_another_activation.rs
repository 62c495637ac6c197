//~ from layer 2 on `8 Relu => 2 Identity`,
//~ theirs `8 Tanh => 2 Identity`
use constprop::prelude::*;
use constprop::weights::embedded;

network! {
    pub struct Policy(4 => 8 Relu => 2 Identity) minimizing HalfSquaredError;
}

static POLICY: Policy<f32> = embedded(include_bytes!("policy.bin"));

fn main() {}
