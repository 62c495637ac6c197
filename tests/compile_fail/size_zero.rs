//~ network `Article`: layer 3 has size 0
use constprop::prelude::*;

network! {
    pub struct Article(3 => 5 Sigmoid => 0 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
