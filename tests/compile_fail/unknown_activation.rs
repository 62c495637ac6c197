//~ Sigmoyd
//~ `Sigmoid`
use constprop::prelude::*;

network! {
    pub struct Article(3 => 5 Sigmoyd => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
