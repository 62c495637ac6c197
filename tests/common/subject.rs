//! Networks as data and as functions over flat numbers: a property that is held against forty of them
//! is compiled once.

use std::marker::PhantomData;

use constprop::check::{Check, Report};
use constprop::layer::L1;
use constprop::prelude::*;
use constprop::{Batch, Cost, Learning, Sample, ThetaShape};

use super::{Rows, convert_all, convert_into, exact_dj_dx, exact_gradient};

/// What a network's type says, as data.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub name: &'static str,
    pub shapes: &'static [ThetaShape],
    pub cost: &'static str,
}

impl Shape {
    pub fn of<N: Network>() -> Self {
        let cost = <N::Cost as Cost<N::Hypothesis>>::NAME;
        Self { name: N::NAME, shapes: N::SHAPES, cost }
    }

    pub fn s_in(&self) -> usize {
        self.shapes[0].s_in
    }

    pub fn s_out(&self) -> usize {
        self.shapes[self.shapes.len() - 1].s_out
    }

    pub fn parameters(&self) -> usize {
        self.shapes.iter().map(ThetaShape::parameters).sum()
    }
}

/// A cost as a function of the parameters.
pub type CostOfTheta = dyn Fn(&[f64]) -> f64;

/// A case one example at a time, in the article's lines.
pub struct OneByOne {
    pub gradient: Vec<f64>,
    /// All outputs of `forward`, one behind the other.
    pub traced: Vec<f64>,
    /// The same of `predict`.
    pub predicted: Vec<f64>,
}

/// ∂cost/∂a of an example, from a and y.
pub type SlopesOfA = dyn Fn(&[f64], &[f64]) -> Vec<f64>;

/// A case one example at a time, with ∂cost/∂a from outside.
pub struct FromOutside {
    pub gradient: Vec<f64>,
    /// ∂cost/∂x of every example, one behind the other, by the article's lines and by dual numbers.
    pub dj_dx: Vec<f64>,
    pub exact_dj_dx: Vec<f64>,
    /// Whether every δ has the bits of [`Network::backward`].
    pub same_bits: bool,
}

/// A case with the first Θ frozen.
pub struct FirstFrozen {
    pub j: f64,
    pub gradient: Vec<f64>,
    /// The parameters after a step that takes from each a share too, and those if all learned.
    pub moved: [Vec<f64>; 2],
}

/// What is asked of a network inside a larger computation.
pub trait Part {
    fn shape(&self) -> Shape;

    fn seeded(&self, seed: u64) -> Vec<f64>;

    /// The outputs of all examples at once.
    fn predictions(&self, case: &Rows) -> Vec<Vec<f64>>;

    fn with_slopes_from_outside(&self, case: &Rows, slopes: &SlopesOfA) -> FromOutside;

    /// All examples at once with ∂cost/∂a from outside: ∇J, and ∂cost/∂x of every example.
    fn gradient_from(&self, case: &Rows, slopes: &SlopesOfA) -> [Vec<f64>; 2];
}

/// What is asked of a network under test.
pub trait Subject: Part {
    fn cost_and_gradient(&self, case: &Rows) -> (f64, Vec<f64>);

    /// J by the call that computes nothing else.
    fn cost(&self, case: &Rows) -> Box<CostOfTheta>;

    fn exact_gradient(&self, case: &Rows) -> Vec<f64>;

    fn one_by_one(&self, case: &Rows) -> OneByOne;

    /// J and ∇J where examples have weights of any sign.
    fn weighted(&self, case: &Rows, weights: &[f64]) -> (f64, Vec<f64>);

    fn first_frozen(&self, case: &Rows) -> FirstFrozen;

    /// ∇J in `f32`.
    fn gradient_in_single(&self, case: &Rows) -> Vec<f64>;

    /// What the checker says of ∇J, by all four methods.
    fn reports(&self, case: &Rows) -> [Report; 4];
}

/// The network `N` as a [`Subject`].
pub struct Of<N>(PhantomData<N>);

pub const fn of<N: Network<Scalar = f64>>() -> Of<N> {
    Of(PhantomData)
}

impl<N: Network<Scalar = f64, Input: 'static, Target: 'static> + 'static> Part for Of<N> {
    fn shape(&self) -> Shape {
        Shape::of::<N>()
    }

    fn seeded(&self, seed: u64) -> Vec<f64> {
        N::boxed_seeded(seed).parameters().to_vec()
    }

    fn predictions(&self, case: &Rows) -> Vec<Vec<f64>> {
        let (net, of): (N, _) = (case.net(), case.of::<N>());
        let (mut workspace, mut outputs) = (Workspace::boxed(), of.targets.clone());
        net.predict_with(&of.inputs, &mut outputs, &mut workspace).unwrap();
        outputs.iter().map(|a| a.as_ref().to_vec()).collect()
    }

    fn with_slopes_from_outside(&self, case: &Rows, slopes: &SlopesOfA) -> FromOutside {
        let (net, of): (N, _) = (case.net(), case.of::<N>());
        let mut sums = BigDeltas::<N>::zeros();
        let (mut dj_dx, mut same_bits) = (Vec::new(), true);
        for (x, y) in of.inputs.iter().zip(&of.targets) {
            let trace = net.forward(x);
            let slopes = slopes(trace.output().as_ref(), y.as_ref());
            let dj_da = N::DjDaL::from(Sample::from_fn(|i| slopes[i]));
            let deltas = net.backward_from(&trace, &dj_da);
            same_bits &= deltas == net.backward(&trace, y);
            sums.accumulate(&trace, &deltas);
            let of_x: N::Input = net.dj_dx(&deltas).into();
            dj_dx.extend_from_slice(of_x.as_ref());
        }
        let gradient = sums.finish(&net, of.inputs.len(), &case.lambda.over());
        let gradient = gradient.parameters().to_vec();
        FromOutside { gradient, dj_dx, exact_dj_dx: exact_dj_dx::<N>(case), same_bits }
    }

    fn gradient_from(&self, case: &Rows, slopes: &SlopesOfA) -> [Vec<f64>; 2] {
        let (net, of, lambda): (N, _, _) = (case.net(), case.of::<N>(), case.lambda.over());
        let (mut workspace, mut dj_dx) = (InsideWorkspace::boxed(), of.inputs.clone());
        let outer = |first: usize, outputs: &[N::Target], dj_da: &mut [N::Target]| {
            for ((a, y), dj_da) in outputs.iter().zip(&of.targets[first..]).zip(dj_da) {
                let slopes = slopes(a.as_ref(), y.as_ref());
                *dj_da = Sample::from_fn(|i| slopes[i]);
            }
        };
        let of_x = Some(&mut *dj_dx);
        let found = net.gradient_from(&of.inputs, of_x, &lambda, &mut workspace, outer).unwrap();
        [found.parameters().to_vec(), N::Input::flat(&dj_dx).to_vec()]
    }
}

