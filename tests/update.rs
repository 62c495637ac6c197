//! Update: steps against their formulas, evaluated elsewhere to more digits.

#![allow(clippy::excessive_precision, reason = "figures stand as they were computed")]

mod common;
#[path = "update/learning.rs"]
mod learning;

use common::agreement::{a_step_is_gradient_and_step, on_every_set, random_case};
use common::convert_all;
use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::{Clip, Error, Plateau, RealField, Sample, Schedule};
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
    on_every_set(|_| {
        let (mut left, mut right) = (Pair::<f64>::seeded(1), Pair::<f64>::seeded(1));
        let mut by_value = Adam::<Pair>::new(AdamSettings::default()).unwrap();
        let mut boxed = Adam::<Pair>::boxed(AdamSettings::default()).unwrap();
        for step in [[0.5, -0.25], [-0.1, 0.3]] {
            by_value.step(&mut left, &gradient(step)).unwrap();
            boxed.step(&mut right, &gradient(step)).unwrap();
        }
        assert_eq!(left, right);
    });
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

/// θ = (1, −2), gradients (0.5, −0.25), (−0.1, 0.3), (2, 0.001), (0, −1.5); the figures are PyTorch's
/// (2.15, `scripts/step-sequences.py`). Its AdamW divides by roots in another order, so that the
/// last digits may differ.
fn follows_pytorch(mut optimizer: impl Optimizer<Pair<f64>>, expected: [[f64; 2]; 4]) {
    let mut net = Pair::new(Theta::new([1.0], [[-2.0]]));
    let steps = [[0.5, -0.25], [-0.1, 0.3], [2.0, 0.001], [0.0, -1.5]];
    for (step, expected) in steps.into_iter().zip(expected) {
        optimizer.step(&mut net, &gradient(step)).unwrap();
        for (found, expected) in net.parameters().iter().zip(expected) {
            assert!((found - expected).abs() < 4e-15, "{found:.17}, not {expected:.17}");
        }
    }
}

#[test]
fn momentum_follows_pytorch() {
    follows_pytorch(
        Momentum::new(0.1, 0.9).unwrap(),
        [
            [0.95, -1.975],
            [0.9149999999999999, -1.9825000000000002],
            [0.6834999999999999, -1.9893500000000002],
            [0.4751499999999999, -1.8455150000000002],
        ],
    );
    follows_pytorch(
        Momentum::new(0.1, 0.9).unwrap().nesterov(),
        [
            [0.905, -1.9525],
            [0.8835000000000001, -1.98925],
            [0.4751500000000001, -1.995515],
            [0.2876350000000001, -1.7160635],
        ],
    );
}

#[test]
fn adagrad_follows_pytorch() {
    follows_pytorch(
        Adagrad::new(AdagradSettings { rate: 0.1, ..Default::default() }).unwrap(),
        [
            [0.90000000002, -1.90000000004],
            [0.9196116135299722, -1.9768221279800653],
            [0.8227112969123652, -1.9770782009002836],
            [0.8227112969123652, -1.8803040274984446],
        ],
    );
}

#[test]
fn rms_prop_follows_pytorch() {
    follows_pytorch(
        RmsProp::new(RmsPropSettings { rate: 0.1, ..Default::default() }).unwrap(),
        [
            [1.9999996048181146e-07, -1.0000003999998404],
            [0.19706601679787525, -1.7698005613885273],
            [-0.7725148124352191, -1.7723794803838089],
            [-0.7725148124352191, -0.8039023897474494],
        ],
    );
}

#[test]
fn adam_w_follows_pytorch() {
    follows_pytorch(
        AdamW::new(AdamSettings { rate: 0.1, ..Default::default() }, 0.3).unwrap(),
        [
            [0.8700000019999999, -1.8400000039999997],
            [0.7927973956393238, -1.7990944764277468],
            [0.6973585017880519, -1.756334972731621],
            [0.6177423538322634, -1.649713976219723],
        ],
    );
}

