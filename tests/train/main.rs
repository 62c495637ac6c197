//! Trainings: when they stop, in which units, what is left of one that fails, and weights.

mod counting;
mod failures;
#[cfg(feature = "checkpoint")]
mod resumed;
mod schedules;
mod stopping;
mod units;
mod weights;
