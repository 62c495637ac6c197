//! Update: steps against their formulas, evaluated elsewhere to more digits.

#![allow(clippy::excessive_precision, reason = "figures stand as they were computed")]

mod common;

use common::agreement::{a_step_is_gradient_and_step, on_every_set, random_case};
use common::convert_all;
use constprop::RealField;
use constprop::prelude::*;
use num_dual::Dual64;

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Pair(1 => 1 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct InRegisters(2 => 3 Tanh => 1 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct InTiles(5 => 7 Tanh => 4 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct PartByPart(90 => 90 Tanh => 2 Identity) minimizing HalfSquaredError;
}

fn gradient(entries: [f64; 2]) -> Gradient<Pair> {
    let mut gradient = Gradient::<Pair>::zeros();
    gradient.set_parameters(&entries).unwrap();
    gradient
}

#[test]
fn gradient_descent_by_hand() {
    let mut net = Pair::new(Theta::new([1.0], [[-2.0]]));
    let mut descent = GradientDescent::new(0.25).unwrap();
    descent.step(&mut net, &gradient([2.0, -1.0])).unwrap();
    assert_eq!(net.parameters(), [0.5, -1.75]);
    descent.set_rate(0.5).unwrap();
    descent.step(&mut net, &gradient([1.0, 1.0])).unwrap();
    assert_eq!(net.parameters(), [0.0, -2.25]);
}

/// θ = (1, −2), gradients (0.5, −0.25), (−0.1, 0.3), (2, 0.001) with α = 0.1 and the paper's β and
/// ε. The figures are Algorithm 1 of the paper evaluated in 50 decimal digits (Python's
/// `decimal`) and rounded to 17.
#[test]
fn adam_follows_the_paper() {
    let mut net = Pair::new(Theta::new([1.0], [[-2.0]]));
    let mut adam = Adam::new(AdamSettings { rate: 0.1, ..AdamSettings::default() }).unwrap();
    let steps = [[0.5, -0.25], [-0.1, 0.3], [2.0, 0.001]];
    let expected = [
        [0.90000000199999996, -1.90000000399999984],
        [0.84889739569932348, -1.91429447654774711],
        [0.77724242371723135, -1.92550780714445386],
    ];
    for (step, expected) in steps.into_iter().zip(expected) {
        adam.step(&mut net, &gradient(step)).unwrap();
        for (found, expected) in net.parameters().iter().zip(expected) {
            assert!((found - expected).abs() < 2e-15, "{found:.16}, not {expected:.16}");
        }
    }
}

/// By value and on the heap is one algorithm.
#[test]
fn boxed_adam_is_adam() {
    let (mut left, mut right) = (Pair::<f64>::seeded(1), Pair::<f64>::seeded(1));
    let mut by_value = Adam::<Pair>::new(AdamSettings::default()).unwrap();
    let mut boxed = Adam::<Pair>::boxed(AdamSettings::default()).unwrap();
    for step in [[0.5, -0.25], [-0.1, 0.3]] {
        by_value.step(&mut left, &gradient(step)).unwrap();
        boxed.step(&mut right, &gradient(step)).unwrap();
    }
    assert_eq!(left, right);
}

/// Three steps on made-up gradients: every entry by its formula in a loop, whatever else is in its
/// register.
fn every_entry_by_its_formula<N: Network>(tolerance: f64) {
    let close = |net: &N, expected: &[f64]| {
        for (index, (found, expected)) in net.parameters().iter().zip(expected).enumerate() {
            let found = nalgebra::try_convert::<_, f64>(found.clone()).unwrap();
            assert!((found - expected).abs() <= tolerance, "{index}: {found}, not {expected}");
        }
    };
    let [rate, beta1, beta2, epsilon] = [0.25, 0.75, 0.875, 0.5];
    let convert = nalgebra::convert::<f64, N::Scalar>;
    let settings = AdamSettings {
        rate: convert(rate),
        beta1: convert(beta1),
        beta2: convert(beta2),
        epsilon: convert(epsilon),
    };
    let mut adam = Adam::<N>::boxed(settings).unwrap();
    let mut descent = GradientDescent::new(convert(rate)).unwrap();
    let (mut by_descent, mut by_adam) = (N::boxed(), N::boxed());
    let mut expected_by_descent = vec![0.0; N::PARAMETERS];
    let mut expected_by_adam = vec![0.0; N::PARAMETERS];
    let (mut m, mut v) = (vec![0.0; N::PARAMETERS], vec![0.0; N::PARAMETERS]);
    let mut gradient = Gradient::<N>::boxed();
    for t in 1..=3 {
        for (index, entry) in gradient.parameters_mut().iter_mut().enumerate() {
            let g = ((index + 10 * t as usize) as f64).sin();
            *entry = convert(g);
            expected_by_descent[index] -= rate * g;
            m[index] = beta1 * m[index] + (1.0 - beta1) * g;
            v[index] = beta2 * v[index] + (1.0 - beta2) * g * g;
            let [m, v] = [m[index] / (1.0 - beta1.powi(t)), v[index] / (1.0 - beta2.powi(t))];
            expected_by_adam[index] -= rate * m / (v.sqrt() + epsilon);
        }
        descent.step(&mut *by_descent, &gradient).unwrap();
        close(&by_descent, &expected_by_descent);
        adam.step(&mut *by_adam, &gradient).unwrap();
        close(&by_adam, &expected_by_adam);
    }
}

#[test]
fn every_entry_steps_by_its_formula() {
    on_every_set(|_| {
        every_entry_by_its_formula::<InRegisters<f32>>(1e-6);
        every_entry_by_its_formula::<InRegisters<f64>>(1e-15);
        every_entry_by_its_formula::<InTiles<f32>>(1e-6);
        every_entry_by_its_formula::<InTiles<f64>>(1e-15);
    });
    every_entry_by_its_formula::<InTiles<Dual64>>(1e-15);
}

/// In one call and in two, wherever the parameters are moved.
#[test]
fn training_is_gradient_and_step() {
    fn over<N: Network<Scalar = f64>, U: RealField>(m: usize) {
        let case = random_case::<N>(m, m as u64);
        let net = case.net::<N>().cast::<U>();
        let (inputs, targets) = (convert_all(&case.inputs), convert_all(&case.targets));
        let lambda = case.lambda.over();
        a_step_is_gradient_and_step(&net, &inputs, &targets, &lambda, &mut Workspace::boxed());
    }
    on_every_set(|_| {
        for m in [1, 2, 3, 150] {
            over::<InRegisters, f32>(m);
            over::<InRegisters, f64>(m);
            over::<InTiles, f32>(m);
            over::<InTiles, f64>(m);
        }
        over::<PartByPart, f32>(3);
        over::<PartByPart, f64>(3);
    });
    for m in [1, 2, 3] {
        over::<InTiles, Dual64>(m);
    }
}