/// One step from 0 with a gradient, then others with 1.
fn steps_after<N: Network>(
    mut optimizer: impl Optimizer<N>,
    first: f64,
    others: usize,
) -> [Vec<N::Scalar>; 2] {
    let (mut net, mut gradient) = (N::boxed(), Gradient::<N>::boxed());
    gradient.fill(nalgebra::convert(first));
    optimizer.step(&mut *net, &gradient).unwrap();
    let after = net.parameters().to_vec();
    gradient.fill(nalgebra::one());
    for _ in 0..others {
        optimizer.step(&mut *net, &gradient).unwrap();
    }
    [after, net.parameters().to_vec()]
}

/// The square of a gradient that is too large for it counts as the largest there is: the step is that of
/// any large gradient, and the parameter moves again when the mean has forgotten it. Every optimizer
/// that squares, in registers and number by number, up to the end of the scalar's range.
#[test]
fn a_gradient_whose_square_overflows_freezes_nothing() {
    fn all<N: Network>(sizes: [f64; 5]) {
        let half = nalgebra::convert::<f64, N::Scalar>(0.5);
        let [rate, beta1, beta2, rho] = [&half; 4];
        let settings = || AdamSettings {
            rate: rate.clone(),
            beta1: beta1.clone(),
            beta2: beta2.clone(),
            ..AdamSettings::default()
        };
        let rms_prop =
            || RmsPropSettings { rate: rate.clone(), rho: rho.clone(), ..Default::default() };
        let of = |size: f64, others: usize| {
            let adam_w = AdamW::<N>::boxed(settings(), nalgebra::zero()).unwrap();
            [
                steps_after::<N>(Adam::<N>::boxed(settings()).unwrap(), size, others),
                steps_after::<N>(adam_w, size, others),
                steps_after::<N>(RmsProp::<N>::boxed(rms_prop()).unwrap(), size, others),
            ]
        };
        for size in sizes.into_iter().flat_map(|size| [size, -size]) {
            let number = |x: &N::Scalar| nalgebra::try_convert::<_, f64>(x.clone()).unwrap();
            let usual = of(1e3_f64.copysign(size), 0);
            for ([large, moved], [usual, _]) in of(size, 3000).iter().zip(usual) {
                for (large, usual) in large.iter().zip(&usual) {
                    let (large, usual) = (number(large), number(usual));
                    assert!((large / usual - 1.0).abs() < 1e-6, "{size:e}: {large}, not {usual}");
                }
                for (moved, large) in moved.iter().zip(large) {
                    let moved = number(moved) - number(large);
                    assert!(moved < -100.0 && moved.is_finite(), "{size:e}: {moved}");
                }
            }
        }
    }
    on_every_set(|_| {
        all::<InRegisters<f32>>([1e18, 1e19, 2e19, 1e20, f64::from(f32::MAX)]);
        all::<InTiles<f32>>([1e18, 1e19, 2e19, 1e20, f64::from(f32::MAX)]);
        all::<InTiles<f64>>([1e150, 1e153, 1e155, 1e300, f64::MAX]);
    });
    all::<Pair<Dual64>>([1e150, 1e153, 1e155, 1e300, f64::MAX]);
}

/// Adagrad's sum only grows: however often a gradient was too large, it stays a number.
#[test]
fn adagrad_s_sum_stays_finite() {
    on_every_set(|_| {
        for size in [1e18_f32, 1e19, f32::MAX] {
            let settings = AdagradSettings { rate: 0.5, ..Default::default() };
            let mut adagrad = Adagrad::<InRegisters<f32>>::new(settings).unwrap();
            let (mut net, mut gradient) =
                (InRegisters::<f32>::zeros(), Gradient::<InRegisters<f32>>::zeros());
            gradient.fill(size);
            for step in 1..=400 {
                let before = net.parameters().to_vec();
                adagrad.step(&mut net, &gradient).unwrap();
                for (now, before) in net.parameters().iter().zip(before) {
                    // α/√t, until the sum is as large as can be.
                    let (moved, least) = (before - now, 0.5 / (step as f32).sqrt());
                    assert!(moved > 0.9 * least && moved <= 0.51, "{size:e}, {step}: {moved}");
                }
            }
            adagrad.visit_state(&mut |_, s| assert!(s.iter().all(|s| s.is_finite())));
        }
    });
}

