//~ expected `usize`, found `i32`
//~ change the type of the numeric literal from `i32` to `usize`
use constprop::prelude::*;

network! {
    pub struct Xor<const HIDDEN: usize>(2_i32 => HIDDEN Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    println!("{:?}", Xor::<4>::seeded(1).predict(&[0.0, 1.0]));
}
