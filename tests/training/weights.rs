//! Weights of the examples that validate.

use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::train::{EarlyStopping, Fit};
use constprop::{Batch, Error};

network! {
    #[derive(Clone)]
    pub struct Tiny(3 => 1 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct Classes(3 => 6 Tanh => 2 Softmax) minimizing CategoricalCrossEntropy;
}

type Examples<Y> = (Vec<[f64; 3]>, Vec<Y>);

fn numbers(m: usize, seed: u64) -> Examples<[f64; 1]> {
    let mut rng = constprop::rng(seed);
    let x: Vec<[f64; 3]> =
        (0..m).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    let y = x.iter().map(|x| [x[0] - x[1] + 0.5 * x[2]]).collect();
    (x, y)
}

/// Of the examples that `Fit` splits off: one of weight 0 counts for nothing, whatever its y.
#[test]
fn an_example_of_weight_zero_decides_nothing() {
    let (x, mut y) = numbers(20, 1);
    let mut weights = vec![1.0; 20];
    (y[3], weights[3]) = ([1e6], 0.0);
    let mut without = 0;
    for seed in 0..20 {
        let run = |y: &[[f64; 1]], weights: Option<&[f64]>| {
            let mut net = Tiny::<f64>::zeros();
            let fit = Fit::new().epochs(40).batch(4).seed(seed).validation_split(0.3);
            let fit = match weights {
                Some(weights) => fit.weights(weights),
                None => fit,
            };
            let mut descent = GradientDescent::new(0.1).unwrap();
            fit.run(&mut net, &mut descent, &x, y).unwrap()
        };
        let history = run(&y, Some(&weights));
        let last = history.epochs().last().unwrap();
        assert!(last.validation_j.unwrap() < 0.05, "{seed}: {last:?}");
        // Its y is nowhere in the history.
        let mut other = y.clone();
        other[3] = [-7.0];
        assert_eq!(run(&other, Some(&weights)), history);
        without += usize::from(run(&y, None).epochs()[0].validation_j.unwrap() > 1e9);
    }
    // In some of the splits it validates.
    assert!((2..19).contains(&without), "{without}");
}

/// J of examples with weights is that of a `Batch`, and early stopping goes by it.
#[test]
fn validation_with_weights_is_j_of_a_batch() {
    let ((x, y), (vx, mut vy)) = (numbers(24, 2), numbers(9, 3));
    let mut weights: Vec<f64> = (0..9).map(|i| f64::from(i) / 4.0).collect();
    (vy[0], weights[5]) = ([1e6], 0.0);
    let mut net = Tiny::<f64>::zeros();
    let mut descent = GradientDescent::new(0.2).unwrap();
    let fit = Fit::new().epochs(30).batch(8).validation_weighted(&vx, &vy, &weights);
    let fit = fit.regularization(Regularization::article(0.1));
    let history =
        fit.early_stopping(EarlyStopping::patience(99)).run(&mut net, &mut descent, &x, &y);
    let history = history.unwrap();
    let mut workspace = Workspace::new();
    let batch = Batch::new(&vx, &vy).with_weights(&weights);
    let j = batch.cost_and_gradient(&net, &Regularization::none(), &mut workspace).unwrap().0;
    let best = history.best().unwrap();
    let found = history.epochs()[best - 1].validation_j.unwrap();
    assert!((found - j).abs() <= 1e-15 * j, "{found}, not {j}");
    let by_hand: f64 = vx
        .iter()
        .zip(&vy)
        .zip(&weights)
        .map(|((x, y), weight)| weight * 0.5 * (net.predict(x)[0] - y[0]).powi(2))
        .sum();
    assert!((found - by_hand / 9.0).abs() < 1e-12);
}

/// Those of classes belong to the cost: they hold for what validates, split off or not.
#[test]
fn class_weights_hold_for_what_validates() {
    let (x, _) = numbers(30, 4);
    let labels: Vec<usize> = x.iter().map(|x| usize::from(x[0] > 0.3)).collect();
    let y: Vec<[f64; 2]> = constprop::data::one_hot_all(&labels).unwrap();
    let (vx, vy, own) = (&x[..7], &y[..7], [1.0, 0.5, 2.0, 0.0, 1.0, 3.0, 1.5]);
    let of_class = [0.25, 4.0];
    let mut net = Classes::<f64>::seeded(1);
    let mut descent = GradientDescent::new(0.1).unwrap();
    let j_of = |net: &Classes<f64>, own: &[f64]| {
        let weights: Vec<f64> =
            own.iter().zip(&labels).map(|(own, &label)| own * of_class[label]).collect();
        let batch = Batch::new(vx, vy).with_weights(&weights);
        batch.cost_and_gradient(net, &Regularization::none(), &mut Workspace::new()).unwrap().0
    };
    for own in [None, Some(&own[..])] {
        let fit = Fit::new().epochs(2).class_weights(&of_class);
        let fit = match own {
            None => fit.validation(vx, vy),
            Some(own) => fit.validation_weighted(vx, vy, own),
        };
        let history = fit.run(&mut net, &mut descent, &x, &y).unwrap();
        let found = history.epochs()[1].validation_j.unwrap();
        let expected = j_of(&net, own.unwrap_or(&[1.0; 7]));
        assert!((found - expected).abs() <= 1e-15 * expected, "{found}, not {expected}");
    }
}

#[test]
fn weights_that_are_none_are_refused() {
    let ((x, y), (vx, vy)) = (numbers(10, 1), numbers(4, 2));
    let error = |weights: &[f64]| {
        let mut net = Tiny::<f64>::zeros();
        let fit = Fit::new().validation_weighted(&vx, &vy, weights);
        let mut descent = GradientDescent::new(0.1).unwrap();
        fit.run(&mut net, &mut descent, &x, &y).unwrap_err().error
    };
    assert_eq!(error(&[1.0; 3]), Error::WeightCounts { of: "examples", expected: 4, found: 3 });
    assert_eq!(error(&[1.0, 1.0, -1.0, 1.0]), Error::Weight { example: 2, value: -1.0 });
    let error = error(&[1.0, f64::NAN, 1.0, 1.0]);
    assert!(matches!(error, Error::Weight { example: 1, .. }), "{error}");
}
