//! Whatever a caller hands in: a typed error that says what and where, and nothing half-written.

mod common;

use common::agreement::on_every_set;
use common::config;
use constprop::prelude::*;
use constprop::{Error, RealField, Sample, TargetFault, Threads};
use proptest::prelude::*;

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Binary(3 => 4 Tanh => 2 Sigmoid) minimizing CrossEntropy;
}

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Classes(3 => 3 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Values(3 => 2 Identity) minimizing HalfSquaredError;
}

/// The error of every call that takes examples; the gradient must stay as it was.
fn refused<N: Network<Scalar = f64>>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
    regularization: Regularization<f64>,
) -> Error {
    let mut gradient = Gradient::<N>::zeros();
    gradient.fill(7.0);
    let mut workspace = Workspace::new();
    let error = net
        .cost_and_gradient_into(inputs, targets, &regularization, &mut gradient, &mut workspace)
        .unwrap_err();
    assert!(gradient.parameters().iter().all(|&entry| entry == 7.0), "the gradient was written");
    assert_eq!(
        same_value(net.cost(inputs, targets, &regularization).unwrap_err()),
        same_value(error)
    );
    let boxed = net.cost_and_gradient(inputs, targets, &regularization).unwrap_err();
    assert_eq!(same_value(boxed), same_value(error));
    error
}

/// NaN is not equal to itself, its message is.
fn same_value(error: Error) -> String {
    error.to_string()
}

const X: [f64; 3] = [0.1, 0.2, 0.3];
const NONE: Regularization<f64> = Regularization::article(0.0);

#[test]
fn no_examples() {
    let net = Binary::seeded(0);
    let error = refused(&net, &[], &[], NONE);
    assert_eq!(error, Error::NoExamples);
    assert_eq!(error.to_string(), "no examples: m must be at least 1");
}

#[test]
fn different_numbers_of_inputs_and_targets() {
    let net = Binary::seeded(0);
    let error = refused(&net, &[X; 3], &[[0.0, 1.0]; 2], NONE);
    assert_eq!(error, Error::ExampleCounts { inputs: 3, targets: 2 });
    assert_eq!(error.to_string(), "3 inputs but 2 targets: each example has one of each");
    assert!(matches!(refused(&net, &[], &[[0.0, 1.0]], NONE), Error::ExampleCounts { .. }));
}

#[test]
fn inputs_that_are_not_finite() {
    let net = Binary::seeded(0);
    for (value, text) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
        let mut inputs = [X; 20];
        inputs[17][2] = value;
        let error = refused(&net, &inputs, &[[0.0, 1.0]; 20], NONE);
        assert!(matches!(error, Error::Input { example: 17, entry: 2, .. }));
        let expected = format!("input: example 17, entry 2 is {text}; it must be finite");
        assert_eq!(error.to_string(), expected);
        let mut outputs = [[7.0; 2]; 20];
        let error = net.predict_into(&inputs, &mut outputs).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(outputs, [[7.0; 2]; 20]);
        assert_eq!(net.predict_many(&inputs).unwrap_err().to_string(), expected);
    }
}

#[test]
fn parameters_that_are_not_finite() {
    let mut net = Binary::<f64>::seeded(0);
    net.theta2.weights[(1, 3)] = f64::NAN;
    let error = refused(&net, &[X], &[[0.0, 1.0]], NONE);
    assert_eq!(error.to_string(), "theta2, row 1, column 4 is NaN; it must be finite");
    assert!(net.predict_into(&[X], &mut [[0.0; 2]]).is_err());
    assert!(net.predict_many(&[X]).is_err());
    net.theta1.bias[2] = f64::INFINITY;
    let error = refused(&net, &[X], &[[0.0, 1.0]], NONE);
    assert_eq!(error.to_string(), "theta1, row 2, column 0 (bias) is inf; it must be finite");
}

