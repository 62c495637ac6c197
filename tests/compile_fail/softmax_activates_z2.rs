//~ Softmax
//~ cannot be the activation of a hidden layer
use constprop::prelude::*;
use constprop::{Z, layer::L2};

fn main() {
    let z2 = Z::<L2, f64, 2>::from([-1.0, 1.0]);
    let _ = z2.activate::<Softmax>();
}
