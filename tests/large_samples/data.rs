//! Every function over `[T; S]` that is no training: data, files, predictions.
//!
//! What is returned by value takes its room on the stack, so that it is tried with `f32`; for `f64` there is
//! for each of them one that works in place or on the heap.

use std::slice;

use constprop::data::{MinMax, Standardize, balanced, idx, one_hot_all, select};
use constprop::{RealField, Sample, one_hot};

use crate::on_a_small_stack;

/// 224 · 224 pixels of 3 colours.
const S: usize = 150_528;

/// Entry `entry` of example `example`: 0 to 100, and different ones.
fn value(example: usize, entry: usize) -> f64 {
    ((example * 37 + entry * 11) % 101) as f64
}

fn examples<T: RealField>(m: usize) -> Vec<[T; S]> {
    let mut examples = Vec::new();
    for example in 0..m {
        let x = <[T; S]>::boxed_from_fn(|entry| scalar(value(example, entry)));
        examples.extend_from_slice(slice::from_ref(&*x));
    }
    examples
}

fn scalar<T: RealField>(value: f64) -> T {
    nalgebra::convert(value)
}

fn is_close<T: RealField>(found: &T, expected: f64) -> bool {
    let off = found.clone() - scalar(expected);
    off.abs() <= scalar(1e-5 * expected.abs().max(1.0))
}

/// In place, of both scalars.
fn scales_in_place<T: RealField>() {
    let mut x = examples::<T>(3);
    let (standard, unit) = (Standardize::fit(&x).unwrap(), MinMax::fit(&x).unwrap());
    let other = MinMax::fit_to(&x, [scalar(-1.0), scalar(1.0)]).unwrap();
    for entry in [0, 1, 63, 64, 65, S - 2, S - 1] {
        let [a, b, c] = [0, 1, 2].map(|example| value(example, entry));
        let mean = (a + b + c) / 3.0;
        let variance = ((a - mean).powi(2) + (b - mean).powi(2) + (c - mean).powi(2)) / 3.0;
        assert!(is_close(&standard.mean()[entry], mean), "{entry}");
        assert!(is_close(&standard.deviation()[entry], variance.sqrt()), "{entry}");
        let (min, max) = (a.min(b).min(c), a.max(b).max(c));
        assert!(is_close(&unit.shift()[entry], min) && is_close(&unit.scale()[entry], max - min));
        assert!(is_close(&other.scale()[entry], (max - min) / 2.0), "{entry}");
    }
    let before = x.clone();
    standard.apply(&mut x);
    standard.invert(&mut x);
    unit.apply(slice::from_mut(&mut x[1]));
    unit.invert(slice::from_mut(&mut x[1]));
    let pairs = x.as_flattened().iter().zip(before.as_flattened());
    assert!(pairs.into_iter().all(|(x, before)| (x.clone() - before.clone()).abs() < scalar(1e-4)));
    let again = Standardize::<T, S>::from_slices(standard.mean(), standard.deviation()).unwrap();
    assert!(again == standard && again.clone() == standard);
    assert!(format!("{unit:?}").len() > 2 * S);
}

#[test]
fn scales_are_fitted_and_applied_in_place() {
    on_a_small_stack(scales_in_place::<f32>);
    on_a_small_stack(scales_in_place::<f64>);
}

#[test]
fn scales_by_value() {
    on_a_small_stack(|| {
        let x = examples::<f32>(3);
        let scale = Standardize::fit(&x).unwrap();
        let scaled = scale.applied(x[1]);
        let expected =
            (f64::from(x[1][7]) - f64::from(scale.mean()[7])) / f64::from(scale.deviation()[7]);
        assert!(is_close(&scaled[7], expected));
    });
    on_a_small_stack(|| {
        let x = examples::<f32>(3);
        let scale = MinMax::fit(&x).unwrap();
        let back = scale.inverted(x[1]);
        assert!(is_close(&back[7], f64::from(x[1][7] * scale.scale()[7] + scale.shift()[7])));
    });
    on_a_small_stack(|| {
        let scale = Standardize::fit(&examples::<f32>(3)).unwrap();
        let constants = scale.constants();
        assert!(&constants[0] == scale.mean() && &constants[1] == scale.deviation());
    });
    on_a_small_stack(|| {
        let scale = MinMax::from_constants([[0.5_f32; S]; 2]).unwrap();
        assert!(scale.shift().iter().chain(scale.scale()).all(|constant| *constant == 0.5));
    });
}

#[test]
fn samples_are_made() {
    fn made<T: RealField>() {
        let x = <[T; S]>::from_fn(|entry| scalar(value(0, entry)));
        assert!(x.iter().enumerate().all(|(entry, x)| *x == scalar(value(0, entry))));
    }
    on_a_small_stack(made::<f32>);
    on_a_small_stack(made::<f64>);
    on_a_small_stack(|| {
        let mut x = examples::<f64>(2);
        assert_eq!(<[f64; S]>::flat(&x)[S + 5], value(1, 5));
        <[f64; S]>::flat_mut(&mut x)[S + 5] = -1.0;
        assert_eq!(x[1][5], -1.0);
        assert_eq!(constprop::argmax(&x[0]), x[0].iter().position(|x| *x == 100.0));
    });
}