/// In registers and number by number, in one call and in two, by value and on the heap.
#[test]
fn every_optimizer_trains_as_it_steps() {
    fn same<N: Network>(
        mut left: impl Optimizer<N>,
        mut right: impl Optimizer<N>,
        (inputs, targets): (&[N::Input], &[N::Target]),
    ) {
        let [mut by_train, mut by_step] = [N::boxed_seeded(3), N::boxed_seeded(3)];
        let (lambda, mut workspace) = (Regularization::none(), Workspace::boxed());
        for _ in 0..3 {
            left.train(&mut *by_train, inputs, targets, &lambda, &mut workspace).unwrap();
            let (_, gradient) = by_step.cost_and_gradient(inputs, targets, &lambda).unwrap();
            right.step(&mut *by_step, &gradient).unwrap();
        }
        assert!(by_train.parameters() == by_step.parameters());
        assert!(by_train.parameters() != N::boxed_seeded(3).parameters());
    }
    fn all<N: Network>() {
        let mut rng = constprop::rng(1);
        let mut number = || nalgebra::convert::<f64, N::Scalar>(rng.random_range(0.0..1.0));
        let inputs: Vec<_> = (0..5).map(|_| N::Input::from_fn(|_| number())).collect();
        let targets: Vec<_> = (0..5).map(|_| N::Target::from_fn(|_| number())).collect();
        let examples = (&inputs[..], &targets[..]);
        let [rate, beta, decay] = [0.01, 0.9, 0.1].map(nalgebra::convert);
        let [rate, beta, decay] = [&rate, &beta, &decay].map(N::Scalar::clone);
        let momentum = |_| Momentum::<N>::boxed(rate.clone(), beta.clone()).unwrap();
        same::<N>(momentum(()), momentum(()), examples);
        same::<N>(momentum(()).nesterov(), momentum(()).nesterov(), examples);
        let adagrad = |_| Adagrad::<N>::boxed(AdagradSettings::default()).unwrap();
        same::<N>(adagrad(()), adagrad(()), examples);
        let rms_prop = |_| RmsProp::<N>::boxed(RmsPropSettings::default()).unwrap();
        same::<N>(rms_prop(()), rms_prop(()), examples);
        let adam_w = |_| AdamW::<N>::boxed(AdamSettings::default(), decay.clone()).unwrap();
        same::<N>(adam_w(()), adam_w(()), examples);
    }
    on_every_set(|_| {
        all::<InRegisters<f32>>();
        all::<InTiles<f64>>();
        all::<PartByPart<f32>>();
    });
    all::<InTiles<Dual64>>();
}

