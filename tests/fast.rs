//! The path of `f32` and `f64`: every remainder of a tile, large networks, bad input. The tests
//! that AddressSanitizer sees.

mod common;

use common::Lambda;
use common::agreement::{
    a_step_is_gradient_and_step, agrees, on_every_set, random_case, random_cases, readable,
};
use common::compare;
use constprop::Error;
use constprop::gradient::BLOCK;
use constprop::prelude::*;

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Odd(13 => 37 Tanh => 25 Sigmoid => 10 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct Even(16 => 64 Relu => 32 Gelu => 4 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct Images(784 => 128 Relu => 64 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct Strided(40 => 256 LeakyRelu => 512 Elu => 3 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct ManyClasses(20 => 30 Silu => 700 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct ManyValues(9 => 7 Tanh => 1100 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct OneOutput(50 => 200 Softplus => 1 Identity) minimizing Huber;
}

network! {
    pub struct Long(3000 => 2 Tanh) minimizing HalfSquaredError;
}

network! {
    pub struct Xor(2 => 4 Sigmoid => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct Smallest(1 => 1 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct TinyClasses(3 => 4 Tanh => 3 Elu => 3 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    /// As deep as networks are, and too large for registers.
    pub struct Deepest(
        3
        => 4 Tanh => 3 Silu => 4 Tanh => 3 Tanh => 4 Tanh => 3 Silu => 4 Tanh => 3 Tanh
        => 4 Tanh => 3 Silu => 4 Tanh => 3 Tanh => 4 Tanh => 3 Silu => 4 Tanh => 3 Tanh
        => 4 Tanh => 3 Silu => 4 Tanh => 3 Tanh => 4 Tanh => 3 Silu => 4 Tanh => 3 Tanh
        => 4 Tanh => 3 Silu => 4 Tanh => 3 Tanh => 4 Tanh => 3 Silu => 4 Tanh
        => 2 Identity
    ) minimizing HalfSquaredError;
}

/// Networks that stay in registers, for every remainder of a register.
#[test]
fn tiny_networks() {
    let numbers = || (1..=20).chain([63, 64, 65, 200]);
    agrees::<Xor>(random_cases::<Xor>(numbers()));
    agrees::<Smallest>(random_cases::<Smallest>(numbers()));
    agrees::<TinyClasses>(random_cases::<TinyClasses>(numbers()));
}

/// Every number of examples up to 200: all remainders of tiles, registers and blocks. In two tests, which
/// run side by side.
#[test]
fn every_number_of_examples_in_a_block() {
    agrees::<Odd>(random_cases::<Odd>(1..=BLOCK));
}

#[test]
fn every_number_of_examples_in_two_blocks() {
    agrees::<Odd>(random_cases::<Odd>(BLOCK + 1..=200));
}

#[test]
fn the_deepest_network() {
    assert_eq!(Deepest::<f64>::SHAPES.len(), 32);
    agrees::<Deepest>(random_cases::<Deepest>([1, 9, 130]));
}

#[test]
fn large_networks() {
    of_large_networks([1, 5]);
    agrees::<Images>([random_case::<Images>(3, 4)]);
    agrees::<Strided>([random_case::<Strided>(3, 5)]);
    agrees::<ManyClasses>([random_case::<ManyClasses>(3, 6)]);
    agrees::<ManyValues>([random_case::<ManyValues>(3, 7)]);
}

/// Apart, as they take most of the time: scripts/asan leaves them out. Two, which run side by side.
#[test]
fn large_networks_of_many_examples() {
    of_large_networks([64, 129, 300]);
    agrees::<ManyClasses>([64, 130].map(|m| random_case::<ManyClasses>(m, 6)));
}

#[test]
fn large_layers_of_many_examples() {
    agrees::<Images>([64, 130].map(|m| random_case::<Images>(m, 4)));
    agrees::<Strided>([64, 130].map(|m| random_case::<Strided>(m, 5)));
}

fn of_large_networks<const CASES: usize>(numbers: [usize; CASES]) {
    agrees::<Even>(numbers.map(|m| random_case::<Even>(m, 1)));
    agrees::<OneOutput>(numbers.map(|m| random_case::<OneOutput>(m, 2)));
    agrees::<Long>(numbers.map(|m| random_case::<Long>(m, 3)));
}

/// The same set, the same bits, whatever stands beside an example.
#[test]
fn predictions_do_not_depend_on_their_neighbours() {
    on_every_set(|set| {
        let case = random_case::<Odd>(150, 9);
        let net: Odd = case.net();
        let all = net.predict_many(&case.inputs).unwrap();
        let some = net.predict_many(&case.inputs[37..60]).unwrap();
        assert_eq!(all[37..60], some, "{set:?}");
    });
}

/// Of several blocks the last one is bad: nothing is written.
#[test]
fn a_bad_example_in_the_last_block() {
    on_every_set(|_| {
        let mut case = random_case::<Odd>(300, 10);
        case.inputs[290][12] = f64::INFINITY;
        let (mut net, mut workspace) = (case.net::<Odd>(), Workspace::boxed());
        let lambda = case.lambda.over();
        let expected = "input: example 290, entry 12 is inf; it must be finite";

        let mut gradient = Gradient::<Odd>::boxed();
        gradient.fill(7.0);
        let error = net
            .cost_and_gradient_into(
                &case.inputs,
                &case.targets,
                &lambda,
                &mut gradient,
                &mut workspace,
            )
            .unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(gradient.parameters().iter().all(|&entry| entry == 7.0));

        let mut outputs = vec![[7.0; 10]; 300];
        let error = net.predict_with(&case.inputs, &mut outputs, &mut workspace).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(outputs.as_flattened().iter().all(|&entry| entry == 7.0));
        let error =
            net.cost_with(&case.inputs, &case.targets, &lambda, &mut workspace).unwrap_err();
        assert_eq!(error.to_string(), expected);

        let mut adam = Adam::<Odd>::new(AdamSettings::default()).unwrap();
        let fresh = adam.clone();
        let error =
            adam.train(&mut net, &case.inputs, &case.targets, &lambda, &mut workspace).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(net.parameters(), case.parameters);
        assert_eq!(adam, fresh);
    });
}

/// A parameter that is not finite, in whichever layer, is found by way of z.
#[test]
fn a_bad_parameter_in_each_layer() {
    on_every_set(|_| {
        let case = random_case::<Odd>(20, 11);
        let places = [0, 37 * 14 - 1, 37 * 14, 37 * 14 + 25 * 38 - 1, Odd::<f64>::PARAMETERS - 1];
        for place in places {
            for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let mut net: Odd = case.net();
                net.parameters_mut()[place] = value;
                let found = [
                    net.cost_and_gradient(&case.inputs, &case.targets, &case.lambda.over()).err(),
                    net.cost(&case.inputs, &case.targets, &case.lambda.over()).err(),
                    net.predict_many(&case.inputs).err(),
                ];
                let (theta, row, column) = constprop::place::<Odd>(place);
                for error in found {
                    let Some(Error::Parameter { theta: t, row: r, column: c, .. }) = error else {
                        panic!("{error:?} for {value} in theta{theta}");
                    };
                    assert_eq!((t, r, c), (theta, row, column));
                }
            }
        }
    });
}

/// Finite numbers that overflow on the way are no error of the caller's: what comes of them does.
#[test]
fn overflow_is_an_answer() {
    on_every_set(|_| {
        let case = random_case::<OneOutput>(200, 12);
        let mut net: OneOutput = case.net();
        net.theta1.weights.fill(1e308);
        let j = net.cost(&case.inputs, &case.targets, &Regularization::none()).unwrap();
        assert!(!j.is_finite());
        let none = Regularization::none();
        let (j, gradient) = net.cost_and_gradient(&case.inputs, &case.targets, &none).unwrap();
        assert!(!j.is_finite() && gradient.parameters().iter().any(|entry| !entry.is_finite()));
        assert!(
            net.predict_many(&case.inputs).unwrap().iter().any(|output| !output[0].is_finite())
        );

        // A step with such a gradient is refused, and nothing has moved.
        let before = net.parameters().to_vec();
        let mut descent = GradientDescent::new(0.1).unwrap();
        let mut workspace = Workspace::boxed();
        let error = descent
            .train(&mut net, &case.inputs, &case.targets, &none, &mut workspace)
            .unwrap_err();
        assert!(matches!(error, Error::CostNotFinite { .. }), "{error}");
        assert_eq!(net.parameters(), before);
    });
}

network! {
    pub struct Dead(100 => 100 Relu => 2 Identity) minimizing HalfSquaredError;
}

/// A δ that is NaN though every z and J are finite: infinity times the g′ = 0 of a dead unit.
#[test]
fn a_delta_that_is_not_a_number() {
    on_every_set(|_| {
        for m in [1, 7, 300] {
            let mut net = Dead::<f64>::boxed_seeded(1);
            net.theta1.bias[17] = -1.0;
            net.theta1.weights.row_mut(17).fill(0.0);
            net.theta2.weights[(0, 17)] = 1e200;
            let before = net.parameters().to_vec();
            let (x, y) = (vec![[0.5; 100]; m], vec![[1e150, 0.0]; m]);
            let (none, mut workspace) = (Regularization::none(), Workspace::boxed());
            assert!(net.cost(&x, &y, &none).unwrap().is_finite());
            let mut descent = GradientDescent::new(0.1).unwrap();
            let mut adam = Adam::<Dead<f64>>::boxed(AdamSettings::default()).unwrap();
            for error in [
                descent.train(&mut *net, &x, &y, &none, &mut workspace).unwrap_err(),
                adam.train(&mut *net, &x, &y, &none, &mut workspace).unwrap_err(),
            ] {
                assert!(matches!(error, Error::Gradient { theta: 1, row: 17, .. }), "{error}");
            }
            assert_eq!(net.parameters(), before);
        }
    });
}

/// A unit at its kink has the slope on the left, whichever registers it is in.
#[test]
fn a_unit_at_its_kink() {
    network! {
        pub struct Kinks(2 => 20 Relu => 1 Identity) minimizing HalfSquaredError;
    }
    network! {
        pub struct LeakyKinks(2 => 20 LeakyRelu<1, 4> => 1 Identity) minimizing HalfSquaredError;
    }
    fn slopes<N: Network<Scalar = f64, Input = [f64; 2], Target = [f64; 1]>>(m: usize) -> Vec<f64> {
        let mut net = N::zeros();
        net.parameters_mut()[20 * 3..].fill(1.0);
        let none = Regularization::none();
        let (_, gradient) =
            net.cost_and_gradient(&vec![[1.0, 1.0]; m], &vec![[0.0]; m], &none).unwrap();
        gradient.parameters()[..20 * 3].to_vec()
    }
    on_every_set(|_| {
        for m in [1, 9, 32] {
            assert_eq!(slopes::<Kinks>(m), [0.0; 60]);
            // Each of m slopes has been divided by m.
            assert!(slopes::<LeakyKinks>(m).iter().all(|slope| (slope - 0.25).abs() < 1e-15));
        }
    });
}

/// One unit that overflows leaves the other as it is.
#[test]
fn two_outputs_do_not_mix() {
    network! {
        pub struct Two(40 => 2 Identity) minimizing HalfSquaredError;
    }
    on_every_set(|_| {
        let mut net = Two::<f64>::seeded(1);
        net.theta1.weights.row_mut(0).fill(1e308);
        let output = net.predict(&[1.0; 40]);
        assert_eq!(output[0], f64::INFINITY);
        assert!((output[1] - net.forward(&[1.0; 40]).output()[1]).abs() < 1e-13);
    });
}

/// A gradient that comes near the largest number, and a large λ, go the long way: to the same
/// parameters.
#[test]
fn a_step_that_might_overflow() {
    on_every_set(|_| {
        let mut case = random_case::<OneOutput>(9, 13);
        case.lambda = Lambda { lambda: 40.0, per_example: false, with_bias: true };
        let net: OneOutput = case.net();
        let (inputs, targets, lambda) = (&case.inputs, &case.targets, case.lambda.over());
        a_step_is_gradient_and_step(&net, inputs, targets, &lambda, &mut Workspace::boxed());

        for x in &mut case.inputs {
            *x = x.map(|x| 1e307 * x);
        }
        let (inputs, targets, none) = (&case.inputs, &case.targets, Regularization::none());
        let [mut by_train, mut by_step] = [net.boxed_clone(), net.boxed_clone()];
        let mut descent = GradientDescent::new(1e-300).unwrap();
        let mut workspace = Workspace::boxed();
        descent.train(&mut *by_train, inputs, targets, &none, &mut workspace).unwrap();
        let (_, gradient) = by_step.cost_and_gradient(inputs, targets, &none).unwrap();
        descent.step(&mut *by_step, &gradient).unwrap();
        let largest = gradient.parameters().iter().fold(0.0, |most: f64, g| most.max(g.abs()));
        assert!(largest > 1e305, "{largest:e}");
        assert_eq!(by_train.parameters(), by_step.parameters());
    });
}

/// No examples, other numbers of targets, targets without a meaning: what they were before.
#[test]
fn examples_that_mean_nothing() {
    on_every_set(|_| {
        let case = random_case::<Odd>(200, 14);
        let (mut net, mut workspace) = (case.net::<Odd>(), Workspace::boxed());
        let mut descent = GradientDescent::new(0.1).unwrap();
        let none = Regularization::none();
        let mut train = |inputs: &[_], targets: &[_], lambda: &Regularization<f64>| {
            descent.train(&mut net, inputs, targets, lambda, &mut workspace).unwrap_err()
        };
        assert_eq!(train(&[], &[], &none), Error::NoExamples);
        let counts = Error::ExampleCounts { inputs: 200, targets: 199 };
        assert_eq!(train(&case.inputs, &case.targets[..199], &none), counts);
        let lambda = train(&case.inputs, &case.targets, &Regularization::article(-1.0));
        assert!(matches!(lambda, Error::Setting { name: "lambda", .. }));
        let mut targets = case.targets.clone();
        targets[199][3] = 0.5;
        let target = train(&case.inputs, &targets, &none);
        assert!(matches!(target, Error::Target { example: 199, .. }), "{target}");
        assert_eq!(net.parameters(), case.parameters);
        assert_eq!(net.predict_with(&[], &mut [], &mut workspace), Ok(()));
        assert_eq!(net.predict_many(&[]).unwrap(), Vec::<[f64; 10]>::new());
    });
}

/// A network of a user's own activation, cost and sizes by const parameter takes part.
#[test]
fn what_users_write_takes_part() {
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Cubic;

    impl Activation for Cubic {
        const NAME: &'static str = "Cubic";

        #[inline(always)]
        fn g<V: Real>(z: V) -> V {
            z.clone() * z.clone() * z.clone() + z
        }
        #[inline(always)]
        fn g_prime<V: Real>(z: V, _a: V) -> V {
            V::constant(3.0) * z.clone() * z + V::one()
        }
        #[inline(always)]
        fn g_second<V: Real>(z: V, _a: V) -> V {
            V::constant(6.0) * z
        }
    }

    network! {
        pub struct Users<const IN: usize, const OUT: usize>(IN => 9 Cubic => OUT Identity)
            minimizing HalfSquaredError;
    }
    fn takes_part<N: Network<Scalar = f64>>() {
        let case = random_case::<N>(21, 15);
        let (net, lambda) = (case.net::<N>(), case.lambda.over());
        let (j, gradient, _) = readable(&net, &case);
        let (found_j, found) = net.cost_and_gradient(&case.inputs, &case.targets, &lambda).unwrap();
        assert!((found_j - j).abs() < 1e-12 * j.max(1.0));
        let largest = gradient.parameters().iter().fold(1.0, |most: f64, g| most.max(g.abs()));
        compare(N::SHAPES, found.parameters(), gradient.parameters(), &[1e-13 * largest; 2]);
        let outputs = net.predict_many(&case.inputs).unwrap();
        for (x, output) in case.inputs.iter().zip(outputs) {
            let (trace, alone) = (net.forward(x), net.predict(x));
            let both = output.as_ref().iter().zip(alone.as_ref());
            for (&expected, (&output, &alone)) in trace.output().as_ref().iter().zip(both) {
                let tolerance = 1e-13 * f64::max(1.0, expected.abs());
                assert!((output - expected).abs() <= tolerance, "side by side");
                assert!((alone - expected).abs() <= tolerance, "alone");
            }
        }
        let (inputs, targets) = (&case.inputs, &case.targets);
        a_step_is_gradient_and_step(&net, inputs, targets, &lambda, &mut Workspace::boxed());
    }
    on_every_set(|_| {
        takes_part::<Users<3, 2>>(); // in registers
        takes_part::<Users<30, 20>>(); // in tiles
    });
}
