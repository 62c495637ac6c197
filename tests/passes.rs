//! The passes over blocks of examples, on networks just large enough for every way that each has: what
//! `fast`, `batch` and `fast_curvature` prove of all sizes, in seconds and unoptimized. It decides the
//! mutants of the fast path.

mod common;

use common::agreement::{
    a_step_is_gradient_and_step, agrees, on_every_set, random_case, random_cases,
};
use common::curvature::{anywhere, assert_close, direction, examples};
use common::{convert_all, convert_into};
use constprop::prelude::*;
use constprop::{Batch, Dropout, Error, InstructionSet, Sample};
use num_dual::Dual64;

network! {
    /// In registers whole.
    pub struct Tiny(2 => 4 Sigmoid => 3 Tanh => 2 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    /// A gradient that stays in the cache, and a remainder of every register.
    pub struct Odd(5 => 19 Tanh => 10 Gelu => 3 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// A gradient in several parts, and units for every number of registers.
    pub struct Large(150 => 113 Softplus => 2 Identity) minimizing Huber;
}

network! {
    /// No hidden layer, whose z would be seen first.
    pub struct OneLayer(3 => 37 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// More outputs than stand side by side in registers.
    pub struct ManyOutputs(2 => 3 Silu => 1100 Softmax) minimizing CategoricalCrossEntropy;
}

/// J, ∇J, predictions and steps against the readable lines: one run, several, and not full ones.
#[test]
fn a_network_in_registers() {
    agrees::<Tiny>(random_cases::<Tiny>([1, 7, 16, 1030, 3100]));
}

/// One block, several, and not full ones.
#[test]
fn a_network_in_tiles() {
    agrees::<Odd>(random_cases::<Odd>([1, 7, 13, 128, 520]));
}

#[test]
fn a_gradient_in_parts() {
    agrees::<Large>(random_cases::<Large>([1, 5]));
    // Of several blocks, on one set: this is what takes the time.
    on_every_set(|set| {
        if set == InstructionSet::best() {
            steps_of_several_blocks();
        }
    });
}

fn steps_of_several_blocks() {
    let case = random_case::<Large>(257, 2);
    let (net, mut workspace) = (case.net::<Large>(), Workspace::boxed());
    let (x, y, lambda) = (&case.inputs, &case.targets, case.lambda.over());
    a_step_is_gradient_and_step(&net, x, y, &lambda, &mut workspace);
    let none = Regularization::none();
    a_step_is_gradient_and_step(&net, &x[..130], &y[..130], &none, &mut workspace);
}

#[test]
fn outputs_one_example_at_a_time() {
    // Fewer than four are predicted one by one.
    agrees::<ManyOutputs>(random_cases::<ManyOutputs>([1, 4]));
}

/// Two units of more inputs than are repeated at a time.
#[test]
fn one_example_of_many_inputs() {
    network! {
        pub struct Long(1500 => 2 Identity) minimizing HalfSquaredError;
    }
    let (net, x) = (Long::<f64>::boxed_seeded(1), random_case::<Long>(1, 2).inputs[0]);
    on_every_set(|_| assert_close(&net.predict(&x), net.forward(&x).output(), 1e-13));
}

/// Each row of the Jacobian has the slope of its output along a direction.
#[test]
fn rows_of_the_jacobian() {
    let (net, of, v) = (anywhere::<Odd>(1), examples::<Odd>(1, 1), direction::<Odd>(2));
    let mut rows = [Gradient::zeros(), Gradient::zeros(), Gradient::zeros()];
    let a = net.jacobian_into(&of.inputs[0], &mut rows).unwrap();
    assert_close(&a, &net.predict(&of.inputs[0]), 1e-15);
    let at = |share: f64| {
        let mut moved = net.boxed_clone();
        for (theta, v) in moved.parameters_mut().iter_mut().zip(v.parameters()) {
            *theta += share * v;
        }
        moved.predict(&of.inputs[0])
    };
    let (above, below) = (at(1e-5), at(-1e-5));
    let slopes: Vec<f64> = above.iter().zip(below).map(|(a, b)| (a - b) / 2e-5).collect();
    assert_close(&rows.map(|row| row.inner_product(&v)), &slopes, 1e-8);
}

/// ∇²J v and G v against the readable lines, in numbers that know no registers.
fn products_agree<N: Network<Scalar = f64>>(m: usize) {
    let (net, of, v) = (anywhere::<N>(1), examples::<N>(m, m as u64), direction::<N>(2));
    let (readable, mut readable_v) = (net.cast::<Dual64>(), Gradient::<N::With<Dual64>>::boxed());
    convert_into(v.parameters(), readable_v.parameters_mut());
    let (x, y) = (convert_all(&of.inputs), convert_all(&of.targets));
    let (lambda, readable_lambda) = (of.lambda.over(), of.lambda.over());
    let values = |product: &Gradient<N::With<Dual64>>| -> Vec<f64> {
        product.parameters().iter().map(|entry| entry.re).collect()
    };
    let (x, y, v_of) = (&x, &y, &readable_v);
    let hessian = readable.hessian_vector_product(x, y, &readable_lambda, v_of).unwrap();
    let gauss_newton = readable.gauss_newton_product(x, y, &readable_lambda, v_of).unwrap();
    let mut found = Gradient::<N>::boxed();
    on_every_set(|_| {
        // Whatever was there before has no part in it.
        found.fill(f64::NAN);
        net.hessian_vector_product_into(&of.inputs, &of.targets, &lambda, &v, &mut found).unwrap();
        assert_close(found.parameters(), &values(&hessian), 1e-12);
        found.fill(f64::NAN);
        net.gauss_newton_product_into(&of.inputs, &of.targets, &lambda, &v, &mut found).unwrap();
        assert_close(found.parameters(), &values(&gauss_newton), 1e-12);
    });
}

#[test]
fn products_with_curvature() {
    for m in [1, 6, 129, 300] {
        products_agree::<Odd>(m);
    }
    products_agree::<ManyOutputs>(3);
}

/// Of weights, ∇J is what the examples alone give, each times its weight; one of weight 0 may overflow.
fn weights_multiply<N: Network<Scalar = f64>>(m: usize) {
    let (net, mut of, none) = (anywhere::<N>(3), examples::<N>(m, 5), Regularization::none());
    let weights: Vec<f64> = (0..m).map(|example| (example % 4) as f64).collect();
    let (mut j, mut gradient) = (0.0, vec![0.0; N::PARAMETERS]);
    for (example, weight) in weights.iter().enumerate() {
        let (x, y) = (&of.inputs[example..=example], &of.targets[example..=example]);
        let (cost, slopes) = net.cost_and_gradient(x, y, &none).unwrap();
        j += weight * cost / m as f64;
        for (sum, slope) in gradient.iter_mut().zip(slopes.parameters()) {
            *sum += weight * slope / m as f64;
        }
    }
    of.inputs.iter_mut().step_by(4).for_each(|x| x.as_mut().fill(f64::MAX));
    on_every_set(|_| {
        let mut workspace = Workspace::boxed();
        let batch = Batch::<N>::new(&of.inputs, &of.targets).with_weights(&weights);
        let alone = batch.cost(&net, &none, &mut workspace).unwrap();
        let (found, slopes) = batch.cost_and_gradient(&net, &none, &mut workspace).unwrap();
        assert!((found - j).abs() <= 1e-12 * j.max(1.0), "J is {found}, not {j}");
        assert_eq!(alone, found);
        assert_close(slopes.parameters(), &gradient, 1e-12);
    });
}

#[test]
fn weights() {
    for m in [1, 7, 140] {
        weights_multiply::<Odd>(m);
    }
    weights_multiply::<OneLayer>(6);
    weights_multiply::<ManyOutputs>(6);
}

/// Of the one example that counts, units that are left out have no slope of their own, and J is that of the
/// network without their columns of Θ, the others divided by 1 − p.
#[test]
fn dropout() {
    let (net, of, none) = (anywhere::<Odd>(3), examples::<Odd>(3, 5), Regularization::none());
    let (rates, weights) = ([0.3, 0.5], [0.0, 0.0, 3.0]);
    let dropout = Dropout::new(rates, 7).unwrap();
    assert_eq!(dropout.rates(), &rates);
    on_every_set(|_| {
        let mut workspace = Workspace::boxed();
        let batch = Batch::<Odd>::new(&of.inputs, &of.targets);
        let batch = batch.with_weights(&weights).with_dropout(&dropout, 9);
        let alone = batch.cost(&net, &none, &mut workspace).unwrap();
        let (j, gradient) = batch.cost_and_gradient(&net, &none, &mut workspace).unwrap();
        let factor = |slope: f64, p: f64| if slope == 0.0 { 0.0 } else { 1.0 / (1.0 - p) };
        let mut left = net.boxed_clone();
        let r2 = gradient.theta1.bias.map(|slope| factor(slope, rates[0]));
        let r3 = gradient.theta2.bias.map(|slope| factor(slope, rates[1]));
        for (unit, r) in r2.iter().enumerate() {
            left.theta2.weights.column_mut(unit).scale_mut(*r);
        }
        for (unit, r) in r3.iter().enumerate() {
            left.theta3.weights.column_mut(unit).scale_mut(*r);
        }
        assert!(
            r2.as_slice().contains(&0.0)
                && r2.sum() > 0.0
                && r3.as_slice().contains(&0.0)
                && r3.sum() > 0.0
        );
        let (expected, slopes) =
            left.cost_and_gradient(&of.inputs[2..], &of.targets[2..], &none).unwrap();
        assert!((j - expected).abs() <= 1e-13 * expected && alone == j, "{j}, not {expected}");
        let biases =
            |of: &Gradient<Odd>| [of.theta1.bias.as_slice(), of.theta2.bias.as_slice()].concat();
        assert_close(&biases(gradient), &biases(&slopes), 1e-13);
    });
}

/// An input or a parameter that is not finite is named, wherever it stands; nothing is written.
fn what_is_not_finite_is_named<N: Network<Scalar = f64>>(m: usize) {
    let case = random_case::<N>(m, 3);
    let fresh = case.net::<N>();
    let (none, mut workspace) = (Regularization::none(), Workspace::boxed());
    let mut refused = |net: &N, x: &[N::Input]| {
        let mut gradient = Gradient::<N>::boxed();
        gradient.fill(7.0);
        let y = &case.targets;
        let mut outputs = vec![N::Target::from_fn(|_| 7.0); m];
        let mut moved = net.boxed_clone();
        let mut descent = GradientDescent::new(0.1).unwrap();
        let errors = [
            net.cost_and_gradient_into(x, y, &none, &mut gradient, &mut workspace).unwrap_err(),
            net.cost_with(x, y, &none, &mut workspace).unwrap_err(),
            net.predict_with(x, &mut outputs, &mut workspace).unwrap_err(),
            descent.train(&mut *moved, x, y, &none, &mut workspace).unwrap_err(),
        ];
        assert!(gradient.parameters().iter().all(|&entry| entry == 7.0));
        assert!(N::Target::flat(&outputs).iter().all(|&entry| entry == 7.0));
        let bits =
            |net: &N| net.parameters().iter().map(|theta| theta.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&moved), bits(net));
        errors.map(|error| error.to_string())
    };
    on_every_set(|_| {
        for value in [f64::NAN, f64::INFINITY] {
            let mut x = case.inputs.clone();
            x[m - 1].as_mut()[N::Input::SIZE - 1] = value;
            let example = format!("input: example {}, entry {}", m - 1, N::Input::SIZE - 1);
            assert!(refused(&fresh, &x).iter().all(|error| error.starts_with(&example)));
            let mut place = 0;
            for shape in N::SHAPES {
                for at in [place, place + shape.parameters() - 1] {
                    let mut net = fresh.boxed_clone();
                    net.parameters_mut()[at] = value;
                    let theta = format!("theta{}, ", shape.layer);
                    let errors = refused(&net, &case.inputs);
                    assert!(errors.iter().all(|error| error.contains(&theta)), "{errors:?}");
                }
                place += shape.parameters();
            }
        }
    });
}

#[test]
fn not_finite() {
    what_is_not_finite_is_named::<Tiny>(3);
    what_is_not_finite_is_named::<Tiny>(1030);
    what_is_not_finite_is_named::<Odd>(130);
    what_is_not_finite_is_named::<OneLayer>(7);
}

/// A gradient near the largest number goes the long way, to the same parameters; a NaN among the δ is refused.
#[test]
fn a_bound_that_does_not_hold() {
    let mut case = random_case::<Large>(2, 4);
    for x in &mut case.inputs {
        *x = x.map(|x| 1e307 * x);
    }
    let net = case.net::<Large>();
    let (x, y, none) = (&case.inputs, &case.targets, Regularization::none());
    let mut workspace = Workspace::boxed();
    let mut descent = GradientDescent::new(1e-300).unwrap();
    on_every_set(|_| {
        let [mut by_train, mut by_step] = [net.boxed_clone(), net.boxed_clone()];
        descent.train(&mut *by_train, x, y, &none, &mut workspace).unwrap();
        let (_, gradient) = by_step.cost_and_gradient(x, y, &none).unwrap();
        let largest = gradient.parameters().iter().fold(0.0, |most: f64, g| most.max(g.abs()));
        assert!(largest > 1e305, "{largest:e}");
        descent.step(&mut *by_step, &gradient).unwrap();
        assert_eq!(by_train.parameters(), by_step.parameters());

        // g′ = 0 times a slope that overflows.
        let mut net = Large::<f64>::boxed_seeded(1);
        net.theta1.bias[17] = -1e4;
        net.theta1.weights.row_mut(17).fill(0.0);
        net.theta2.weights.column_mut(17).fill(f64::MAX);
        let (x, y) = ([[0.5; 150]], [[1e9; 2]]);
        let error = descent.train(&mut *net, &x, &y, &none, &mut workspace).unwrap_err();
        assert!(matches!(error, Error::Gradient { theta: 1, row: 17, .. }), "{error}");
    });
}

/// J and z are finite and the gradient is not: no step is taken, in registers or by way of a bound.
#[test]
fn a_gradient_that_overflows_is_refused() {
    fn is_refused<N: Network<Scalar = f64>>(net: &N, x: &[N::Input], y: &[N::Target], at: usize) {
        let (none, mut workspace) = (Regularization::none(), Workspace::boxed());
        assert!(net.cost(x, y, &none).unwrap().is_finite());
        let mut moved = net.boxed_clone();
        let mut descent = GradientDescent::new(0.1).unwrap();
        let error = descent.train(&mut *moved, x, y, &none, &mut workspace).unwrap_err();
        assert!(matches!(error, Error::Gradient { theta: 1, row, .. } if row == at), "{error}");
        assert_eq!(moved.parameters(), net.parameters());
    }
    let mut large = Large::<f64>::boxed_seeded(1);
    large.theta1.weights.fill(0.0);
    large.theta2.weights[(0, 17)] = 1e154;
    let mut tiny = Tiny::<f64>::zeros();
    tiny.theta2.weights.fill(1.0);
    tiny.theta3.weights.row_mut(0).fill(1e200);
    tiny.theta3.weights.row_mut(1).fill(-1e200);
    on_every_set(|_| {
        is_refused(&*large, &[[6e154; 150]; 256], &[[0.0; 2]; 256], 17);
        is_refused(&tiny, &[[1e150; 2]; 3], &[[0.0, 1.0]; 3], 0);
        is_refused(&tiny, &[[1e150; 2]; 1030], &[[0.0, 1.0]; 1030], 0);
    });
}

/// A z that overflows, of numbers that are all finite, counts as what its activation saturates to.
#[test]
fn overflow_is_an_answer() {
    fn saturates<N: Network<Scalar = f64>>(m: usize) {
        let case = random_case::<N>(m, 6);
        let (x, y) = (vec![N::Input::from_fn(|_| 1.0); m], &case.targets);
        let of = |weight: f64| {
            let (mut net, none) = (case.net::<N>(), Regularization::none());
            let [first, ..] = N::SHAPES else { unreachable!() };
            net.parameters_mut()[first.s_out..first.parameters()].fill(weight);
            let (j, gradient) = net.cost_and_gradient(&x, y, &none).unwrap();
            let alone = net.cost(&x, y, &none).unwrap();
            let outputs = N::Target::flat(&net.predict_many(&x).unwrap()).to_vec();
            (j, alone, gradient.parameters().to_vec(), outputs)
        };
        assert_eq!(of(1e308), of(1e3), "{m} examples");
    }
    on_every_set(|_| {
        saturates::<Tiny>(3);
        saturates::<Tiny>(1030);
        saturates::<Odd>(130);
    });
}
