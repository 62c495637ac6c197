//! Trainings: when they stop, in which units, what is left of one that fails, and weights.

mod schedules;
mod stopping;
