//! Initialization: the numbers of a seed are the same in every release, and of the right size.

use constprop::Output;
use constprop::prelude::*;

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Small(2 => 2 Tanh => 1 Relu) minimizing HalfSquaredError;
}

network! {
    pub struct Large(300 => 200 Identity) minimizing HalfSquaredError;
}

fn drawn(init: Init) -> Vec<f64> {
    let mut net = Small::zeros();
    net.initialize(init, &mut constprop::rng(42));
    net.parameters().to_vec()
}

#[track_caller]
fn pinned(found: &[f64], expected: &[f64]) {
    assert_eq!(found, expected, "the numbers of a seed have changed: {found:?}");
}

#[test]
fn values_are_stable() {
    pinned(
        Small::seeded(42).parameters(),
        &[
            0.0,
            0.0,
            0.44555285730650807,
            1.1029449925212633,
            -0.17754782772298303,
            0.3119682903084046,
            0.0,
            -0.7323322847170366,
            -1.2125780427919295,
        ],
    );
    pinned(
        &drawn(Init::HE),
        &[
            0.0,
            0.0,
            0.630106893556948,
            1.5597997669750625,
            -0.2510905459357244,
            0.4411897871844928,
            0.0,
            -0.7323322847170366,
            -1.2125780427919295,
        ],
    );
    pinned(
        &drawn(Init::LECUN),
        &[
            0.0,
            0.0,
            0.44555285730650807,
            1.1029449925212633,
            -0.17754782772298303,
            0.3119682903084046,
            0.0,
            -0.517837124605254,
            -0.8574221567760849,
        ],
    );
    pinned(
        &drawn(Init::EPSILON),
        &[
            0.44555285730650807,
            1.1029449925212633,
            -0.17754782772298303,
            0.3119682903084046,
            -0.517837124605254,
            -0.8574221567760849,
            -0.5429432880843721,
            0.8594819771512268,
            0.7672074091771347,
        ],
    );
    pinned(
        &drawn(Init::XAVIER.normal()),
        &[
            0.0,
            0.0,
            0.33798377491795095,
            0.9433303750765869,
            -0.14910526166726143,
            0.3368281400225693,
            0.0,
            -0.41812024203400977,
            -0.7625902105876842,
        ],
    );
    pinned(&drawn(Init::ZEROS), &[0.0; 9]);
}

#[test]
fn every_scalar_gets_the_same_numbers() {
    let (single, double) = (Small::<f32>::seeded(3), Small::<f64>::seeded(3));
    for (single, double) in single.parameters().iter().zip(double.parameters()) {
        assert_eq!(*single, *double as f32);
    }
    assert_eq!(*Small::<f64>::boxed_seeded(3), double);
}

#[test]
fn defaults_come_from_the_activation() {
    let inits: Vec<Init> = Small::<f64>::SHAPES.iter().map(|shape| shape.init).collect();
    assert_eq!(inits, [Init::XAVIER, Init::HE]);
    assert_eq!(Large::<f64>::SHAPES[0].init, Init::LECUN);
}

/// Xavier's where g is like tanh around 0, He's where it halves its input, LeCun's where it is the
/// identity.
#[test]
fn every_activation_has_its_default() {
    fn init<H: Output>() -> Init {
        H::INIT
    }
    assert_eq!([init::<Sigmoid>(), init::<Tanh>(), init::<Softmax>()], [Init::XAVIER; 3]);
    assert_eq!([init::<Relu>(), init::<LeakyRelu>(), init::<Elu>()], [Init::HE; 3]);
    assert_eq!([init::<Gelu>(), init::<Silu>(), init::<Softplus>()], [Init::HE; 3]);
    assert_eq!(init::<Identity>(), Init::LECUN);
}

/// 60,000 draws: mean and variance to within a few of their own standard errors, and uniform
/// ones within their bound.
#[test]
fn scales_are_those_of_the_papers() {
    for (init, variance, with_bias) in [
        (Init::XAVIER, 2.0 / 500.0, false),
        (Init::HE, 2.0 / 300.0, false),
        (Init::LECUN, 1.0 / 300.0, false),
        (Init::EPSILON, 2.0 / 500.0, true),
    ] {
        for (init, uniform) in [(init, true), (init.normal(), false)] {
            let mut net = Large::<f64>::boxed();
            net.initialize(init, &mut constprop::rng(1));
            let weights = net.theta1.weights.as_slice();
            let mean = weights.iter().sum::<f64>() / 60_000.0;
            let found = weights.iter().map(|w| w * w).sum::<f64>() / 60_000.0;
            assert!(mean.abs() < 4.0 * (variance / 60_000.0_f64).sqrt(), "{init:?}: mean {mean}");
            assert!((found / variance - 1.0).abs() < 0.02, "{init:?}: variance {found}");
            let bound = (3.0 * variance).sqrt();
            assert_eq!(weights.iter().all(|w| w.abs() <= bound), uniform, "{init:?}");
            assert_eq!(net.theta1.bias.iter().any(|&b| b != 0.0), with_bias, "{init:?}");
        }
    }
}
