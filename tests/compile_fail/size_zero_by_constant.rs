//~ network `Article`: layer 2 has size 0
use constprop::prelude::*;

const HIDDEN: usize = 5 / 8;

network! {
    pub struct Article(3 => HIDDEN Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