#[test]
fn targets_that_the_cost_cannot_mean() {
    let net = Binary::seeded(0);
    for value in [1.5, -0.1, f64::NAN, f64::INFINITY] {
        let error = refused(&net, &[X; 2], &[[0.0, 1.0], [0.5, value]], NONE);
        let Error::Target { example: 1, fault: TargetFault { entry: Some(1), .. } } = error else {
            panic!("{error}");
        };
    }
    let error = refused(&net, &[X], &[[1.5, 0.0]], NONE);
    let expected = "target: example 0, entry 0 is 1.5; it must be a probability, from 0 to 1";
    assert_eq!(error.to_string(), expected);

    let net = Classes::seeded(0);
    let error = refused(&net, &[X], &[[0.5, 0.25, 0.125]], NONE);
    assert_eq!(error.to_string(), "target: example 0 sums to 0.875; it must sum to 1");
    let error = refused(&net, &[X], &[[1.5, -0.5, 0.0]], NONE);
    assert!(matches!(error, Error::Target { fault: TargetFault { entry: Some(0), .. }, .. }));
    assert!(matches!(
        refused(&net, &[X], &[[f64::NAN, 0.0, 1.0]], NONE),
        Error::Target { fault: TargetFault { entry: Some(0), .. }, .. }
    ));

    let net = Values::seeded(0);
    let error = refused(&net, &[X], &[[1e300, f64::NEG_INFINITY]], NONE);
    assert_eq!(error.to_string(), "target: example 0, entry 1 is -inf; it must be finite");
}

/// The ends of what a cost can mean belong to it.
#[test]
fn targets_that_the_cost_can_just_mean() {
    let net = Binary::<f64>::seeded(0);
    for y in [[0.0, 1.0], [1.0, 0.5], [-0.0, f64::MIN_POSITIVE]] {
        assert!(net.cost(&[X], &[y], &NONE).is_ok(), "{y:?}");
    }
    let net = Classes::<f64>::seeded(0);
    for y in [[1.0, 0.0, 0.0], [0.25, 0.25, 0.5], [0.5, 0.5, 0.9e-4], [0.5, 0.5 - 0.9e-4, 0.0]] {
        assert!(net.cost(&[X], &[y], &NONE).is_ok(), "{y:?}");
    }
    for y in [[0.5, 0.5, 1.1e-4], [0.5, 0.5 - 1.1e-4, 0.0]] {
        let error = refused(&net, &[X], &[y], NONE);
        assert!(matches!(error, Error::Target { fault: TargetFault { entry: None, .. }, .. }));
    }
    let net = Values::<f64>::seeded(0);
    assert!(net.cost(&[X], &[[f64::MAX, f64::MIN]], &NONE).is_ok());
}

#[test]
fn lambda_negative_or_not_finite() {
    let net = Binary::seeded(0);
    for lambda in [-1e-9, f64::NAN, f64::INFINITY] {
        for regularization in [Regularization::article(lambda), Regularization::coursera(lambda)] {
            let error = refused(&net, &[X], &[[0.0, 1.0]], regularization.with_bias());
            assert!(matches!(error, Error::Setting { name: "lambda", .. }), "{error}");
        }
    }
    let error = refused(&net, &[X], &[[0.0, 1.0]], Regularization::article(-2.0));
    assert_eq!(error.to_string(), "lambda is -2; it must be finite and not negative");
}

