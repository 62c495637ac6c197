//! Scales, against scikit-learn and against whole numbers.

#![allow(clippy::excessive_precision, reason = "figures stand as they were computed")]

use constprop::Error;
use constprop::data::{MinMax, Standardize};
use proptest::prelude::*;

use crate::config;

const X: [[f64; 3]; 5] = [
    [1e9 + 1.0, 0.1, -3.5],
    [1e9 + 2.0, 0.1, 2.25],
    [1e9 + 4.0, 0.1, 0.125],
    [1e9 - 3.0, 0.1, 7.0],
    [1e9, 0.1, -1.0],
];

#[track_caller]
fn assert_close<const S: usize>(found: &[[f64; S]], expected: &[[f64; S]]) {
    assert_eq!(found.len(), expected.len());
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        for entry in 0..S {
            let (found, expected) = (found[entry], expected[entry]);
            let close = (found - expected).abs() <= 1e-12 * expected.abs().max(1.0);
            assert!(close, "row {row}, entry {entry}: {found:e}, not {expected:e}");
        }
    }
}

/// scikit-learn 1.9.1:
///
/// ```python
/// x = np.array([[1e9 + 1, 0.1, -3.5], [1e9 + 2, 0.1, 2.25], [1e9 + 4, 0.1, 0.125],
///               [1e9 - 3, 0.1, 7.0], [1e9, 0.1, -1.0]])
/// s = StandardScaler().fit(x); print(s.mean_, s.scale_, s.transform(x))
/// ```
#[test]
fn standardize_is_scikit_learns() {
    let scale = Standardize::fit(&X).unwrap();
    let expected = [[1000000000.8, 0.1, 0.975], [2.3151673805580453, 1.0, 3.5376545902617456]];
    let [mean, deviation] = scale.constants();
    assert_eq!(mean, expected[0]);
    assert_close(&[deviation], &expected[1..]);
    let mut x = X;
    scale.apply(&mut x);
    let expected = [
        [0.08638686315436427, 0.0, -1.2649623884475678],
        [0.5183210759450443, 0.0, 0.3604082782727707],
        [1.3821895015264043, 0.0, -0.2402721855151805],
        [-1.6413499880083557, 0.0, 1.7031057855634855],
        [-0.3455473496363158, 0.0, -0.5582794898735076],
    ];
    assert_close(&x, &expected);
    assert_close(&X.map(|x| scale.applied(x)), &expected);
    scale.invert(&mut x);
    assert_close(&x, &X);
    assert_close(&expected.map(|x| scale.inverted(x)), &X);
}

/// scikit-learn 1.9.1, on columns 1 and 2 of `X` and on one example beyond them:
///
/// ```python
/// m = MinMaxScaler(range).fit(x[:, 1:]); print(m.transform(np.vstack([x[:, 1:], [[0.3, 9.0]]])))
/// ```
#[test]
fn min_max_is_scikit_learns() {
    let fitted = X.map(|[_, x, y]| [x, y]);
    let mut x = fitted.to_vec();
    x.push([0.3, 9.0]);
    let unit = [
        [0.0, 0.0],
        [0.0, 0.5476190476190476],
        [0.0, 0.34523809523809523],
        [0.0, 1.0],
        [0.0, 0.23809523809523808],
        [0.19999999999999998, 1.1904761904761905],
    ];
    let wide = [
        [-1.0, -1.0],
        [-1.0, 0.6428571428571428],
        [-1.0, 0.03571428571428571],
        [-1.0, 2.0],
        [-1.0, -0.2857142857142857],
        [-0.40000000000000013, 2.571428571428571],
    ];
    let scales = [MinMax::fit(&fitted).unwrap(), MinMax::fit_to(&fitted, [-1.0, 2.0]).unwrap()];
    for (scale, expected) in scales.into_iter().zip([unit, wide]) {
        let mut scaled = x.clone();
        scale.apply(&mut scaled);
        assert_close(&scaled, &expected);
        assert_eq!(x.iter().map(|&x| scale.applied(x)).collect::<Vec<_>>(), scaled);
        scale.invert(&mut scaled);
        assert_close(&scaled, &x);
        let again = MinMax::from_constants(scale.constants()).unwrap();
        assert_eq!(again, scale);
    }
}

/// Quarters at 1e9, whose mean and variance are quotients of whole numbers: all the digits of the
/// deviation, of 10 000 examples.
#[test]
fn a_large_mean_costs_no_digits() {
    let quarters: Vec<i128> = (0..10_000).map(|i| (i * i * 7 + 3 * i) % 23).collect();
    let x: Vec<[f64; 1]> = quarters.iter().map(|&q| [1e9 + q as f64 / 4.0]).collect();
    let (sum, m) = (quarters.iter().sum::<i128>(), 10_000);
    let squares: i128 = quarters.iter().map(|q| (m * q - sum) * (m * q - sum)).sum();
    let deviation = (squares as f64 / (m * m * m) as f64).sqrt() / 4.0;
    let [mean, found] = Standardize::fit(&x).unwrap().constants();
    assert_eq!(mean[0], 1e9 + sum as f64 / m as f64 / 4.0);
    assert!((found[0] / deviation - 1.0).abs() < 1e-14, "{found:?}, not {deviation}");
}

