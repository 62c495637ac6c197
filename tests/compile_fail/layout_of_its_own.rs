//~ `Article`: its layout is `repr(C)`
//~ there is `constprop::Aligned`
use constprop::prelude::*;

network! {
    #[cfg_attr(not(any()), derive(Clone), repr(packed))]
    pub struct Article(3 => 5 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