#[test]
fn settings_are_checked() {
    let message = |error: Error| error.to_string();
    let error = Momentum::<Pair<f64>>::new(0.1, 1.0).unwrap_err();
    assert_eq!(message(error), "beta is 1; it must be from 0 to below 1");
    let error = Momentum::<Pair<f64>>::new(f64::NAN, 0.5).unwrap_err();
    assert_eq!(message(error), "learning rate is NaN; it must be finite and greater than 0");
    let settings = RmsPropSettings { rho: -0.1, ..Default::default() };
    let error = RmsProp::<Pair<f64>>::new(settings).unwrap_err();
    assert_eq!(message(error), "rho is -0.1; it must be from 0 to below 1");
    let settings = AdagradSettings { epsilon: 0.0, ..Default::default() };
    let error = Adagrad::<Pair<f64>>::new(settings).unwrap_err();
    assert_eq!(message(error), "epsilon is 0; it must be finite and greater than 0");
    let error = AdamW::<Pair<f64>>::new(AdamSettings::default(), f64::INFINITY).unwrap_err();
    assert_eq!(message(error), "weight decay is inf; it must be finite and not negative");
    let settings = RmsPropSettings { epsilon: 0.0, ..Default::default() };
    assert_eq!(
        message(RmsProp::<Pair>::new(settings).unwrap_err()),
        "epsilon is 0; it must be finite and greater than 0"
    );
    assert!(Schedule::one_cycle(10.0, 0.0).is_err());
    let error = Schedule::one_cycle(10.0, 10.0).unwrap_err();
    assert_eq!(
        message(error),
        "schedule: rise is 10; it must be greater than 0 and below the length"
    );
    assert!(Schedule::step(0.0, 0.5).is_err() && Schedule::step(1.0, 0.0).is_err());
    assert!(Schedule::exponential(1.1).is_err() && Schedule::inverse(-1.0).is_err());
    assert!(Schedule::cosine(f64::NAN).is_err() && Schedule::constant().down_to(2.0).is_err());
    assert!(Schedule::constant().with_warm_up(f64::INFINITY).is_err());
    assert!(Plateau::new(0.0, 3).is_err() && Plateau::new(1.0, 3).is_err());
    assert!(Plateau::new(0.5, 3).unwrap().down_to(-1.0).is_err());
    assert!(Clip::norm(0.0).is_err() && Clip::value(f64::NAN).is_err());
}

/// The rates of twelve epochs are PyTorch's (2.15, `scripts/step-sequences.py`).
#[test]
fn schedules_follow_pytorch() {
    let follows = |schedule: Schedule, expected: [f64; 12]| {
        for (t, expected) in (0..12).zip(expected) {
            let found = schedule.factor(f64::from(t));
            assert!((found - expected).abs() < 1e-14, "t = {t}: {found:.17}, not {expected:.17}");
        }
    };
    follows(
        Schedule::step(4.0, 0.3).unwrap(),
        [1.0, 1.0, 1.0, 1.0, 0.3, 0.3, 0.3, 0.3, 0.09, 0.09, 0.09, 0.09],
    );
    follows(
        Schedule::exponential(0.8).unwrap(),
        [
            1.0,
            0.8,
            0.6400000000000001,
            0.5120000000000001,
            0.40960000000000013,
            0.32768000000000014,
            0.2621440000000001,
            0.2097152000000001,
            0.1677721600000001,
            0.13421772800000006,
            0.10737418240000006,
            0.08589934592000005,
        ],
    );
    follows(
        Schedule::inverse(0.25).unwrap(),
        [
            1.0,
            0.8,
            0.6666666666666666,
            0.5714285714285714,
            0.5,
            0.4444444444444444,
            0.4,
            0.36363636363636365,
            0.3333333333333333,
            0.3076923076923077,
            0.2857142857142857,
            0.26666666666666666,
        ],
    );
    follows(
        Schedule::cosine(11.0).unwrap().down_to(0.1).unwrap(),
        [
            1.0,
            0.9817718381265239,
            0.9285640897740316,
            0.8446873302753785,
            0.7369367558508491,
            0.6140416772229783,
            0.4859583227770218,
            0.36306324414915125,
            0.25531266972462185,
            0.17143591022596855,
            0.1182281618734762,
            0.1,
        ],
    );
    follows(
        Schedule::one_cycle(11.0, 5.0).unwrap(),
        [
            0.040000000000000036,
            0.1316718427000253,
            0.3716718427000253,
            0.6683281572999747,
            0.9083281572999747,
            1.0,
            0.9330129698414118,
            0.750001,
            0.500002,
            0.2500030000000001,
            0.06699103015858822,
            4e-06,
        ],
    );
    let warm = Schedule::step(4.0, 0.5).unwrap().with_warm_up(5.0).unwrap();
    assert_eq!([0.0, 2.5, 4.5, 5.0].map(|t| warm.factor(t)), [0.0, 0.5, 0.45, 0.5]);
    // Before the beginning and behind the end.
    assert_eq!(Schedule::cosine(3.0).unwrap().factor(-1.0), 1.0);
    assert_eq!(Schedule::cosine(3.0).unwrap().down_to(0.25).unwrap().factor(99.0), 0.25);
    assert_eq!(Schedule::constant().factor(f64::NAN), 1.0);
}

