//! Heads of policies: slopes against dual numbers, distributions against their definition and their samples.

use std::array::from_fn;
use std::convert::Infallible;

use constprop::check::{At, Check, Dual, Report, Whole};
use constprop::heads::{Categorical, Gaussian, GaussianSlopes, SquashedGaussian, noise};
use constprop::prelude::*;
use constprop::{DjDa, Error};
use proptest::prelude::*;
use rand::{RngExt, TryRng};

use crate::common::config;

/// Logits near each other, far apart, and where nothing but one class is left.
const LOGITS: [[f64; 4]; 4] = [
    [0.3, -0.2, 0.9, 0.0],
    [12.0, -9.0, 3.0, 5.0],
    [800.0, -800.0, 0.0, 799.0],
    [-3.0, -3.1, -2.9, -3.0],
];

fn by_parts<V: Real>(x: &[V]) -> [Gaussian<V, 2>; 2] {
    let head = |x: &[V]| Gaussian::from_output::<4>(&from_fn(|i| x[i].clone()));
    [head(&x[..4]), head(&x[4..])]
}

fn check(f: impl Fn(&[Dual]) -> Dual, gradient: impl Fn(&[f64]) -> Vec<f64>, x: &[f64]) -> Report {
    Check::exact().function(f, gradient, x).unwrap()
}

#[test]
fn slopes_of_a_categorical_head_are_exact() {
    fn of<V: Copy>(x: &[V]) -> Categorical<V, 4> {
        Categorical { z: *x.first_chunk().unwrap() }
    }
    fn heads<V: Copy>(x: &[V]) -> [Categorical<V, 4>; 2] {
        [of(x), of(&x[4..])]
    }
    for z in LOGITS {
        for action in 0..4 {
            let log = |x: &[Dual]| of(x).log_probability(action).unwrap();
            let slopes = |x: &[f64]| {
                let head = of(x);
                head.log_probability_slopes(action).unwrap().to_vec()
            };
            check(log, slopes, &z).assert_correct();
        }
        let entropy = |x: &[Dual]| of(x).entropy();
        let slopes = |x: &[f64]| of(x).entropy_slopes().to_vec();
        check(entropy, slopes, &z).assert_correct();
        for other in LOGITS.into_iter().filter(|other| *other != z) {
            let kl = |x: &[Dual]| {
                let [p, q] = heads(x);
                p.kl(&q)
            };
            let slopes = |x: &[f64]| {
                let [p, q] = heads(x);
                p.kl_slopes(&q).as_flattened().to_vec()
            };
            check(kl, slopes, &[z, other].concat()).assert_correct();
        }
    }
}

/// Two means, two ln σ, twice; the last where σ is as small and as large as may be.
const GAUSSIANS: [[f64; 8]; 3] = [
    [0.3, -1.2, 0.1, -0.7, 0.5, 0.4, -0.3, 0.2],
    [3.0, -4.0, -2.0, 1.5, 3.0, -4.0, -2.001, 1.5],
    [1e-9, 5e8, -20.0, 20.0, 0.0, 0.0, -19.5, 19.5],
];

