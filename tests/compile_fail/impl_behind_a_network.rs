//~ network `Xor`: `impl …` follows; behind its `;` stands another network
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;

    impl Xor {
        fn trained() -> Self {
            Self::seeded(1)
        }
    }
}

fn main() {}
