//! Trainings: when they stop, in which units, what is left of one that fails, and weights.

mod counting;
mod failures;
#[cfg(feature = "checkpoint")]
mod resumed;
mod schedules;
mod stopping;
mod units;
mod weights;

use constprop::prelude::*;

network! {
    /// The least that can be trained.
    #[derive(Clone, PartialEq)]
    pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
}