#[test]
fn slopes_of_gaussian_heads_are_exact() {
    let flat = |slopes: &[GaussianSlopes<f64, 2>]| -> Vec<f64> {
        slopes.iter().flat_map(GaussianSlopes::to_output::<4>).collect()
    };
    let fixed = |x: [f64; 2]| x.map(Dual::fixed);
    for x in GAUSSIANS {
        let own = &x[..4];
        let [head, _] = by_parts(&x);
        let one = |x: &[Dual]| by_parts(&[x, x].concat())[0];
        let of = |x: &[f64]| by_parts(&[x, x].concat())[0];
        for noise in [[0.4, -1.1], [-2.5, 0.0], [0.0, 3.0]] {
            // Of u held fixed, whatever ε it came of.
            let u = head.at(&noise);
            let log = |x: &[Dual]| one(x).log_probability(&fixed(u));
            check(log, |x| flat(&[of(x).log_probability_slopes(&u)]), own).assert_correct();
            let log = |x: &[Dual]| SquashedGaussian(one(x)).log_probability(&fixed(u));
            let slopes = |x: &[f64]| flat(&[SquashedGaussian(of(x)).log_probability_slopes(&u)]);
            check(log, slopes, own).assert_correct();
            // Of ε held fixed.
            let j = |x: &[Dual]| {
                let [first, second] = one(x).at(&fixed(noise));
                first * second + one(x).log_probability(&[first, second])
            };
            let slopes = |x: &[f64]| {
                let [first, second] = of(x).at(&noise);
                let mut slopes = of(x).pull_back(&noise, &[second, first]);
                slopes.log_sigma.iter_mut().for_each(|slope| *slope -= 1.0);
                flat(&[slopes])
            };
            check(j, slopes, own).assert_correct();
            let entropy = |x: &[Dual]| SquashedGaussian(one(x)).entropy_from(&fixed(noise));
            let slopes = |x: &[f64]| flat(&[SquashedGaussian(of(x)).entropy_slopes_from(&noise)]);
            check(entropy, slopes, own).assert_correct();
            // SAC's: α ln π − Q, with Q the product of both actions.
            let j = |x: &[Dual]| {
                let head = SquashedGaussian(one(x));
                let u = head.0.at(&fixed(noise));
                let [first, second] = head.action(&u);
                Dual::fixed(0.2) * head.log_probability(&u) - first * second
            };
            let slopes = |x: &[f64]| {
                let head = SquashedGaussian(of(x));
                let [first, second] = head.action(&head.0.at(&noise));
                flat(&[head.pull_back(&noise, &[-second, -first], &0.2)])
            };
            check(j, slopes, own).assert_correct();
        }
        check(|x| one(x).entropy(), |x| flat(&[of(x).entropy_slopes()]), own).assert_correct();
        let kl = |x: &[Dual]| {
            let [p, q] = by_parts(x);
            p.kl(&q)
        };
        let slopes = |x: &[f64]| {
            let [p, q] = by_parts(x);
            let [p, q] = [SquashedGaussian(p), SquashedGaussian(q)];
            assert_eq!(p.kl(&q), p.0.kl(&q.0));
            flat(&p.kl_slopes(&q))
        };
        check(kl, slopes, &x).assert_correct();
    }
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
}

/// ∫ f(u) du by the trapezium rule, which is exact to rounding for what vanishes so fast.
fn integral(f: impl Fn(f64) -> f64) -> f64 {
    (-12_000..=12_000).map(|step| f(f64::from(step) / 1000.0)).sum::<f64>() / 1000.0
}

