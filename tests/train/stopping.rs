//! What counts as progress, for a plateau and for early stopping.

use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::train::{Classifier, EarlyStopping, End, Fit, History};
use constprop::{CostOfA, Error, Plateau, Real};

/// The factors after each J.
fn factors(mut plateau: Plateau, j: impl IntoIterator<Item = f64>) -> Vec<f64> {
    j.into_iter().map(|j| plateau.observe(j)).collect()
}

/// A J below 0 that rises is no progress, however slowly it does; one that falls by more than 1e-4 of
/// its magnitude is.
#[test]
fn a_plateau_of_negative_j_reacts() {
    let rising = (0..7).map(|i| -1.0 + 5e-5 * f64::from(i));
    let plateau = Plateau::new(0.5, 2).unwrap();
    assert_eq!(factors(plateau, rising), [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25]);
    let falling = (0..7).map(|i| -1.0 - 2e-4 * f64::from(i));
    assert_eq!(factors(plateau, falling), [1.0; 7]);
    let hardly = (0..7).map(|i| -1.0 - 1e-5 * f64::from(i));
    assert_eq!(factors(plateau, hardly), [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25]);
}

/// Through 0, and from it: whatever is less is progress there.
#[test]
fn a_plateau_goes_through_zero() {
    let plateau = Plateau::new(0.5, 0).unwrap();
    assert_eq!(factors(plateau, [1e-3, 0.0, -1e-9, -1e-3, -1.0]), [1.0; 5]);
    assert_eq!(factors(plateau, [0.0, 0.0, -0.0, 1e-300]), [1.0, 0.5, 0.25, 0.125]);
}

/// What is no finite number is no progress, and nothing that later epochs are measured by.
#[test]
fn a_plateau_takes_no_j_that_is_not_finite() {
    let plateau = Plateau::new(0.5, 0).unwrap();
    let j = [f64::INFINITY, f64::NAN, 2.0, f64::NEG_INFINITY, 1.0, f64::INFINITY, 0.5];
    assert_eq!(factors(plateau, j), [0.5, 0.25, 0.25, 0.125, 0.125, 0.0625, 0.0625]);
}

network! {
    pub struct Bias(1 => 1 Identity) minimizing HalfSquaredError;
}

/// A cost below 0: as a likelihood may be, whose density is above 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Negative;

impl CostOfA for Negative {
    const NAME: &'static str = "Negative";

    fn cost<V: Real>(a: V, y: V) -> V {
        let off = a - y;
        off.clone() * off * V::constant(0.5) - V::constant(3.0)
    }

    fn slope<V: Real>(a: V, y: V) -> V {
        a - y
    }

    fn curvature<V: Real>(_: V, _: V) -> V {
        V::one()
    }
}

network! {
    pub struct Likely(1 => 1 Identity) minimizing Negative;
}

/// The epochs of a training of one example, y = 0 from a bias of `first` on: J is ½ b², and b is
/// multiplied with 1 − `rate` in each.
fn epochs<N>(first: f64, rate: f64, early: EarlyStopping) -> History
where
    N: Network<Scalar = f64, Input = [f64; 1], Target = [f64; 1]>,
{
    let mut net = N::zeros();
    net.parameters_mut()[0] = first;
    let mut descent = GradientDescent::new(rate).unwrap();
    let fit = Fit::new().epochs(1000).early_stopping(early);
    fit.run(&mut net, &mut descent, &[[0.0]], &[[0.0]]).unwrap()
}

/// J falls by a 2e-5th of its first in each epoch: that is less than is asked for, in one epoch or in
/// a hundred. The best is the last epoch all the same.
#[test]
fn slow_progress_does_not_add_up() {
    let early = EarlyStopping::patience(10).least_progress(1e-4);
    let history = epochs::<Bias<f64>>(1.0, 1e-5, early);
    assert_eq!((history.epochs().len(), history.end()), (11, End::Early));
    assert_eq!(history.best(), Some(11));
    // As fast as that ten times over, it is enough.
    let history = epochs::<Bias<f64>>(1.0, 1e-4, early);
    assert_eq!(history.epochs().len(), 1000);
}

