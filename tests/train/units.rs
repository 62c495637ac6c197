//! Trainings do not know in which units J, x and y are.

use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::train::{EarlyStopping, Fit, History, Regressor};
use constprop::{Error, RealField};

network! {
    #[derive(Clone, PartialEq)]
    pub struct Net(8 => 16 Tanh => 1 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct Pair(8 => 16 Tanh => 2 Identity) minimizing HalfSquaredError;
}

/// A smooth function of eight numbers, with noise, times `unit`.
fn smooth<T: RealField + Copy>(m: usize, unit: f64) -> (Vec<[T; 8]>, Vec<[T; 1]>) {
    let mut rng = constprop::rng(1);
    let mut example = || {
        let x: [f64; 8] = std::array::from_fn(|_| rng.random_range(-1.0..1.0));
        let noise: f64 = rng.random_range(-0.05..0.05);
        (x.map(nalgebra::convert), (x[0] - 0.5 * x[1] + (2.0 * x[2]).sin() + noise) * unit)
    };
    let (x, y): (Vec<_>, Vec<f64>) = (0..m).map(|_| example()).unzip();
    (x, y.into_iter().map(|y| [nalgebra::convert(y)]).collect())
}

/// y of any size trains as y of size 1 does: `Regressor::fit` takes it in units of its own.
#[test]
fn a_regressor_trains_in_the_units_of_y() {
    let trained = |unit: f64| {
        let (x, y) = smooth::<f32>(400, unit);
        let mut model = Regressor::<Net<f32>>::seeded(1).rate(0.01);
        let history = model.fit(&x, &y).unwrap();
        (history, model.score(&x, &y).unwrap(), model)
    };
    let (history, r2, model) = trained(1.0);
    assert!(r2 > 0.95, "{r2}");
    for unit in [1e-30, 1e-6, 1e-3, 1e3, 1e6, 1e15] {
        let (_, found, _) = trained(unit);
        assert!((found - r2).abs() < 0.02, "{unit}: R² {found}, not {r2}");
    }
    // In powers of two nothing is rounded: the same training bit by bit.
    for unit in [2.0_f64.powi(-20), 0.125, 1024.0, 2.0_f64.powi(40)] {
        let (other, found, scaled) = trained(unit);
        assert_eq!(found, r2);
        assert_eq!((other.best(), other.end()), (history.best(), history.end()));
        let j = |history: &History, by: f64| {
            history.epochs().iter().map(|epoch| epoch.j * by).collect::<Vec<_>>()
        };
        assert_eq!(j(&other, 1.0), j(&history, unit * unit));
        let last: Vec<f32> =
            model.net().theta2.bias.iter().map(|bias| bias * unit as f32).collect();
        assert_eq!(scaled.net().theta2.bias.as_slice(), last);
        assert!(scaled.net().theta1 == model.net().theta1);
    }
}

/// Nor in units that are no powers of two: the same epochs, and the same Θ but for the last, which is
/// that of y.
#[test]
fn the_unit_of_y_changes_nothing_but_units() {
    let trained = |unit: f64| {
        let (x, y) = smooth::<f64>(400, unit);
        let mut model = Regressor::<Net<f64>>::seeded(1).rate(0.01);
        let history = model.fit(&x, &y).unwrap();
        (history, model)
    };
    let near = |found: f64, expected: f64, what: &str| {
        assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{what}: {found}");
    };
    let (history, model) = trained(1.0);
    for unit in [1e-6, 1e6, 1.5, 0.7, 1e-150] {
        let (other, scaled) = trained(unit);
        assert_eq!(other.epochs().len(), history.epochs().len(), "{unit}");
        assert_eq!((other.best(), other.end()), (history.best(), history.end()));
        for (found, expected) in other.epochs().iter().zip(history.epochs()) {
            near(found.j / unit / unit / expected.j, 1.0, "J");
        }
        let [found, expected] = [&scaled, &model].map(|model| model.net());
        for (found, expected) in found.theta1.weights.iter().zip(&expected.theta1.weights) {
            near(*found, *expected, "theta1");
        }
        for (found, expected) in found.theta2.weights.iter().zip(&expected.theta2.weights) {
            near(found / unit, *expected, "theta2");
        }
        near(found.theta2.bias[0] / unit, expected.theta2.bias[0], "the last bias");
    }
}

/// A y whose size is subnormal, or whose square is none, is trained with or refused, and is no panic.
#[test]
fn a_regressor_takes_y_of_the_least_size() {
    let (x, y) = smooth::<f64>(40, 1e-315);
    Regressor::<Net<f64>>::seeded(1).fit(&x, &y).unwrap();
    let (x, y) = smooth::<f32>(400, 1e-40);
    let mut model = Regressor::<Net<f32>>::seeded(1).rate(0.01);
    model.fit(&x, &y).unwrap();
    // There are some 16 bits of it.
    assert!(model.score(&x, &y).unwrap() > 0.9);
}

/// A y that never changes, one that is far from 0, and two outputs of different sizes.
#[test]
fn a_regressor_takes_every_y() {
    let x: Vec<[f32; 8]> = smooth(100, 1.0).0;
    for y in [0.0, 7.5, -3e-20, 2e15] {
        let mut model = Regressor::<Net<f32>>::seeded(1).rate(0.01);
        model.fit(&x, &vec![[y]; 100]).unwrap();
        let error = model.predict(&x).unwrap().iter().map(|h| (h[0] - y).abs()).fold(0.0, f32::max);
        let size = if y == 0.0 { 1.0 } else { y.abs() };
        assert!(error <= 0.2 * size, "{y}: {error}");
    }
    let (x, mut y) = smooth::<f64>(300, 1e-3);
    let fitted = |y: &[[f64; 1]]| {
        let mut model = Regressor::<Net<f64>>::seeded(1).rate(0.01);
        model.fit(&x, y).unwrap();
        model.score(&x, y).unwrap()
    };
    let expected = fitted(&y);
    y.iter_mut().for_each(|y| y[0] += 300.0);
    assert!((fitted(&y) - expected).abs() < 1e-6);
    // The sizes of outputs, beside each other, are part of J.
    let both: Vec<[f64; 2]> = y.iter().map(|y| [y[0], 1e-3 * y[0]]).collect();
    let mut model = Regressor::<Pair<f64>>::seeded(1).rate(0.01);
    let history = model.fit(&x, &both).unwrap();
    let j = model.net().cost(&x, &both, &Regularization::none()).unwrap();
    let last = history.epochs().last().unwrap().j;
    assert!((0.5..2.0).contains(&(last / j)), "{last} and {j}");
}

/// What is wrong with a y is said of y as it came.
#[test]
fn a_regressor_names_a_y_that_is_none() {
    let (x, mut y) = smooth::<f32>(10, 1e-3);
    let error = |y: &[[f32; 1]]| Regressor::<Net<f32>>::seeded(1).fit(&x, y).unwrap_err().error;
    y[4] = [f32::INFINITY];
    let Error::Target { example: 4, fault } = error(&y) else { panic!("{}", error(&y)) };
    assert_eq!((fault.entry, fault.value), (Some(0), f64::INFINITY));
    y[4] = [f32::NAN];
    assert!(matches!(error(&y), Error::Target { example: 4, .. }));
    assert!(matches!(error(&y[1..]), Error::ExampleCounts { inputs: 10, targets: 9 }));
    assert!(matches!(error(&[]), Error::ExampleCounts { inputs: 10, targets: 0 }));
    // J overflows.
    y[4] = [3e38];
    assert!(matches!(error(&y), Error::Diverged { epoch: 1, .. }), "{}", error(&y));
}

/// Where the last Θ cannot take a unit on, y is what it is: h is between 0 and 1 there, or the cost
/// has a unit of its own.
#[test]
fn other_outputs_and_costs_take_y_as_it_is() {
    let (x, y) = smooth::<f64>(40, 0.1);
    let early = EarlyStopping::patience(11).least_progress(1e-4).keep_last();
    let lambda = Regularization::coursera(1e-4);
    macro_rules! same {
        ($net:ident) => {
            let mut model = Regressor::<$net<f64>>::seeded(1);
            let history = model.fit(&x, &y).unwrap();
            let expected = model.net().parameters().to_vec();
            let habit = Fit::new().epochs(200).batch(200).regularization(lambda);
            assert_eq!(model.fit_with(habit.early_stopping(early), &x, &y).unwrap(), history);
            assert!(model.net().parameters() == expected);
        };
    }
    same!(Bounded);
    same!(Robust);
}

network! {
    pub struct Bounded(8 => 4 Tanh => 1 Sigmoid) minimizing HalfSquaredError;
}

network! {
    pub struct Robust(8 => 4 Tanh => 1 Identity) minimizing Huber;
}
