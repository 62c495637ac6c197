//! Training: epochs of shuffled mini-batches, and what is watched meanwhile.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

use rand_chacha::ChaCha8Rng;

use super::alone::Alone;
use super::history::{History, faulty_name};
use super::{Control, EarlyStopping, FitError, Progress};
use crate::batch::dropout::{Dropout, Drops};
use crate::error::Error;
use crate::network::{FloatNetwork, Holds, InputOf, Network, ScalarOf, TargetOf};
use crate::regularization::Regularization;
#[cfg(feature = "std")]
use crate::threads::Threads;
use crate::update::{Clip, Optimizer, Plateau, Schedule};

/// A metric as a function: of predictions and targets.
pub type Metric<N> = fn(&[<N as Network>::Target], &[<N as Network>::Target]) -> f64;

/// How a network is to be trained: epochs of mini-batches, each example once an epoch, in an order
/// that a seed shuffles.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::Schedule;
/// use constprop::train::{EarlyStopping, Fit, accuracy};
///
/// network! {
///     pub struct Circle(2 => 16 Tanh => 1 Sigmoid) minimizing CrossEntropy;
/// }
/// let x: Vec<[f32; 2]> = (0..400).map(|i| [(i % 20) as f32 / 10.0 - 0.95, (i / 20) as f32 / 10.0 - 0.95]).collect();
/// let y: Vec<[f32; 1]> = x.iter().map(|[a, b]| [f32::from(u8::from(a * a + b * b < 0.6))]).collect();
///
/// let mut net = Circle::seeded(0);
/// let mut adam = Adam::new(AdamSettings { rate: 0.02, ..AdamSettings::default() })?;
/// let history = Fit::new()
///     .epochs(60)
///     .batch(16)
///     .validation_split(0.2)
///     .schedule(Schedule::cosine(60.0)?)
///     .early_stopping(EarlyStopping::patience(20))
///     .metric("accuracy", accuracy)
///     .run(&mut net, &mut adam, &x, &y)?;
/// let best = history.best().unwrap();
/// assert!(history.metric("accuracy", best).unwrap() > 0.95);
/// # Ok::<(), constprop::Error>(())
/// ```
///
/// Which network it is, the compiler learns in [`run`](Fit::run). A closure that looks into `p.net`, or at
/// predictions and targets, needs to know before: then name the network first, `Fit::<Circle<f32>>::new()`.
///
/// ```
/// # use constprop::prelude::*;
/// # use constprop::train::{Control, Fit};
/// # network! { pub struct Circle(2 => 16 Tanh => 1 Sigmoid) minimizing CrossEntropy; }
/// let threshold = 0.7;
/// let fit = Fit::<Circle<f32>>::new()
///     .metric("sure", |h, _| h.iter().filter(|h| h[0] > threshold).count() as f64)
///     .on_epoch(|p| if p.net.theta1.bias[0] > 10.0 { Control::Stop } else { Control::Continue });
/// ```
///
/// Which Θ⁽ˡ⁾ learn, and at which rates, is the optimizer's to say: one [by a `Learning`](crate::Learning::by)
/// leaves the others as they are, and nothing is computed for them.
///
/// What is random, the order, the split, dropout and what [`augment`](Fit::augment) draws, is a
/// function of the seed and the number of the epoch or step: the same seed trains to the same bits.
/// After the first epoch nothing is allocated, for up to 10,000 epochs and without a bar and files.
///
/// # Units
///
/// When a training ends, and when a plateau makes the rate smaller, does not depend on the unit of J:
/// what they ask for is a share. What has a unit is a rate, which for
/// [`GradientDescent`](crate::GradientDescent) is Θ² by J and for [`Adam`](crate::Adam) is Θ, Adam's ε,
/// which is J by Θ, λ and [`Clip`], and what a network is drawn from, which is made for x and y of the
/// size of 1. So `Fit` trains best on [scaled](crate::data::Standardize) examples;
/// [`Regressor::fit`](super::Regressor::fit) takes y in units of its own.
pub struct Fit<'a, N: Network> {
    pub(super) epochs: usize,
    pub(super) batch: usize,
    pub(super) seed: Option<u64>,
    pub(super) regularization: Regularization<N::Scalar>,
    pub(super) schedule: Schedule,
    pub(super) plateau: Option<Plateau>,
    pub(super) clip: Option<Clip<N::Scalar>>,
    pub(super) validation: Validation<'a, N>,
    pub(super) weights: Option<&'a [N::Scalar]>,
    pub(super) class_weights: Option<&'a [N::Scalar]>,
    pub(super) dropout: Option<Box<dyn Fn(u64) -> Drops<'a> + 'a>>,
    pub(super) early: Option<EarlyStopping>,
    pub(super) metrics: Vec<(&'static str, Measure<'a, N>)>,
    pub(super) watch_training: bool,
    pub(super) shuffle: bool,
    pub(super) augment: Option<Augment<'a, N>>,
    pub(super) callbacks: Vec<Callback<'a, N>>,
    #[cfg(feature = "std")]
    pub(super) threads: Option<Threads>,
}