#[test]
fn distributions_are_what_they_are_defined_as() {
    let [p, q] = [LOGITS[0], LOGITS[1]].map(|z| Categorical { z });
    let exps = |z: [f64; 4]| {
        let total: f64 = z.iter().map(|z| z.exp()).sum();
        z.map(|z| z.exp() / total)
    };
    let (of_p, of_q) = (exps(p.z), exps(q.z));
    let mean = |f: &dyn Fn(usize) -> f64| (0..4).map(|k| of_p[k] * f(k)).sum::<f64>();
    near(p.log_probability(2).unwrap(), of_p[2].ln(), 1e-14);
    near(p.probabilities()[3], of_p[3], 1e-15);
    near(p.entropy(), -mean(&|k| of_p[k].ln()), 1e-14);
    near(p.kl(&q), mean(&|k| (of_p[k] / of_q[k]).ln()), 1e-13);
    assert_eq!(p.kl(&p), 0.0);

    let [mean, sigma, other, of_other] = [0.4, 0.7_f64, -0.3, 1.3_f64];
    let p = Gaussian { mean: [mean], log_sigma: [sigma.ln()] };
    let q = Gaussian { mean: [other], log_sigma: [of_other.ln()] };
    let density = |u: f64| p.log_probability(&[u]).exp();
    near(density(1.1), (-0.5_f64).exp() / (sigma * (2.0 * std::f64::consts::PI).sqrt()), 1e-15);
    near(integral(density), 1.0, 1e-12);
    near(integral(|u| -density(u) * p.log_probability(&[u])), p.entropy(), 1e-12);
    let ratio = |u: f64| p.log_probability(&[u]) - q.log_probability(&[u]);
    near(integral(|u| density(u) * ratio(u)), p.kl(&q), 1e-12);
    assert_eq!(p.kl(&p), 0.0);
    // Of several entries, sums.
    let both = Gaussian { mean: [mean, other], log_sigma: [p.log_sigma[0], q.log_sigma[0]] };
    near(both.entropy(), p.entropy() + q.entropy(), 1e-15);

    // π(a) da = N(u) du, with da = (1 − tanh² u) du.
    let [p, q] = [p, q].map(SquashedGaussian);
    let width = |u: f64| 1.0 - u.tanh() * u.tanh();
    for u in [-2.0, 0.0, 0.5, 3.0] {
        near(p.log_probability(&[u]) + width(u).ln(), p.0.log_probability(&[u]), 1e-12);
        assert_eq!(p.action(&[u]), [u.tanh()]);
    }
    let log_ratio = |u: f64| p.log_probability(&[u]) - q.log_probability(&[u]);
    near(integral(|u| density(u) * log_ratio(u)), p.kl(&q), 1e-12);
    let entropy = integral(|u| -density(u) * p.log_probability(&[u]));
    let samples = integral(|u| density(u) * p.entropy_from(&[(u - mean) / sigma]));
    near(samples, entropy, 1e-12);
    // Far out nothing is left of 1 − tanh² u: ln π grows by 2 |u|.
    let at = |u: f64| p.log_probability(&[u]) - p.0.log_probability(&[u]);
    near(at(400.0), 800.0 - 4.0_f64.ln(), 1e-10);
    near(at(-400.0), at(400.0), 1e-10);
}

#[test]
fn what_check_takes_stays_finite_in_both_scalars() {
    for z in [[0.0, 1e6, -1e6], [f32::MAX / 2.0, 0.0, -f32::MAX / 2.0], [-1e30, -1e30, -1e30]] {
        let (head, other) = (Categorical { z }, Categorical { z: [1.0, 2.0, 3.0] });
        head.check().unwrap();
        let numbers = [head.log_probabilities(), head.entropy_slopes(), head.probabilities()];
        let [by_p, by_q] = head.kl_slopes(&other);
        let scalars = [head.entropy(), head.kl(&other), other.kl(&head)];
        for x in numbers.as_flattened().iter().chain(&by_p).chain(&by_q).chain(&scalars) {
            assert!(x.is_finite(), "{x} of {z:?}");
        }
    }
    // Beyond that ln π is −∞, and nothing is NaN.
    let head = Categorical { z: [f32::MAX, f32::MIN, 0.0] };
    assert_eq!(head.log_probabilities()[1], f32::NEG_INFINITY);
    assert_eq!((head.entropy(), head.kl(&head)), (0.0, 0.0));
    assert_eq!((head.entropy_slopes(), head.sample(&mut constprop::rng(0))), ([0.0; 3], Ok(0)));

    for [first, second] in [[-20.0_f32, 20.0], [20.0, -20.0], [-20.0, -20.0], [20.0, 20.0]] {
        let p = Gaussian { mean: [3.0_f32], log_sigma: [first] };
        let q = Gaussian { mean: [-3.0_f32], log_sigma: [second] };
        p.check().unwrap();
        let u = p.at(&[2.0]);
        let [by_p, by_q] = p.kl_slopes(&q);
        let squashed = SquashedGaussian(p);
        let back = squashed.pull_back(&[2.0], &[1.0], &1.0);
        let slopes = [p.log_probability_slopes(&u), by_p, by_q, back];
        let slopes = slopes.iter().flat_map(GaussianSlopes::to_output::<2>);
        let numbers = [p.log_probability(&u), squashed.log_probability(&u), p.kl(&q), p.entropy()];
        for x in slopes.chain(numbers) {
            assert!(x.is_finite(), "{x} at {first}, {second}");
        }
    }
}

