//! The readable path by itself, as scalars other than `f32` and `f64` take it.

mod common;

use common::{CaseOf, agreement::random_case, compare, convert_all};
use constprop::gradient::BLOCK;
use constprop::prelude::*;
use num_dual::Dual64;

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Net(2 => 3 Tanh => 2 Sigmoid) minimizing CrossEntropy;
}

fn real_parts(gradient: &Gradient<Net<Dual64>>) -> Vec<f64> {
    gradient.parameters().iter().map(|entry| entry.re).collect()
}

/// One block, full ones, and one that is not: their sums are one sum, into a gradient of the
/// caller's and into that of the workspace.
#[test]
fn blocks_add_up() {
    for m in [1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 17] {
        let case: CaseOf<Net> = random_case::<Net>(m, 7);
        let net: Net = case.net();
        let (expected_j, expected) =
            net.cost_and_gradient(&case.inputs, &case.targets, &case.lambda.over()).unwrap();
        let expected = expected.parameters();

        let dual = net.cast::<Dual64>();
        let (inputs, targets) = (convert_all(&case.inputs), convert_all(&case.targets));
        let lambda = case.lambda.over();
        let (mut gradient, mut workspace) = (Gradient::<Net<Dual64>>::zeros(), Workspace::new());
        gradient.fill(Dual64::from_re(7.0));
        let j = dual
            .cost_and_gradient_into(&inputs, &targets, &lambda, &mut gradient, &mut workspace)
            .unwrap();
        assert!((j.re - expected_j).abs() < 1e-13, "m = {m}: J is {}, not {expected_j}", j.re);
        compare(Net::<f64>::SHAPES, &real_parts(&gradient), expected, &[1e-14; 2]);

        let mut moved = dual.clone();
        let mut descent = GradientDescent::new(Dual64::from_re(1.0)).unwrap();
        let j = descent.train(&mut moved, &inputs, &targets, &lambda, &mut workspace).unwrap();
        assert!((j.re - expected_j).abs() < 1e-13, "m = {m}: J is {}, not {expected_j}", j.re);
        let steps: Vec<f64> = net
            .parameters()
            .iter()
            .zip(moved.parameters())
            .map(|(before, after)| before - after.re)
            .collect();
        compare(Net::<f64>::SHAPES, &steps, expected, &[1e-14; 2]);
    }
}

/// ∂J/∂Θ after no example at all is what λ adds.
#[test]
fn a_gradient_of_no_examples() {
    let net = Net::<f64>::seeded(1);
    for regularization in [Regularization::article(3.0), Regularization::coursera(3.0)] {
        let mut sums = BigDeltas::<Net>::zeros();
        let gradient = sums.finish(&net, 0, &regularization.with_bias());
        for (slope, theta) in gradient.parameters().iter().zip(net.parameters()) {
            assert_eq!(*slope, 3.0 * theta);
        }
    }
}

#[test]
fn a_gradient_prints_its_network_and_entries() {
    network! {
        pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
    }
    let mut gradient = Gradient::<Line>::zeros();
    gradient.set_parameters(&[0.5, -2.0]).unwrap();
    assert_eq!(format!("{gradient:?}"), "Gradient<Line>[0.5, -2.0]");
}

/// λ prints as the call that makes it.
#[test]
fn regularization_prints_as_its_call() {
    let print = |regularization: Regularization<f64>| format!("{regularization:?}");
    assert_eq!(print(Regularization::article(0.5)), "Regularization::article(0.5)");
    let coursera = Regularization::coursera(3.0).with_bias();
    assert_eq!(print(coursera), "Regularization::coursera(3.0).with_bias()");
}

/// ∂J/∂Θ⁽ˡ⁾ of two costs together is the sum of theirs, bias and weights.
#[test]
fn slopes_of_two_costs_are_added() {
    network! {
        pub struct Two(2 => 3 Tanh => 1 Identity) minimizing HalfSquaredError;
    }
    let (net, none) = (Two::<f64>::seeded(1), Regularization::none());
    let of = |x, y| net.cost_and_gradient(&[x], &[y], &none).unwrap().1;
    let (mut sum, first, second) =
        (of([1.0, 2.0], [3.0]), of([1.0, 2.0], [3.0]), of([-1.0, 0.5], [0.0]));
    sum.theta1 += &second.theta1;
    sum.theta2 += &second.theta2;
    let parts = first.parameters().iter().zip(second.parameters());
    assert!(
        sum.parameters().iter().zip(parts).all(|(sum, (first, second))| *sum == first + second)
    );
    assert!(sum.parameters() != first.parameters());
}

/// Θ⁽ˡ⁾ ± α ∂J/∂Θ⁽ˡ⁾, entry by entry: uphill adds what a step takes.
#[test]
fn a_step_goes_uphill_or_down() {
    let (start, none) = (Net::<f64>::seeded(1), Regularization::none());
    let slopes = start.cost_and_gradient(&[[1.0, -2.0]], &[[1.0, 0.0]], &none).unwrap().1;
    let (mut up, mut down) = (start.clone(), start.clone());
    up.theta1 += 0.25 * &slopes.theta1;
    up.theta2 += 0.25 * &slopes.theta2;
    down.theta1 -= 0.25 * &slopes.theta1;
    down.theta2 -= 0.25 * &slopes.theta2;
    let moved = up.parameters().iter().zip(down.parameters());
    for ((theta, slope), (up, down)) in
        start.parameters().iter().zip(slopes.parameters()).zip(moved)
    {
        assert!(*slope != 0.0);
        assert_eq!((*up, *down), (theta + 0.25 * slope, theta - 0.25 * slope));
    }
}
