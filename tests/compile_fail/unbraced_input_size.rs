//~ `Article`, layer 1
//~ braces
use constprop::prelude::*;

const HISTORY: usize = 4;

network! {
    pub struct Article(3 * HISTORY => 5 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