#[test]
fn what_is_no_head_is_named_and_nothing_is_drawn() {
    let mut rng = constprop::rng(3);
    let of = |name, entry, value: f64, expected| Error::Head { name, entry, value, expected };
    let head = Categorical { z: [0.0, f64::INFINITY] };
    let found = head.sample(&mut rng).unwrap_err();
    assert_eq!(found, of("logit", 1, f64::INFINITY, "finite"));
    assert_eq!(found.to_string(), "logit: entry 1 is inf; it must be finite");
    let beyond = Err(Error::Label { label: 2, classes: 2 });
    assert_eq!(head.log_probability(2), beyond);
    assert_eq!(head.log_probability_slopes(2).map(|_| 0.0), beyond);
    let sigma_of_0 = Gaussian { mean: [1.0], log_sigma: [0.0_f64.ln()] };
    let squashed = SquashedGaussian(sigma_of_0);
    let found = squashed.sample(&mut rng).unwrap_err();
    assert_eq!(found, of("log sigma", 0, f64::NEG_INFINITY, "from -20 to 20"));
    assert_eq!(squashed.check(), Err(found));
    let head = Gaussian { mean: [0.0_f32, f32::NAN], log_sigma: [0.0, 21.0] };
    assert!(matches!(head.sample(&mut rng), Err(Error::Head { name: "mean", entry: 1, .. })));
    let head = Gaussian { mean: [0.0_f32; 2], ..head };
    let found = head.sample(&mut rng).unwrap_err();
    assert_eq!(found.to_string(), "log sigma: entry 1 is 21; it must be from -20 to 20");
    assert_eq!(rng.random::<u64>(), constprop::rng(3).random::<u64>());
}

/// Any numbers, also none: an action, or an error that names what is there.
#[test]
fn any_number_is_drawn_from_or_named() {
    let numbers = prop_oneof![
        4 => -30.0..30.0_f64,
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::MAX, f64::MIN, 0.0]),
    ];
    proptest!(config(), |(x in prop::array::uniform4(numbers), seed: u64)| {
        let mut rng = constprop::rng(seed);
        let wrong = x.iter().position(|x| !x.is_finite());
        let head = Categorical { z: x };
        match head.sample(&mut rng) {
            Ok(action) => prop_assert!(wrong.is_none() && action < 4),
            Err(Error::Head { name: "logit", entry, .. }) => prop_assert_eq!(Some(entry), wrong),
            Err(error) => prop_assert!(false, "{error}"),
        }
        let head = SquashedGaussian(Gaussian::<_, 2>::from_output(&x));
        let beyond = x[2..].iter().position(|x| x.is_nan() || x.abs() > 20.0);
        match head.sample(&mut rng) {
            Ok(u) => {
                prop_assert!(wrong.is_none() && beyond.is_none());
                prop_assert!(head.action(&u).iter().all(|a| a.abs() <= 1.0));
            }
            Err(Error::Head { name: "mean", entry, .. }) => prop_assert_eq!(Some(entry), wrong),
            Err(Error::Head { name: "log sigma", entry, .. }) => {
                prop_assert_eq!(Some(entry), beyond);
            }
            Err(error) => prop_assert!(false, "{error}"),
        }
    });
}

const SAMPLES: usize = 20_000;

