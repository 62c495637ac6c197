//~ network `Xor`, layer 1: the braces are empty
use constprop::prelude::*;

network! {
    pub struct Xor({} => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    println!("{:?}", Xor::<f64>::seeded(1).predict(&[0.0, 1.0]));
}
