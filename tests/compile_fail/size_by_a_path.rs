//~ network `Xor`, layer 2: a size that is an expression needs braces, as in `{sizes :: …}`
use constprop::prelude::*;

mod sizes { pub const HIDDEN: usize = 4; }
network! {
    pub struct Xor(2 => sizes::HIDDEN Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