#[test]
fn learning_rates_and_other_settings() {
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(GradientDescent::new(rate).is_err(), "rate {rate}");
        assert!(Adam::<Binary>::new(AdamSettings { rate, ..AdamSettings::default() }).is_err());
        let mut descent = GradientDescent::new(0.5).unwrap();
        assert!(descent.set_rate(rate).is_err());
        assert_eq!(descent.rate(), &0.5);
        let mut adam = Adam::<Binary>::new(AdamSettings::default()).unwrap();
        assert!(adam.set_rate(rate).is_err());
        assert_eq!(adam.rate(), &1e-3);
    }
    let message = GradientDescent::new(0.0).unwrap_err().to_string();
    assert_eq!(message, "learning rate is 0; it must be finite and greater than 0");
    let defaults = AdamSettings::<f64>::default;
    for (name, settings) in [
        ("beta1", AdamSettings { beta1: 1.0, ..defaults() }),
        ("beta1", AdamSettings { beta1: -0.1, ..defaults() }),
        ("beta2", AdamSettings { beta2: 1.0, ..defaults() }),
        ("beta2", AdamSettings { beta2: f64::NAN, ..defaults() }),
        ("epsilon", AdamSettings { epsilon: 0.0, ..defaults() }),
        ("epsilon", AdamSettings { epsilon: f64::INFINITY, ..defaults() }),
    ] {
        let error = Adam::<Binary>::boxed(settings).unwrap_err();
        assert!(matches!(error, Error::Setting { name: found, .. } if found == name), "{error}");
    }
    assert!(Adam::<Binary>::new(AdamSettings { beta1: 0.0, beta2: 0.0, ..defaults() }).is_ok());
}

#[test]
fn a_gradient_that_is_not_finite_moves_nothing() {
    let mut net = Binary::<f64>::seeded(0);
    let before = net.clone();
    let mut gradient = Gradient::<Binary>::zeros();
    gradient.fill(1.0);
    gradient.theta2.weights[(0, 1)] = f64::NEG_INFINITY;
    let expected = "gradient of theta2, row 0, column 2 is -inf; it must be finite";
    let error = GradientDescent::new(0.1).unwrap().step(&mut net, &gradient).unwrap_err();
    assert_eq!(error.to_string(), expected);
    let mut adam = Adam::<Binary>::new(AdamSettings::default()).unwrap();
    let fresh = adam.clone();
    assert_eq!(adam.step(&mut net, &gradient).unwrap_err().to_string(), expected);
    assert_eq!(adam, fresh);
    assert_eq!(net, before);
}

#[test]
fn slices_and_labels() {
    let mut net = Binary::<f64>::seeded(0);
    let before = net.clone();
    let error = net.set_parameters(&[1.0; 25]).unwrap_err();
    assert_eq!(error, Error::Length { expected: 26, found: 25 });
    assert_eq!(net, before);
    assert_eq!(error.to_string(), "25 entries where 26 are needed");
    let error = net.predict_into(&[X; 2], &mut [[0.0; 2]; 3]).unwrap_err();
    assert_eq!(error, Error::Length { expected: 2, found: 3 });
    let error = one_hot::<f64, 3>(7).unwrap_err();
    assert_eq!(error.to_string(), "label 7, but there are 3 classes, counted from 0");
}

/// Every flat index has the place that a loop over layers, columns and rows comes to; beyond the
/// last, the columns go on.
#[test]
fn places() {
    let mut index = 0;
    for (layer, s_out, s_in) in [(1, 4, 3), (2, 2, 4)] {
        for column in 0..=s_in {
            for row in 0..s_out {
                assert_eq!(constprop::place::<Binary>(index), (layer, row, column));
                index += 1;
            }
        }
    }
    assert_eq!(index, Binary::<f64>::PARAMETERS);
    assert_eq!(constprop::place::<Binary>(index), (2, 0, 5));
    assert_eq!(constprop::place::<Binary>(index + 3), (2, 1, 6));
}

/// One example goes through unchecked, and a NaN comes out where it can be seen.
#[test]
fn forward_hands_nan_on() {
    let net = Binary::seeded(0);
    let trace = net.forward(&[f64::NAN, 0.0, 0.0]);
    assert!(trace.output().iter().all(|a| a.is_nan()));
    assert!(net.predict(&[f64::NAN, 0.0, 0.0]).iter().all(|a| a.is_nan()));
    let deltas = net.backward(&trace, &[0.0, 1.0]);
    assert!(deltas.delta2[0].is_nan());
}

