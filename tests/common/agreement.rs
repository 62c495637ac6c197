//! The path of `f32` and `f64` against the readable one, on every instruction set there is.

use std::sync::Mutex;

use constprop::prelude::*;
use constprop::{InstructionSet, Sample};
use rand::RngExt;

use super::{Case, CaseOf, Lambda, compare, convert_all, oracle};

/// The instruction set is one for the whole process: one test at a time.
static PINNED: Mutex<()> = Mutex::new(());

pub fn on_every_set(mut run: impl FnMut(InstructionSet)) {
    let _guard = PINNED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    for set in InstructionSet::ALL.into_iter().filter(|set| set.is_available()) {
        set.pin().unwrap();
        run(set);
    }
    InstructionSet::best().pin().unwrap();
}

/// J and ∇J example by example, in the article's lines.
pub fn readable<N: Network<Scalar = f64>>(net: &N, case: &CaseOf<N>) -> (f64, Box<Gradient<N>>) {
    let (m, lambda) = (case.inputs.len(), case.lambda.over());
    let mut gradient = Gradient::<N>::boxed();
    let mut cost = 0.0;
    for (x, y) in case.inputs.iter().zip(&case.targets) {
        let trace = net.forward(x);
        gradient.accumulate(&trace, &net.backward(&trace, y));
        cost += trace.cost(y);
    }
    gradient.finish(net, m, &lambda);
    (cost / m as f64 + lambda.penalty(net, m), gradient)
}

/// Everything that is computed over many examples, against the same one by one: `f64` to 1e-12
/// and `f32` to 1e-5 of the sums of magnitudes that an entry is a sum of.
pub fn agrees<N: Network<Scalar = f64>>(case: &CaseOf<N>) {
    let mut net = N::boxed();
    net.set_parameters(&case.parameters).unwrap();
    let (inputs, targets, lambda) = (&case.inputs, &case.targets, case.lambda.over());
    let (j, gradient) = readable(&*net, case);
    let scales = oracle::solve(&*net, case);
    let tolerances: Vec<f64> = scales.scales.iter().map(|scale| 1e-12 * scale).collect();
    let near = |found: f64, expected: f64, tolerance: f64| {
        (found - expected).abs() <= tolerance * f64::max(1.0, expected.abs())
    };
    let mut workspace = Workspace::<N>::boxed();
    let mut found = Gradient::<N>::boxed();
    let found_j =
        net.cost_and_gradient_into(inputs, targets, &lambda, &mut found, &mut workspace).unwrap();
    assert!(near(found_j, j, 1e-12), "J is {found_j:e}, not {j:e}");
    compare::<N>(found.parameters(), gradient.parameters(), &tolerances);
    let only_j = net.cost_with(inputs, targets, &lambda, &mut workspace).unwrap();
    assert!(near(only_j, j, 1e-12), "J alone is {only_j:e}, not {j:e}");

    let zeros = N::Target::from_fn(|_| 0.0);
    let mut outputs = vec![zeros; inputs.len()];
    net.predict_with(inputs, &mut outputs, &mut workspace).unwrap();
    for (x, output) in inputs.iter().zip(&outputs) {
        let (trace, alone) = (net.forward(x), net.predict(x));
        for i in 0..N::Target::SIZE {
            let expected = trace.output().as_ref()[i];
            assert!(near(output.as_ref()[i], expected, 1e-13), "side by side, unit {i}");
            assert!(near(alone.as_ref()[i], expected, 1e-13), "alone, unit {i}");
        }
    }
    a_step_is_gradient_and_step(&*net, inputs, targets, &lambda, &mut workspace);

    // Where an f32 falls on the other side of a kink, its gradient is another one.
    if scales.kink_distance > 1e-4 {
        let tolerances: Vec<f64> = scales.scales.iter().map(|scale| 1e-5 * scale).collect();
        agrees_in_single(&*net, case, j, gradient.parameters(), &tolerances);
    }
}

