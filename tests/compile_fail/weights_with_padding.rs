//~ packed weights: byte 71 is padding, and must be 0
use constprop::prelude::*;
use constprop::weights::embedded;

network! {
    pub struct Net(1 => 2 LeakyRelu<1, 5> => 1 Identity) minimizing HalfSquaredError;
}

static NET: Net<f32> = embedded(include_bytes!("padding.bin"));

fn main() {}
