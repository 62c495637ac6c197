//! The course of a training: what changes, what it works in, and its loop.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

use nalgebra::ComplexField;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::examples::{Examples, copies, held_out, weights_of};
use super::fit::Fit;
use super::history::{End, Epoch, History, faulty_name};
use super::{Control, FitError, Progress};
use crate::batch::Batch;
use crate::error::Error;
use crate::fast::registers::Float;
use crate::input::push;
use crate::network::Network;
use crate::real::to_f64;
use crate::update::{Optimizer, Plateau, check_rate, frozen_by};
use crate::workspace::Workspace;

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
pub(super) struct Course<'f, 'd, N: Network> {
    fit: Fit<'f, N>,
    pub(super) state: State<N>,
    inputs: &'d [N::Input],
    targets: &'d [N::Target],
    /// Which examples are trained with, as they stand and in the order of this epoch.
    in_order: Vec<usize>,
    order: Vec<usize>,
    /// A weight for each example, if they differ.
    weights: Option<Vec<N::Scalar>>,
    /// What is looked at behind each epoch: the examples that validate, and where they are apart and
    /// looked at, those trained with.
    held_out: Option<Examples<'f, N>>,
    watched: Option<Examples<'f, N>>,
    // A batch, and predictions.
    xs: Vec<N::Input>,
    ys: Vec<N::Target>,
    ws: Vec<N::Scalar>,
    outputs: Vec<N::Target>,
    workspace: Box<Workspace<N>>,
    // Parameters and the optimizer's state as they were before this epoch.
    theta_before: Box<N>,
    state_before: Vec<N::Scalar>,
}

impl<'f, 'd, N: Network<Scalar: Float>> Course<'f, 'd, N> {
    /// Checks everything, and makes room.
    pub(super) fn new(
        fit: Fit<'f, N>,
        net: &N,
        inputs: &'d [N::Input],
        targets: &'d [N::Target],
        state: State<N>,
    ) -> Result<Self, Error> {
        net.check_examples(inputs, targets, &fit.regularization)?;
        if let Some((index, expected)) = faulty_name(&state.history.names) {
            return Err(Error::MetricName { name: fit.metrics[index].0, expected });
        }
        if let Some(early) = &fit.early {
            early.check()?;
        }
        if fit.batch == 0 {
            let expected = "at least 1";
            return Err(Error::Setting { name: "batch", value: 0.0, expected });
        }
        let examples = (inputs, targets);
        let weights = weights_of::<N>(examples, fit.weights, fit.class_weights)?;
        let (mut in_order, mut drawn) = ((0..inputs.len()).collect(), random(fit.seed, SPLIT, 0));
        let held_out =
            held_out(&fit, net, examples, weights.as_deref(), &mut in_order, &mut drawn)?;
        let looks = !fit.metrics.is_empty() && (fit.watch_training || held_out.is_none());
        let apart = in_order.len() < inputs.len();
        let watched = match looks && apart {
            true => Some(copies(inputs, targets, None, &in_order)?),
            false => None,
        };
        let most = fit.batch.min(in_order.len());
        // Room for predictions, made where it stays: one y may be larger than a stack.
        let mut outputs = Vec::new();
        if looks {
            outputs.extend_from_slice(&targets[..in_order.len()]);
        }
        if let Some(held_out) = held_out.as_ref().filter(|_| !fit.metrics.is_empty()) {
            let more = held_out.targets.get(outputs.len()..).unwrap_or_default();
            outputs.extend_from_slice(more);
        }
        #[cfg_attr(not(feature = "std"), expect(unused_mut, reason = "there are no threads"))]
        let mut workspace = Workspace::boxed();
        #[cfg(feature = "std")]
        if let Some(threads) = &fit.threads {
            workspace.set_threads(threads);
        }
        Ok(Self {
            state,
            inputs,
            targets,
            order: in_order.clone(),
            in_order,
            weights,
            held_out,
            watched,
            xs: Vec::with_capacity(most),
            ys: Vec::with_capacity(most),
            ws: Vec::with_capacity(most),
            outputs,
            workspace,
            theta_before: N::boxed(),
            state_before: Vec::new(),
            fit,
        })
    }