/// What is no share is refused before anything is trained: below 0 it would never stop, at ∞ always.
#[test]
fn a_least_progress_that_is_none_is_refused() {
    for share in [-1.0, -1e-300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let early = EarlyStopping::patience(3).least_progress(share);
        let (mut net, mut descent) = (Bias::<f64>::zeros(), GradientDescent::new(0.1).unwrap());
        let fit = Fit::new().early_stopping(early);
        let failure = fit.run(&mut net, &mut descent, &[[0.0]], &[[1.0]]).unwrap_err();
        let Error::Setting { name: "early stopping: least progress", value, expected } =
            failure.error
        else {
            panic!("{share}: {failure}")
        };
        assert!(value.to_bits() == share.to_bits() && expected == "finite and not negative");
        assert!(net.parameters() == [0.0, 0.0] && failure.history.epochs().is_empty());
    }
    let early = EarlyStopping::patience(1).least_progress(-0.0);
    assert!(epochs::<Bias<f64>>(1.0, 0.5, early).epochs().len() > 100);
}

/// scikit-learn's loop: `_update_no_improvement_count`, with `tol` a J.
fn stops_as_scikit_learn(j: &[f64], tol: f64, patience: usize) -> usize {
    let (mut best, mut count) = (f64::INFINITY, 0);
    for (epoch, &j) in j.iter().enumerate() {
        count = if j > best - tol { count + 1 } else { 0 };
        best = best.min(j);
        if count >= patience {
            return epoch + 1;
        }
    }
    j.len()
}

/// On courses of J that fall ever more slowly, with noise.
#[test]
fn it_stops_where_scikit_learn_does() {
    for seed in 0..20 {
        let mut rng = constprop::rng(seed);
        let x: Vec<[f64; 3]> =
            (0..40).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
        let y: Vec<[f64; 1]> =
            x.iter().map(|x| [x[0] - x[1] * x[2] + rng.random_range(-0.1..0.1)]).collect();
        let train = |early: Option<EarlyStopping>| {
            let mut net = Small::<f64>::seeded(seed);
            let mut descent = GradientDescent::new(0.3).unwrap();
            let mut fit = Fit::new().epochs(300).batch(9).seed(seed).validation_split(0.4);
            if let Some(early) = early {
                fit = fit.early_stopping(early);
            }
            fit.run(&mut net, &mut descent, &x, &y).unwrap()
        };
        let whole = train(None);
        let j: Vec<f64> = whole.epochs().iter().map(|epoch| epoch.validation_j.unwrap()).collect();
        for (share, patience) in [(0.0, 3), (1e-3, 2), (1e-2, 5)] {
            let history = train(Some(EarlyStopping::patience(patience).least_progress(share)));
            let expected = stops_as_scikit_learn(&j, share * j[0].abs(), patience);
            assert_eq!(history.epochs().len(), expected, "{seed}, {share}, {patience}");
            let best = (0..expected).min_by(|&a, &b| j[a].total_cmp(&j[b])).unwrap();
            assert_eq!(history.best(), Some(best + 1));
        }
    }
}

/// A classifier by habit ends where scikit-learn's does, by the same J.
#[test]
fn a_classifier_by_habit_stops_where_scikit_learn_does() {
    let mut rng = constprop::rng(2);
    let x: Vec<[f32; 3]> =
        (0..90).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    // Of three, one is right by chance.
    let labels: Vec<usize> = (0..90).map(|_| rng.random_range(0..3)).collect();
    let mut model = Classifier::<Chance<f32>>::seeded(1).rate(0.02);
    let whole = Fit::new().epochs(200).batch(200).regularization(Regularization::coursera(1e-4));
    let whole = model.fit_with(whole, &x, &labels).unwrap();
    let j: Vec<f64> = whole.epochs().iter().map(|epoch| epoch.j).collect();
    let expected = stops_as_scikit_learn(&j, 1e-4 * j[0], 11);
    let history = model.fit(&x, &labels).unwrap();
    assert_eq!((history.epochs().len(), history.end()), (expected, End::Early));
    assert!(expected < 200, "{expected}");
}

