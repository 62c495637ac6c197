//! The network written by hand that the docs of `network!` print is the one the macro writes.

mod common;

#[path = "../src/macros/by_hand.rs"]
#[allow(missing_docs)]
mod by_hand;

use common::{Rows, Shape, cases, config};
use constprop::layer::{L1, L2, L3};
use constprop::prelude::*;
use constprop::{A, Delta};
use proptest::prelude::*;
use std::array::from_fn;

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

#[test]
fn constants_agree() {
    type Hand = by_hand::Article<f32>;
    type Macro = Article<f32>;
    assert_eq!(Hand::NAME, Macro::NAME);
    assert_eq!(Hand::SHAPES, Macro::SHAPES);
    assert_eq!(Hand::PARAMETERS, Macro::PARAMETERS);
    assert_eq!(Hand::BYTES, Macro::BYTES);
    assert_eq!(Macro::PARAMETERS, 20 + 24 + 10);
    assert_eq!(Macro::BYTES, 4 * 54);
    assert_eq!(Macro::FORWARD_FLOPS, 2 * (15 + 20 + 8));
    assert_eq!(Macro::GRADIENT_FLOPS, 2 * (2 * 15 + 3 * 20 + 3 * 8));
}

/// Every z, a and δ, J and every entry of ∇J, to the bit.
fn agree(case: &Rows) {
    let case = case.of::<Article>();
    let hand: by_hand::Article<f64> = case.net();
    let net: Article = case.net();
    assert_eq!(hand.theta2, net.theta2);
    for (x, y) in case.inputs.iter().zip(&case.targets) {
        let (by_hand, trace) = (hand.forward(x), net.forward(x));
        assert_eq!(by_hand.a1, trace.a1);
        assert_eq!((&by_hand.z2, &by_hand.a2), (&trace.z2, &trace.a2));
        assert_eq!((&by_hand.z3, &by_hand.a3), (&trace.z3, &trace.a3));
        assert_eq!((&by_hand.z4, &by_hand.a4), (&trace.z4, &trace.a4));
        let (hand_deltas, deltas) = (hand.backward(&by_hand, y), net.backward(&trace, y));
        assert_eq!(hand_deltas.delta4, deltas.delta4);
        assert_eq!(hand_deltas.delta3, deltas.delta3);
        assert_eq!(hand_deltas.delta2, deltas.delta2);
        assert_eq!(by_hand.cost(y), trace.cost(y));
    }
    let lambda = case.lambda.over();
    let (hand_j, hand) = hand.cost_and_gradient(&case.inputs, &case.targets, &lambda).unwrap();
    let (j, gradient) = net.cost_and_gradient(&case.inputs, &case.targets, &lambda).unwrap();
    assert_eq!(hand_j, j);
    assert_eq!(hand.parameters(), gradient.parameters());
}

#[test]
fn chains_agree() {
    proptest!(config(), |(case in cases(Shape::of::<Article>()))| agree(&case));
}

/// The article's lines typed one after the other, with no network at all.
#[test]
fn a_reader_types_the_article() {
    let mut theta1 = Theta::<L1, f64, 2, 3>::new([0.1, -0.2], [[0.3, 0.4, -0.5], [0.6, -0.7, 0.8]]);
    let theta2 = Theta::<L2, f64, 1, 2>::new([0.9], [[-1.0, 1.1]]);
    let y = [1.0];

    let a1 = A::from([1.0, 2.0, 3.0]);
    let z2 = &theta1 * &a1;
    let a2 = z2.activate::<Sigmoid>();
    let z3 = &theta2 * &a2;
    let a3 = z3.output::<Sigmoid>();

    let delta3: Delta<L3, f64, 1> = z3.delta::<CrossEntropy, Sigmoid>(&a3, &y);
    let delta2 = (theta2.transpose() * &delta3).hadamard(&z2.g_prime::<Sigmoid>(&a2));

    let mut big_delta1 = BigDelta::zeros();
    let mut big_delta2 = BigDelta::zeros();
    big_delta1 += &delta2 * a1.transpose();
    big_delta2 += &delta3 * a2.transpose();

    let sigma = |z: f64| 1.0 / (1.0 + (-z).exp());
    let z2_by_hand = [0.1 + 0.3 + 0.8 - 1.5, -0.2 + 0.6 - 1.4 + 2.4];
    let a2_by_hand = z2_by_hand.map(sigma);
    let a3_by_hand = sigma(0.9 - a2_by_hand[0] + 1.1 * a2_by_hand[1]);
    let d3 = a3_by_hand - 1.0;
    let d2 = [
        -d3 * a2_by_hand[0] * (1.0 - a2_by_hand[0]),
        1.1 * d3 * a2_by_hand[1] * (1.0 - a2_by_hand[1]),
    ];
    let expected1 =
        [d2[0], d2[1], d2[0], d2[1], 2.0 * d2[0], 2.0 * d2[1], 3.0 * d2[0], 3.0 * d2[1]];
    let expected2 = [d3, d3 * a2_by_hand[0], d3 * a2_by_hand[1]];
    let close = |found: &[f64], expected: &[f64]| {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15, "{found:e}, not {expected:e}");
        }
    };
    close(&big_delta1.unroll::<8>(), &expected1);
    close(&big_delta2.unroll::<3>(), &expected2);

    // ∂J/∂Θ⁽ˡ⁾, and a step with it.
    let (lambda, [_, bias2]) = (Regularization::article(0.5), [theta1.bias[0], theta2.bias[0]]);
    let before = theta1.unroll::<8>();
    let dj_dtheta1 = big_delta1.finish(&theta1, 2, &lambda);
    let decayed: [f64; 8] =
        from_fn(|i| expected1[i] / 2.0 + if i < 2 { 0.0 } else { 0.5 * before[i] });
    close(dj_dtheta1.parameters(), &decayed);
    theta1 -= &*dj_dtheta1 * 0.1;
    close(&theta1.unroll::<8>(), &from_fn::<_, 8, _>(|i| before[i] - 0.1 * decayed[i]));
    let dj_dtheta2 = big_delta2.finish(&theta2, 1, &lambda.with_bias());
    close(&[dj_dtheta2.bias[0]], &[d3 + 0.5 * bias2]);
}
