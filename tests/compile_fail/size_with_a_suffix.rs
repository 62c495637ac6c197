//~ expected `usize`, found `u8`
//~ change the type of the numeric literal from `u8` to `usize`
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4_u8 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    println!("{:?}", Xor::<f64>::seeded(1).predict(&[0.0, 1.0]));
}