pub(super) type Augment<'a, N> = Box<dyn FnMut(&mut <N as Network>::Input, &mut ChaCha8Rng) + 'a>;
pub(super) type Measure<'a, N> =
    Box<dyn Fn(&[<N as Network>::Target], &[<N as Network>::Target]) -> f64 + 'a>;
pub(super) type Callback<'a, N> = Box<dyn FnMut(&Progress<'_, N>) -> Control + 'a>;

pub(super) enum Validation<'a, N: Network> {
    None,
    Split(f64),
    On(&'a [N::Input], &'a [N::Target], Option<&'a [N::Scalar]>),
}

impl<N: Network> Default for Fit<'_, N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a, N: Network> Fit<'a, N> {
    /// 10 epochs of batches of 32, seed 0, λ = 0, a constant rate, and nothing else.
    #[must_use]
    pub fn new() -> Self {
        Self {
            epochs: 10,
            batch: 32,
            seed: None,
            regularization: Regularization::none(),
            schedule: Schedule::constant(),
            plateau: None,
            clip: None,
            validation: Validation::None,
            weights: None,
            class_weights: None,
            dropout: None,
            early: None,
            metrics: Vec::new(),
            watch_training: false,
            shuffle: true,
            augment: None,
            callbacks: Vec::new(),
            #[cfg(feature = "std")]
            threads: None,
        }
    }

    /// How often each example is seen. With 0 nothing is trained.
    #[must_use]
    pub fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// How many examples make a step, from 1 on. The last batch of an epoch may be smaller.
    #[must_use]
    pub fn batch(self, batch: usize) -> Self {
        Self { batch, ..self }
    }