#[test]
fn targets_of_labels() {
    fn all<T: RealField>() {
        let targets = one_hot_all::<T, S>(&[3, S - 1, 0]).unwrap();
        for (y, label) in targets.iter().zip([3, S - 1, 0]) {
            assert!(y.iter().enumerate().all(|(entry, y)| (*y == T::one()) == (entry == label)));
        }
        assert!(one_hot_all::<T, S>(&[3, S]).is_err());
    }
    on_a_small_stack(all::<f32>);
    on_a_small_stack(all::<f64>);
    on_a_small_stack(|| {
        let y = one_hot::<f32, S>(7);
        assert!(y.as_ref().is_ok_and(|y| y[7] == 1.0 && y.iter().sum::<f32>() == 1.0));
    });
    on_a_small_stack(|| {
        let labels: Vec<usize> = (0..S).chain([5]).collect();
        let weights = balanced::<f32, S>(&labels);
        assert!(weights.as_ref().is_ok_and(|weights| weights[5] < weights[4] && weights[4] > 1.0));
    });
}

#[test]
fn selections() {
    fn selected<T: RealField>() {
        let x = examples::<T>(4);
        let selected = select(&x, &[2, 0, 2]).unwrap();
        assert!(selected[0] == x[2] && selected[1] == x[0] && selected[2] == x[2]);
        assert!(select(&x, &[4]).is_err());
    }
    on_a_small_stack(selected::<f32>);
    on_a_small_stack(selected::<f64>);
}

#[test]
fn idx_files() {
    fn images<T: RealField>() {
        let mut file = vec![0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 2, 160, 0, 0, 0, 224];
        file.extend((0..2 * S).map(|pixel| u8::try_from(pixel % 251).unwrap()));
        let images = idx::images::<T, S, _>(&file[..]).unwrap();
        assert_eq!(images.len(), 2);
        assert!(is_close(&images[1][9], ((S + 9) % 251) as f64 / 255.0));
        assert!(idx::images::<T, S, _>(&file[..file.len() - 1]).is_err());
    }
    on_a_small_stack(images::<f32>);
    on_a_small_stack(images::<f64>);
}

#[cfg(feature = "csv")]
#[test]
fn csv_files() {
    use constprop::data::csv::Format;

    fn files<T: RealField + std::str::FromStr>() {
        let row = |example, last: &str| {
            let row: String = (0..S).map(|entry| format!("{},", value(example, entry))).collect();
            row + last
        };
        let format = Format::new().without_header();
        let file = format!("{}\n{}\n", row(0, "cat"), row(1, "dog"));
        let data = format.labelled::<T, S>(file.as_bytes()).unwrap();
        assert!(data.inputs == examples::<T>(2) && data.labels == [0, 1]);
        let file = format!("{}\n{}\n", row(0, "0"), row(1, "1"));
        let inputs = format.values::<T, S, 1>(file.as_bytes()).unwrap();
        assert!(inputs.inputs == data.inputs && inputs.clone() == inputs);
        let targets = format.targets_first().values::<T, 1, S>(file.as_bytes()).unwrap();
        assert!(targets.targets[1][7] == data.inputs[1][7] && targets.inputs[1][0] == T::one());
    }
    on_a_small_stack(files::<f32>);
    on_a_small_stack(files::<f64>);
}

mod networks {
    use constprop::prelude::*;

    use super::*;

    network! {
        pub struct Wide(150_528 => 4 Tanh => 3 Identity) minimizing HalfSquaredError;
    }

    macro_rules! of_wide_inputs {
        ($scalar:ty) => {{
            let x = examples::<$scalar>(3);
            let net = Wide::<$scalar>::boxed_seeded(1);
            let alone = net.predict(&x[1]);
            let many = net.predict_many(&x).unwrap();
            let mut into = vec![[0.0; 3]; 3];
            net.predict_into(&x, &mut into).unwrap();
            let mut workspace = Workspace::<Wide<$scalar>>::boxed();
            let mut with = vec![[0.0; 3]; 3];
            net.predict_with(&x, &mut with, &mut workspace).unwrap();
            assert!(many == into && many == with);
            assert!((0..3).all(|entry| (alone[entry] - many[1][entry]).abs() < 1e-3));
            assert!(net.cost(&x, &with, &Regularization::none()).unwrap() < 1e-6);
        }};
    }

    #[test]
    fn predictions_of_wide_inputs() {
        on_a_small_stack(|| of_wide_inputs!(f32));
        on_a_small_stack(|| of_wide_inputs!(f64));
    }

    #[cfg(feature = "checkpoint")]
    #[test]
    fn files_with_scales() {
        use constprop::train::{load_scaled, save_scaled};

        macro_rules! saved {
            ($scalar:ty) => {{
                let name =
                    format!("constprop-large-{}-{}", stringify!($scalar), std::process::id());
                let path = std::env::temp_dir().join(name);
                let x = examples::<$scalar>(3);
                let scale = Standardize::fit(&x).unwrap();
                let y_scale = MinMax::fit(&[[0.0; 3], [1.0; 3]]).unwrap();
                let net = Wide::<$scalar>::boxed_seeded(1);
                save_scaled(&*net, &scale, &y_scale, &path).unwrap();
                let mut loaded = Wide::<$scalar>::boxed();
                type Scales = (Standardize<$scalar, S>, MinMax<$scalar, 3>);
                let result: Result<Scales, _> = load_scaled(&mut *loaded, &path);
                std::fs::remove_file(&path).unwrap();
                assert!(result.unwrap() == (scale, y_scale));
                assert!(loaded.parameters() == net.parameters());
            }};
        }
        on_a_small_stack(|| saved!(f32));
        on_a_small_stack(|| saved!(f64));
    }
}
