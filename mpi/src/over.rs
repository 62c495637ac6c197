//! A training over ranks: what `Fit` is told, and who makes the steps.

use std::path::Path;

use constprop::train::{Fit, FitError, History};
use constprop::{ByLayer, Holds, InputOf, TargetOf};

use crate::company::Ranked;
use crate::error::Error;
use crate::{Ranks, RanksNetwork};

/// [`Fit`] over ranks.
pub trait OverRanks<'f, N: RanksNetwork>: Sized {
    /// The same training, by all these ranks.
    fn over(self, ranks: &Ranks) -> Over<'f, '_, N>;
}

impl<'f, N: RanksNetwork> OverRanks<'f, N> for Fit<'f, N> {
    fn over(self, ranks: &Ranks) -> Over<'f, '_, N> {
        Over { fit: self, ranks, block: None }
    }
}

/// A training by several ranks: what [`Fit`] is told, which must be the same on each.
///
/// Inputs, targets, weights and the examples that validate are a rank's own: those of all follow each other in the
/// order of ranks, and a rank may have none. Everything else is as in one process, but for what follows.
///
/// - Callbacks and metrics are asked on rank 0, and hold for all. For metrics rank 0 gets the predictions and targets of
///   all examples that they look at.
/// - [`augment`](Fit::augment) goes through a batch in its order, drawing on from one example to the next: every rank
///   does that for the whole batch, and then computes its part.
/// - With [`Clip::norm`](constprop::Clip::norm) the gradient goes to every rank, for its norm is a sum over all
///   entries in their order.
/// - A panic on one rank ends the job.
pub struct Over<'f, 'r, N: RanksNetwork> {
    fit: Fit<'f, N>,
    ranks: &'r Ranks,
    block: Option<usize>,
}

impl<N: RanksNetwork> Over<'_, '_, N> {
    /// With so many examples in a block, from 1 to 128, instead of 128: a batch is dealt out by blocks. The order of
    /// sums, and so the bits, are those of this size, with any number of ranks, one included.
    #[must_use]
    pub fn block(self, examples: usize) -> Self {
        Self { block: Some(examples), ..self }
    }

    /// Trains `net` in place, on every rank.
    ///
    /// Of what the optimizer remembers every rank has its own entries behind it, and zeros or what was there before in
    /// the others: it can go on over as many ranks. [`run_resumable`](Self::run_resumable) keeps all of it.
    ///
    /// # Errors
    ///
    /// The same on every rank. [`Error::Differs`] and [`Error::Share`] before anything has begun; else what
    /// [`Fit::run`] says, with parameters and optimizer as there.
    pub fn run(
        self,
        net: &mut dyn Holds<N>,
        optimizer: &mut dyn ByLayer<N>,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
    ) -> Result<History, FitError<Error>> {
        let Self { fit, ranks, block } = self;
        let _ends = ranks.ends_with_a_panic();
        let net = net.held_mut();
        let examples = (inputs, targets);
        let ranked = Ranked::new(ranks.wire(), &fit, (net, optimizer), examples, block)?;
        fit.run_in(net, optimizer, ranked).map_err(|failure| failure.map(Error::from))
    }

    /// [`run`](Self::run), saved behind every epoch in a file that rank 0 writes and reads:
    /// [`Fit::run_resumable`]. It is resumed by any number of ranks, and, unless there is a [`block`](Self::block), by
    /// one process without MPI, to the same bits.
    ///
    /// While the file is read or written, there is all that the optimizer remembers: on every rank when it is
    /// read, at rank 0 when it is written.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run) and [`Fit::run_resumable`]: [`Error::Checkpoint`].
    pub fn run_resumable(
        self,
        net: &mut dyn Holds<N>,
        optimizer: &mut dyn ByLayer<N>,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
        path: impl AsRef<Path>,
    ) -> Result<History, FitError<Error>> {
        let Self { fit, ranks, block } = self;
        let _ends = ranks.ends_with_a_panic();
        let net = net.held_mut();
        let examples = (inputs, targets);
        let ranked = Ranked::new(ranks.wire(), &fit, (net, optimizer), examples, block)?;
        let history = fit.resume_in(net, optimizer, ranked, path.as_ref());
        history.map_err(|failure| failure.map(Error::from))
    }
}
