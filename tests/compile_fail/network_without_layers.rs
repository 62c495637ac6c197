//~ network `Xor`: no layers; they stand behind its name, `(3 => 2 Sigmoid)`
use constprop::prelude::*;

network! {
    pub struct Xor;
}

fn main() {}
