//! What is left of a training that fails.

use alloc::boxed::Box;
use core::fmt;

use super::History;
use crate::error::Error;

/// Why a training failed, and its history up to there.
///
/// `?` makes an [`Error`] of it where that is what a function gives. Of
/// [`run_resumable`](super::Fit::run_resumable) the error is a `CheckpointError`.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::train::{End, Fit};
///
/// network! {
///     pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
/// }
/// let (x, y) = ([[1.0], [-1.0]], [[1e-3], [-1e-3]]);
/// let (mut line, mut too_fast) = (Line::<f64>::zeros(), GradientDescent::new(2.5)?);
/// let failure = Fit::new().epochs(2000).batch(2).run(&mut line, &mut too_fast, &x, &y).unwrap_err();
/// assert!(matches!(failure.error, Error::Diverged { .. }));
/// // Every epoch that was over.
/// let history = failure.history;
/// assert_eq!((history.best(), history.end()), (Some(1), End::Failure));
/// assert!(history.epochs().len() > 800);
/// # use constprop::Error;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct FitError<E = Error> {
    /// Why.
    pub error: E,
    /// The epochs that were over; none where training had not begun.
    pub history: Box<History>,
}

impl<E> FitError<E> {
    /// The same with another error, of which this one is made.
    #[must_use]
    pub fn map<F>(self, of: impl FnOnce(E) -> F) -> FitError<F> {
        FitError { error: of(self.error), history: self.history }
    }

    pub(super) fn new(error: E, history: History) -> Self {
        Self { error, history: Box::new(history.failed()) }
    }
}

/// Before a training has begun.
impl<E> From<E> for FitError<E> {
    fn from(error: E) -> Self {
        Self::new(error, History::default())
    }
}

impl From<FitError> for Error {
    fn from(failure: FitError) -> Self {
        failure.error
    }
}

#[cfg(feature = "checkpoint")]
impl From<Error> for FitError<super::CheckpointError> {
    fn from(error: Error) -> Self {
        Self::from(super::CheckpointError::Training(error))
    }
}

#[cfg(feature = "checkpoint")]
impl From<FitError<Self>> for super::CheckpointError {
    fn from(failure: FitError<Self>) -> Self {
        failure.error
    }
}

/// Its error's, which is what `main() -> Result` prints.
impl<E: fmt::Debug> fmt::Debug for FitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<E: fmt::Display> fmt::Display for FitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<E: core::error::Error + 'static> core::error::Error for FitError<E> {
    // The message is that of the error: behind it comes what that one stems from.
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.error.source()
    }
}
