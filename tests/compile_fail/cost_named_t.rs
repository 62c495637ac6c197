//~ `Article`: `T` is the scalar; call the cost
use constprop::prelude::*;

type T = CrossEntropy;

network! {
    pub struct Article(3 => 5 Sigmoid => 2 Sigmoid) minimizing T;
}

fn main() {}
