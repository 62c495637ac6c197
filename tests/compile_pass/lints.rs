//! Lints that a crate may have turned on, or forbidden to turn off.
#![forbid(dead_code, deprecated, missing_docs, unsafe_code, unused_braces)]
#![deny(
    warnings,
    elided_lifetimes_in_paths,
    let_underscore_drop,
    missing_debug_implementations,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unnameable_types,
    unreachable_pub,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results
)]

use constprop::prelude::*;

network! {
    /// Generic.
    #[derive(Debug)]
    pub(crate) struct Generic<const N: usize>(N => 3 Tanh => {1 + 1} Sigmoid)
        minimizing CrossEntropy;
}

fn main() {
    network! {
        /// In a function.
        #[derive(Debug)]
        struct Local({1 + 1} => 3 Tanh => {1 + 2} Sigmoid) minimizing CrossEntropy;
    }
    println!("{:?} {:?}", Generic::<2>::seeded(1), Local::<f64>::seeded(1));
}
