//! The path of `f32` and `f64` against the readable one, on every instruction set there is.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use constprop::prelude::*;
use constprop::{InstructionSet, Sample};
use rand::RngExt;

use super::{Case, CaseOf, Lambda, Rows, Shape, compare, convert_all, convert_into, oracle};

/// The instruction set is one for the whole process: how many tests are at it, who may only be
/// those that want the same.
static PINNED: Mutex<(InstructionSet, usize)> = Mutex::new((InstructionSet::Portable, 0));
static FREE: Condvar = Condvar::new();

/// A test that has its instruction set, until it is dropped.
struct Pinned;

impl Pinned {
    fn at(set: InstructionSet) -> Self {
        let others = |pinned: &mut (InstructionSet, usize)| pinned.1 > 0 && pinned.0 != set;
        let wait = FREE.wait_while(pinned(), others);
        let mut pinned = wait.unwrap_or_else(PoisonError::into_inner);
        set.pin().unwrap();
        *pinned = (set, pinned.1 + 1);
        Self
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        let mut pinned = pinned();
        pinned.1 -= 1;
        if pinned.1 == 0 {
            InstructionSet::best().pin().unwrap();
            FREE.notify_all();
        }
    }
}

fn pinned() -> MutexGuard<'static, (InstructionSet, usize)> {
    PINNED.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn on_every_set(mut run: impl FnMut(InstructionSet)) {
    for set in InstructionSet::ALL.into_iter().filter(|set| set.is_available()) {
        let _pinned = Pinned::at(set);
        run(set);
    }
}

/// What compares bits holds its set, also where it tries one alone.
pub fn on_the_best_set(run: impl FnOnce()) {
    let _pinned = Pinned::at(InstructionSet::best());
    run();
}

/// J and ∇J example by example, in the article's lines, and what comes out of each.
pub fn readable<N: Network<Scalar = f64>>(
    net: &N,
    case: &CaseOf<N>,
) -> (f64, Box<Gradient<N>>, Vec<N::Target>) {
    let (m, lambda) = (case.inputs.len(), case.lambda.over());
    let mut sums = BigDeltas::<N>::boxed();
    let (mut cost, mut outputs) = (0.0, Vec::new());
    for (x, y) in case.inputs.iter().zip(&case.targets) {
        let trace = net.forward(x);
        sums.accumulate(&trace, &net.backward(&trace, y));
        cost += trace.cost(y);
        outputs.push(trace.output().clone());
    }
    let gradient = sums.finish(net, m, &lambda);
    (cost / m as f64 + lambda.penalty(net, m), gradient.boxed_clone(), outputs)
}

/// A case with what is expected of it, one example at a time: the same on every instruction set.
struct Expected<N: Network> {
    case: CaseOf<N>,
    net: Box<N>,
    j: f64,
    gradient: Box<Gradient<N>>,
    outputs: Vec<N::Target>,
    solution: oracle::Solution,
}

/// Of so many examples of a case each is predicted alone, where it is all the same how many there are.
const ALONE: usize = 8;

/// Everything that is computed over many examples, against the same one by one, on every
/// instruction set: `f64` to 1e-12 and `f32` to 1e-5 of the sums of magnitudes that an entry is a
/// sum of. All cases on one set before the next, for which tests beside this one have to be ready.
pub fn agrees<N: Network<Scalar = f64>>(cases: impl IntoIterator<Item = CaseOf<N>>) {
    let cases: Vec<_> = cases.into_iter().map(Expected::<N>::of).collect();
    on_every_set(|_| {
        for expected in &cases {
            expected.agrees_in_double();
            // Where an f32 falls on the other side of a kink, its gradient is another one.
            if expected.solution.kink_distance > 1e-4 {
                expected.agrees_in_single();
            }
        }
    });
}

impl<N: Network<Scalar = f64>> Expected<N> {
    fn of(case: CaseOf<N>) -> Self {
        let mut net = N::boxed();
        net.set_parameters(&case.parameters).unwrap();
        let (j, gradient, outputs) = readable(&*net, &case);
        let of = Shape::of::<N>();
        let solution = oracle::solve(of.shapes, of.cost, &case.rows());
        Self { case, net, j, gradient, outputs, solution }
    }

    fn agrees_in_double(&self) {
        let Self { case, net, .. } = self;
        let (inputs, targets, lambda) = (&case.inputs, &case.targets, case.lambda.over());
        let mut workspace = Workspace::<N>::boxed();
        let mut found = Gradient::<N>::boxed();
        let j = net
            .cost_and_gradient_into(inputs, targets, &lambda, &mut found, &mut workspace)
            .unwrap();
        let alone = net.cost_with(inputs, targets, &lambda, &mut workspace).unwrap();
        self.costs_are(j, alone, 1e-12);
        self.gradient_is(found.parameters(), 1e-12);

        let zeros = N::Target::from_fn(|_| 0.0);
        let mut outputs = vec![zeros; inputs.len()];
        net.predict_with(inputs, &mut outputs, &mut workspace).unwrap();
        self.outputs_are(N::Target::flat(&outputs), inputs.len(), 1e-13, "side by side");
        let alone: Vec<N::Target> = inputs.iter().take(ALONE).map(|x| net.predict(x)).collect();
        self.outputs_are(N::Target::flat(&alone), alone.len(), 1e-13, "alone");
        a_step_is_gradient_and_step(&**net, inputs, targets, &lambda, &mut workspace);
    }

