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

/// Columns of whole numbers times 2ᵏ, for every k that the scalar has room for: mean and deviation are
/// 2ᵏ times those of k = 0, and these quotients of whole numbers.
macro_rules! in_any_unit {
    ($scalar:ident, $tolerance:literal) => {{
        let columns: [fn(i64) -> i64; 3] =
            [|i| i * i * 7 % 23 - 11, |i| 1000 + i % 4, |i| 4000 * (i % 3 - 1)];
        let m = 600;
        let whole: Vec<[i64; 3]> = (0..m).map(|i| columns.map(|column| column(i))).collect();
        // max − min is 8000, below 2¹³.
        let least = $scalar::MIN_EXP - $scalar::MANTISSA_DIGITS as i32;
        for k in (least..=$scalar::MAX_EXP - 13).rev() {
            let unit = (2.0 as $scalar).powi(k);
            // Below the least power of 2 `powi` is a detour by way of an infinity.
            let unit = if unit == 0.0 {
                (2.0 as $scalar).powi(k / 2) * (2.0 as $scalar).powi(k - k / 2)
            } else {
                unit
            };
            let x: Vec<[$scalar; 3]> =
                whole.iter().map(|x| x.map(|x| x as $scalar * unit)).collect();
            let scale = Standardize::fit(&x).unwrap();
            let unit_range = MinMax::fit(&x).unwrap();
            // What is below the least normal number has fewer digits.
            let ulp = (unit.max($scalar::MIN_POSITIVE) * $scalar::EPSILON / unit) as f64;
            for entry in 0..3 {
                let sum: i64 = whole.iter().map(|x| x[entry]).sum();
                let squares: i128 =
                    whole.iter().map(|x| i128::from(m * x[entry] - sum).pow(2)).sum();
                let mean = sum as f64 / m as f64;
                let deviation = (squares as f64 / (m as f64).powi(3)).sqrt();
                let found = [scale.mean()[entry], scale.deviation()[entry]]
                    .map(|found| (found / unit) as f64);
                for (found, expected) in found.into_iter().zip([mean, deviation]) {
                    let tolerance = ($tolerance * expected.abs()).max(ulp);
                    assert!(
                        (found - expected).abs() <= tolerance,
                        "2^{k}, {entry}: {found}, not {expected}"
                    );
                }
                let ends = || whole.iter().map(|x| x[entry]);
                let (min, max) = (ends().min().unwrap(), ends().max().unwrap());
                assert_eq!(unit_range.shift()[entry], min as $scalar * unit);
                assert_eq!(unit_range.scale()[entry], (max - min) as $scalar * unit);
            }
        }
    }};
}

#[test]
fn constants_are_right_in_any_unit() {
    in_any_unit!(f64, 4e-16);
    in_any_unit!(f32, 2e-7);
}

/// Up to the largest number there is, and to deviations of half of it and more: what is scaled by them
/// is as it is of numbers of size 1, and comes back.
#[test]
fn the_largest_numbers_are_scaled_and_come_back() {
    for (x, expected) in [
        (&[1.0, -1.0][..], &[1.0, -1.0][..]),
        (&[1.0, 1.0, -1.0], &[0.5_f64.sqrt(), 0.5_f64.sqrt(), -(2.0_f64.sqrt())]),
        (
            &[1.0, 1.0, 1.0, 0.0],
            &[1.0 / 3.0_f64.sqrt(), 1.0 / 3.0_f64.sqrt(), 1.0 / 3.0_f64.sqrt(), -(3.0_f64.sqrt())],
        ),
        (&[-1.0, 0.5, 0.5], &[-(2.0_f64.sqrt()), 0.5_f64.sqrt(), 0.5_f64.sqrt()]),
        (&[1.0, 1.0], &[0.0, 0.0]),
    ] {
        for largest in [f64::MAX, 1e308, 1e300, 1e150, 1.0, 1e-150, 1e-300] {
            let x: Vec<[f64; 1]> = x.iter().map(|x| [x * largest]).collect();
            let scale = Standardize::fit(&x).unwrap();
            let mut scaled = x.clone();
            scale.apply(&mut scaled);
            for (found, expected) in scaled.iter().zip(expected) {
                assert!((found[0] - expected).abs() < 1e-15, "{largest}: {scaled:?}");
            }
            assert_eq!(x.iter().map(|&x| scale.applied(x)).collect::<Vec<_>>(), scaled);
            scale.invert(&mut scaled);
            for (found, expected) in scaled.iter().zip(&x) {
                // The largest is rounded to itself, or to one beyond it that is none.
                let (found, expected) = (found[0].clamp(f64::MIN, f64::MAX), expected[0]);
                assert!((found / largest - expected / largest).abs() < 1e-15, "{largest}");
            }
        }
        for largest in [f32::MAX, 1e38, 1e19, 1.0, 1e-19, 1e-37] {
            let x: Vec<[f32; 1]> = x.iter().map(|x| [*x as f32 * largest]).collect();
            let scale = Standardize::fit(&x).unwrap();
            for (x, expected) in x.iter().zip(expected) {
                let [found] = scale.applied(*x);
                assert!((f64::from(found) - expected).abs() < 5e-7, "{largest}: {found}");
            }
        }
    }
    // max − min is beyond the largest number, and half of it is not.
    let x = [[f64::MAX], [f64::MIN], [0.5 * f64::MAX], [0.0]];
    let scale = MinMax::fit_to(&x, [-1.0, 1.0]).unwrap();
    assert_eq!(scale.constants(), [[0.0], [f64::MAX]]);
    let scale = MinMax::fit_to(&x, [0.0, 4.0]).unwrap();
    assert_eq!(x.map(|x| scale.applied(x)), [[4.0], [0.0], [3.0], [2.0]]);
    for ([found], [expected]) in
        [[4.0], [0.0], [3.0], [2.0]].map(|x| scale.inverted(x)).iter().zip(x)
    {
        assert!((found / f64::MAX - expected / f64::MAX).abs() < 1e-15, "{found}, not {expected}");
    }
}

/// Many large numbers, whose sum is none.
#[test]
fn a_sum_may_be_beyond_the_largest_number() {
    let x: Vec<[f32; 2]> =
        (0..1000).map(|i| [3e38, if i % 4 == 0 { 1e38 } else { 3e38 }]).collect();
    let scale = Standardize::fit(&x).unwrap();
    assert_eq!((scale.mean()[0], scale.deviation()[0]), (3e38, 1.0));
    assert!((scale.mean()[1] / 2.5e38 - 1.0).abs() < 2e-7);
    assert!((scale.deviation()[1] / (3.0_f32.sqrt() / 2.0 * 1e38) - 1.0).abs() < 2e-7);
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
    // max − min is no number; a deviation of half the least is none.
    let apart = [[0.0, f64::MAX], [1.0, f64::MIN]];
    let error = MinMax::fit(&apart).unwrap_err();
    assert_eq!(error.to_string(), "scale of entry 1 is inf; it must be finite and greater than 0");
    let close = [[0.0, 0.0], [1.0, 5e-324]];
    let error = Standardize::fit(&close).unwrap_err();
    assert!(matches!(error, Error::Scale { name: "deviation", entry: 1, value: 0.0, .. }));
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
    let error = MinMax::<f64, 2>::from_slices(&[0.0, 0.0], &[1.0]).unwrap_err();
    assert_eq!(error, Error::Length { expected: 2, found: 1 });
    assert!(MinMax::<f64, 2>::from_slices(&[0.0; 3], &[1.0; 2]).is_err());
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
