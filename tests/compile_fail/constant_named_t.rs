//~ `Article`, layer 2: `T` is the scalar
use constprop::prelude::*;

const T: usize = 5;

network! {
    pub struct Article(3 => T Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