/// J of twelve epochs, and the rates that PyTorch's `ReduceLROnPlateau` has after each.
#[test]
fn plateau_follows_pytorch() {
    let mut plateau = Plateau::new(0.5, 1).unwrap().with_cooldown(1).down_to(0.2).unwrap();
    let j = [3.0, 2.0, 1.9999, 2.5, 2.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, f64::NAN];
    let rates = [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2];
    for (epoch, (j, rate)) in j.into_iter().zip(rates).enumerate() {
        assert_eq!(plateau.observe(j), rate, "epoch {epoch}");
    }
    assert_eq!(plateau.current(), 0.2);
}

#[test]
fn a_norm_neither_overflows_nor_vanishes() {
    for size in [1e-300, 1e-20, 1.0, 1e20, 1e300] {
        let norm = gradient([3.0 * size, -4.0 * size]).norm();
        assert!((norm / (5.0 * size) - 1.0).abs() < 1e-15, "{norm:e} of size {size:e}");
    }
    for size in [1e-38_f32, 1e-30, 1e-19, 1e-16, 1.0, 1e16, 1e19, 5e37] {
        let norm = singles([3.0 * size, -4.0 * size, 0.0, 0.0]).norm();
        assert!((norm / (5.0 * size) - 1.0).abs() < 4e-7, "{norm:e} of size {size:e}");
    }
    assert_eq!(gradient([0.0, 0.0]).norm(), 0.0);
    assert_eq!(gradient([5e-324, 0.0]).norm(), 5e-324);
    assert_eq!(gradient([f64::INFINITY, 1.0]).norm(), f64::INFINITY);
    assert!(gradient([1.0, f64::NAN]).norm().is_nan());
    assert!(gradient([0.0, f64::NAN]).norm().is_nan());
    assert!(gradient([f64::INFINITY, f64::NAN]).norm().is_nan());
    assert_eq!(singles([3e38, 3e38, 0.0, 0.0]).norm(), f32::INFINITY);
}

network! {
    pub struct Four(3 => 1 Identity) minimizing HalfSquaredError;
}

fn singles(entries: [f32; 4]) -> Gradient<Four<f32>> {
    let mut gradient = Gradient::<Four<f32>>::zeros();
    gradient.set_parameters(&entries).unwrap();
    gradient
}

