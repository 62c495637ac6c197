//! What can go wrong with several ranks: the same on each of them.

use std::fmt;

use constprop::train::{CheckpointError, FitError};

/// Why a call over ranks was refused, or has failed: the same value on every rank.
///
/// `Debug` is the same text, for it is what `main() -> Result` prints.
#[non_exhaustive]
pub enum Error {
    /// A rank is not what rank 0 is: another architecture, version, instruction set, setting, or shape of data.
    Differs {
        /// Which rank.
        rank: usize,
        /// In what.
        what: String,
        /// What it has.
        found: String,
        /// What rank 0 has.
        expected: String,
    },
    /// What is wrong with the examples, weights or settings of one rank, before anything has begun.
    Share {
        /// The first such rank.
        rank: usize,
        /// What is wrong, in words; an example is counted within the rank's own.
        error: String,
    },
    /// What is wrong with a call or a training as a whole. An example is counted among those of all ranks.
    Training(constprop::Error),
    /// A file that rank 0 reads or writes.
    Checkpoint(CheckpointError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs { rank, what, found, expected } => {
                write!(f, "rank {rank}: {what} is {found}; that of rank 0 is {expected}")
            }
            Self::Share { rank, error } => write!(f, "rank {rank}: {error}"),
            Self::Training(error) => error.fmt(f),
            Self::Checkpoint(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    // The message is that of the error: behind it comes what that one stems from.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Differs { .. } | Self::Share { .. } | Self::Training(_) => None,
            Self::Checkpoint(error) => std::error::Error::source(error),
        }
    }
}

impl From<constprop::Error> for Error {
    fn from(error: constprop::Error) -> Self {
        Self::Training(error)
    }
}

impl From<CheckpointError> for Error {
    fn from(error: CheckpointError) -> Self {
        match error {
            CheckpointError::Training(error) => Self::Training(error),
            error => Self::Checkpoint(error),
        }
    }
}

impl From<FitError<Self>> for Error {
    fn from(failure: FitError<Self>) -> Self {
        failure.error
    }
}

/// An error of a step as numbers, to tell other ranks: the kind, and what it names.
pub type Numbers = [f64; 5];

/// None.
pub const FINE: Numbers = [0.0; 5];

/// An error of a step, in numbers. All others follow from what every rank has alike, so that each says so itself.
#[allow(clippy::cast_precision_loss, reason = "examples and rows are far below 2⁵³")]
pub fn to_numbers(error: &constprop::Error) -> Numbers {
    use constprop::Error::{CostNotFinite, Gradient, Input, Parameter, Setting};
    match *error {
        Input { example, entry, value } => [1.0, example as f64, entry as f64, value, 0.0],
        Parameter { theta, row, column, value } => {
            [2.0, theta as f64, row as f64, column as f64, value]
        }
        Gradient { theta, row, column, value } => {
            [3.0, theta as f64, row as f64, column as f64, value]
        }
        CostNotFinite { value } => [4.0, value, 0.0, 0.0, 0.0],
        Setting { value, .. } => [5.0, value, 0.0, 0.0, 0.0],
        _ => [6.0, 0.0, 0.0, 0.0, 0.0],
    }
}

/// The error that a rank has told.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "they were whole")]
pub fn of_numbers(numbers: &[f64], rank: usize) -> Option<constprop::Error> {
    use constprop::Error::{CostNotFinite, Gradient, Input, Parameter, Setting};
    let &[kind, a, b, c, d] = numbers else { return None };
    let [theta, row, column] = [a, b, c].map(|n| n as usize);
    match kind {
        0.0 => None,
        1.0 => Some(Input { example: theta, entry: row, value: c }),
        2.0 => Some(Parameter { theta, row, column, value: d }),
        3.0 => Some(Gradient { theta, row, column, value: d }),
        4.0 => Some(CostNotFinite { value: a }),
        _ => {
            let (name, expected) = ("what the step of a rank fails with", "nothing");
            #[allow(clippy::cast_precision_loss, reason = "ranks are far below 2⁵³")]
            Some(Setting { name, value: rank as f64, expected })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_a_step_come_back_as_they_were() {
        use constprop::Error::{CostNotFinite, Gradient, Input, Parameter};
        let value = f64::INFINITY;
        for error in [
            Input { example: 70_000, entry: 3, value },
            Parameter { theta: 2, row: 9, column: 0, value },
            Gradient { theta: 1, row: 0, column: 784, value },
            CostNotFinite { value },
        ] {
            assert_eq!(of_numbers(&to_numbers(&error), 1), Some(error));
        }
        assert_eq!(of_numbers(&FINE, 0), None);
    }
}