#[test]
fn samples_have_the_distribution_they_are_drawn_from() {
    let mut rng = constprop::rng(7);
    // χ² with 3 degrees of freedom: 16.3 in a thousandth of all cases.
    let head = Categorical { z: [0.3_f64, -2.0, 0.9, 0.0] };
    let mut counts = [0.0; 4];
    (0..SAMPLES).for_each(|_| counts[head.sample(&mut rng).unwrap()] += 1.0);
    let expected = head.probabilities().map(|p| p * SAMPLES as f64);
    let squares = counts.iter().zip(&expected).map(|(n, e): (&f64, _)| (n - e) * (n - e) / e);
    assert!(squares.sum::<f64>() < 16.3, "{counts:?} for {expected:?}");
    // What has no probability is never drawn, wherever it stands.
    let head = Categorical { z: [-1e4_f32, 0.0, -1e4] };
    assert!((0..1000).all(|_| head.sample(&mut rng) == Ok(1)));

    // Kolmogorov and Smirnov: √n D is beyond 1.95 in a thousandth of all cases. The distribution is
    // counted from the density itself.
    let head = Gaussian { mean: [0.4_f64], log_sigma: [-0.5] };
    let squashed = SquashedGaussian(head);
    let mut samples: Vec<f64> =
        (0..SAMPLES).map(|_| squashed.action(&squashed.sample(&mut rng).unwrap())[0]).collect();
    samples.sort_by(f64::total_cmp);
    const CELLS: usize = 20_000;
    let (mut below, mut next, mut largest) = (0.0, 0, 0.0_f64);
    for cell in 0..CELLS {
        let a = (2 * cell + 1) as f64 / CELLS as f64 - 1.0;
        below += squashed.log_probability(&[a.atanh()]).exp() * 2.0 / CELLS as f64;
        let end = (2 * cell + 2) as f64 / CELLS as f64 - 1.0;
        next += samples[next..].iter().take_while(|sample| **sample <= end).count();
        largest = largest.max((next as f64 / SAMPLES as f64 - below).abs());
    }
    assert_eq!(next, SAMPLES);
    assert!((below - 1.0_f64).abs() < 1e-6, "{below}");
    assert!(largest * (SAMPLES as f64).sqrt() < 1.95, "{largest}");

    // The same numbers for both scalars.
    let (a, b): ([f32; 3], [f64; 3]) =
        (noise(&mut constprop::rng(1)), noise(&mut constprop::rng(1)));
    assert_eq!(a, b.map(|b| b as f32));
}

/// A generator of one number.
struct Always(u64);

impl TryRng for Always {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("a uniform number takes 64 bits")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Infallible> {
        unreachable!("a uniform number takes 64 bits")
    }
}

#[test]
fn a_number_at_a_border_and_one_behind_all_of_them() {
    // π_0 = ½ is not more than ½.
    let head = Categorical { z: [0.0_f64; 2] };
    assert_eq!(head.sample(&mut Always(1 << 63)), Ok(1));
    assert_eq!(head.sample(&mut Always((1 << 63) - (1 << 11))), Ok(0));
    // Rounded to `f32`, 25 classes are less than 1 together; two more have no probability.
    let head = Categorical { z: from_fn::<f32, 27, _>(|k| if k < 25 { 0.0 } else { -1e4 }) };
    let total: f64 = head.probabilities().iter().map(|&p| f64::from(p)).sum();
    assert!(total < 1.0 - f64::EPSILON && head.probabilities()[25] == 0.0, "{total}");
    assert_eq!(head.sample(&mut Always(u64::MAX)), Ok(24));
}

network! {
    /// A mean for the head whose ln σ is free.
    pub struct Mean(3 => 4 Tanh => 1 Identity) minimizing HalfSquaredError;
}

