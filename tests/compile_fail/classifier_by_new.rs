//~ `Classifier::seeded(0)`
use constprop::prelude::*;
use constprop::train::Classifier;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let _ = Classifier::<Xor>::new();
}
