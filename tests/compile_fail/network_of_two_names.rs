//~ network `My`: `Net …` stands behind the name
//~ there stand the layers, in parentheses
use constprop::prelude::*;

network! {
    pub struct My Net(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
