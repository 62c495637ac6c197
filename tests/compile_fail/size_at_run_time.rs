//~ attempt to use a non-constant value in a constant
//~ non-constant value
use constprop::prelude::*;

fn main() {
    let hidden = std::env::args().count();
    println!("{hidden} units");
    network! {
        pub struct Xor(2 => hidden Tanh => 1 Sigmoid) minimizing CrossEntropy;
    }
}
