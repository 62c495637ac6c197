//~ `Article`, layer 2
//~ needs braces
use constprop::prelude::*;

const HIDDEN: usize = 5;

network! {
    pub struct Article(3 => 2 * HIDDEN Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
