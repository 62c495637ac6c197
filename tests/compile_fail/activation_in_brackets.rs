//~ network `Xor`, layer 2: `[Tanh]` begins no activation
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 [Tanh] => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    println!("{:?}", Xor::<f64>::seeded(1).predict(&[0.0, 1.0]));
}