    /// The seed of the order, the split, and what [`augment`](Fit::augment) draws. The network is as
    /// it comes, and a [`Dropout`] has a seed of its own.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed: Some(seed), ..self }
    }

    /// λ, of every batch: with [`Regularization::coursera`], m is the batch's.
    #[must_use]
    pub fn regularization(self, regularization: Regularization<ScalarOf<N>>) -> Self {
        Self { regularization, ..self }
    }

    /// What the optimizer's learning rate is multiplied with, step by step: the schedule's factor at
    /// the step's middle, t = e + (s + ½)/n for step s of n, both from 0 on, of the epoch that e are
    /// before. So n = 1 asks at ½, 1½, … Without a schedule the rate stays as it is.
    #[must_use]
    pub fn schedule(self, schedule: Schedule) -> Self {
        Self { schedule, ..self }
    }

    /// Makes the rate smaller when J no longer falls: that of the examples that validate, or where
    /// there are none of those trained with.
    #[must_use]
    pub fn reduce_on_plateau(self, plateau: Plateau) -> Self {
        Self { plateau: Some(plateau), ..self }
    }

    /// Makes gradients smaller before each step, where they are too large.
    #[must_use]
    pub fn clip(self, clip: Clip<ScalarOf<N>>) -> Self {
        Self { clip: Some(clip), ..self }
    }

    /// Keeps this share of the examples, drawn at random, to validate on; from 0 to below 1, and at
    /// least one unless it is 0. They weigh what [`weights`](Fit::weights) and
    /// [`class_weights`](Fit::class_weights) say; if that is 0 for all of them, [`Fit::run`] refuses it.
    /// The classes' shares are left to chance: [`data::stratified`](crate::data::stratified) keeps them.
    #[must_use]
    pub fn validation_split(self, share: f64) -> Self {
        Self { validation: Validation::Split(share), ..self }
    }

    /// Validates on these examples. [`weights`](Fit::weights) are not theirs, but
    /// [`class_weights`](Fit::class_weights) hold for them too. What is wrong with them is an
    /// [`Error::Validation`].
    #[must_use]
    pub fn validation(self, inputs: &'a [InputOf<N>], targets: &'a [TargetOf<N>]) -> Self {
        Self { validation: Validation::On(inputs, targets, None), ..self }
    }

    /// Validates on these examples with a weight for each, finite and not negative:
    /// J = (1/m) Σ wᵢ cost(h_Θ(xᵢ), yᵢ), as of a [`Batch`](crate::Batch). [`class_weights`](Fit::class_weights) are
    /// multiplied with them. [`Fit::run`] refuses weights that are 0 in all, of which every J is 0.
    #[must_use]
    pub fn validation_weighted(
        self,
        inputs: &'a [InputOf<N>],
        targets: &'a [TargetOf<N>],
        weights: &'a [ScalarOf<N>],
    ) -> Self {
        Self { validation: Validation::On(inputs, targets, Some(weights)), ..self }
    }

    /// A weight for each example, finite and not negative: see [`Batch`](crate::Batch). Those of the examples that
    /// [`validation_split`](Fit::validation_split) takes hold in their J; in metrics all count alike.
    #[must_use]
    pub fn weights(self, weights: &'a [ScalarOf<N>]) -> Self {
        Self { weights: Some(weights), ..self }
    }

    /// A weight for each class, finite and not negative: that of an example is its class's, times its
    /// own. The class is the largest entry of y; with one output 0 and 1 are the classes. A y that
    /// names none, of two labels at once or of none, is refused.
    ///
    /// They are part of what is minimized, and so of J of the examples that validate, whether those are
    /// split off or given: early stopping and a plateau look at the J that training makes smaller. In
    /// metrics all examples count alike.
    #[must_use]
    pub fn class_weights(self, weights: &'a [ScalarOf<N>]) -> Self {
        Self { class_weights: Some(weights), ..self }
    }

    /// Leaves out hidden units. A dropout for another number of hidden layers does not compile.
    #[must_use]
    pub fn dropout<const HIDDEN: usize>(self, dropout: &'a Dropout<HIDDEN>) -> Self {
        const { assert!(HIDDEN + 1 == N::SHAPES.len(), "one rate for each hidden layer") };
        Self { dropout: Some(Box::new(|step| dropout.step(step))), ..self }
    }

    /// Stops when J makes no progress: that of the examples that validate, or where there are none of
    /// those trained with.
    #[must_use]
    pub fn early_stopping(self, early: EarlyStopping) -> Self {
        Self { early: Some(early), ..self }
    }

    /// Computes a metric behind every epoch, a function or a closure, of the examples that validate, or where there are none
    /// of those trained with: [`accuracy`](super::accuracy), [`r2`](super::r2), or any function of
    /// predictions and targets.
    ///
    /// [`Fit::run`] refuses names that could not be read again, [`Error::MetricName`]: two of one name,
    /// one that the table of a [`History`] has already, a control character, white space at an end.
    #[must_use]
    pub fn metric(
        mut self,
        name: &'static str,
        metric: impl Fn(&[TargetOf<N>], &[TargetOf<N>]) -> f64 + 'a,
    ) -> Self {
        self.metrics.push((name, Box::new(metric)));
        self
    }

    /// Computes metrics of the examples trained with, too. That takes a prediction of each.
    #[must_use]
    pub fn watch_training(self) -> Self {
        Self { watch_training: true, ..self }
    }

    /// Takes the examples in the order in which they stand, in every epoch.
    #[must_use]
    pub fn in_order(self) -> Self {
        Self { shuffle: false, ..self }
    }

    /// Changes every input anew each time that it is trained with: moved, turned, with noise.
    #[must_use]
    pub fn augment(self, augment: impl FnMut(&mut N::Input, &mut ChaCha8Rng) + 'a) -> Self {
        Self { augment: Some(Box::new(augment)), ..self }
    }

    /// Calls `callback` behind every epoch: to print, to save, to change the rate, to stop.
    #[must_use]
    pub fn on_epoch(mut self, callback: impl FnMut(&Progress<'_, N>) -> Control + 'a) -> Self {
        self.callbacks.push(Box::new(callback));
        self
    }

    /// Trains on so many threads, the caller's own among them: the same to the last bit as on one. See
    /// [`Threads`].
    ///
    /// # Errors
    ///
    /// As [`Threads::new`].
    #[cfg(feature = "std")]
    pub fn threads(self, threads: usize) -> Result<Self, Error> {
        Ok(Self { threads: Some(Threads::new(threads)?), ..self })
    }

    /// Trains `net` in place, and leaves the optimizer with the rate that it came with.
    ///
    /// # Errors
    ///
    /// A [`FitError`]: why, and the history of the epochs that were over.
    ///
    /// Whatever is wrong with settings, examples, weights or parameters, and where: nothing has been
    /// trained then. [`Error::Diverged`] if J, a gradient or a parameter is no finite number any
    /// more. Where that step was itself too long, the epoch is trained again up to it, and what
    /// [`augment`](Fit::augment) has counted for itself is not the same. [`Error::Input`] for what
    /// `augment` spoils. [`Error::Setting`] if a callback asks for a rate that is none, behind that
    /// epoch.
    ///
    /// In all these cases the optimizer is as it was before the step that went wrong. So are the
    /// parameters, unless there is an [`early_stopping`](Fit::early_stopping) that goes back to the
    /// best, and an epoch that was it: then they are those of that epoch, as without an error.
    pub fn run(
        self,
        net: &mut dyn Holds<N>,
        optimizer: &mut dyn Optimizer<N>,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
    ) -> Result<History, FitError>
    where
        N: FloatNetwork,
    {
        let net = net.held_mut();
        let alone = Alone::new(&self, net, inputs, targets)?;
        self.run_in(net, optimizer, alone)
    }

    /// Whether the settings that stand by themselves are in their ranges.
    pub(super) fn check(&self) -> Result<(), Error> {
        let names: Vec<_> = self.metrics.iter().map(|metric| Cow::Borrowed(metric.0)).collect();
        if let Some((index, expected)) = faulty_name(&names) {
            return Err(Error::MetricName { name: self.metrics[index].0, expected });
        }
        if let Some(early) = &self.early {
            early.check()?;
        }
        if self.batch == 0 {
            let expected = "at least 1";
            return Err(Error::Setting { name: "batch", value: 0.0, expected });
        }
        Ok(())
    }
}

// What needs a feature that is off, so that the compiler can say which. It quotes the line that ends in
// a bound.
macro_rules! off {
    ($($feature:literal $has:ident: $method:literal, $how:literal $methods:tt)*) => {$(
        #[cfg(not(feature = $feature))]
        #[diagnostic::on_unimplemented(message = $method, label = $how)]
        #[doc(hidden)]
        pub trait $has {}

        #[cfg(not(feature = $feature))]
        #[doc(hidden)]
        impl<N: Network> Fit<'_, N> $methods
    )*};
}

off! {
    "progress" HasProgress: "`progress` needs the feature `progress` of constprop, which is off",
    "add `features = [\"progress\"]` to constprop in Cargo.toml" {
        pub fn progress(self) -> Self where Self: HasProgress { self }
    }
    "checkpoint" HasCheckpoint: "`run_resumable` needs the feature `checkpoint` of constprop, which is off",
    "add `features = [\"checkpoint\"]` to constprop in Cargo.toml" {
        pub fn run_resumable<A, B, C, D, E>(self, _: A, _: B, _: C, _: D, _: E) -> Result<History, Error> where Self: HasCheckpoint { Err(Error::NoExamples) }
    }
}
