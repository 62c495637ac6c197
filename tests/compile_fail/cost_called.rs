//~ network `Xor`: `Huber(…)` is a call
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Identity) minimizing Huber(1.0);
}

fn main() {
    println!("{:?}", Xor::<f64>::seeded(1).predict(&[0.0, 1.0]));
}
