//~ from layer 2 on `2 LeakyRelu<1, 100> => 1 Identity`,
//~ theirs `2 LeakyRelu<1, 5> => 1 Identity`
use constprop::prelude::*;
use constprop::weights::embedded;

network! {
    pub struct Net(1 => 2 LeakyRelu => 1 Identity) minimizing HalfSquaredError;
}

static NET: Net<f32> = embedded(include_bytes!("slope.bin"));

fn main() {}
