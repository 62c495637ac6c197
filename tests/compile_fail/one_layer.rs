//~ `Article` has fewer than two layers
use constprop::prelude::*;

network! {
    pub struct Article(3) minimizing CrossEntropy;
}

fn main() {}
