//! The course of a training: what changes, what it works in, and its loop.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::company::{Asked, Company, Step};
use super::fit::Fit;
use super::history::{End, Epoch, History};
use super::{Control, FitError, Progress};
use crate::error::Error;
use crate::fast::registers::Float;
use crate::network::Network;
use crate::real::to_f64;
use crate::update::{Optimizer, Plateau, check_rate};

/// What changes from epoch to epoch, beside the network and the optimizer: all that a training which
/// is resumed has to know.
pub(super) struct State<N: Network> {
    /// Epochs that are over.
    pub(super) epoch: usize,
    /// α without schedule and plateau.
    pub(super) rate: N::Scalar,
    pub(super) plateau: Option<Plateau>,
    /// The least J that was watched, for how many epochs none made progress, and the parameters that
    /// had the least, where they are to be restored.
    pub(super) best_j: f64,
    pub(super) since_progress: usize,
    pub(super) best: Option<Box<N>>,
    pub(super) history: History,
}

/// Epochs whose history has room from the beginning.
const ROOM: usize = 10_000;

impl<N: Network<Scalar: Float>> State<N> {
    pub(super) fn new(fit: &Fit<'_, N>, rate: N::Scalar) -> Self {
        let room = fit.epochs.min(ROOM);
        let names: Vec<_> = fit.metrics.iter().map(|metric| Cow::Borrowed(metric.0)).collect();
        let values = Vec::with_capacity(room * names.len());
        let (epochs, best, end) = (Vec::with_capacity(room), None, End::Epochs);
        Self {
            epoch: 0,
            rate,
            plateau: fit.plateau,
            best_j: f64::INFINITY,
            since_progress: 0,
            best: fit.early.filter(|early| early.restores_best).map(|_| N::boxed()),
            history: History { epochs, names, values, best, end },
        }
    }
}

/// A training under way.
pub(super) struct Course<'f, N: Network, C> {
    fit: Fit<'f, N>,
    pub(super) state: State<N>,
    pub(super) company: C,
    /// The examples that are trained with, in the order of this epoch.
    order: Vec<usize>,
    // Parameters and the optimizer's state as they were before this epoch.
    theta_before: Box<N>,
    state_before: Vec<N::Scalar>,
}