impl<N: Network<Scalar = f64, Input: 'static, Target: 'static> + 'static> Subject for Of<N> {
    fn cost_and_gradient(&self, case: &Rows) -> (f64, Vec<f64>) {
        let (net, of, lambda): (N, _, _) = (case.net(), case.of::<N>(), case.lambda.over());
        let (j, gradient) = net.cost_and_gradient(&of.inputs, &of.targets, &lambda).unwrap();
        (j, gradient.parameters().to_vec())
    }

    fn cost(&self, case: &Rows) -> Box<CostOfTheta> {
        let (of, lambda) = (case.of::<N>(), case.lambda.over());
        Box::new(move |theta| {
            let mut net = N::zeros();
            net.set_parameters(theta).unwrap();
            net.cost(&of.inputs, &of.targets, &lambda).unwrap()
        })
    }

    fn exact_gradient(&self, case: &Rows) -> Vec<f64> {
        exact_gradient::<N>(case)
    }

    fn one_by_one(&self, case: &Rows) -> OneByOne {
        let (net, of): (N, _) = (case.net(), case.of::<N>());
        let mut sums = BigDeltas::<N>::zeros();
        let (mut traced, mut predicted) = (Vec::new(), Vec::new());
        for (x, y) in of.inputs.iter().zip(&of.targets) {
            let trace = net.forward(x);
            traced.extend_from_slice(trace.output().as_ref());
            predicted.extend_from_slice(net.predict(x).as_ref());
            sums.accumulate(&trace, &net.backward(&trace, y));
        }
        let gradient = sums.finish(&net, of.inputs.len(), &case.lambda.over());
        OneByOne { gradient: gradient.parameters().to_vec(), traced, predicted }
    }

    fn weighted(&self, case: &Rows, weights: &[f64]) -> (f64, Vec<f64>) {
        let (net, of, lambda): (N, _, _) = (case.net(), case.of::<N>(), case.lambda.over());
        let mut workspace = Workspace::boxed();
        let batch = Batch::new(&of.inputs, &of.targets).with_signed_weights(weights);
        let (j, gradient) = batch.cost_and_gradient(&net, &lambda, &mut workspace).unwrap();
        (j, gradient.parameters().to_vec())
    }

    fn first_frozen(&self, case: &Rows) -> FirstFrozen {
        let (mut net, of, lambda): (N, _, _) = (case.net(), case.of::<N>(), case.lambda.over());
        let (learning, mut workspace) = (Learning::all().freeze::<L1>(), Workspace::boxed());
        let adam_w = || AdamW::<N>::new(AdamSettings::default(), 0.5).unwrap();
        let mut whole: N = case.net();
        let (_, gradient) = whole.cost_and_gradient(&of.inputs, &of.targets, &lambda).unwrap();
        Optimizer::step(&mut adam_w(), &mut whole, &gradient).unwrap();
        let (j, gradient) = learning
            .cost_and_gradient_in(&net, &of.inputs, &of.targets, &lambda, &mut workspace)
            .unwrap();
        Optimizer::step(&mut learning.by(adam_w()), &mut net, gradient).unwrap();
        let moved = [net.parameters().to_vec(), whole.parameters().to_vec()];
        FirstFrozen { j, gradient: gradient.parameters().to_vec(), moved }
    }

    fn gradient_in_single(&self, case: &Rows) -> Vec<f64> {
        let mut net = N::With::<f32>::zeros();
        convert_into(&case.parameters, net.parameters_mut());
        let (inputs, targets) = (convert_all(&case.inputs), convert_all(&case.targets));
        let (_, gradient) = net.cost_and_gradient(&inputs, &targets, &case.lambda.over()).unwrap();
        gradient.parameters().iter().map(|&entry| entry.into()).collect()
    }

    fn reports(&self, case: &Rows) -> [Report; 4] {
        let (net, of, lambda): (N, _, _) = (case.net(), case.of::<N>(), case.lambda.over());
        let (inputs, targets) = (&of.inputs, &of.targets);
        [
            Check::exact().gradient(&net, inputs, targets, &lambda).unwrap(),
            Check::richardson().gradient(&net, inputs, targets, &lambda).unwrap(),
            Check::central().gradient(&net, inputs, targets, &lambda).unwrap(),
            Check::taylor().gradient(&net, inputs, targets, &lambda).unwrap(),
        ]
    }
}
