//! The path of `f32` and `f64`: all examples, block by block, through the [layers](list) of a network in
//! registers. Everything here is over slices, and knows no network.
//!
//! Every function here gives `None` where some z is not finite, and then has written nothing that was not
//! its own: a number that is not finite, in x or in Θ, makes some z not finite, so that to look for one
//! costs next to nothing. Who knows that all numbers are right says so, and gets what comes of them.

// Registers, and what is computed in them without layers.
pub(crate) mod registers;

#[cfg_attr(narrow, expect(dead_code, reason = "tiles are those of `narrow`"))]
pub(crate) mod product;

#[cfg(any(narrow, all(test, feature = "std")))]
pub(crate) mod narrow;

pub(crate) mod values;

pub(crate) mod moments;

pub(crate) mod elementwise;

pub(crate) mod pairwise;

// The layers, and what walks over them.
pub mod list;

pub(crate) mod memory;

pub(crate) mod plan;

pub(crate) mod passes;

// All examples, block by block.
#[macro_use]
mod dispatch;

mod blocks;

mod crew;

mod cost;

mod curvature;

mod inside;

mod predict;

mod tiny;

mod train;

#[cfg(feature = "std")]
pub(crate) use blocks::COSTS;
pub(crate) use blocks::{Blocks, Kernels, Pieces};
pub(crate) use cost::{cost, cost_and_gradient};
pub(crate) use crew::Crew;
#[cfg(feature = "alloc")]
pub(crate) use crew::size;
pub(crate) use curvature::multiply;
#[cfg(feature = "alloc")]
pub(crate) use curvature::multiply_in_pieces;
pub use dispatch::Place;
pub(crate) use dispatch::{Data, has_path};
pub(crate) use inside::{Inside, Outer};
pub(crate) use plan::{Frozen, MOST_THETAS};
pub(crate) use predict::{predict, predict_one};
pub(crate) use tiny::{RUN, is_tiny, sums};
pub(crate) use train::{OneStep, train, train_in_registers};