    /// Trains until the end, and calls `save` behind every epoch.
    pub(super) fn run<O: Optimizer<N> + ?Sized, E: From<Error>>(
        mut self,
        net: &mut N,
        optimizer: &mut O,
        save: impl FnMut(&mut N, &mut O, &State<N>) -> Result<(), E>,
    ) -> Result<History, FitError<E>> {
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
        mut save: impl FnMut(&mut N, &mut O, &State<N>) -> Result<(), E>,
    ) -> Result<(), E> {
        while self.state.epoch < self.fit.epochs && self.state.history.end == End::Epochs {
            let (j, rate) = self.epoch(net, optimizer)?;
            self.state.epoch += 1;
            self.look(net, j, rate)?;
            let judged = self.judge(net);
            // The epoch is over, and in the history, whatever was asked for behind it.
            save(net, optimizer, &self.state)?;
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
    ) -> Result<(f64, N::Scalar), Error> {
        self.keep(net, optimizer);
        if self.fit.shuffle {
            self.order.copy_from_slice(&self.in_order);
            self.order.shuffle(&mut random(self.fit.seed, ORDER, self.state.epoch));
        }
        let (m, mut taken) = (self.order.len(), 0);
        let steps = self.steps(m.div_ceil(self.fit.batch), net, optimizer, &mut taken);
        let error = match (steps, net.check_parameters()) {
            (Ok(sum), Ok(())) => return Ok((sum / as_f64(m), optimizer.rate())),
            (Err(error), Ok(())) => error,
            (_, Err(error)) => {
                // The last step went too far, which no subtraction undoes: the way to it is taken
                // again.
                let good = taken.saturating_sub(1);
                self.put_back(net, optimizer);
                self.steps(good, net, optimizer, &mut taken)?;
                error
            }
        };
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
    ) -> Result<f64, Error> {
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
            self.gather(first, last);
            if let Some(augment) = &mut self.fit.augment {
                for x in &mut self.xs {
                    augment(x, &mut drawn);
                }
            }
            let factor = self.fit.schedule.factor(time(epoch, number, batches));
            optimizer.set_rate(scaled(self.state.rate, factor * plateau))?;
            let step = (epoch as u64).wrapping_mul(batches as u64).wrapping_add(number as u64);
            let j = self.step(net, optimizer, step).map_err(|error| match error {
                Error::Input { example, entry, value } => {
                    Error::Input { example: self.order[first + example], entry, value }
                }
                other => other,
            })?;
            sum += to_f64(&j) * as_f64(last - first);
            *taken += 1;
        }
        Ok(sum)
    }

    /// Keeps parameters and the optimizer's state.
    fn keep<O: Optimizer<N> + ?Sized>(&mut self, net: &N, optimizer: &mut O) {
        self.theta_before.copy_from(net);
        let kept = &mut self.state_before;
        kept.clear();
        optimizer.visit_state(&mut |_, part| kept.extend_from_slice(part));
    }

    /// Puts back what was kept.
    fn put_back<O: Optimizer<N> + ?Sized>(&self, net: &mut N, optimizer: &mut O) {
        net.copy_from(&self.theta_before);
        let mut kept = self.state_before.iter();
        optimizer.visit_state(&mut |_, part| {
            for (to, &from) in part.iter_mut().zip(&mut kept) {
                *to = from;
            }
        });
    }

    /// One step on the batch that has been gathered; gives J of before.
    fn step<O: Optimizer<N> + ?Sized>(
        &mut self,
        net: &mut N,
        optimizer: &mut O,
        step: u64,
    ) -> Result<N::Scalar, Error> {
        let Self { fit, xs, ys, ws, weights, workspace, .. } = self;
        let plain = weights.is_none() && fit.dropout.is_none() && fit.clip.is_none();
        if plain {
            return optimizer.train(net, xs, ys, &fit.regularization, workspace);
        }
        let batch = Batch {
            inputs: xs,
            targets: ys,
            weights: weights.as_ref().map(|_| &ws[..]),
            signed: false,
            drops: fit.dropout.as_ref().map(|dropout| dropout(step)),
            frozen: frozen_by(optimizer),
        };
        let (j, gradient) = batch.cost_and_gradient(net, &fit.regularization, workspace)?;
        if !ComplexField::is_finite(&j) {
            return Err(Error::CostNotFinite { value: to_f64(&j) });
        }
        if let Some(clip) = &fit.clip {
            clip.apply(gradient);
        }
        optimizer.step(net, gradient)?;
        Ok(j)
    }

