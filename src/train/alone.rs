//! One process that has all examples.

use alloc::boxed::Box;
use alloc::vec::Vec;

use nalgebra::ComplexField;

use super::company::{Company, Step};
use super::examples::{Examples, copies, held_out, weights_of};
use super::fit::Fit;
use crate::batch::Batch;
use crate::error::Error;
use crate::fast::registers::Float;
use crate::fast::{Crew, size};
use crate::input::{Sample, push};
use crate::network::Network;
use crate::real::to_f64;
use crate::threads::Threads;
use crate::update::{Optimizer, frozen_by, step_with};
use crate::workspace::Workspace;

/// All examples, and what steps on them work in.
pub(super) struct Alone<'f, 'd, N: Network> {
    inputs: &'d [N::Input],
    targets: &'d [N::Target],
    in_order: Vec<usize>,
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
}

impl<'f, 'd, N: Network<Scalar: Float>> Alone<'f, 'd, N> {
    /// Checks everything, and makes room.
    pub(super) fn new(
        fit: &Fit<'f, N>,
        net: &N,
        inputs: &'d [N::Input],
        targets: &'d [N::Target],
    ) -> Result<Self, Error> {
        net.check_examples(inputs, targets, &fit.regularization)?;
        fit.check()?;
        let examples = (inputs, targets);
        let weights = weights_of::<N>(examples, fit.weights, fit.class_weights)?;
        let mut in_order = (0..inputs.len()).collect();
        let held_out = held_out(fit, net, examples, weights.as_deref(), &mut in_order)?;
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
        #[cfg(feature = "std")]
        let workspace = match &fit.threads {
            Some(threads) => Workspace::boxed_for(most, threads),
            None => Workspace::boxed(),
        };
        #[cfg(not(feature = "std"))]
        let workspace = Workspace::boxed();
        Ok(Self {
            inputs,
            targets,
            in_order,
            weights,
            held_out,
            watched,
            xs: Vec::with_capacity(most),
            ys: Vec::with_capacity(most),
            ws: Vec::with_capacity(most),
            outputs,
            workspace,
        })
    }

    /// How many there are, and how many validate that were given.
    #[cfg(feature = "checkpoint")]
    pub(super) fn counts(&self) -> [usize; 2] {
        [self.inputs.len(), self.held_out.as_ref().map_or(0, |held_out| held_out.targets.len())]
    }

    /// The batch of these examples. Of up to 128, each is copied by about the thread that goes on with it.
    fn gather(&mut self, examples: &[usize], threads: Option<&Threads>) {
        let Self { xs, ys, ws, inputs, targets, weights, .. } = self;
        let m = examples.len();
        // What the batch before had not is made; all of them are written below.
        for &example in examples.get(xs.len()..).unwrap_or_default() {
            push(xs, &inputs[example]);
            push(ys, &targets[example]);
        }
        xs.truncate(m);
        ys.truncate(m);
        let crew = Crew::with(threads);
        let parts =
            crew.parts_of::<N::Scalar>(m * (N::Input::SIZE + N::Target::SIZE) * OF_A_COPY, m);
        let all = Gathered { examples, xs, ys };
        let split = |all, part| Gathered::split_at(all, size(m, parts, part));
        crew.share(all, parts, split, |Gathered { examples, xs, ys }| {
            for (&example, (x, y)) in examples.iter().zip(xs.iter_mut().zip(ys)) {
                x.clone_from(&inputs[example]);
                y.clone_from(&targets[example]);
            }
        });
        ws.clear();
        if let Some(weights) = weights {
            ws.extend(examples.iter().map(|&example| weights[example]));
        }
    }
}

/// What a number takes at least that is copied from a cache or from memory, in multiply-adds of a product.
const OF_A_COPY: usize = 16;

/// Some examples of a batch, and where they are copied to.
struct Gathered<'a, X, Y> {
    examples: &'a [usize],
    xs: &'a mut [X],
    ys: &'a mut [Y],
}

impl<X, Y> Gathered<'_, X, Y> {
    /// The first `count`, and the others.
    fn split_at(self, count: usize) -> (Self, Self) {
        let (examples, examples_rest) = self.examples.split_at(count);
        let (xs, xs_rest) = self.xs.split_at_mut(count);
        let (ys, ys_rest) = self.ys.split_at_mut(count);
        (Self { examples, xs, ys }, Self { examples: examples_rest, xs: xs_rest, ys: ys_rest })
    }
}

impl<N: Network<Scalar: Float>, O: Optimizer<N> + ?Sized> Company<N, O> for Alone<'_, '_, N> {
    fn in_order(&self) -> &[usize] {
        &self.in_order
    }

    fn step(
        &mut self,
        fit: &mut Fit<'_, N>,
        net: &mut N,
        optimizer: &mut O,
        step: Step<'_>,
    ) -> Result<N::Scalar, Error> {
        #[cfg(feature = "std")]
        let threads = fit.threads.as_ref();
        #[cfg(not(feature = "std"))]
        let threads = None;
        self.gather(step.examples, threads);
        let Self { xs, ys, ws, weights, workspace, .. } = self;
        if let Some(augment) = &mut fit.augment {
            for x in &mut *xs {
                augment(x, step.drawn);
            }
        }
        let plain = weights.is_none() && fit.dropout.is_none() && fit.clip.is_none();
        if plain {
            return optimizer.train(net, xs, ys, &fit.regularization, workspace);
        }
        let batch = Batch {
            inputs: xs,
            targets: ys,
            weights: weights.as_ref().map(|_| &ws[..]),
            signed: false,
            drops: fit.dropout.as_ref().map(|dropout| dropout(step.number)),
            frozen: frozen_by(optimizer),
            place: None,
            in_blocks: true,
        };
        let (j, gradient) = batch.cost_and_gradient(net, &fit.regularization, workspace)?;
        if !ComplexField::is_finite(&j) {
            return Err(Error::CostNotFinite { value: to_f64(&j) });
        }
        if let Some(clip) = &fit.clip {
            clip.apply(gradient);
        }
        step_with(optimizer, threads, net, gradient)?;
        Ok(j)
    }

    fn look(
        &mut self,
        fit: &Fit<'_, N>,
        net: &N,
        values: &mut [[Option<f64>; 2]],
    ) -> Result<Option<f64>, Error> {
        let mut validation_j = None;
        if let Some(held_out) = &self.held_out {
            validation_j = Some(to_f64(&held_out.cost(net, &mut self.workspace)?));
        }
        let all = (self.inputs, self.targets);
        let trained = self.watched.as_ref().map_or(all, Examples::both);
        let held_out = self.held_out.as_ref().map(Examples::both);
        let watches = fit.watch_training || held_out.is_none();
        for (kind, examples) in [watches.then_some(trained), held_out].into_iter().enumerate() {
            let Some((xs, ys)) = examples.filter(|_| !fit.metrics.is_empty()) else {
                continue;
            };
            let outputs = &mut self.outputs[..xs.len()];
            net.predict_with(xs, outputs, &mut self.workspace)?;
            for (value, (_, metric)) in values.iter_mut().zip(&fit.metrics) {
                value[kind] = Some(metric(outputs, ys));
            }
        }
        Ok(validation_j)
    }
}
