//~ `Article`, layer 2: `T` is the scalar; call the activation
use constprop::prelude::*;

type T = Sigmoid;

network! {
    pub struct Article(3 => 5 T => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