/// The same in `f32`, against what the readable path gives in `f64`.
fn agrees_in_single<N: Network<Scalar = f64>>(
    net: &N,
    case: &CaseOf<N>,
    j: f64,
    gradient: &[f64],
    tolerances: &[f64],
) {
    // On the heap: `cast` gives a network by value, too large for the stack of a test thread under
    // AddressSanitizer.
    let mut single = N::With::<f32>::boxed();
    for (to, &from) in single.parameters_mut().iter_mut().zip(net.parameters()) {
        *to = from as f32;
    }
    let (inputs, targets) = (convert_all(&case.inputs), convert_all(&case.targets));
    let lambda = case.lambda.over();
    let near = |found: f32, expected: f64| {
        (f64::from(found) - expected).abs() <= 1e-5 * f64::max(1.0, expected.abs())
    };
    let (found_j, found) = single.cost_and_gradient(&inputs, &targets, &lambda).unwrap();
    assert!(near(found_j, j), "J is {found_j:e} in f32, not {j:e}");
    let only_j = single.cost(&inputs, &targets, &lambda).unwrap();
    assert!(near(only_j, j), "J alone is {only_j:e} in f32, not {j:e}");
    let found: Vec<f64> = found.parameters().iter().map(|&entry| entry.into()).collect();
    compare::<N>(&found, gradient, tolerances);

    let outputs = single.predict_many(&inputs).unwrap();
    for ((x, x_single), output) in case.inputs.iter().zip(&inputs).zip(&outputs) {
        let (trace, alone) = (net.forward(x), single.predict(x_single));
        for (i, &expected) in trace.output().as_ref().iter().enumerate() {
            assert!(near(output.as_ref()[i], expected), "side by side in f32, unit {i}");
            assert!(near(alone.as_ref()[i], expected), "alone in f32, unit {i}");
        }
    }
    let mut workspace = Workspace::boxed();
    a_step_is_gradient_and_step(&*single, &inputs, &targets, &lambda, &mut workspace);
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
    let mut adams =
        [Adam::<N>::boxed(settings.clone()).unwrap(), Adam::<N>::boxed(settings).unwrap()];
    let mut descent = GradientDescent::new(nalgebra::convert(0.3)).unwrap();
    let [mut by_train, mut by_step] = [net.boxed_clone(), net.boxed_clone()];
    for _ in 0..2 {
        let j = adams[0].train(&mut *by_train, inputs, targets, lambda, workspace).unwrap();
        let (expected, gradient) = by_step.cost_and_gradient(inputs, targets, lambda).unwrap();
        adams[1].step(&mut *by_step, &gradient).unwrap();
        assert_eq!(j, expected, "J");
        assert!(by_train.parameters() == by_step.parameters(), "Adam");
        descent.train(&mut *by_train, inputs, targets, lambda, workspace).unwrap();
        let (_, gradient) = by_step.cost_and_gradient(inputs, targets, lambda).unwrap();
        descent.step(&mut *by_step, &gradient).unwrap();
        assert!(by_train.parameters() == by_step.parameters(), "gradient descent");
    }
}

/// `m` examples of a network with random parameters of their usual size.
pub fn random_case<N: Network<Scalar = f64>>(m: usize, seed: u64) -> CaseOf<N> {
    let mut rng = constprop::rng(seed);
    let parameters = N::boxed_seeded(seed).parameters().to_vec();
    let inputs = (0..m).map(|_| N::Input::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    let targets = (0..m)
        .map(|_| {
            let class = rng.random_range(0..N::Target::SIZE);
            N::Target::from_fn(|i| f64::from(i == class))
        })
        .collect();
    let lambda =
        Lambda { lambda: 0.01, per_example: m.is_multiple_of(2), with_bias: m.is_multiple_of(3) };
    Case { parameters, inputs, targets, lambda }
}
