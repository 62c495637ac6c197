//~ `Gradient::zeros()`
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let _ = Gradient::<Xor>::new();
}