network! {
    pub struct Chance(3 => 3 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct Small(3 => 5 Tanh => 1 Identity) minimizing HalfSquaredError;
}

/// A negative J that rises is no progress, one that falls is, in shares of its magnitude.
#[test]
fn it_stops_where_a_negative_j_rises() {
    // b grows by a thousandth in each epoch, from where J is −2.995 on.
    let early = |share| EarlyStopping::patience(3).least_progress(share);
    let rising = epochs_rising(early(0.0));
    assert_eq!((rising.best(), rising.epochs().len(), rising.end()), (Some(1), 4, End::Early));
    let falling = epochs::<Likely<f64>>(1.0, 0.1, early(0.01));
    // J + 3 is 0.5, 0.405, 0.328, …, and the share of |J| = 2.5 is 0.025: 0.8¹⁰⁄² and on are too little.
    let j: Vec<f64> = falling.epochs().iter().map(|epoch| epoch.j).collect();
    assert_eq!(falling.epochs().len(), stops_as_scikit_learn(&j, 0.025, 3));
    assert!(j[0] == -2.5 && falling.epochs().len() < 20);
}

/// Of a validation that the training leads away from.
fn epochs_rising(early: EarlyStopping) -> History {
    let mut net = Likely::new(Theta::new([0.1], [[0.0]]));
    let mut descent = GradientDescent::new(0.001).unwrap();
    let (x, y, vy) = ([[0.0]], [[10.0]], [[0.0]]);
    let fit = Fit::new().epochs(50).validation(&x, &vy).early_stopping(early);
    fit.run(&mut net, &mut descent, &x, &y).unwrap()
}

/// J times a power of two, by weights of the examples and a rate that is as much smaller: the same
/// parameters bit by bit, and so the same epochs, for early stopping and plateau alike.
#[test]
fn epochs_do_not_depend_on_the_unit_of_j() {
    let mut rng = constprop::rng(5);
    let x: Vec<[f64; 3]> =
        (0..60).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    let y: Vec<[f64; 1]> = x.iter().map(|x| [x[0] + rng.random_range(-0.5..0.5)]).collect();
    let course = |power: i32, seed: u64| {
        let unit = 2.0_f64.powi(power);
        let weights = vec![unit; 60];
        let mut net = Small::<f64>::seeded(seed);
        let mut descent = GradientDescent::new(0.5 / unit).unwrap();
        let history = Fit::new()
            .epochs(400)
            .batch(8)
            .seed(seed)
            .weights(&weights)
            .validation_split(0.25)
            .reduce_on_plateau(Plateau::new(0.5, 3).unwrap())
            .early_stopping(EarlyStopping::patience(20).least_progress(1e-3))
            .run(&mut net, &mut descent, &x, &y)
            .unwrap();
        let rates: Vec<f64> = history.epochs().iter().map(|epoch| epoch.rate * unit).collect();
        let j: Vec<f64> =
            history.epochs().iter().map(|epoch| epoch.validation_j.unwrap() / unit).collect();
        (net.parameters().to_vec(), history.best(), history.end(), rates, j)
    };
    for seed in 0..5 {
        let expected = course(0, seed);
        assert!(expected.2 == End::Early && expected.3[0] > *expected.3.last().unwrap());
        for power in [-300, -20, -1, 1, 20, 300] {
            assert!(course(power, seed) == expected, "2^{power}, seed {seed}");
        }
    }
}

/// A J that is not finite is no best, and none that counts as the first.
#[test]
fn what_is_not_finite_is_no_best() {
    // Of the cost of the example that validates.
    let j = [f64::NAN, f64::NEG_INFINITY, f64::INFINITY, 4.0, 3.99, f64::NEG_INFINITY, 3.98];
    let mut net = Strange::<f64>::zeros();
    let mut descent = GradientDescent::new(1.0).unwrap();
    let vy: Vec<[f64; 1]> = vec![[-1.0]];
    let fit = Fit::new().epochs(7).validation(&[[0.0]], &vy);
    let early = EarlyStopping::patience(3).least_progress(0.001);
    let history =
        fit.early_stopping(early).run(&mut net, &mut descent, &[[0.0]], &[[1.0]]).unwrap();
    let found: Vec<f64> =
        history.epochs().iter().map(|epoch| epoch.validation_j.unwrap()).collect();
    assert_eq!(format!("{found:?}"), format!("{:?}", &j[..3]));
    assert_eq!((history.best(), history.end()), (None, End::Early));
    // More patience.
    let mut net = Strange::<f64>::zeros();
    let fit = Fit::new().epochs(7).validation(&[[0.0]], &vy);
    let early = EarlyStopping::patience(4).least_progress(0.001);
    let history =
        fit.early_stopping(early).run(&mut net, &mut descent, &[[0.0]], &[[1.0]]).unwrap();
    assert_eq!((history.best(), history.epochs().len()), (Some(7), 7));
    assert_eq!(net.parameters()[0], 7.0);
}

/// With y = 1 it draws a up by 1 in each epoch of rate 1; with y = −1 it is the J of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Listed;

impl CostOfA for Listed {
    const NAME: &'static str = "Listed";

    fn cost<V: Real>(a: V, y: V) -> V {
        let j = [f64::NAN, f64::NEG_INFINITY, f64::INFINITY, 4.0, 3.99, f64::NEG_INFINITY, 3.98];
        let mut listed = V::zero();
        for (epoch, j) in (1_u8..).zip(j) {
            let before = V::constant(f64::from(epoch) - 0.5);
            listed = a.clone().select_gt(before, V::constant(j), listed);
        }
        y.select_gt(V::zero(), V::zero() - a, listed)
    }

    fn slope<V: Real>(_: V, _: V) -> V {
        V::constant(-1.0)
    }

    fn curvature<V: Real>(_: V, _: V) -> V {
        V::zero()
    }
}

network! {
    pub struct Strange(1 => 1 Identity) minimizing Listed;
}

/// Plateau and early stopping look at the examples that validate, of which J has no λ: here J of those
/// trained with falls all the time, and that of the others rises, or the other way round.
#[test]
fn what_validates_is_what_is_watched() {
    let run = |y: f64, lambda: f64| {
        let mut net = Bias::new(Theta::new([1.0], [[1.0]]));
        let mut descent = GradientDescent::new(0.125).unwrap();
        let lambda = Regularization::article(lambda).with_bias();
        let fit = Fit::new().epochs(12).regularization(lambda).validation(&[[0.0]], &[[0.0]]);
        let fit = fit.reduce_on_plateau(Plateau::new(0.5, 0).unwrap());
        let fit = fit.early_stopping(EarlyStopping::patience(5));
        let history = fit.run(&mut net, &mut descent, &[[0.0]], &[[y]]).unwrap();
        let rates: Vec<f64> = history.epochs().iter().map(|epoch| epoch.rate).collect();
        (history, rates, net)
    };
    let (history, rates, _) = run(9.0, 0.0);
    assert!(history.epochs().windows(2).all(|pair| pair[1].j < pair[0].j));
    assert_eq!(rates, [0.125, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125]);
    assert_eq!((history.best(), history.end()), (Some(1), End::Early));
    let (history, rates, net) = run(0.0, 1e-3);
    assert_eq!((history.epochs().len(), rates[11]), (12, 0.125));
    let bias = net.theta1.bias[0];
    assert_eq!(history.epochs()[11].validation_j, Some(0.5 * bias * bias));
}