    /// The batch of the examples from `first` to below `last` in the order of this epoch.
    fn gather(&mut self, first: usize, last: usize) {
        let Self { xs, ys, ws, .. } = self;
        xs.clear();
        ys.clear();
        ws.clear();
        for &example in &self.order[first..last] {
            push(xs, &self.inputs[example]);
            push(ys, &self.targets[example]);
            if let Some(weights) = &self.weights {
                ws.push(weights[example]);
            }
        }
    }

    /// J and metrics behind an epoch, into the history.
    fn look(&mut self, net: &N, j: f64, rate: N::Scalar) -> Result<(), Error> {
        let mut validation_j = None;
        if let Some(held_out) = &self.held_out {
            validation_j = Some(to_f64(&held_out.cost(net, &mut self.workspace)?));
        }
        let (number, rate) = (self.state.epoch, to_f64(&rate));
        self.state.history.epochs.push(Epoch { number, rate, j, validation_j });
        let row = self.state.history.values.len();
        self.state.history.values.resize(row + self.fit.metrics.len(), [None; 2]);
        let all = (self.inputs, self.targets);
        let trained = self.watched.as_ref().map_or(all, Examples::both);
        let held_out = self.held_out.as_ref().map(Examples::both);
        let watches = self.fit.watch_training || held_out.is_none();
        for (kind, examples) in [watches.then_some(trained), held_out].into_iter().enumerate() {
            let Some((xs, ys)) = examples.filter(|_| !self.fit.metrics.is_empty()) else {
                continue;
            };
            let outputs = &mut self.outputs[..xs.len()];
            net.predict_with(xs, outputs, &mut self.workspace)?;
            for (column, (_, metric)) in self.fit.metrics.iter().enumerate() {
                self.state.history.values[row + column][kind] = Some(metric(outputs, ys));
            }
        }
        Ok(())
    }

    /// What follows from an epoch: the best so far, another rate, an end. It fails for a rate that is
    /// none, and then keeps the one that there is.
    fn judge(&mut self, net: &N) -> Result<(), Error> {
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
        let asked = self.ask(net);
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
    fn ask(&mut self, net: &N) -> Option<f64> {
        let Self { state, fit, .. } = self;
        let mut asked = None;
        let Some(&epoch) = state.history.epochs.last() else { return asked };
        for callback in &mut fit.callbacks {
            let (epochs, history) = (fit.epochs, &state.history);
            match callback(&Progress { epoch, epochs, history, net }) {
                Control::Continue => {}
                Control::Stop => state.history.end = End::Callback,
                Control::Rate(rate) => asked = Some(rate),
            }
        }
        asked
    }

    /// Whether a training that had ended has, by what is said now.
    #[cfg(feature = "checkpoint")]
    pub(super) fn judge_again(&mut self, net: &N) {
        let before = core::mem::replace(&mut self.state.history.end, End::Epochs);
        match before {
            End::Epochs | End::Failure => {}
            End::Early if self.is_patient_no_more() => self.state.history.end = End::Early,
            End::Early => {}
            // The rate it may ask for has been set.
            End::Callback => drop(self.ask(net)),
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
const SPLIT: u64 = 2;

/// The random numbers of an epoch, for one purpose.
fn random(seed: Option<u64>, purpose: u64, epoch: usize) -> ChaCha8Rng {
    let mut rng = crate::rng(seed.unwrap_or(0));
    rng.set_stream((epoch as u64).wrapping_mul(4).wrapping_add(purpose));
    rng
}