/// However large or small: also where the norm, or what entries are multiplied with, is none of the
/// scalar's numbers.
#[test]
fn a_gradient_of_any_size_is_clipped_to_the_norm() {
    let root = 0.5_f32.sqrt();
    let singles = |most: f32, entries: [f32; 4], expected: [f32; 4]| {
        let mut gradient = singles(entries);
        Clip::norm(most).unwrap().apply(&mut gradient);
        for (found, expected) in gradient.parameters().iter().zip(expected) {
            // A subnormal number has a few digits.
            let tolerance = 3e-7 * expected.abs() + 2.0 * f32::from_bits(1);
            assert!((found - expected).abs() <= tolerance, "{found:e}, not {expected:e}");
        }
    };
    singles(1.0, [3e38, 3e38, 0.0, 0.0], [root, root, 0.0, 0.0]);
    singles(1.0, [3e38, -3e38, 3e38, 3e38], [0.5, -0.5, 0.5, 0.5]);
    singles(1e-8, [3e38, 0.0, 0.0, 0.0], [1e-8, 0.0, 0.0, 0.0]);
    singles(1e38, [3e38, 3e38, 3e38, 3e38], [5e37; 4]);
    singles(1e-30, [1e15, 0.0, 0.0, -1e15], [1e-30 * root, 0.0, 0.0, -1e-30 * root]);
    singles(1e-40, [1e19, 0.0, 0.0, 0.0], [1e-40, 0.0, 0.0, 0.0]);
    singles(1e-40, [3e-40, 4e-40, 0.0, 0.0], [6e-41, 8e-41, 0.0, 0.0]);
    singles(1.0, [1e-40, 1e-38, 1e-20, 0.0], [1e-40, 1e-38, 1e-20, 0.0]);
    singles(3e38, [1e38, 1e38, 1e38, 1e38], [1e38; 4]);
    for size in [1e-300, 1e-150, 1.0, 1e150, 1e300, 1.7e307] {
        for most in [1e-300, 1e-10, 1.0] {
            if most > 10.0 * size {
                continue;
            }
            let mut large = gradient([6.0 * size, -8.0 * size]);
            Clip::norm(most).unwrap().apply(&mut large);
            for (found, share) in large.parameters().iter().zip([0.6, -0.8]) {
                let expected = most.min(10.0 * size) * share;
                assert!((found / expected - 1.0).abs() < 1e-15, "{found:e}, not {expected:e}");
            }
        }
    }
}

#[test]
fn clipping_leaves_alone_what_is_small_and_what_is_no_number() {
    let clipped = |clip: Clip<f64>, entries| {
        let mut gradient = gradient(entries);
        clip.apply(&mut gradient);
        [gradient.parameters()[0], gradient.parameters()[1]]
    };
    assert_eq!(clipped(Clip::norm(5.0).unwrap(), [3.0, -4.0]), [3.0, -4.0]);
    assert_eq!(clipped(Clip::norm(2.5).unwrap(), [3.0, -4.0]), [1.5, -2.0]);
    assert_eq!(clipped(Clip::value(3.5).unwrap(), [3.0, -4.0]), [3.0, -3.5]);
    assert_eq!(clipped(Clip::value(2.0).unwrap(), [3.0, -4.0]), [2.0, -2.0]);
    for clip in [Clip::norm(1.0).unwrap(), Clip::value(1.0).unwrap()] {
        let found = clipped(clip, [f64::NEG_INFINITY, 0.5]);
        assert_eq!(found, [f64::NEG_INFINITY, 0.5]);
        assert!(clipped(clip, [f64::NAN, 0.5])[0].is_nan());
    }
}

/// What an optimizer shows of itself is all that another needs to go on; so is a clone.
#[test]
fn a_state_that_is_moved_goes_on() {
    fn moved<O: Optimizer<Pair<f64>> + Clone>(make: impl Fn() -> O, names: &[&str]) {
        let (mut first, mut second) = (make(), make());
        let mut net = Pair::new(Theta::new([1.0], [[-2.0]]));
        first.step(&mut net, &gradient([0.5, -0.25])).unwrap();
        first.step(&mut net, &gradient([-0.1, 0.3])).unwrap();
        let mut parts = Vec::new();
        first.visit_state(&mut |name, part| parts.push((name, part.to_vec())));
        let found: Vec<&str> = parts.iter().map(|part| part.0).collect();
        assert_eq!(found, names);
        let mut left = parts.into_iter();
        second.visit_state(&mut |name, part| {
            let (expected, numbers) = left.next().unwrap();
            assert_eq!((name, part.len()), (expected, numbers.len()));
            part.copy_from_slice(&numbers);
        });
        let (third, before) = (first.clone(), net.clone());
        first.step(&mut net, &gradient([2.0, 0.001])).unwrap();
        for mut other in [second, third] {
            let mut copy = before.clone();
            other.step(&mut copy, &gradient([2.0, 0.001])).unwrap();
            assert_eq!(net, copy);
        }
    }
    on_every_set(|_| {
        moved(|| GradientDescent::new(0.1).unwrap(), &[]);
        moved(|| Momentum::new(0.1, 0.9).unwrap(), &["momentum.v"]);
        moved(|| Adagrad::new(AdagradSettings::default()).unwrap(), &["adagrad.s"]);
        moved(|| RmsProp::new(RmsPropSettings::default()).unwrap(), &["rmsprop.s"]);
        let adam = ["adam.m", "adam.v", "adam.beta1_to_t", "adam.beta2_to_t"];
        moved(|| Adam::new(AdamSettings::default()).unwrap(), &adam);
        moved(|| AdamW::new(AdamSettings::default(), 0.1).unwrap(), &adam);
    });
}

