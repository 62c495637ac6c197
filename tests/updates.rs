//! Update: steps against their formulas, evaluated elsewhere to more digits.

#![allow(clippy::excessive_precision, reason = "figures stand as they were computed")]

use constprop::prelude::*;

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Pair(1 => 1 Identity) minimizing HalfSquaredError;
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
