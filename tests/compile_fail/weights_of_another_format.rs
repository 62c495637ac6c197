//~ packed weights begin with 636e737470726f70 (`cnstprop`), these bytes with 7573652063
use constprop::prelude::*;
use constprop::weights::embedded;

network! {
    pub struct Policy(4 => 8 Tanh => 2 Identity) minimizing HalfSquaredError;
}

static POLICY: Policy<f32> = embedded(include_bytes!("weights_of_another_format.rs"));

fn main() {}