/// As the optimizer's own, and as every optimizer's.
#[test]
fn a_rate_is_taken_and_given() {
    fn rates<O: Optimizer<Pair<f64>>>(mut optimizer: O, first: f64) {
        assert_eq!(optimizer.rate(), first);
        optimizer.set_rate(0.5).unwrap();
        assert_eq!(optimizer.rate(), 0.5);
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(optimizer.set_rate(rate), Err(Error::Setting { .. })));
            assert_eq!(optimizer.rate(), 0.5);
        }
        let mut net = Pair::new(Theta::new([0.0], [[0.0]]));
        optimizer.step(&mut net, &gradient([1.0, 0.0])).unwrap();
        assert!(net.theta1.bias[0] < -0.4, "{}", net.theta1.bias[0]);
    }
    rates(GradientDescent::new(0.1).unwrap(), 0.1);
    rates(Momentum::new(0.1, 0.9).unwrap(), 0.1);
    rates(Adagrad::new(AdagradSettings::default()).unwrap(), 0.01);
    rates(RmsProp::new(RmsPropSettings::default()).unwrap(), 0.01);
    rates(Adam::new(AdamSettings::default()).unwrap(), 0.001);
    rates(AdamW::new(AdamSettings::default(), 0.0).unwrap(), 0.001);
    let momentum = Momentum::<Pair<f64>>::new(0.25, 0.9).unwrap();
    assert_eq!(*momentum.rate(), 0.25);
    let adagrad = Adagrad::<Pair<f64>>::new(AdagradSettings::default()).unwrap();
    assert_eq!(*adagrad.rate(), 0.01);
    let rms_prop = RmsProp::<Pair<f64>>::new(RmsPropSettings::default()).unwrap();
    assert_eq!(*rms_prop.rate(), 0.01);
    let adam_w = AdamW::<Pair<f64>>::new(AdamSettings::default(), 0.0).unwrap();
    assert_eq!(*adam_w.rate(), 0.001);
}

/// J has to fall below (1 - 1e-4) of its least, not only to it; the state is all that is remembered.
#[test]
fn a_plateau_goes_on_from_its_state() {
    let mut plateau = Plateau::new(0.5, 0).unwrap();
    let edge = 2.0 * (1.0 - 1e-4);
    assert_eq!([2.0, edge, edge - 1e-15].map(|j| plateau.observe(j)), [1.0, 0.5, 0.5]);
    assert_eq!(plateau.state(), [edge - 1e-15, 0.0, 0.0, 0.5]);

    let mut plateau = Plateau::new(0.5, 2).unwrap().with_cooldown(3);
    for j in [3.0, 1.0, 2.0, 2.0, 2.0, 2.0] {
        plateau.observe(j);
    }
    assert_eq!(plateau.state(), [1.0, 0.0, 2.0, 0.5]);
    let mut other = Plateau::new(0.5, 2).unwrap().with_cooldown(3);
    other.restore(plateau.state());
    assert_eq!(other, plateau);
    for j in [2.0; 20] {
        assert_eq!(other.observe(j), plateau.observe(j));
    }
    // What it cannot have given does no harm.
    other.restore([f64::NAN, 1e300, -1.0, 1e-320]);
    assert!(other.observe(1.0) > 0.0);
    // However long it takes.
    let mut plateau = Plateau::new(0.01, 0).unwrap();
    assert!((0..400).map(|_| plateau.observe(1.0)).all(|factor| factor > 0.0));
}

