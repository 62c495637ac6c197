//! Metrics: NaN, infinity and nothing at all, the ends of the range, what is no class, and names.

use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::train::{
    Classifier, Confusion, EarlyStopping, End, Fit, Regressor, accuracy, binary_accuracy,
    mean_absolute_error, r2, top_k,
};
use constprop::{Error, Plateau, TargetFault};

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

network! {
    /// Two outputs that need not sum to 1.
    #[derive(Clone)]
    pub struct Labels(1 => 2 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// Its hidden layer overflows where x is large.
    pub struct Overflowing(2 => 2 Relu => 2 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
}

/// Predicts NaN for x = [3e38, 3e38], and class 1 where the second input is the larger one.
fn overflowing() -> Overflowing<f32> {
    Overflowing::new(
        Theta::new([0.0; 2], [[1.0, 1.0], [0.0, 2.0]]),
        Theta::new([0.0; 2], [[1.0, 0.0], [0.0, 1.0]]),
    )
}

const FAR: [f32; 2] = [3e38, 3e38];

#[test]
fn argmax_of_a_nan_is_nothing() {
    assert_eq!(argmax::<f64>(&[]), None);
    for nan in [[NAN; 3], [NAN, 1.0, 2.0], [1.0, NAN, 2.0], [1.0, 2.0, NAN], [NAN, INF, NAN]] {
        assert_eq!(argmax(&nan), None, "{nan:?}");
    }
    assert_eq!(argmax(&[-INF, -INF]), Some(0));
    assert_eq!(argmax(&[0.0, INF, INF]), Some(1));
    assert_eq!(argmax(&[-0.0, 0.0]), Some(0));
    assert_eq!(argmax(&[3, 1, 3]), Some(0));
}

/// Whatever else an example says, a NaN in its prediction is wrong.
#[test]
fn a_nan_is_never_right() {
    assert_eq!(accuracy(&[[NAN]], &[[0.0]]), 0.0);
    assert_eq!(accuracy(&[[NAN]], &[[1.0]]), 0.0);
    assert_eq!(accuracy(&[[NAN; 3]], &[[1.0, 0.0, 0.0]]), 0.0);
    for place in 0..3 {
        for right in 0..3 {
            let mut h = [[0.1, 0.2, 0.3]];
            h[0][right] = 0.9;
            h[0][place] = NAN;
            let y = [one_hot(right).unwrap()];
            assert_eq!(accuracy(&h, &y), 0.0, "{h:?}");
            assert_eq!(top_k::<1, _, _>(&h, &y), 0.0, "{h:?}");
            assert_eq!(top_k::<3, _, _>(&h, &y), 0.0, "{h:?}");
            assert!(mean_absolute_error(&h, &y).is_nan() && r2(&h, &y).is_nan());
        }
    }
    assert_eq!(accuracy(&[[NAN], [0.7]], &[[0.0], [1.0]]), 0.5);
    // The outputs one by one: the one beside it may be right.
    assert_eq!(binary_accuracy(&[[NAN, 0.9]], &[[0.0, 1.0]]), 0.5);
    // Where y never changes, the only number that R² may be is 0 or 1.
    assert!(r2(&[[NAN], [2.0]], &[[2.0], [2.0]]).is_nan());
    assert!(mean_absolute_error(&[[INF]], &[[INF]]).is_nan());
}

/// Infinity is a number among others: the largest, or the farthest away.
#[test]
fn infinity_is_an_answer_but_a_bad_one() {
    let y = [[1.0, 0.0]];
    assert_eq!(accuracy(&[[INF, 0.0]], &y), 1.0);
    assert_eq!(accuracy(&[[-INF, 0.0]], &y), 0.0);
    assert_eq!([accuracy(&[[INF]], &[[1.0]]), accuracy(&[[-INF]], &[[1.0]])], [1.0, 0.0]);
    assert_eq!(
        [top_k::<1, _, _>(&[[INF, 0.0]], &y), top_k::<1, _, _>(&[[0.0, INF]], &y)],
        [1.0, 0.0]
    );
    assert_eq!(binary_accuracy(&[[INF, -INF]], &y), 1.0);
    assert_eq!(Confusion::of(&[[0.0, INF]], &y).count(0, 1), 1);
    for far in [INF, -INF] {
        assert_eq!(mean_absolute_error(&[[far], [1.0]], &[[0.0], [1.0]]), INF);
        assert_eq!(r2(&[[far], [1.0]], &[[0.0], [1.0]]), -INF);
        assert_eq!(r2(&[[far], [1.0]], &[[1.0], [1.0]]), 0.0);
    }
}

#[test]
fn a_metric_of_nothing_is_nan() {
    let none: [[f64; 2]; 0] = [];
    let all = [accuracy, top_k::<1, _, _>, binary_accuracy, mean_absolute_error, r2];
    assert!(all.iter().all(|metric| metric(&none, &none).is_nan()));
    let confusion = Confusion::of(&none, &none);
    assert_eq!([confusion.unnamed(), confusion.unlabeled(), confusion.count(0, 0)], [0; 3]);
    assert_eq!([confusion.precision(0), confusion.recall(1), confusion.macro_f1()], [0.0; 3]);
}

/// A target of NaN or infinity: what is infinitely large may be a class, but nothing is near it.
#[test]
fn targets_that_are_not_finite() {
    for y in [[[NAN, 0.0]], [[0.0, NAN]], [[NAN, NAN]]] {
        for h in [[[0.1, 0.9]], [[NAN, NAN]], [[0.9, 0.1]]] {
            let all = [accuracy, top_k::<1, _, _>, binary_accuracy, mean_absolute_error, r2];
            assert!(all.iter().all(|metric| metric(&h, &y).is_nan()), "{y:?}");
            let confusion = Confusion::of(&h, &y);
            assert_eq!([confusion.unlabeled(), confusion.unnamed()], [1, 0]);
        }
    }
    assert!(accuracy(&[[0.9], [0.9]], &[[NAN], [1.0]]).is_nan());
    assert_eq!(accuracy(&[[0.1, 0.9]], &[[0.0, INF]]), 1.0);
    assert!(accuracy(&[[0.9]], &[[INF]]).is_nan());
    assert_eq!(mean_absolute_error(&[[0.0]], &[[INF]]), INF);
    assert!(r2(&[[0.0], [1.0]], &[[INF], [1.0]]).is_nan());
}

/// A NaN stands in no column, but its example stays one of its class.
#[test]
fn a_confusion_matrix_files_a_nan_under_no_class() {
    let h = [[0.9, 0.1], [NAN, NAN], [0.1, 0.9], [0.5, NAN]];
    let y = [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]];
    let confusion = Confusion::of(&h, &y);
    let counts: Vec<usize> = (0..4).map(|i| confusion.count(i / 2, i % 2)).collect();
    assert_eq!(counts, [1, 0, 0, 1]);
    assert_eq!((confusion.unnamed(), confusion.unlabeled()), (2, 0));
    // No class has the number 2.
    assert_eq!([confusion.count(0, 2), confusion.count(1, 2), confusion.count(2, 0)], [0; 3]);
    for class in 0..2 {
        assert_eq!([confusion.precision(class), confusion.recall(class)], [1.0, 0.5]);
    }
    let one = Confusion::of(&[[NAN], [0.2]], &[[0.0], [0.0]]);
    assert_eq!([one.count(0, 0), one.count(0, 1), one.unnamed()], [1, 0, 1]);
}

/// Two labels at once, or none: there is no class to be right about, and no number says there was.
#[test]
fn what_names_no_class_has_no_accuracy() {
    assert!(accuracy(&[[0.9, 0.9]; 4], &[[0.0, 0.0]; 4]).is_nan());
    let class = ([[0.9, 0.1], [0.9, 0.1]], [1.0, 0.0]);
    for y in [[0.0, 0.0], [1.0, 1.0], [0.5, 0.5], [NAN, 1.0]] {
        let (h, y) = (class.0, [class.1, y]);
        assert!(accuracy(&h, &y).is_nan() && top_k::<2, _, _>(&h, &y).is_nan(), "{y:?}");
        let confusion = Confusion::of(&h, &y);
        assert_eq!([confusion.count(0, 0), confusion.unlabeled(), confusion.unnamed()], [1, 1, 0]);
        let shares = [confusion.precision(0), confusion.recall(0), confusion.f1(0)];
        assert!(shares.iter().all(|share| share.is_nan()) && confusion.macro_f1().is_nan());
    }
    // One output: 0 and 1 are classes, and what is nearer to one of them.
    for (y, expected) in [(0.0, 0.0), (0.49, 0.0), (0.51, 1.0), (1.0, 1.0)] {
        assert_eq!(accuracy(&[[0.9]], &[[y]]), expected);
    }
    for y in [0.5, -1.0, 2.0, 3.7] {
        assert!(accuracy(&[[0.9]], &[[y]]).is_nan(), "{y}");
    }
    // What is no distribution, and yet names a class.
    assert_eq!(accuracy(&[[0.3, 0.2]], &[[1.0, -1.0]]), 1.0);
    assert_eq!(accuracy(&[[0.3, 0.2]], &[[0.4, 0.7]]), 0.0);
}

/// The metric for labels that stand by themselves.
#[test]
fn binary_accuracy_takes_outputs_one_by_one() {
    assert_eq!(binary_accuracy(&[[0.9, 0.9]; 4], &[[0.0, 0.0]; 4]), 0.0);
    assert_eq!(binary_accuracy(&[[0.1, 0.9]; 4], &[[0.0, 0.0]; 4]), 0.5);
    let (h, y) = ([[0.9, 0.8, 0.2], [0.1, 0.6, 0.3]], [[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    assert_eq!(binary_accuracy(&h, &y), 4.0 / 6.0);
    assert_eq!(
        binary_accuracy(&[[0.7], [0.2]], &[[1.0], [1.0]]),
        accuracy(&[[0.7], [0.2]], &[[1.0], [1.0]])
    );
    assert!(binary_accuracy(&[[0.7, 0.1]], &[[1.0, 0.5]]).is_nan());
    assert!(binary_accuracy(&[[0.7, 0.1]], &[[1.0, -1.0]]).is_nan());
}

/// Equal outputs are ranked by their index, so that a network that knows nothing scores as chance
/// does.
#[test]
fn ties_in_top_k_are_ranked_by_index() {
    let y: [[f64; 3]; 3] = [0, 1, 2].map(|class| one_hot(class).unwrap());
    let equal = [[0.2; 3]; 3];
    let found = [
        top_k::<0, _, _>(&equal, &y),
        top_k::<1, _, _>(&equal, &y),
        top_k::<2, _, _>(&equal, &y),
        top_k::<3, _, _>(&equal, &y),
    ];
    assert_eq!(found, [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0]);
    // One example each, so that no two faults make up for one another.
    let h = [[0.4, 0.4, 0.2]];
    for (right, [first, second]) in [[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]].into_iter().enumerate() {
        let y = [one_hot(right).unwrap()];
        assert_eq!([top_k::<1, _, _>(&h, &y), top_k::<2, _, _>(&h, &y)], [first, second]);
        assert_eq!(accuracy(&h, &y), first);
    }
}

/// One output is two classes.
#[test]
fn top_k_of_one_output() {
    let (h, y) = ([[0.7], [0.2], [0.5], [NAN]], [[1.0], [1.0], [0.0], [0.0]]);
    assert_eq!(top_k::<0, _, _>(&h, &y), 0.0);
    assert_eq!(top_k::<1, _, _>(&h, &y), accuracy(&h, &y));
    assert_eq!(top_k::<2, _, _>(&h, &y), 0.75);
}

/// A prediction of exactly one half is class 0.
#[test]
fn one_half_is_class_0() {
    assert_eq!([accuracy(&[[0.5]], &[[0.0]]), accuracy(&[[0.5]], &[[1.0]])], [1.0, 0.0]);
    let above = 0.5 + f64::EPSILON;
    assert_eq!([accuracy(&[[above]], &[[0.0]]), accuracy(&[[above]], &[[1.0]])], [0.0, 1.0]);
    assert_eq!(Confusion::of(&[[0.5]], &[[1.0]]).count(1, 0), 1);
    assert_eq!(binary_accuracy(&[[0.5, 0.5]], &[[0.0, 1.0]]), 0.5);
}

#[test]
fn a_classifier_names_no_class_for_a_nan() {
    let model = Classifier::of(Box::new(overflowing()));
    let error = model.predict(&[[0.0, 1.0], FAR, FAR]).unwrap_err();
    assert!(matches!(error, Error::Output { example: 1, entry: 0, value } if value.is_nan()));
    assert_eq!(error.to_string(), "output: example 1, entry 0 is NaN; it names no class");
    let error = model.score(&[[0.0, 1.0], FAR], &[1, 0]).unwrap_err();
    assert!(matches!(error, Error::Output { example: 1, .. }), "{error}");
    assert_eq!(model.score(&[[0.0, 1.0], [1.0, 0.0]], &[1, 1]).unwrap(), 0.5);
    assert!(model.probabilities(&[FAR]).unwrap()[0].iter().all(|h| h.is_nan()));
    assert!(model.predict(&[]).unwrap().is_empty());
    assert!(matches!(model.score(&[], &[]), Err(Error::NoExamples)));
    // A regression says what it computes.
    let line = Line::<f32>::new(Theta::new([0.0], [[10.0]]));
    assert_eq!(Regressor::of(Box::new(line)).predict(&[[3e38]]).unwrap(), [[f32::INFINITY]]);
}

/// A J of NaN stands beside an accuracy of 0, is no progress, and stops a training that waits for
/// some.
#[test]
fn a_validation_of_nan_is_no_progress() {
    let (x, y) = ([[0.1_f32, 0.9], [0.9, 0.1]], [[0.0, 1.0], [1.0, 0.0]]);
    let mut net = overflowing();
    let mut descent = GradientDescent::new(0.5_f32).unwrap();
    let history = Fit::new()
        .epochs(100)
        .validation(&[FAR], &[[1.0, 0.0]])
        .early_stopping(EarlyStopping::patience(3))
        .reduce_on_plateau(Plateau::new(0.5, 1).unwrap())
        .metric("accuracy", accuracy)
        .run(&mut net, &mut descent, &x, &y)
        .unwrap();
    assert_eq!((history.end(), history.best(), history.epochs().len()), (End::Early, None, 3));
    for epoch in history.epochs() {
        assert!(epoch.j.is_finite() && epoch.validation_j.is_some_and(f64::is_nan));
        assert_eq!(history.metric("accuracy", epoch.number), Some(0.0));
    }
    let rates: Vec<f64> = history.epochs().iter().map(|epoch| epoch.rate).collect();
    assert_eq!(rates, [0.5, 0.5, 0.25]);
    // There is no best to go back to: what was trained stays.
    assert!(net.parameters() != overflowing().parameters());

    let mut plateau = Plateau::new(0.5, 1).unwrap();
    let factors = [1.0, NAN, NAN, 0.5, INF, NAN].map(|j| plateau.observe(j));
    assert_eq!(factors, [1.0, 1.0, 0.5, 0.5, 0.5, 0.25]);
}

/// At every size that numbers have, the figures are those of the same numbers near 1.
#[test]
fn sizes_of_numbers_do_not_matter() {
    let h = [[1.5, -2.0], [0.25, 3.0], [4.0, 0.5], [2.0, 1.0]];
    let y = [[1.0, -1.0], [0.5, 2.5], [3.0, 0.0], [2.5, 2.0]];
    let (expected_r2, expected_error) = (r2(&h, &y), mean_absolute_error(&h, &y));
    assert!((expected_r2 - 0.663_504_714_863_044_4).abs() < 1e-15);
    assert_eq!(expected_error, 0.65625);
    // 2^498 is 8e149; at 2^1021 the largest differences are beyond the range, at 2^-1070 numbers
    // have four bits.
    for exponent in [-1070, -1000, -600, -498, -300, 0, 300, 498, 600, 1000, 1021] {
        let scaled = |values: [[f64; 2]; 4]| values.map(|row| row.map(|v| times_2_to(v, exponent)));
        let (h, y) = (scaled(h), scaled(y));
        assert_eq!(r2(&h, &y), expected_r2, "2^{exponent}");
        assert_eq!(mean_absolute_error(&h, &y), times_2_to(expected_error, exponent));
    }
    for exponent in [-145, -100, -63, 63, 100, 125] {
        #[allow(clippy::cast_possible_truncation, reason = "powers of two times few bits")]
        let scaled =
            |values: [[f64; 2]; 4]| values.map(|row| row.map(|v| times_2_to(v, exponent) as f32));
        let (h, y) = (scaled(h), scaled(y));
        assert_eq!(r2(&h, &y), expected_r2, "2^{exponent}");
        assert_eq!(mean_absolute_error(&h, &y), times_2_to(expected_error, exponent));
    }
    for scale in [1e-150, 1e150, 1e-300, 1e300, 1e307] {
        let scaled = |values: [[f64; 2]; 4]| values.map(|row| row.map(|v| v * scale));
        let (h, y) = (scaled(h), scaled(y));
        assert!((r2(&h, &y) - expected_r2).abs() < 1e-14, "{scale:e}");
        assert!((mean_absolute_error(&h, &y) / scale - expected_error).abs() < 1e-14);
    }
}

/// Powers of two change no bit: the figures are those of the formulas as they stand.
#[test]
fn figures_of_ordinary_numbers_are_the_plain_formulas() {
    let mut rng = constprop::rng(3);
    let mut drawn =
        || -> Vec<[f64; 1]> { (0..100).map(|_| [rng.random_range(-1e3..1e3)]).collect() };
    let (h, y) = (drawn(), drawn());
    let m = 100.0;
    let off: f64 = y.iter().fold(0.0, |sum, of| sum + (of[0] - y[0][0])) / m;
    let total = y.iter().fold(0.0, |sum, of| sum + (of[0] - y[0][0] - off).powi(2));
    let rest = y.iter().zip(&h).fold(0.0, |sum, (y, h)| sum + (y[0] - h[0]).powi(2));
    assert_eq!(r2(&h, &y), 1.0 - rest / total);
    let error = h.iter().zip(&y).fold(0.0, |sum, (h, y)| sum + (h[0] - y[0]).abs()) / m;
    assert_eq!(mean_absolute_error(&h, &y), error);
}

/// Predictions and targets far apart in size, and from one end of the range to the other.
#[test]
fn the_ends_of_the_range() {
    let max = f64::MAX;
    // |h − y| is 2 MAX for one example, and 0 for three.
    let (h, y) = ([[max], [1.0], [1.0], [1.0]], [[-max], [1.0], [1.0], [1.0]]);
    assert_eq!(mean_absolute_error(&h, &y), max / 2.0);
    assert_eq!(mean_absolute_error(&[[max]], &[[-max]]), INF);
    assert_eq!(r2(&[[max], [-max]], &[[max], [-max]]), 1.0);
    assert_eq!(r2(&[[-max], [max]], &[[max], [-max]]), -3.0);
    let tiny = 5e-324;
    assert_eq!(mean_absolute_error(&[[tiny], [0.0]], &[[0.0], [tiny]]), tiny);
    assert_eq!(r2(&[[tiny], [0.0]], &[[tiny], [0.0]]), 1.0);
    assert_eq!(r2(&[[0.0], [tiny]], &[[tiny], [0.0]]), -3.0);
    // ȳ for all of them is 0, however small y is.
    let (y, middle) = ([[1e-200], [-1e-200]], [[0.0], [0.0]]);
    assert_eq!(r2(&middle, &y), 0.0);
    // R² is 1 − 2e200/2, and 1 − 1e400/…, which no f64 is.
    assert!((r2(&[[1e100], [1e100]], &[[1.0], [-1.0]]) / -1e200 - 1.0).abs() < 1e-14);
    assert_eq!(r2(&[[1e200], [1e200]], &[[1.0], [-1.0]]), -INF);
    assert_eq!(r2(&[[1e-200], [0.0]], &[[0.0], [0.0]]), 0.0);
    // Of two outputs, each in its own size.
    let (h, y) = ([[2e300, 1e-300], [1e300, 3e-300]], [[2e300, 1e-300], [1e300, 2e-300]]);
    assert!(r2(&h, &y).abs() < 1e-14);
}

/// v 2ᵏ, exactly where it is a number.
fn times_2_to(v: f64, k: i32) -> f64 {
    let half = k / 2;
    v * 2_f64.powi(half) * 2_f64.powi(k - half)
}

fn fit_with<'a>(names: &[&'static str]) -> Fit<'a, Labels<f64>> {
    names.iter().fold(Fit::new().epochs(1), |fit, name| fit.metric(name, binary_accuracy))
}

fn run(fit: Fit<'_, Labels<f64>>) -> Result<constprop::train::History, Error> {
    let mut descent = GradientDescent::new(0.1).unwrap();
    let y = [[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]];
    Ok(fit.run(&mut Labels::seeded(1), &mut descent, &[[0.5], [0.1], [0.2]], &y)?)
}

/// A name is found in the table as it was given.
#[cfg(feature = "csv")]
#[test]
fn names_of_metrics_stand_in_a_csv_field() {
    let names = ["precision, class 1", "the \"best\"", "two words", "Genauigkeit", "h; y", "J"];
    let fit = fit_with(&names).validation(&[[0.5]], &[[1.0, 0.0]]).watch_training();
    let csv = run(fit).unwrap().to_csv();
    let mut reader = csv::ReaderBuilder::new().from_reader(csv.as_bytes());
    let found: Vec<String> = reader.headers().unwrap().iter().map(String::from).collect();
    let mut expected = ["epoch", "rate", "j", "validation_j"].map(String::from).to_vec();
    expected.extend(names.iter().flat_map(|name| [name.to_string(), format!("validation_{name}")]));
    assert_eq!(found, expected);
    let rows: Vec<_> = reader.records().map(|row| row.unwrap()).collect();
    assert!(rows.len() == 1 && rows[0].len() == expected.len());
    assert!(csv.starts_with("epoch,rate,j,validation_j,\"precision, class 1\",\"validation_prec"));
}

#[test]
fn names_of_metrics_are_refused_where_they_cannot_be_read() {
    let refused = |names: &[&'static str]| {
        let Error::MetricName { name, .. } = run(fit_with(names)).unwrap_err() else {
            panic!("{names:?}: another error");
        };
        name
    };
    assert_eq!(refused(&["right", "right"]), "right");
    assert_eq!(refused(&["a", "b", "c", "b"]), "b");
    for name in [
        "",
        "two\nlines",
        "a return\r",
        "a tab\t",
        "nothing\0",
        "right ",
        " right",
        " ",
        "\u{a0}right",
    ] {
        assert_eq!(refused(&["right", name]), name);
    }
    for taken in ["epoch", "rate", "j", "validation_j", "validation_right"] {
        assert_eq!(refused(&["right", taken]), taken);
    }
    let error = run(fit_with(&["right", "right"])).unwrap_err();
    let expected = "metric \"right\": its name must be another than those before it";
    assert_eq!(error.to_string(), expected);
    let error = run(fit_with(&["two\nlines"])).unwrap_err();
    let expected = "metric \"two\\nlines\": its name must be not empty, \
                    without control characters, or white space at an end";
    assert_eq!(error.to_string(), expected);
    let error = run(fit_with(&["validation_right"])).unwrap_err();
    let expected = "metric \"validation_right\": its name must be \
                    none of epoch, rate, j, and without validation_ in front";
    assert_eq!(error.to_string(), expected);
    assert!(run(fit_with(&["Right", "right", "right  one"])).is_ok());
}

/// Weights of classes need the class of each example.
#[test]
fn class_weights_of_what_is_of_no_class_are_refused() {
    let weights = [1.0, 3.0];
    let fit = || Fit::new().epochs(1).class_weights(&weights);
    let mut descent = GradientDescent::new(0.1).unwrap();
    let mut refused = |y: [f64; 2]| {
        let mut net = Labels::seeded(1);
        fit().run(&mut net, &mut descent, &[[0.5], [0.1]], &[[0.0, 1.0], y]).unwrap_err().error
    };
    let expected = "name one class, by its largest entry";
    for (y, value) in [([0.0, 0.0], 0.0), ([1.0, 1.0], 2.0), ([0.5, 0.5], 1.0)] {
        let fault = TargetFault { entry: None, value, expected };
        assert_eq!(refused(y), Error::Target { example: 1, fault });
    }
    let expected = "target: example 1 sums to 0; it must name one class, by its largest entry";
    assert_eq!(refused([0.0, 0.0]).to_string(), expected);

    let fit = || Fit::new().epochs(1).class_weights(&weights);
    let refused = |y: f64| {
        let mut descent = GradientDescent::new(0.1).unwrap();
        let (mut net, x) = (Line::zeros(), [[0.5], [0.1]]);
        fit().run(&mut net, &mut descent, &x, &[[1.0], [y]]).map(|_| ()).map_err(|failure| {
            match failure.error {
                Error::Target { example: 1, fault: TargetFault { entry: Some(0), value, .. } } => {
                    value
                }
                other => panic!("{other}"),
            }
        })
    };
    for y in [0.5, 2.0, -1.0] {
        assert_eq!(refused(y), Err(y));
    }
    assert_eq!(refused(0.25), Ok(()));
}