/// In `f32`, where a plain sum of 100 000 values loses digits, and squares overflow or vanish.
#[test]
fn single_precision_and_extreme_values() {
    let x: Vec<[f32; 3]> = (0..100_000)
        .map(|i: u32| {
            let value = (i * 7919 % 100_003) as f32 / 1000.0 + 100.0;
            [value, value * 1e30, value * 1e-30]
        })
        .collect();
    let [means, deviations] = Standardize::fit(&x).unwrap().constants();
    for entry in 0..3 {
        let values = || x.iter().map(|x| f64::from(x[entry]));
        let mean = values().sum::<f64>() / 1e5;
        let deviation = (values().map(|x| (x - mean).powi(2)).sum::<f64>() / 1e5).sqrt();
        assert!((f64::from(means[entry]) / mean - 1.0).abs() < 1.2e-7, "entry {entry}");
        assert!((f64::from(deviations[entry]) / deviation - 1.0).abs() < 2.5e-7, "entry {entry}");
    }
}

#[test]
fn one_example_and_constant_entries() {
    let scale = Standardize::fit(&[[3.0, 0.0]]).unwrap();
    assert_eq!(scale.constants(), [[3.0, 0.0], [1.0, 1.0]]);
    // 0.1 cannot be summed without rounding, and its mean is 0.1 all the same.
    let scale = Standardize::fit(&[[0.1]; 1001]).unwrap();
    assert_eq!(scale.constants(), [[0.1], [1.0]]);
    assert_eq!(MinMax::fit_to(&[[0.1]; 3], [2.0, 6.0]).unwrap().applied([0.1]), [2.0]);
}

#[test]
fn what_cannot_be_fitted() {
    assert_eq!(Standardize::<f64, 2>::fit(&[]).unwrap_err(), Error::NoExamples);
    assert_eq!(MinMax::<f64, 2>::fit(&[]).unwrap_err(), Error::NoExamples);
    for value in [f64::NAN, f64::INFINITY] {
        let x = [[0.0, 1.0], [2.0, value]];
        let expected = format!("input: example 1, entry 1 is {value}; it must be finite");
        assert_eq!(Standardize::fit(&x).unwrap_err().to_string(), expected);
        assert_eq!(MinMax::fit(&x).unwrap_err().to_string(), expected);
    }
    let apart = [[0.0, f64::MAX], [1.0, f64::MIN]];
    assert!(matches!(Standardize::fit(&apart), Err(Error::Scale { name: "mean", entry: 1, .. })));
    assert!(matches!(MinMax::fit(&apart), Err(Error::Scale { entry: 1, .. })));
    for range in
        [[0.0, 0.0], [1.0, 0.0], [f64::NAN, 1.0], [f64::MIN, f64::MAX], [0.0, f64::INFINITY]]
    {
        let error = MinMax::fit_to(&X, range).unwrap_err();
        assert!(matches!(error, Error::Setting { name: "hi - lo", .. }), "{range:?}: {error}");
    }
}

#[test]
fn constants_that_are_none() {
    let error = Standardize::from_constants([[0.0; 2], [1.0, 0.0]]).unwrap_err();
    let expected = "deviation of entry 1 is 0; it must be finite and greater than 0";
    assert_eq!(error.to_string(), expected);
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(Standardize::from_constants([[0.0], [bad]]).is_err(), "{bad}");
        assert!(MinMax::from_constants([[0.0], [bad]]).is_err(), "{bad}");
    }
    let error = MinMax::from_constants([[f64::NAN], [1.0]]).unwrap_err();
    assert_eq!(error.to_string(), "shift of entry 0 is NaN; it must be finite");
}

/// Whatever the numbers: constants or an error; and they end up where they belong.
#[test]
fn any_numbers() {
    let value = prop_oneof![4 => -1e3..1e3_f64, 1 => any::<f64>(), 1 => Just(0.1)];
    let examples = prop::collection::vec(prop::array::uniform2(value), 0..8);
    proptest!(config(), |(x in examples)| {
        if let Ok(scale) = MinMax::fit(&x) {
            let scaled: Vec<_> = x.iter().map(|&x| scale.applied(x)).collect();
            for entry in 0..2 {
                let column = || scaled.iter().map(|x| x[entry]);
                let ends = [column().fold(f64::MAX, f64::min), column().fold(f64::MIN, f64::max)];
                prop_assert!(ends == [0.0, 1.0] || ends == [0.0, 0.0], "{:?}", ends);
            }
        }
        if let Ok(scale) = Standardize::fit(&x) {
            let [_, deviation] = scale.constants();
            prop_assert!(deviation.iter().all(|deviation| *deviation > 0.0));
        }
    });
}