/// What λ makes of squares that have no number of their own.
#[test]
fn a_penalty_neither_overflows_nor_vanishes() {
    let mut net = Four::<f32>::zeros();
    let cases = [
        (1e-30, [3e25, -4e25, 0.0], 1.25e21),
        (1e-38, [3e37, 4e37, 0.0], 1.25e37),
        (1e-40, [1.0, 1e30, 0.0], 5e19),
        (1e30, [3e-25, 4e-25, 1e-40], 1.25e-19),
        (1e38, [0.0, 1e-22, 1e-30], 5e-7),
        (2.0, [3.0, 4.0, 0.0], 25.0),
        (2.0, [0.0, 0.0, 0.0], 0.0),
        (1.0, [1e30, 0.0, 0.0], f32::INFINITY),
    ];
    for (lambda, weights, expected) in cases {
        net.theta1.weights.copy_from_slice(&weights);
        let found = Regularization::article(lambda).penalty(&net, 1);
        // 1e-40 has five digits.
        let close = (found - expected).abs() <= 1e-5 * expected;
        assert!(found == expected || close, "{found:e}, not {expected:e}");
    }
    net.theta1.weights[1] = f32::NAN;
    assert!(Regularization::article(1.0).penalty(&net, 1).is_nan());
    assert_eq!(Regularization::none().penalty(&net, 1), 0.0);
}

/// A penalty that overflows is no J to train by.
#[test]
fn a_penalty_that_overflows_is_refused() {
    let mut net = InRegisters::<f32>::seeded(1);
    net.parameters_mut()[4] = 1e30;
    let before = net.parameters().to_vec();
    let mut workspace = Workspace::new();
    let lambda = Regularization::article(1.0);
    let mut descent = GradientDescent::new(0.1_f32).unwrap();
    let error = descent.train(&mut net, &[[0.0; 2]], &[[0.5]], &lambda, &mut workspace);
    assert_eq!(error, Err(Error::CostNotFinite { value: f64::INFINITY }));
    assert_eq!(net.parameters(), before);
}

/// Every setting by its name, so that a training that is resumed can compare them.
#[test]
fn settings_are_shown() {
    let shown = |optimizer: &dyn Optimizer<Pair>| {
        let mut shown = String::new();
        optimizer.visit_settings(&mut |name, value| shown += &format!("{name} {value}; "));
        shown
    };
    assert_eq!(shown(&GradientDescent::new(0.5).unwrap()), "descent.rate 0.5; ");
    let momentum = Momentum::new(0.5, 0.25).unwrap();
    assert_eq!(shown(&momentum), "momentum.rate 0.5; momentum.beta 0.25; ");
    assert_eq!(shown(&momentum.nesterov()), "nesterov.rate 0.5; momentum.beta 0.25; ");
    let adagrad = Adagrad::new(AdagradSettings { rate: 0.5, epsilon: 0.25 }).unwrap();
    assert_eq!(shown(&adagrad), "adagrad.rate 0.5; adagrad.epsilon 0.25; ");
    let rms_prop = RmsProp::new(RmsPropSettings { rate: 0.5, rho: 0.75, epsilon: 0.25 }).unwrap();
    assert_eq!(shown(&rms_prop), "rmsprop.rate 0.5; rmsprop.rho 0.75; rmsprop.epsilon 0.25; ");
    let settings = AdamSettings { rate: 0.5, beta1: 0.75, beta2: 0.875, epsilon: 0.25 };
    let adam = "adam.rate 0.5; adam.beta1 0.75; adam.beta2 0.875; adam.epsilon 0.25; ";
    assert_eq!(shown(&Adam::new(settings.clone()).unwrap()), adam);
    let decayed = AdamW::new(settings, 2.0).unwrap();
    assert_eq!(shown(&decayed), format!("{adam}adamw.decay 2; "));
}