impl<'f, N: Network<Scalar: Float>, C> Course<'f, N, C> {
    pub(super) fn new<O: ?Sized>(fit: Fit<'f, N>, company: C, state: State<N>) -> Self
    where
        C: Company<N, O>,
    {
        let order = company.in_order().to_vec();
        Self { fit, state, company, order, theta_before: N::boxed(), state_before: Vec::new() }
    }

    /// Trains until the end, and calls `save` behind every epoch.
    pub(super) fn run<O: Optimizer<N> + ?Sized, E: From<Error>>(
        mut self,
        net: &mut N,
        optimizer: &mut O,
        save: impl FnMut(&mut C, &N, &mut O, &State<N>) -> Result<(), E>,
    ) -> Result<History, FitError<E>>
    where
        C: Company<N, O>,
    {
        let rate = optimizer.rate();
        let result = self.epochs(net, optimizer, save);
        // It came with this rate, which is in its range.
        let restored = optimizer.set_rate(rate).map_err(E::from);
        let State { best, history, .. } = self.state;
        // However it has ended.
        if let (Some(best), Some(_)) = (&best, history.best) {
            net.copy_from(best);
        }
        match result.and(restored) {
            Ok(()) => Ok(history),
            Err(error) => Err(FitError::new(error, history)),
        }
    }

    fn epochs<O: Optimizer<N> + ?Sized, E: From<Error>>(
        &mut self,
        net: &mut N,
        optimizer: &mut O,
        mut save: impl FnMut(&mut C, &N, &mut O, &State<N>) -> Result<(), E>,
    ) -> Result<(), E>
    where
        C: Company<N, O>,
    {
        while self.state.epoch < self.fit.epochs && self.state.history.end == End::Epochs {
            let (j, rate) = self.epoch(net, optimizer)?;
            self.state.epoch += 1;
            self.look::<O>(net, j, rate)?;
            let judged = self.judge::<O>(net);
            // The epoch is over, and in the history, whatever was asked for behind it.
            save(&mut self.company, net, optimizer, &self.state)?;
            judged?;
        }
        Ok(())
    }

    /// An epoch; gives the mean of J, and the last rate. If it fails, parameters and optimizer are
    /// those of the last step that left finite ones.
    fn epoch<O: Optimizer<N> + ?Sized>(
        &mut self,
        net: &mut N,
        optimizer: &mut O,
    ) -> Result<(f64, N::Scalar), Error>
    where
        C: Company<N, O>,
    {
        self.keep(net, optimizer);
        if self.fit.shuffle {
            self.order.copy_from_slice(self.company.in_order());
            self.order.shuffle(&mut random(self.fit.seed, ORDER, self.state.epoch));
        }
        let (m, mut taken) = (self.order.len(), 0);
        let steps = self.steps(m.div_ceil(self.fit.batch), net, optimizer, &mut taken);
        let torn = self.company.is_torn();
        let (error, good) = match (steps, net.check_parameters()) {
            (Ok(sum), Ok(())) => return Ok((sum / as_f64(m), optimizer.rate())),
            (Err(error), _) if torn => (error, Some(taken)),
            (Err(error), Ok(())) => (error, None),
            (_, Err(error)) => (error, Some(taken.saturating_sub(1))),
        };
        if let Some(good) = good {
            // The last step went too far, which no subtraction undoes: the way to it is taken again.
            self.put_back(net, optimizer);
            self.steps(good, net, optimizer, &mut taken)?;
        }
        Err(diverged::<N>(error, self.state.epoch + 1, taken))
    }

    /// The first `steps` of an epoch; gives the sum of J over their examples, which in `f32` would stop
    /// growing where there are many. `taken` counts them.
    fn steps<O: Optimizer<N> + ?Sized>(
        &mut self,
        steps: usize,
        net: &mut N,
        optimizer: &mut O,
        taken: &mut usize,
    ) -> Result<f64, Error>
    where
        C: Company<N, O>,
    {
        let (epoch, batch) = (self.state.epoch, self.fit.batch);
        let mut drawn = random(self.fit.seed, AUGMENTATION, epoch);
        let m = self.order.len();
        let batches = m.div_ceil(batch);
        let plateau = self.state.plateau.map_or(1.0, |plateau| plateau.current());
        let mut sum = 0.0;
        *taken = 0;
        for number in 0..steps {
            let first = number * batch;
            let last = m.min(first.saturating_add(batch));
            let factor = self.fit.schedule.factor(time(epoch, number, batches));
            optimizer.set_rate(scaled(self.state.rate, factor * plateau))?;
            let step = (epoch as u64).wrapping_mul(batches as u64).wrapping_add(number as u64);
            let examples = &self.order[first..last];
            let step = Step { examples, number: step, drawn: &mut drawn };
            let j = self.company.step(&mut self.fit, net, optimizer, step);
            let j = j.map_err(|error| match error {
                Error::Input { example, entry, value } => {
                    Error::Input { example: examples[example], entry, value }
                }
                other => other,
            })?;
            sum += to_f64(&j) * as_f64(last - first);
            *taken += 1;
        }
        Ok(sum)
    }

    /// Keeps parameters and the optimizer's state.
    fn keep<O: Optimizer<N> + ?Sized>(&mut self, net: &N, optimizer: &mut O)
    where
        C: Company<N, O>,
    {
        let Self { company, theta_before, state_before: kept, .. } = self;
        theta_before.copy_from(net);
        kept.clear();
        optimizer
            .visit_state(&mut |_, part| kept.extend_from_slice(&part[company.own(part.len())]));
    }

    /// Puts back what was kept.
    fn put_back<O: Optimizer<N> + ?Sized>(&self, net: &mut N, optimizer: &mut O)
    where
        C: Company<N, O>,
    {
        net.copy_from(&self.theta_before);
        let mut kept = self.state_before.iter();
        optimizer.visit_state(&mut |_, part| {
            let own = self.company.own(part.len());
            for (to, &from) in part[own].iter_mut().zip(&mut kept) {
                *to = from;
            }
        });
    }

    /// J and metrics behind an epoch, into the history.
    fn look<O: ?Sized>(&mut self, net: &N, j: f64, rate: N::Scalar) -> Result<(), Error>
    where
        C: Company<N, O>,
    {
        let Self { fit, state, company, .. } = self;
        let history = &mut state.history;
        let row = history.values.len();
        history.values.resize(row + fit.metrics.len(), [None; 2]);
        let validation_j = match company.look(fit, net, &mut history.values[row..]) {
            Ok(validation_j) => validation_j,
            Err(error) => {
                history.values.truncate(row);
                return Err(error);
            }
        };
        let (number, rate) = (state.epoch, to_f64(&rate));
        history.epochs.push(Epoch { number, rate, j, validation_j });
        Ok(())
    }

    /// What follows from an epoch: the best so far, another rate, an end. It fails for a rate that is
    /// none, and then keeps the one that there is.
    fn judge<O: ?Sized>(&mut self, net: &N) -> Result<(), Error>
    where
        C: Company<N, O>,
    {
        let Self { state, fit, .. } = self;
        let Some(&epoch) = state.history.epochs.last() else { return Ok(()) };
        let j = epoch.watched();
        let share = fit.early.map_or(0.0, |early| early.least_progress);
        // The best moves with any progress, so that many steps of too little do not add up to enough.
        let progress = j.is_finite() && j < state.best_j - share * state.history.unit();
        state.since_progress = if progress { 0 } else { state.since_progress + 1 };
        if j.is_finite() && j < state.best_j {
            state.best_j = j;
            state.history.best = Some(epoch.number);
            if let Some(best) = &mut state.best {
                best.copy_from(net);
            }
        }
        if let Some(plateau) = &mut state.plateau {
            plateau.observe(j);
        }
        if self.is_patient_no_more() {
            self.state.history.end = End::Early;
        }
        let asked = self.ask::<O>(net);
        let state = &mut self.state;
        if let Some(asked) = asked {
            let rate = nalgebra::convert::<f64, N::Scalar>(asked);
            check_rate(&rate)?;
            state.rate = rate;
        }
        Ok(())
    }

    fn is_patient_no_more(&self) -> bool {
        let since = self.state.since_progress;
        since > 0 && self.fit.early.is_some_and(|early| since >= early.patience)
    }

    /// Asks the callbacks about the last epoch; gives another α, if one was asked for.
    fn ask<O: ?Sized>(&mut self, net: &N) -> Option<f64>
    where
        C: Company<N, O>,
    {
        let Self { state, fit, company, .. } = self;
        let &epoch = state.history.epochs.last()?;
        let asked = company.agree(&mut || {
            let mut asked = Asked::default();
            for callback in &mut fit.callbacks {
                let (epochs, history) = (fit.epochs, &state.history);
                match callback(&Progress { epoch, epochs, history, net }) {
                    Control::Continue => {}
                    Control::Stop => {
                        state.history.end = End::Callback;
                        asked.stops = true;
                    }
                    Control::Rate(rate) => asked.rate = Some(rate),
                }
            }
            asked
        });
        if asked.stops {
            state.history.end = End::Callback;
        }
        asked.rate
    }

    /// Whether a training that had ended has, by what is said now.
    #[cfg(feature = "checkpoint")]
    pub(super) fn judge_again<O: ?Sized>(&mut self, net: &N)
    where
        C: Company<N, O>,
    {
        let before = core::mem::replace(&mut self.state.history.end, End::Epochs);
        match before {
            End::Epochs | End::Failure => {}
            End::Early if self.is_patient_no_more() => self.state.history.end = End::Early,
            End::Early => {}
            // The rate it may ask for has been set.
            End::Callback => drop(self.ask::<O>(net)),
        }
    }
}

/// What has become of a training whose numbers are not finite any more.
fn diverged<N: Network>(error: Error, epoch: usize, batch: usize) -> Error {
    match error {
        Error::Gradient { theta, .. } | Error::Parameter { theta, .. } => {
            Error::Diverged { epoch, batch, layer: theta }
        }
        Error::CostNotFinite { .. } => Error::Diverged { epoch, batch, layer: N::SHAPES.len() + 1 },
        other => other,
    }
}

/// The middle of a step, in epochs.
fn time(epoch: usize, number: usize, batches: usize) -> f64 {
    as_f64(epoch) + (as_f64(number) + 0.5) / as_f64(batches)
}

#[allow(clippy::cast_precision_loss, reason = "examples, steps and epochs are far below 2⁵³")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

/// α times a factor, and never 0, which is no rate: the least number above it, then.
fn scaled<T: Float>(rate: T, factor: f64) -> T {
    let scaled = nalgebra::convert::<f64, T>(to_f64(&rate) * factor);
    let least = if size_of::<T>() == 4 { 1e-45 } else { 5e-324 };
    if scaled > nalgebra::zero() { scaled } else { nalgebra::convert(least) }
}

// What random numbers are drawn for.
const ORDER: u64 = 0;
const AUGMENTATION: u64 = 1;
pub(super) const SPLIT: u64 = 2;

/// The random numbers of an epoch, for one purpose.
pub(super) fn random(seed: Option<u64>, purpose: u64, epoch: usize) -> ChaCha8Rng {
    let mut rng = crate::rng(seed.unwrap_or(0));
    rng.set_stream((epoch as u64).wrapping_mul(4).wrapping_add(purpose));
    rng
}
