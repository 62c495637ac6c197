//~ `T` is the scalar
use constprop::prelude::*;

network! {
    pub struct Article<const S: usize, const T: usize>(S => T Sigmoid => 2 Sigmoid)
        minimizing CrossEntropy;
}

fn main() {}