network! {
    /// A mean, and ln σ.
    pub struct Both(3 => 4 Tanh => 2 Identity) minimizing HalfSquaredError;
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Slip {
    None,
    SignOfTheAdvantage,
    LogSigmaForgotten,
}

const X: [[f64; 3]; 3] = [[0.5, -0.3, 0.8], [-0.7, 0.2, 0.4], [0.1, 0.9, -0.6]];
const ACTIONS: [[f64; 1]; 3] = [[0.4], [-1.2], [0.1]];
const ADVANTAGES: [f64; 3] = [1.5, -0.5, -0.75];

/// −Σ A ln π(u), by what has become of the first network or of the second.
fn j(head: impl Fn(&[f64; 3]) -> Gaussian<Dual, 1>) -> Dual {
    let mut sum = Dual::fixed(0.0);
    for ((x, u), advantage) in X.iter().zip(ACTIONS).zip(ADVANTAGES) {
        let log_probability = head(x).log_probability(&u.map(Dual::fixed));
        sum = sum - Dual::fixed(advantage) * log_probability;
    }
    sum
}

/// ∂J/∂ of μ and ln σ of one example.
fn outer(head: Gaussian<f64, 1>, example: usize, slip: Slip) -> GaussianSlopes<f64, 1> {
    let advantage = ADVANTAGES[example];
    let factor = if slip == Slip::SignOfTheAdvantage { advantage } else { -advantage };
    let mut slopes = head.log_probability_slopes(&ACTIONS[example]).times(&factor);
    if slip == Slip::LogSigmaForgotten {
        slopes.log_sigma = [0.0];
    }
    slopes
}

#[test]
fn a_policy_gradient_is_checked_and_planted_slips_are_caught() {
    let (mean, both, log_sigma) = (Mean::<f64>::seeded(1), Both::<f64>::seeded(2), [-0.4]);
    let none = Regularization::none();
    let report = |slip| {
        let (mut of_mean, mut of_both) = (BigDeltas::<Mean>::boxed(), BigDeltas::<Both>::boxed());
        let mut of_log_sigma = [0.0];
        for (example, x) in X.iter().enumerate() {
            let trace = mean.forward(x);
            let slopes =
                outer(Gaussian { mean: trace.a3.array().to_owned(), log_sigma }, example, slip);
            of_mean.accumulate(&trace, &mean.backward_from(&trace, &DjDa::from(slopes.mean)));
            of_log_sigma[0] += slopes.log_sigma[0];
            let trace = both.forward(x);
            let slopes = outer(Gaussian::from_output(trace.output()), example, slip);
            let dj_da = DjDa::from(slopes.to_output());
            of_both.accumulate(&trace, &both.backward_from(&trace, &dj_da));
        }
        let whole = Whole::new()
            .network("mean", &mean, of_mean.finish(&mean, 1, &none))
            .network("both", &both, of_both.finish(&both, 1, &none))
            .input("log sigma", &log_sigma, &of_log_sigma);
        let predict = |at: &At<'_, Dual>, which: usize, x: &[f64; 3]| {
            at.networks[which].predict(&x.map(Dual::fixed))
        };
        let of_whole = |at: &At<'_, Dual>| {
            let free = at.inputs[0][0];
            let first = j(|x| Gaussian { mean: [predict(at, 0, x)[0]], log_sigma: [free] });
            let second =
                j(|x| Gaussian::from_output(predict(at, 1, x).first_chunk::<2>().unwrap()));
            first + second
        };
        Check::exact().whole(&whole, of_whole).unwrap()
    };
    report(Slip::None).assert_correct();
    let wrong = |slip| {
        let report = report(slip);
        let parts = report.parts.iter().filter(|part| part.differ > 0);
        parts.map(|part| part.name.to_string()).collect::<Vec<_>>()
    };
    let all = ["mean.theta1", "mean.theta2", "both.theta1", "both.theta2", "log sigma"];
    assert_eq!(wrong(Slip::SignOfTheAdvantage), all);
    assert_eq!(wrong(Slip::LogSigmaForgotten), ["both.theta1", "both.theta2", "log sigma"]);
}
