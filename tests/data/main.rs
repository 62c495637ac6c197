//! Data: files read or refused with the place of the fault, scales, splits and labels.

#![cfg(feature = "std")]

#[cfg(feature = "csv")]
mod csv;
mod idx;
mod scale;
mod split;

use proptest::test_runner::{Config, RngSeed};

/// Cases without a file of failures, the same in every run.
fn config() -> Config {
    Config { failure_persistence: None, rng_seed: RngSeed::Fixed(1), ..Config::default() }
}
