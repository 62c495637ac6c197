//! What is timed: steps in the calls that a user makes, with all that these check.

use std::hint::black_box;

use constprop::prelude::*;
use constprop::{Aligned, Error, Sample, Threads, nalgebra};

use crate::data::Pool;

/// Something that takes steps.
pub trait Workload {
    /// How many samples a step goes through.
    fn samples(&self) -> usize;

    /// Floating point operations for each of them; biases, activations, updates not counted.
    fn flops_per_sample(&self) -> usize;

    /// Takes so many steps. The loss that the last one found, where there is one.
    fn run(&mut self, steps: usize) -> Result<Option<f64>, Error>;

    /// What the loss of the first step has become.
    fn loss_at_end(&mut self) -> Result<Option<f64>, Error> {
        Ok(None)
    }
}

/// A workspace whose work these threads share.
fn workspace<N: Network>(threads: &Threads) -> Box<Workspace<N>> {
    let mut workspace = Workspace::boxed();
    workspace.set_threads(threads);
    workspace
}

/// Training in batches: cost, gradient, update.
pub struct Training<N: Network, O> {
    net: Box<Aligned<N>>,
    optimizer: O,
    workspace: Box<Workspace<N>>,
    pool: Pool<N::Input, N::Target>,
    loss_per_j: f64,
}

impl<N: Network, O> Training<N, O> {
    pub fn new(
        net: Box<Aligned<N>>,
        optimizer: O,
        pool: Pool<N::Input, N::Target>,
        loss_per_j: f64,
        threads: &Threads,
    ) -> Self {
        Self { net, optimizer, workspace: workspace(threads), pool, loss_per_j }
    }
}

impl<N: Network<Scalar: Into<f64>>, O: Optimizer<N>> Workload for Training<N, O> {
    fn samples(&self) -> usize {
        self.pool.batch()
    }

    fn flops_per_sample(&self) -> usize {
        N::GRADIENT_FLOPS
    }

    fn run(&mut self, steps: usize) -> Result<Option<f64>, Error> {
        let none = Regularization::none();
        let mut last = None;
        for _ in 0..steps {
            let (inputs, targets) = self.pool.next();
            let (net, workspace) = (&mut **self.net, &mut *self.workspace);
            last = Some(black_box(self.optimizer.train(net, inputs, targets, &none, workspace)?));
        }
        Ok(last.map(|j| self.loss_per_j * j.into()))
    }

    /// Of the first batch.
    fn loss_at_end(&mut self) -> Result<Option<f64>, Error> {
        self.pool.rewind();
        self.run(1)
    }
}

/// Cost and gradient of all examples, with λ = 1 as in Coursera's exercise.
pub struct CostAndGradient<N: Network> {
    net: Box<Aligned<N>>,
    gradient: Box<Gradient<N>>,
    workspace: Box<Workspace<N>>,
    pool: Pool<N::Input, N::Target>,
}

impl<N: Network> CostAndGradient<N> {
    pub fn new(net: Box<Aligned<N>>, pool: Pool<N::Input, N::Target>, threads: &Threads) -> Self {
        Self { net, gradient: Gradient::boxed(), workspace: workspace(threads), pool }
    }
}

impl<N: Network<Scalar: Into<f64>>> Workload for CostAndGradient<N> {
    fn samples(&self) -> usize {
        self.pool.batch()
    }

    fn flops_per_sample(&self) -> usize {
        N::GRADIENT_FLOPS
    }

    fn run(&mut self, steps: usize) -> Result<Option<f64>, Error> {
        let lambda = Regularization::coursera(nalgebra::one());
        let mut last = None;
        for _ in 0..steps {
            let (inputs, targets) = self.pool.next();
            let (gradient, workspace) = (&mut *self.gradient, &mut *self.workspace);
            let j =
                self.net.cost_and_gradient_into(inputs, targets, &lambda, gradient, workspace)?;
            black_box(&self.gradient);
            last = Some(j);
        }
        Ok(last.map(Into::into))
    }

    /// After 30 steps of gradient descent.
    fn loss_at_end(&mut self) -> Result<Option<f64>, Error> {
        let mut descent = GradientDescent::new(nalgebra::convert(0.5))?;
        for _ in 0..30 {
            self.run(1)?;
            descent.step(&mut **self.net, &self.gradient)?;
        }
        self.run(1)
    }
}

/// Prediction of one example after the other.
pub struct Prediction<N: Network> {
    net: Box<Aligned<N>>,
    inputs: Vec<N::Input>,
    next: usize,
}

impl<N: Network> Prediction<N> {
    pub fn new(net: Box<Aligned<N>>, inputs: Vec<N::Input>) -> Self {
        Self { net, inputs, next: 0 }
    }
}

impl<N: Network> Workload for Prediction<N> {
    fn samples(&self) -> usize {
        1
    }

    fn flops_per_sample(&self) -> usize {
        N::FORWARD_FLOPS
    }

    fn run(&mut self, steps: usize) -> Result<Option<f64>, Error> {
        for _ in 0..steps {
            black_box(self.net.predict(&self.inputs[self.next]));
            self.next = if self.next + 1 == self.inputs.len() { 0 } else { self.next + 1 };
        }
        Ok(None)
    }
}

/// Prediction of many examples in one call.
pub struct PredictionOfBatches<N: Network> {
    net: Box<Aligned<N>>,
    workspace: Box<Workspace<N>>,
    pool: Pool<N::Input, ()>,
    outputs: Vec<N::Target>,
}

impl<N: Network> PredictionOfBatches<N> {
    pub fn new(
        net: Box<Aligned<N>>,
        inputs: Vec<N::Input>,
        batch: usize,
        threads: &Threads,
    ) -> Self {
        let outputs = vec![N::Target::from_fn(|_| nalgebra::zero()); batch];
        let targets = vec![(); inputs.len()];
        let pool = Pool::new(inputs, targets, batch);
        Self { net, workspace: workspace(threads), pool, outputs }
    }
}

impl<N: Network> Workload for PredictionOfBatches<N> {
    fn samples(&self) -> usize {
        self.pool.batch()
    }

    fn flops_per_sample(&self) -> usize {
        N::FORWARD_FLOPS
    }

    fn run(&mut self, steps: usize) -> Result<Option<f64>, Error> {
        for _ in 0..steps {
            let (inputs, _) = self.pool.next();
            self.net.predict_with(inputs, &mut self.outputs, &mut self.workspace)?;
            black_box(&mut self.outputs);
        }
        Ok(None)
    }
}
