//! Training as people expect it: [`Fit`] takes a network and examples to a trained model, with
//! mini-batches, validation, metrics and early stopping.
//!
//! Everything below it can be called by itself: an [`Optimizer`](crate::Optimizer)'s `train` is one
//! step, [`Schedule`](crate::Schedule), [`Clip`](crate::Clip), [`Dropout`](crate::Dropout) and
//! [`Batch`](crate::Batch) are functions of what they are given.

mod alone;

#[cfg(feature = "progress")]
mod bar;

#[cfg(feature = "checkpoint")]
mod checkpoint;

mod company;

mod course;

#[cfg(feature = "plot")]
mod curves;

mod examples;

mod failure;

mod fit;

pub(crate) mod history;

mod metrics;

pub(crate) mod model;

mod units;

#[cfg(feature = "checkpoint")]
#[doc(hidden)]
pub use checkpoint::Saves;
#[cfg(feature = "checkpoint")]
pub use checkpoint::{CheckpointError, Scaling, load, load_scaled, save, save_scaled};
#[doc(hidden)]
pub use company::{Asked, Company, Step};
#[cfg(feature = "plot")]
pub use curves::PlotError;
pub use failure::FitError;
#[cfg(not(feature = "checkpoint"))]
#[doc(hidden)]
pub use fit::HasCheckpoint;
#[cfg(not(feature = "progress"))]
#[doc(hidden)]
pub use fit::HasProgress;
pub use fit::{Fit, Metric};
pub use history::{End, Epoch, History};
pub use metrics::{Confusion, accuracy, binary_accuracy, mean_absolute_error, r2, top_k};
pub use model::{Classifier, Regressor};

use alloc::format;
use alloc::string::String;

use crate::error::Error;
use crate::network::Network;
use crate::update::check_setting;

/// When [`Fit`] stops before its epochs are over: J of the examples that validate, or where there are
/// none of those trained with, has made no progress for so many epochs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlyStopping {
    pub(crate) patience: usize,
    pub(crate) least_progress: f64,
    pub(crate) restores_best: bool,
}

impl EarlyStopping {
    /// Stops after `patience` epochs in a row without progress, and goes back to the parameters of
    /// the best epoch.
    ///
    /// Progress is a J below the least of all epochs before. A J that is not finite is none.
    #[must_use]
    pub const fn patience(patience: usize) -> Self {
        Self { patience, least_progress: 0.0, restores_best: true }
    }

    /// Progress is only a J below the least of all epochs before by more than `share` of |J| of the
    /// first epoch. [`Fit`] refuses a share that is not finite, or negative, when it begins:
    /// [`Error::Setting`].
    ///
    /// As a share it has no unit: with J in other units training ends with the same epoch. Where J of
    /// the first epoch is 0, any less is progress; where it is not finite, the first that is counts.
    ///
    /// The best is the epoch with the least J, by however little, and its J is what the next ones are
    /// measured by: progress that is too little in each epoch does not add up to enough. That is what
    /// scikit-learn does with `tol`, which is no share but a J.
    ///
    /// In the first epoch J may be that of a network whose outputs are nowhere near y: where y is far
    /// from the size of 1, [scale](crate::data::Standardize) it, so that a share of that J means
    /// something.
    #[must_use]
    pub const fn least_progress(self, share: f64) -> Self {
        Self { least_progress: share, ..self }
    }

    /// Keeps the parameters of the last epoch.
    #[must_use]
    pub const fn keep_last(self) -> Self {
        Self { restores_best: false, ..self }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let share = self.least_progress;
        let name = "early stopping: least progress";
        check_setting(name, &share, share >= 0.0, "finite and not negative")
    }
}

/// What a callback of [`Fit::on_epoch`] sees.
#[derive(Debug)]
#[non_exhaustive]
pub struct Progress<'a, N> {
    /// The epoch that is over.
    pub epoch: Epoch,
    /// How many there are to be.
    pub epochs: usize,
    /// All that are over.
    pub history: &'a History,
    /// The network as it is now.
    pub net: &'a N,
}

impl<N: Network> Progress<'_, N> {
    /// A line of the epoch and its metrics, to print; numbers that four decimals do not tell apart from
    /// 0, or that are very large, as `2.031e-5`.
    ///
    /// `epoch   3/60   J 0.2031   validation 0.2310   accuracy 0.9125`
    #[must_use]
    pub fn line(&self) -> String {
        use core::fmt::Write;
        let Epoch { number, j, validation_j, .. } = self.epoch;
        let width = format!("{}", self.epochs).len();
        let mut line = format!("epoch {number:>width$}/{}   J {}", self.epochs, shown(j));
        // Writing into a String does not fail.
        if let Some(j) = validation_j {
            let _ = write!(line, "   validation {}", shown(j));
        }
        for name in &self.history.names {
            if let Some(value) = self.history.metric(name, number) {
                let _ = write!(line, "   {name} {}", shown(value));
            }
        }
        line
    }
}

/// A number with four decimals, or where that says little of it, with four digits.
fn shown(value: f64) -> String {
    if value == 0.0 || !value.is_finite() || (1e-3..1e7).contains(&value.abs()) {
        format!("{value:.4}")
    } else {
        format!("{value:.3e}")
    }
}

/// What a callback of [`Fit::on_epoch`] asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Control {
    /// To go on.
    Continue,
    /// To stop here.
    Stop,
    /// To go on with another α, finite and greater than 0, which schedule and plateau multiply from
    /// now on.
    Rate(f64),
}