network! {
    pub struct Registers(3 => 1 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct MoreRegisters(12 => 1 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct Cache(101 => 1 Identity) minimizing HalfSquaredError;
}

network! {
    /// A gradient that is not computed before it is used, and rows that fill no last register.
    pub struct Streamed(9001 => 1 Identity) minimizing HalfSquaredError;
}

/// What is refused of a step that would leave numbers which are not finite, by every way that a step
/// can go: J alone out of range, ∇J alone, and λ Θ alone.
fn steps_out_of_range<N>()
where
    N: Network<Target = [<N as Parameters>::Scalar; 1]>,
    N::Scalar: Copy,
{
    let number = |value: f64| nalgebra::convert::<f64, N::Scalar>(value);
    let largest: N::Scalar = RealField::max_value().unwrap();
    let root = nalgebra::ComplexField::sqrt(largest);
    let (none, mut workspace) = (Regularization::none(), Workspace::boxed());
    let last = N::Input::SIZE - 1;
    let mut refused = |x: &dyn Fn(usize) -> N::Scalar,
                       y: N::Scalar,
                       m: usize,
                       theta: N::Scalar,
                       lambda: &Regularization<N::Scalar>| {
        let (inputs, targets) = (vec![N::Input::from_fn(x); m], vec![[y]; m]);
        let mut net = N::boxed();
        *net.parameters_mut().last_mut().unwrap() = theta;
        let before = net.boxed_clone();
        let mut descent = GradientDescent::new(number(0.1)).unwrap();
        let mut adam = Adam::<N>::boxed(AdamSettings::default()).unwrap();
        let optimizers: [&mut dyn Optimizer<N>; 2] = [&mut descent, &mut adam];
        let errors = optimizers.map(|optimizer| {
            optimizer.train(&mut net, &inputs, &targets, lambda, &mut workspace).unwrap_err()
        });
        assert!(net.parameters() == before.parameters(), "the parameters moved");
        assert_eq!(errors[0].to_string(), errors[1].to_string());
        errors[0]
    };
    let is_last = |error: Error| matches!(error, Error::Gradient { theta: 1, row: 0, column, .. } if column == last + 1);

    // Σ cost is MAX/2 or less, so that J is finite; δ x of an example, and of the last block of several,
    // is below MAX/4, but for a lone one. Their sum is 2 MAX, by the last entry of x alone.
    for (m, y, x) in [(1, 1.0, 2.0), (64, 8.0, 16.0), (700, 40.0, 80.0)] {
        let large = root * number(x);
        let x = |entry: usize| if entry == last { large } else { number(0.5) };
        let error = refused(&x, root / number(y), m, number(0.0), &none);
        assert!(is_last(error), "m = {m}: {error}");
    }
    for m in [1, 300] {
        let error = refused(&|_| number(0.0), root * number(2.0), m, number(0.0), &none);
        assert!(matches!(error, Error::CostNotFinite { .. }), "m = {m}: {error}");
        // λ θ is beyond MAX, ½ λ θ² is not.
        let lambda = Regularization::article(largest * number(0.9));
        let error = refused(&|_| number(0.0), number(0.0), m, number(1.4), &lambda);
        assert!(is_last(error), "lambda, m = {m}: {error}");
    }
}

/// In two tests, which run side by side.
#[test]
fn steps_that_would_leave_the_range_are_refused_in_single() {
    on_every_set(|_| {
        steps_out_of_range::<Registers<f32>>();
        steps_out_of_range::<MoreRegisters<f32>>();
        steps_out_of_range::<Cache<f32>>();
        steps_out_of_range::<Streamed<f32>>();
    });
}

#[test]
fn steps_that_would_leave_the_range_are_refused_in_double() {
    on_every_set(|_| {
        steps_out_of_range::<Registers<f64>>();
        steps_out_of_range::<MoreRegisters<f64>>();
        steps_out_of_range::<Cache<f64>>();
        steps_out_of_range::<Streamed<f64>>();
    });
}

/// Of two blocks the second is bad: none of the first is written, by one thread or by three.
#[test]
fn predictions_of_two_blocks_are_all_or_none() {
    fn bad_at<N: Network<Scalar = f64>>(m: usize, example: usize) {
        let mut on_threads = Workspace::boxed();
        on_threads.set_threads(&Threads::new(3).unwrap().with_grain(0));
        let mut inputs = vec![N::Input::from_fn(|_| 0.5); m];
        inputs[example].as_mut()[N::Input::SIZE - 1] = f64::NAN;
        let mut outputs = vec![N::Target::from_fn(|_| 7.0); m];
        let (net, mut workspace) = (N::boxed_seeded(1), Workspace::boxed());
        for error in [
            net.predict_with(&inputs, &mut outputs, &mut workspace).unwrap_err(),
            net.predict_with(&inputs, &mut outputs, &mut on_threads).unwrap_err(),
            net.predict_into(&inputs, &mut outputs).unwrap_err(),
        ] {
            assert!(matches!(error, Error::Input { example: found, .. } if found == example));
        }
        let untouched = N::Target::flat(&outputs).iter().all(|&output| output == 7.0);
        assert!(untouched, "m = {m}, example {example}");
    }
    on_every_set(|_| {
        for (m, example) in [(4, 3), (128, 127), (129, 128), (200, 150), (256, 255), (257, 256)] {
            bad_at::<Cache<f64>>(m, example);
            bad_at::<Registers<f64>>(m, example);
        }
        // There is room for all of them in the workspace.
        bad_at::<Streamed<f64>>(129, 128);
    });
}

/// Any bits at all: an answer or an error, never a panic.
fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -2.0..2.0_f64,
        1 => any::<f64>(),
        1 => Just(f64::NAN),
        1 => Just(f64::MAX),
        1 => Just(0.0),
        1 => Just(1.0),
    ]
}