    /// The same in `f32`, against what the readable path gives in `f64`.
    fn agrees_in_single(&self) {
        let case = &self.case;
        // On the heap: `cast` gives a network by value, too large for the stack of a test thread
        // under AddressSanitizer.
        let mut net = N::With::<f32>::boxed();
        convert_into(&case.parameters, net.parameters_mut());
        let (inputs, targets) = (convert_all(&case.inputs), convert_all(&case.targets));
        let (inputs, targets): (&[_], &[_]) = (&inputs, &targets);
        let lambda = case.lambda.over();
        let (j, found) = net.cost_and_gradient(inputs, targets, &lambda).unwrap();
        let alone = net.cost(inputs, targets, &lambda).unwrap();
        self.costs_are(j.into(), alone.into(), 1e-5);
        self.gradient_is(&widened(found.parameters()), 1e-5);

        let outputs = net.predict_many(inputs).unwrap();
        let flat = widened(Sample::flat(&outputs));
        self.outputs_are(&flat, inputs.len(), 1e-5, "side by side in f32");
        let alone: Vec<_> = inputs.iter().take(ALONE).map(|x| net.predict(x)).collect();
        self.outputs_are(&widened(Sample::flat(&alone)), alone.len(), 1e-5, "alone in f32");
        a_step_is_gradient_and_step(&*net, inputs, targets, &lambda, &mut Workspace::boxed());
    }

    fn costs_are(&self, with_gradient: f64, alone: f64, share: f64) {
        let j = self.j;
        assert!(is_near(with_gradient, j, share), "J is {with_gradient:e}, not {j:e}");
        assert!(is_near(alone, j, share), "J alone is {alone:e}, not {j:e}");
    }

    fn gradient_is(&self, found: &[f64], share: f64) {
        let tolerances: Vec<f64> = self.solution.scales.iter().map(|scale| share * scale).collect();
        compare(N::SHAPES, found, self.gradient.parameters(), &tolerances);
    }

    /// Those of the first `count` examples.
    fn outputs_are(&self, found: &[f64], count: usize, share: f64, by: &str) {
        let expected = N::Target::flat(&self.outputs[..count]);
        assert_eq!(found.len(), expected.len());
        for (entry, (&found, &expected)) in found.iter().zip(expected).enumerate() {
            let unit = entry % N::Target::SIZE;
            assert!(is_near(found, expected, share), "{by}, unit {unit}: {found:e}, {expected:e}");
        }
    }
}

fn is_near(found: f64, expected: f64, share: f64) -> bool {
    (found - expected).abs() <= share * f64::max(1.0, expected.abs())
}

fn widened(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|&number| number.into()).collect()
}

/// `train` moves the parameters to the same bits as `step` with the gradient.
pub fn a_step_is_gradient_and_step<N: Network>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
    lambda: &Regularization<N::Scalar>,
    workspace: &mut Workspace<N>,
) {
    let settings = AdamSettings { rate: nalgebra::convert(0.05), ..AdamSettings::default() };
    let adam = || Adam::<N>::boxed(settings.clone()).unwrap();
    let descent = || GradientDescent::new(nalgebra::convert(0.3)).unwrap();
    let (mut adams, mut descents) = ([adam(), adam()], [descent(), descent()]);
    let (mut nets, examples) = ([net.boxed_clone(), net.boxed_clone()], (inputs, targets));
    // Adam's second step has moments of the first.
    moves_alike(adams.each_mut(), &mut nets, examples, lambda, workspace);
    moves_alike(descents.each_mut(), &mut nets, examples, lambda, workspace);
    moves_alike(adams.each_mut(), &mut nets, examples, lambda, workspace);
}

/// A step of one network by `train`, and of the other by `step`.
fn moves_alike<N: Network, O: Optimizer<N>>(
    [by_train, by_step]: [&mut O; 2],
    [trained, stepped]: &mut [Box<N>; 2],
    (inputs, targets): (&[N::Input], &[N::Target]),
    lambda: &Regularization<N::Scalar>,
    workspace: &mut Workspace<N>,
) {
    let j = by_train.train(&mut **trained, inputs, targets, lambda, workspace).unwrap();
    let (expected, gradient) = stepped.cost_and_gradient(inputs, targets, lambda).unwrap();
    by_step.step(&mut **stepped, &gradient).unwrap();
    assert_eq!(j, expected, "J");
    let optimizer = std::any::type_name::<O>();
    assert!(trained.parameters() == stepped.parameters(), "{optimizer}");
}

/// `m` examples of a network with random parameters of their usual size.
pub fn random_case<N: Network<Scalar = f64>>(m: usize, seed: u64) -> CaseOf<N> {
    let parameters = N::boxed_seeded(seed).parameters().to_vec();
    random_rows(&Shape::of::<N>(), parameters, m, seed).of::<N>()
}

/// Such a case for each number of examples, from a seed of the same number.
pub fn random_cases<N: Network<Scalar = f64>>(
    numbers: impl IntoIterator<Item = usize>,
) -> impl Iterator<Item = CaseOf<N>> {
    numbers.into_iter().map(|m| random_case::<N>(m, m as u64))
}

/// Random examples around given parameters.
pub fn random_rows(of: &Shape, parameters: Vec<f64>, m: usize, seed: u64) -> Rows {
    let mut rng = constprop::rng(seed);
    let input = |_| (0..of.s_in()).map(|_| rng.random_range(-1.0..1.0)).collect();
    let inputs = (0..m).map(input).collect();
    let mut target = |_| {
        let class = rng.random_range(0..of.s_out());
        (0..of.s_out()).map(|i| f64::from(i == class)).collect()
    };
    let targets = (0..m).map(&mut target).collect();
    let lambda =
        Lambda { lambda: 0.01, per_example: m.is_multiple_of(2), with_bias: m.is_multiple_of(3) };
    Case { parameters, inputs, targets, lambda }
}
