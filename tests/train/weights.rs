//! Weights of the examples that validate.

use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::train::{EarlyStopping, Fit};
use constprop::{Batch, Error, ExampleFault};

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
    let (of, expected) = ("examples that validate", 4);
    assert_eq!(error(&[1.0; 3]), Error::WeightCounts { of, expected, found: 3 });
    let fault = ExampleFault::Weight { example: 2, value: -1.0 };
    assert_eq!(error(&[1.0, 1.0, -1.0, 1.0]), Error::Validation(fault));
    let fault = error(&[1.0, f64::NAN, 1.0, 1.0]);
    assert!(matches!(fault, Error::Validation(ExampleFault::Weight { example: 1, .. })), "{fault}");
    assert_eq!(error(&[0.0; 4]), Error::Validation(ExampleFault::NoWeight));
}

/// Two sets of examples are counted from 0 each: a message says whose number it is.
#[test]
fn what_is_wrong_with_what_validates_is_said_of_that() {
    let (x, _) = numbers(10, 4);
    let labels: Vec<usize> = (0..10).map(|i| i % 2).collect();
    let y: Vec<[f64; 2]> = constprop::data::one_hot_all(&labels).unwrap();
    let text = |vx: &[[f64; 3]], vy: &[[f64; 2]], own: Option<&[f64]>, classes: [f64; 2]| {
        let mut net = Classes::<f64>::seeded(1);
        let mut descent = GradientDescent::new(0.1).unwrap();
        let fit = match own {
            None => Fit::new().validation(vx, vy),
            Some(own) => Fit::new().validation_weighted(vx, vy, own),
        };
        let fit = fit.class_weights(&classes);
        fit.run(&mut net, &mut descent, &x, &y).unwrap_err().error.to_string()
    };
    let (mut vx, mut vy) = (x[..4].to_vec(), y[..4].to_vec());
    let said = |what: &str| format!("examples that validate: {what}");
    assert_eq!(
        text(&vx, &vy[..3], None, [1.0; 2]),
        said("4 inputs but 3 targets: each example has one of each")
    );
    assert_eq!(text(&[], &[], None, [1.0; 2]), said("no examples: m must be at least 1"));
    assert_eq!(
        text(&vx, &vy, Some(&[1e300; 4]), [1.0, 1e200]),
        said(&format!(
            "weight: that of example 1 is {}, times {} of its class 1; the product must be finite",
            1e300, 1e200
        ))
    );
    assert_eq!(
        text(&vx, &vy, Some(&[1.0; 5]), [1.0; 2]),
        "weights: 5 for 4 examples that validate"
    );
    // Of classes there are only those that hold for both.
    assert!(text(&vx, &vy, None, [1.0, -1.0]).starts_with("weight: that of class 1 is -1"));
    (vx[2][1], vy[3]) = (f64::NAN, [0.5, 0.5]);
    assert_eq!(
        text(&vx, &vy, None, [1.0; 2]),
        said("input: example 2, entry 1 is NaN; it must be finite")
    );
    vx[2][1] = 0.0;
    let several = "target: example 3 sums to 1; it must name one class, by its largest entry";
    assert_eq!(text(&vx, &vy, None, [1.0; 2]), said(several));
}

/// Of weights that are 0 in all, own ones or those of classes, split off or not, every J is 0: early
/// stopping and a plateau would have nothing to look at.
#[test]
fn validation_without_weight_is_refused() {
    let (x, _) = numbers(10, 4);
    let labels: Vec<usize> = (0..10).map(|i| usize::from(i > 4)).collect();
    let y: Vec<[f64; 2]> = constprop::data::one_hot_all(&labels).unwrap();
    let run = |fit: Fit<'_, Classes<f64>>| {
        let mut net = Classes::<f64>::seeded(1);
        let mut descent = GradientDescent::new(0.1).unwrap();
        fit.epochs(1).run(&mut net, &mut descent, &x, &y).map_err(|failure| failure.error)
    };
    let refused = |fit| {
        assert_eq!(run(fit).unwrap_err(), Error::Validation(ExampleFault::NoWeight));
    };
    let (vx, vy, classes) = (&x[..3], &y[..3], [0.0, 1.0]);
    refused(Fit::new().validation_weighted(vx, vy, &[0.0, -0.0, 0.0]));
    refused(Fit::new().validation(vx, vy).class_weights(&classes));
    refused(Fit::new().validation_split(0.3).weights(&[0.0; 10]));
    // Whichever the split takes.
    let counted = (0..40).filter(|&seed| {
        let fit = Fit::new().seed(seed).validation_split(0.2).class_weights(&classes);
        run(fit).is_err()
    });
    assert!((2..20).contains(&counted.count()));
    run(Fit::new().validation(&x[3..6], &y[3..6]).class_weights(&classes)).unwrap();
    // What is trained with may weigh nothing.
    run(Fit::new().validation(vx, vy).weights(&[0.0; 10])).unwrap();
    let text = Error::Validation(ExampleFault::NoWeight).to_string();
    assert_eq!(text, "examples that validate: weights: all are 0; one must be greater");
}