fn nothing_panics<N>(parameters: &[f64], inputs: &[[f64; 3]], targets: &[N::Target], rest: [f64; 2])
where
    N: Network<Scalar = f64, Input = [f64; 3]>,
{
    let mut net = N::zeros();
    let _ = net.set_parameters(parameters);
    let [lambda, rate] = rest;
    let regularization = Regularization::coursera(lambda);
    let trace = net.forward(&inputs[0]);
    if let Some(y) = targets.first() {
        let _ = (net.backward(&trace, y), trace.cost(y));
    }
    let _ = (net.predict_many(inputs), net.cost(inputs, targets, &regularization));
    if let Ok((_, gradient)) = net.cost_and_gradient(inputs, targets, &regularization) {
        if let Ok(mut descent) = GradientDescent::new(rate) {
            let _ = descent.step(&mut net, &gradient);
        }
        let settings = AdamSettings { rate, beta1: lambda, ..AdamSettings::default() };
        if let Ok(mut adam) = Adam::new(settings) {
            let _ = adam.step(&mut net, &gradient);
        }
    }
}

#[test]
fn no_panic_on_anything() {
    let strategy = (
        prop::collection::vec(any_value(), 8..=26),
        prop::collection::vec(prop::array::uniform3(any_value()), 1..4),
        prop::collection::vec(prop::array::uniform3(any_value()), 0..4),
        prop::array::uniform2(any_value()),
    );
    proptest!(config(), |((parameters, inputs, targets, rest) in strategy)| {
        let pairs: Vec<[f64; 2]> = targets.iter().map(|y| [y[0], y[1]]).collect();
        let parameters_of = |count: usize| &parameters[..count.min(parameters.len())];
        nothing_panics::<Binary>(parameters_of(26), &inputs, &pairs, rest);
        nothing_panics::<Classes>(parameters_of(12), &inputs, &targets, rest);
        nothing_panics::<Values>(parameters_of(8), &inputs, &pairs, rest);
        let _ = argmax(&parameters);
        let _ = constprop::place::<Binary>(parameters.len() * 1000);
    });
}

#[test]
fn debug_is_the_text_that_main_prints() {
    let error = Binary::seeded(0).cost(&[], &[], &NONE).unwrap_err();
    assert_eq!(format!("{error:?}"), "no examples: m must be at least 1");
    let failure: constprop::train::FitError = error.into();
    assert_eq!(format!("{failure:?}"), error.to_string());
}
