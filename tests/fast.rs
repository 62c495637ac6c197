//! The path of `f32` and `f64` against the readable one, on every instruction set that this
//! processor has, for all architectures.

mod common;

use common::agreement::{agrees, on_every_set, random_case};
use common::{cases, config};
use constprop::prelude::*;
use proptest::prelude::*;

macro_rules! test_each {
    ($($test:ident $name:ident ($($layers:tt)*) $cost:ty;)*) => {
        $(
            network! {
                pub struct $name($($layers)*) minimizing $cost;
            }

            #[test]
            fn $test() {
                on_every_set(|_| {
                    let config = ProptestConfig { cases: config().cases / 4, ..config() };
                    proptest!(config, |(case in cases::<$name>())| agrees::<$name>(&case));
                    for m in [7, 8, 9, 17, 33] {
                        agrees::<$name>(&random_case::<$name>(m, m as u64));
                    }
                });
            }
        )*
    };
}

architectures!(test_each);
