//! What is tried with bytes: that they are taken or refused, without a panic, that a network is read whole or
//! is as it was, and that no more is taken of the heap than a multiple of their length.

mod files;
mod heap;
mod weights;

pub use files::{checkpoint, csv, idx};
pub use weights::{packed, safetensors};

use constprop::prelude::*;

network! {
    /// Small, so that bytes for it are soon found.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Net(2 => 3 Tanh => 1 Identity) minimizing HalfSquaredError;
}
