//! Data: files read or refused with the place of the fault, scales, splits and labels.

#![cfg(feature = "std")]

#[cfg(feature = "csv")]
mod csv;
#[path = "../../fuzz/src/heap.rs"]
mod heap;
mod idx;
mod readers;
mod scale;
mod split;

use proptest::test_runner::{Config, RngSeed};

/// Cases without a file of failures, the same in every run.
fn config() -> Config {
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Config::default() }
}

/// The parts between these places of `n` examples.
fn parts(places: &[usize], n: usize) -> Vec<std::ops::Range<usize>> {
    let mut places: Vec<usize> = places.iter().map(|place| place % (n + 1)).chain([0, n]).collect();
    places.sort_unstable();
    places.windows(2).map(|ends| ends[0]..ends[1]).collect()
}
