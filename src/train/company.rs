//! Who makes a training's steps: one process that has all examples, or several with a share each.

use core::ops::Range;

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use rand_chacha::ChaCha8Rng;

use super::course::Course;
use super::course::State;
use super::examples::{drawn_out, weights_of};
use super::fit::{Fit, Validation};
use super::{FitError, History};
use crate::batch::Batch;
use crate::error::Error;
use crate::network::{FloatNetwork, InputOf, Network, ScalarOf, TargetOf};
use crate::regularization::Regularization;
#[cfg(feature = "std")]
use crate::threads::Threads;
use crate::update::{Clip, Optimizer, frozen_by};

/// What a [`Fit`] trains with: it decides when, and this makes the steps.
///
/// All that happens is a function of what several processes know alike, so that they take the same course.
#[doc(hidden)]
pub trait Company<N: Network, O: ?Sized> {
    /// Which examples are trained with, of all that there are.
    fn in_order(&self) -> &[usize];

    /// A step; gives J of before.
    ///
    /// # Errors
    ///
    /// What is wrong with the step; parameters and optimizer are then as they were, unless it
    /// [`is_torn`](Self::is_torn). An example is counted in the batch.
    fn step(
        &mut self,
        fit: &mut Fit<'_, N>,
        net: &mut N,
        optimizer: &mut O,
        step: Step<'_>,
    ) -> Result<N::Scalar, Error>;

    /// Whether the step that has failed has moved something.
    fn is_torn(&self) -> bool {
        false
    }

    /// Which of so many numbers that an optimizer keeps, one for each parameter, are kept here.
    fn own(&self, numbers: usize) -> Range<usize> {
        0..numbers
    }

    /// J of the examples that validate, if there are any, and the metrics of those trained with and of those that
    /// validate.
    ///
    /// # Errors
    ///
    /// What is wrong with the network.
    fn look(
        &mut self,
        fit: &Fit<'_, N>,
        net: &N,
        values: &mut [[Option<f64>; 2]],
    ) -> Result<Option<f64>, Error>;

    /// What the callbacks ask for.
    fn agree(&mut self, ask: &mut dyn FnMut() -> Asked) -> Asked {
        ask()
    }
}

/// A step that is to be made.
#[doc(hidden)]
#[derive(Debug)]
pub struct Step<'a> {
    /// The batch, as numbers of examples.
    pub examples: &'a [usize],
    /// How many steps have been before it.
    pub number: u64,
    /// What augmentation draws from.
    pub drawn: &'a mut ChaCha8Rng,
}

/// What callbacks ask for.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Asked {
    /// To stop here.
    pub stops: bool,
    /// Another α.
    pub rate: Option<f64>,
}

/// What a [`Company`] is told.
#[doc(hidden)]
impl<'a, N: FloatNetwork> Fit<'a, N> {
    /// [`run`](Fit::run) by a company.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn run_in<O: Optimizer<N> + ?Sized, C: Company<N, O>>(
        self,
        net: &mut N,
        optimizer: &mut O,
        company: C,
    ) -> Result<History, FitError> {
        let state = State::new(&self, optimizer.rate());
        Course::new(self, company, state).run(net, optimizer, |_, _, _, _| Ok(()))
    }

    /// Whether the settings that stand by themselves are in their ranges.
    ///
    /// # Errors
    ///
    /// The first that is not.
    pub fn check_settings(&self) -> Result<(), Error> {
        self.check()
    }

    /// How many epochs there are to be, and when it may end before.
    #[must_use]
    pub fn told_end(&self) -> String {
        format!("{} epochs, {:?}", self.epochs, self.early)
    }

    /// λ.
    #[must_use]
    pub const fn told_regularization(&self) -> &Regularization<ScalarOf<N>> {
        &self.regularization
    }

    /// How gradients are made smaller.
    #[must_use]
    pub const fn told_clip(&self) -> Option<&Clip<ScalarOf<N>>> {
        self.clip.as_ref()
    }

    /// On how many threads.
    #[cfg(feature = "std")]
    #[must_use]
    pub const fn told_threads(&self) -> Option<&Threads> {
        self.threads.as_ref()
    }

    /// The weight of each of these examples, times that of its class.
    ///
    /// # Errors
    ///
    /// What is wrong with weights or targets.
    #[allow(clippy::type_complexity, reason = "a weight for each, if there are any")]
    pub fn told_weights(
        &self,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
    ) -> Result<Option<Vec<ScalarOf<N>>>, Error> {
        weights_of::<N>((inputs, targets), self.weights, self.class_weights)
    }

    /// Takes those that validate out of so many examples, if they are to be drawn.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for a share that is none.
    pub fn told_split(&self, in_order: &mut Vec<usize>) -> Result<Option<Vec<usize>>, Error> {
        drawn_out(self, in_order)
    }

    /// The examples that validate, where they are given, with their weights.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    #[allow(clippy::type_complexity, reason = "inputs, targets, and weights if there are any")]
    pub fn told_validation(
        &self,
        net: &N,
    ) -> Result<Option<(&'a [InputOf<N>], &'a [TargetOf<N>], Option<Vec<ScalarOf<N>>>)>, Error>
    {
        let Validation::On(inputs, targets, weights) = self.validation else { return Ok(None) };
        let of_validation = |error: Error| error.of_validation();
        // One of several may have none.
        if !(inputs.is_empty() && targets.is_empty()) {
            net.check_examples(inputs, targets, &self.regularization).map_err(of_validation)?;
        }
        let weights = weights_of::<N>((inputs, targets), weights, self.class_weights);
        Ok(Some((inputs, targets, weights.map_err(of_validation)?)))
    }

    /// Some of the examples of a step, as they are to be computed.
    #[must_use]
    pub fn told_batch<'b, O: Optimizer<N> + ?Sized>(
        &'b self,
        optimizer: &O,
        inputs: &'b [InputOf<N>],
        targets: &'b [TargetOf<N>],
        weights: Option<&'b [ScalarOf<N>]>,
        step: u64,
    ) -> Batch<'b, N> {
        let drops = self.dropout.as_ref().map(|dropout| dropout(step));
        let (frozen, signed, place) = (frozen_by(optimizer), false, None);
        // What is clipped is a gradient by itself.
        let in_blocks = self.clip.is_some();
        Batch { inputs, targets, weights, signed, drops, frozen, place, in_blocks }
    }

    /// Whether inputs are changed each time.
    #[must_use]
    pub const fn told_augments(&self) -> bool {
        self.augment.is_some()
    }

    /// Changes the inputs of a batch, one after the other.
    pub fn told_augment(&mut self, inputs: &mut [InputOf<N>], drawn: &mut ChaCha8Rng) {
        if let Some(augment) = &mut self.augment {
            inputs.iter_mut().for_each(|x| augment(x, drawn));
        }
    }

    /// How many metrics there are, and whether those of the examples trained with are asked for.
    #[must_use]
    pub const fn told_metrics(&self) -> (usize, bool) {
        (self.metrics.len(), self.watch_training)
    }

    /// The metrics of these predictions, each to `take`.
    pub fn measure(
        &self,
        outputs: &[TargetOf<N>],
        targets: &[TargetOf<N>],
        mut take: impl FnMut(usize, f64),
    ) {
        for (column, (_, metric)) in self.metrics.iter().enumerate() {
            take(column, metric(outputs, targets));
        }
    }
}
