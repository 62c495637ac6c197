//! Trainings of constprop over MPI: examples are dealt out to ranks, and the bits are those of one process.
//!
//! ```no_run
//! use constprop::prelude::*;
//! use constprop::train::Fit;
//! use constprop_mpi::{OverRanks, Ranks};
//!
//! network! {
//!     pub struct Net(8 => 64 Tanh => 1 Identity) minimizing HalfSquaredError;
//! }
//! let universe = constprop_mpi::mpi::initialize().expect("MPI begins once");
//! let ranks = Ranks::of(&universe.world());
//! // Every rank has its part of the examples, and reads no more.
//! let part = ranks.part(100_000);
//! let x: Vec<[f32; 8]> = part.map(|i| [i as f32 * 1e-5; 8]).collect();
//! let y: Vec<[f32; 1]> = x.iter().map(|x| [x[0].sin()]).collect();
//!
//! let mut net = Net::seeded(1);
//! let mut adam = Adam::new(AdamSettings::default())?;
//! let fit = Fit::new().epochs(10).batch(2048).validation_split(0.1);
//! let history = fit.over(&ranks).run(&mut net, &mut adam, &x, &y)?;
//! # Ok::<(), constprop_mpi::Error>(())
//! ```
//!
//! Run as `mpirun -n 4 target/release/program`.
//!
//! # Whose is what
//!
//! Examples are those of all ranks, one rank's behind the other's. Parameters are on every rank; of what an optimizer
//! remembers, and of a gradient, a rank has its own entries.
//!
//! # The same bits
//!
//! Sums over examples go along constprop's binary tree over blocks of 128 examples. A rank computes a range of the
//! blocks of a batch, the nodes of the tree which these make, and sends each of those to the ranks that own its entries. So a
//! training ends with the bits that [`Fit`] has in one process, for any number of ranks and of threads in each,
//! whoever holds which examples: on processors with the same [`InstructionSet`](constprop::InstructionSet).
//!
//! A batch of one block is one rank's work. [`Over::block`] makes blocks smaller; then the bits are those of that
//! size.

mod alike;
mod company;
mod error;
#[doc(hidden)]
pub mod measured;
mod nodes;
mod over;
mod ranks;
mod shares;
mod sums;
mod tree;
mod wire;

use constprop::{Float, FloatNetwork};
use mpi::datatype::Equivalence;

pub use constprop::train::Fit;
pub use error::Error;
/// The crate whose communicators these are.
pub use mpi;
pub use over::{Over, OverRanks};
pub use ranks::Ranks;

/// A network over a scalar that MPI sends: `f32` or `f64`, all of `network!`.
pub trait RanksNetwork: FloatNetwork<Scalar: Float + Equivalence> {}

impl<N: FloatNetwork<Scalar: Float + Equivalence>> RanksNetwork for N {}
