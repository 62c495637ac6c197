//! The numbers and the ladder that checks are made of, each operation against its definition.

use alloc::vec::Vec;

use super::dual::Dual;
use super::functions::{check_cost_at, judge_at};
use super::jet::Jet;
use super::ladder::{About, Estimate, Found, Ladder, Outcome, Point, Quotient, Rungs};
use super::problem::Problem;
use super::report::Part;
use super::rounded::{Double, Precision, Rounded, Single};
use super::sample;
use super::targets::Targets;
use crate::activation::{Identity, Relu, Sigmoid};
use crate::cost::{CategoricalCrossEntropy, Cost, CostOfA, CrossEntropy, HalfSquaredError};
use crate::error::TargetFault;
use crate::output::Softmax;
use crate::parameters::Parameters;
use crate::real::Real;
use crate::regularization::Regularization;
use crate::theta::Theta;

/// A function with its derivatives, over any numbers.
struct Known {
    name: &'static str,
    dual: fn(Dual) -> Dual,
    jet: fn(Jet) -> Jet,
    /// f, f′ and f″.
    exact: fn(f64) -> [f64; 3],
}

macro_rules! known {
    ($(|$x:ident| $f:expr, $($exact:expr),+;)*) => {
        [$(Known {
            name: stringify!($f),
            dual: |$x| $f,
            jet: |$x| $f,
            exact: |$x: f64| [$($exact),+],
        }),*]
    };
}

fn functions() -> impl Iterator<Item = Known> {
    /// A constant of x's type.
    fn c<V: Real>(_x: V, value: f64) -> V {
        V::constant(value)
    }
    let known = known! {
        |x| -x, -x, -1.0, 0.0;
        |x| x + x * x, x + x * x, 1.0 + 2.0 * x, 2.0;
        |x| x - x * x * x, x - x.powi(3), 1.0 - 3.0 * x * x, -6.0 * x;
        |x| c(x, 2.0) / x, 2.0 / x, -2.0 / (x * x), 4.0 / x.powi(3);
        |x| (x * x) / (x + c(x, 3.0)), x * x / (x + 3.0),
            (x * x + 6.0 * x) / (x + 3.0).powi(2), 18.0 / (x + 3.0).powi(3);
        |x| (x * x).exp(), (x * x).exp(), 2.0 * x * (x * x).exp(),
            (2.0 + 4.0 * x * x) * (x * x).exp();
        |x| (x * x).exp_m1(), (x * x).exp_m1(), 2.0 * x * (x * x).exp(),
            (2.0 + 4.0 * x * x) * (x * x).exp();
        |x| (x * x).ln(), (x * x).ln(), 2.0 / x, -2.0 / (x * x);
        |x| (x * x).ln_1p(), (x * x).ln_1p(), 2.0 * x / (1.0 + x * x),
            (2.0 - 2.0 * x * x) / (1.0 + x * x).powi(2);
        |x| (x * x).tanh(), (x * x).tanh(), 2.0 * x / (x * x).cosh().powi(2),
            (2.0 - 8.0 * x * x * (x * x).tanh()) / (x * x).cosh().powi(2);
        |x| (x * x + c(x, 1.0)).sqrt(), (x * x + 1.0).sqrt(), x / (x * x + 1.0).sqrt(),
            (x * x + 1.0).powf(-1.5);
        |x| (x * x * x).abs(), x.abs().powi(3), 3.0 * x * x.abs(), 6.0 * x.abs();
        |x| x.select_gt(c(x, 0.25), x * x, c(x, 2.0) * x), if x > 0.25 { x * x } else { 2.0 * x },
            if x > 0.25 { 2.0 * x } else { 2.0 }, if x > 0.25 { 2.0 } else { 0.0 };
    };
    known.into_iter()
}

#[test]
fn duals_and_jets_have_the_derivatives() {
    for Known { name, dual, jet, exact } in functions() {
        for x in [-2.1, -0.7, 0.25, 0.3, 1.9] {
            let [value, first, second] = exact(x);
            let near = |found: f64, expected: f64| {
                let close = (found - expected).abs() <= 4e-15 * (1.0 + expected.abs());
                assert!(close, "{name} at {x}: {found}, not {expected}");
            };
            let of_dual = dual(Dual { value: x, derivative: [1.5] });
            near(of_dual.value, value);
            near(of_dual.derivative[0], 1.5 * first);
            let of_jet = jet(Jet::line(x, 1.5));
            near(of_jet.value, value);
            near(of_jet.first, 1.5 * first);
            near(of_jet.second, 2.25 * second);
        }
    }
    assert_eq!(Dual::variable(2.0), Dual { value: 2.0, derivative: [1.0] });
    assert_eq!(Dual::<3>::fixed(2.0), Dual { value: 2.0, derivative: [0.0; 3] });
}

/// √x at 0 has no slope, but what stands still there stands still behind it.
#[test]
fn what_does_not_change_stays_so_where_a_slope_is_infinite() {
    assert_eq!(Dual::<1>::fixed(0.0).sqrt().derivative, [0.0]);
    assert!(Dual::variable(0.0).sqrt().derivative[0].is_infinite());
    let still = Jet::line(0.0, 0.0).sqrt();
    assert_eq!((still.first, still.second), (0.0, 0.0));
    // At 0, |x| is taken to come from the left.
    assert_eq!(Dual::variable(0.0).abs().derivative, [-1.0]);
    assert_eq!(Jet::line(0.0, 1.0).abs().first, -1.0);
}

type Number = Rounded<Double>;

fn number(value: f64, excess: f64) -> Number {
    // A scale that is no |value|, so that each shows: x (1 + excess) − x excess.
    Number::constant(value * (1.0 + excess)) - Number::constant(value * excess)
}

#[test]
fn scales_are_the_magnitudes_that_errors_come_from() {
    let near = |found: Number, value: f64, scale: f64| {
        assert!((found.value - value).abs() <= 1e-15 * value.abs(), "{found:?}, not {value}");
        assert!((found.scale - scale).abs() <= 1e-12 * scale, "{found:?}, not {scale}");
        assert!(!found.blurred);
    };
    let (x, y) = (number(0.5, 1.0), number(-3.0, 0.5));
    near(x, 0.5, 1.5);
    near(y, -3.0, 6.0);
    near(-y, 3.0, 6.0);
    near(x + y, -2.5, 7.5);
    near(x - y, 3.5, 7.5);
    near(x * y, -1.5, 0.5 * 6.0 + 3.0 * 1.5);
    near(x / y, 0.5 / -3.0, (1.5 + 0.5 / 3.0 * 6.0) / 3.0);
    near(x.exp(), 0.5_f64.exp(), 2.5 * 0.5_f64.exp());
    near(x.exp_m1(), 0.5_f64.exp_m1(), 0.5_f64.exp_m1() + 1.5 * 0.5_f64.exp());
    near((-y).ln(), 3.0_f64.ln(), 3.0_f64.ln() + 6.0 / 3.0);
    near(x.ln_1p(), 1.5_f64.ln(), 1.5_f64.ln() + 1.5 / 1.5);
    let sech2 = 0.5_f64.cosh().powi(-2);
    near(x.tanh(), 0.5_f64.tanh(), 0.5_f64.tanh() + 1.5 * sech2);
    near((-y).sqrt(), 3.0_f64.sqrt(), 3.0_f64.sqrt() + 6.0 * 0.5 / 3.0_f64.sqrt());
    near(y.abs(), 3.0, 6.0);
    near(x.select_gt(y, x, y), 0.5, 1.5);
    near(y.select_gt(x, x, y), -3.0, 6.0);
    near(x * Number::constant(0.0), 0.0, 0.5 * 0.0 + Double::SHARE * 0.0);
    // Where both values were cancelled, what is left is of second order.
    let zero = number(1.0, 0.0) - number(1.0, 0.0);
    near(zero * zero, 0.0, Double::SHARE * 4.0);
    let still = Number::constant(0.0).sqrt();
    assert_eq!((still.value, still.scale), (0.0, 0.0));
    assert_eq!(x.error(), Double::SHARE * 1.5 + Double::FLOOR);
    assert_eq!(Rounded::<Single>::constant(-2.0).error(), 2.0 * Single::SHARE + Single::FLOOR);
}

#[test]
fn a_branch_that_rounding_decides_blurs_what_hangs_on_it() {
    let c = Number::constant;
    let zero = c(1.0) - c(1.0);
    let jump = |at: Number| at.select_gt(c(0.0), c(1.0), c(0.25));
    let blurred = jump(zero);
    assert!(blurred.blurred && blurred.value == 0.25);
    assert!((blurred.scale - (0.25 + 0.75 / Double::SHARE)).abs() < 1.0);
    // 1 − 1 may be off by 2e-13, and 3e-13 is not.
    assert!(jump(zero + c(1.9e-13)).blurred && jump(zero - c(1.9e-13)).blurred);
    assert!(!jump(zero + c(3e-13)).blurred && !jump(zero - c(3e-13)).blurred);
    assert_eq!((jump(zero + c(1.9e-13)).value, jump(zero - c(1.9e-13)).value), (1.0, 0.25));
    // A continuous function's sides are the same there, and so is what a comparison of equals gives.
    assert!(!zero.select_gt(c(0.0), zero + c(1.0), c(1.0)).blurred);
    assert!(!zero.select_gt(c(0.0), zero, c(0.0)).blurred);
    // What is compared with may be off as well.
    assert!(c(3.0 + 4e-13).select_gt(c(3.0), c(1.0), c(0.25)).blurred);
    // A thousandth of both sides together is continuous, and more is a jump.
    assert!(!zero.select_gt(c(0.0), c(500.5), c(499.5)).blurred);
    assert!(zero.select_gt(c(0.0), c(501.0), c(499.0)).blurred);
    // Sides that both are 0 but for rounding are no jump, whatever their ratio.
    assert!(!zero.select_gt(c(0.0), c(zero.error()), c(0.0)).blurred);
    assert!(!zero.select_gt(c(0.0), zero + c(1e-14), zero).blurred);

    let (sharp, none) = (c(2.0), c(0.0));
    for hangs in [
        -blurred,
        blurred + sharp,
        sharp + blurred,
        blurred - sharp,
        sharp - blurred,
        blurred * sharp,
        sharp * blurred,
        blurred / sharp,
        sharp / blurred,
        blurred.exp(),
        blurred.abs(),
        sharp.select_gt(none, blurred, sharp),
    ] {
        assert!(hangs.blurred);
    }
    // What is multiplied with 0 is not there.
    for sharp in [
        blurred * none,
        none * blurred,
        sharp * sharp,
        sharp / sharp,
        sharp + sharp,
        sharp - sharp,
        sharp.select_gt(none, sharp, blurred),
        (blurred * c(-4000.0)).exp(),
    ] {
        assert!(!sharp.blurred);
    }
}

/// A ladder of φ from steps of 1 downward.
fn on_ladder<R>(
    quotient: Quotient,
    noise: f64,
    phi: impl Fn(f64) -> f64,
    crosses: impl Fn(f64) -> bool,
    use_it: impl FnOnce(&mut Ladder<'_>, &mut Rungs) -> R,
) -> R {
    let mut point = |step: f64| Point { step, value: phi(step), crosses: crosses(step) };
    let mut rungs = Rungs::new();
    let mut seen = Rungs::new();
    // Where it is said to be large, it is a guess.
    let noise_is_known = noise < 1e-9;
    let about = About { top: 1.0, centre: phi(0.0), noise, noise_is_known, grain: 0.0 };
    let mut ladder = Ladder::new(quotient, about, &mut point, &mut rungs);
    use_it(&mut ladder, &mut seen)
}

const QUOTIENTS: [Quotient; 3] = [Quotient::Central, Quotient::Richardson, Quotient::Taylor];

/// φ = 3t + 2t² + t³ + t⁵/8: what is off is known.
#[test]
#[allow(clippy::type_complexity, reason = "three formulas beside each other")]
fn estimates_and_their_errors_are_what_polynomials_say() {
    let noise = 1e-9;
    let phi = |t: f64| 3.0 * t + 2.0 * t * t + t.powi(3) + t.powi(5) / 8.0;
    for (quotient, rung) in QUOTIENTS.into_iter().zip([8, 5, 7]) {
        let h = |rung: i32| 0.25_f64.powi(rung);
        let d = |k: i32| 3.0 + h(k).powi(2) + h(k).powi(4) / 8.0;
        let s = |k: i32| 3.0 + 2.0 * h(k) + h(k).powi(2) + h(k).powi(4) / 8.0;
        let (value, noise_at, order): (&dyn Fn(i32) -> f64, &dyn Fn(i32) -> f64, f64) =
            match quotient {
                Quotient::Central => (&d, &|k| noise / h(k), 4.0),
                Quotient::Richardson => {
                    (&|k| (16.0 * d(k + 1) - d(k)) / 15.0, &|k| 2.0 * noise / h(k + 1), 16.0)
                }
                Quotient::Taylor => {
                    (&|k| (4.0 * s(k + 1) - s(k)) / 3.0, &|k| 4.0 * noise / h(k + 1), 4.0)
                }
            };
        let found = on_ladder(quotient, noise, phi, |_| false, |it, _| it.first()).unwrap();
        let expected = value(rung);
        let truncation =
            (expected - value(rung + 1)).abs() + (value(rung - 1) - expected).abs() / order;
        let error = truncation + noise_at(rung) + noise_at(rung + 1);
        assert!((found.value - expected).abs() < 1e-11, "{quotient:?}: {}", found.value);
        assert!(
            (found.error - error).abs() < 1e-11 + 1e-6 * error,
            "{quotient:?}: {}",
            found.error
        );
    }
}

/// A right slope, one that is off by twice what is to be seen, and what is allowed for rounding.
#[test]
fn judgements_of_smooth_functions() {
    let phi = |t: f64| (1.0 + t).exp();
    let right = 1.0_f64.exp();
    for (quotient, resolution) in QUOTIENTS.into_iter().zip([1e-5, 1e-7, 1e-5]) {
        let judge = |analytic: f64, rounding: f64| {
            on_ladder(
                quotient,
                1e-16,
                phi,
                |_| false,
                |it, _| it.judge(analytic, rounding, resolution * right),
            )
        };
        let (outcome, estimate) = judge(right, 0.0);
        assert_eq!(outcome, Outcome::Agrees);
        assert!((estimate.unwrap().value - right).abs() <= resolution * right);
        for sign in [-1.0, 1.0] {
            let wrong = right * (1.0 + sign * 2.0 * resolution);
            assert_eq!(judge(wrong, 0.0).0, Outcome::Differs, "{quotient:?}");
            assert_eq!(judge(wrong, 3.0 * resolution * right).0, Outcome::Agrees, "{quotient:?}");
            let (outcome, estimate) = judge(wrong, 0.5 * resolution * right);
            assert_eq!(outcome, Outcome::Differs, "{quotient:?}");
            // What decides is the best estimate there is.
            assert!((estimate.unwrap().value - right).abs() <= 1e-9, "{quotient:?}");
        }
        assert_eq!(judge(f64::NAN, 0.0).0, Outcome::Differs, "{quotient:?}");
    }
}

#[test]
fn judgements_of_functions_that_are_hard() {
    for quotient in QUOTIENTS {
        let judge =
            |noise: f64, phi: &dyn Fn(f64) -> f64, crosses: &dyn Fn(f64) -> bool, a: f64| {
                on_ladder(quotient, noise, phi, crosses, |it, _| it.judge(a, 0.0, 1e-5)).0
            };
        let never = |_: f64| false;
        // All of φ is noise.
        assert_eq!(judge(1.0, &|t| t, &never, 1.0), Outcome::Unresolved, "{quotient:?}");
        // It is not finite but at 0.
        let infinite = |t: f64| if t == 0.0 { 0.0 } else { f64::INFINITY };
        assert_eq!(judge(1e-16, &infinite, &never, 1.0), Outcome::Unresolved, "{quotient:?}");
        // A kink at 0, another at 1e-4 and one at −1e-4, announced.
        assert_eq!(judge(1e-16, &f64::abs, &|_| true, 1.0), Outcome::Kink, "{quotient:?}");
        assert_eq!(judge(1e-16, &f64::abs, &|t| t > 0.0, 1.0), Outcome::Kink, "{quotient:?}");
        for sign in [-1.0, 1.0] {
            let phi = |t: f64| (t - sign * 1e-4).max(0.0) + 3.0 * t;
            let slope = if sign > 0.0 { 3.0 } else { 4.0 };
            let crosses = |t: f64| if sign > 0.0 { t > 1e-4 } else { t < -1e-4 };
            assert_eq!(judge(1e-16, &phi, &crosses, slope), Outcome::Agrees, "{quotient:?}");
            assert_eq!(
                judge(1e-16, &phi, &crosses, slope + 1e-3),
                Outcome::Differs,
                "{quotient:?}"
            );
            assert_eq!(judge(1e-16, &phi, &never, slope), Outcome::Agrees, "{quotient:?}");
        }
        // A step so small and steep that steps of a usual size run over it.
        let steep = |t: f64| t + 1e-6 * (3e6 * t).tanh();
        let outcome = judge(1e-16, &steep, &never, 4.0);
        assert!(outcome == Outcome::Agrees || outcome == Outcome::Unresolved, "{quotient:?}");
        let steeper = |t: f64| t + 1e-9 * (3e9 * t).tanh();
        assert_ne!(judge(1e-11, &steeper, &never, 4.0), Outcome::Agrees, "{quotient:?}");
    }
}

/// What is too noisy to be resolved still shows what is off by a large part of itself.
#[test]
fn what_is_grossly_wrong_shows_in_noise() {
    for quotient in QUOTIENTS {
        for size in [1e-3, 1.0, 1e3] {
            let judge = |analytic: f64| {
                let phi = |t: f64| size * t;
                on_ladder(
                    quotient,
                    1e-6 * size,
                    phi,
                    |_| false,
                    |it, _| it.judge(analytic, 0.0, 1e-9 * size).0,
                )
            };
            for (factor, expected) in [
                (1.0, Outcome::Unresolved),
                (1.05, Outcome::Unresolved),
                (1.5, Outcome::Differs),
                (0.5, Outcome::Differs),
                (-1.0, Outcome::Differs),
            ] {
                assert_eq!(judge(factor * size), expected, "{quotient:?}, {factor} of {size}");
            }
        }
    }
}

/// Of φ = t with noise 4⁻ᵏN, rung k is 1 ± 5N: 8 · 5N and a tenth of 2 is what 2 may be off there.
#[test]
fn two_rungs_in_a_row_decide_and_the_larger_step_counts() {
    let judge = |noise: f64| {
        on_ladder(
            Quotient::Central,
            noise / 16.0,
            |t| t,
            |_| false,
            |it, _| it.judge(2.0, 0.0, 1e-9),
        )
    };
    // Rung 2 allows 0.8 + 0.2, which is as far off as 2 is: rung 1 alone differs.
    assert_eq!(judge(0.02).0, Outcome::Unresolved);
    // It allows 0.4 + 0.2, and rung 3 again more than 1.
    let (outcome, estimate) = judge(0.01);
    assert_eq!(outcome, Outcome::Differs);
    assert!((estimate.unwrap().error - 0.05 / 4.0).abs() < 1e-15, "{estimate:?}");
}

#[test]
fn smaller_steps_contradict_larger_ones() {
    let found = |rung: usize, value: f64, error: f64| {
        let estimate = Estimate { value, error };
        Found { rung, estimate, differs: true }
    };
    // 8 (0.01 + 0.02) = 0.24.
    let plateau = found(3, 1.0, 0.01);
    assert!(found(4, 1.25, 0.02).contradicts(&plateau));
    assert!(found(9, 0.75, 0.02).contradicts(&plateau));
    assert!(!found(4, 1.23, 0.02).contradicts(&plateau));
    assert!(!found(3, 1.25, 0.02).contradicts(&plateau));
    assert!(!found(2, 1.25, 0.02).contradicts(&plateau));
    assert!(!found(4, 1.0, 0.0).contradicts(&found(3, 1.0, 0.0)));
}

/// A kink at 0 that nobody announced: a slope on either side, or between, may be meant.
#[test]
fn a_jump_of_the_slope_is_a_kink_and_a_slope_beyond_it_wrong() {
    let phi = |t: f64| if t > 0.0 { 2.0 * t + t * t } else { 0.5 * t };
    for quotient in QUOTIENTS {
        let judge = |analytic: f64| {
            on_ladder(quotient, 1e-16, phi, |_| false, |it, _| it.judge(analytic, 0.0, 1e-5)).0
        };
        for (analytic, expected) in [
            // Along one direction only the right side is seen.
            (2.0, if quotient == Quotient::Taylor { Outcome::Agrees } else { Outcome::Kink }),
            (0.5, Outcome::Kink),
            (1.25, if quotient == Quotient::Taylor { Outcome::Kink } else { Outcome::Agrees }),
            (1.5, Outcome::Kink),
            (2.1, Outcome::Differs),
            (0.4, Outcome::Differs),
        ] {
            assert_eq!(judge(analytic), expected, "{quotient:?} of {analytic}");
        }
        // Whatever its size, and with what rounding accounts for.
        for size in [1e-3, 1e3] {
            let judge = |analytic: f64, rounding: f64| {
                on_ladder(
                    quotient,
                    1e-16 * size,
                    |t| size * phi(t),
                    |_| false,
                    |it, _| it.judge(size * analytic, size * rounding, 1e-5 * size).0,
                )
            };
            for (analytic, rounding, expected) in [
                (1.9, 0.0, Outcome::Kink),
                (2.02, 0.0, Outcome::Kink),
                (2.1, 0.0, Outcome::Differs),
                (0.48, 0.0, Outcome::Kink),
                (0.4, 0.0, Outcome::Differs),
            ] {
                let found = judge(analytic, rounding);
                assert_eq!(found, expected, "{quotient:?} of {analytic}, {rounding}, {size}");
            }
            for analytic in [2.1, 0.4] {
                assert_ne!(judge(analytic, 0.09), Outcome::Differs, "{quotient:?} of {analytic}");
            }
        }
        // What bends without a corner is none.
        let smooth = |t: f64| t + 1e3 * t * t;
        let outcome =
            on_ladder(quotient, 1e-16, smooth, |_| false, |it, _| it.judge(1.1, 0.0, 1e-5));
        assert_eq!(outcome.0, Outcome::Differs, "{quotient:?}");
    }
}

/// What two sides differ by must stand out from 64 times the noise of a step.
#[test]
fn a_jump_is_seen_as_far_down_as_rounding_lets_it() {
    let jump = |noise: f64, phi: fn(f64) -> f64| {
        on_ladder(Quotient::Central, noise, phi, |_| false, |it, _| it.jump(8))
    };
    let h = 0.25_f64.powi(8);
    let corner = |t: f64| t.max(0.0);
    assert_eq!(jump(h / 32.0, corner), None);
    assert_eq!(jump(h / 64.0, corner), None);
    assert_eq!(jump(h / 128.0, corner), Some((0.0, 1.0)));
    assert_eq!(jump(0.0, |t| t), None);
    // Of t² the sides are −h and h. A fourth of the step shows that they meet, where it stands out.
    assert_eq!(jump(h * h / 128.0, |t| t * t), Some((-h, h)));
    assert_eq!(jump(h * h / 129.0, |t| t * t), None);
}

#[test]
fn remainders_fall_by_their_order() {
    let phi = |t: f64| 3.0 * t + 2.0 * t * t;
    let slope = |noise: f64, analytic: f64| {
        on_ladder(Quotient::Taylor, noise, phi, |_| false, |it, _| it.remainder_slope(analytic))
    };
    assert!((slope(1e-12, 3.0).unwrap() - 2.0).abs() < 1e-6);
    assert!((slope(1e-12, 2.0).unwrap() - 1.0).abs() < 0.01);
    // A line has no remainder.
    let line = |t: f64| 3.0 * t;
    let none = on_ladder(Quotient::Taylor, 1e-14, line, |_| false, |it, _| it.remainder_slope(3.0));
    assert_eq!(none, None);
    let none = on_ladder(Quotient::Taylor, 0.0, line, |_| false, |it, _| it.remainder_slope(3.0));
    assert_eq!(none, None);
    // The steps are the ninth and the tenth of all.
    let cubic = |t: f64| 3.0 * t + t * t + 1e4 * t.powi(3);
    let found = on_ladder(Quotient::Taylor, 0.0, cubic, |_| false, |it, _| it.remainder_slope(3.0));
    let [here, below] = [8, 9].map(|rung| 0.25_f64.powi(rung)).map(|h| h * h + 1e4 * h.powi(3));
    assert!((found.unwrap() - (here / below).log(4.0)).abs() < 1e-6);
    // Steps across a kink do not count.
    let crosses = |t: f64| t > 1e-3;
    let kinked = |t: f64| 3.0 * t + 2.0 * t * t + if t > 1e-3 { t } else { 0.0 };
    let found =
        on_ladder(Quotient::Taylor, 1e-12, kinked, crosses, |it, _| it.remainder_slope(3.0));
    assert!((found.unwrap() - 2.0).abs() < 1e-6);
    let crosses = |t: f64| t > 1e-6;
    let kinked = |t: f64| 3.0 * t + 2.0 * t * t + if t > 1e-6 { t } else { 0.0 };
    let found =
        on_ladder(Quotient::Taylor, 1e-16, kinked, crosses, |it, _| it.remainder_slope(3.0));
    assert!((found.unwrap() - 2.0).abs() < 1e-3);
    let found =
        on_ladder(Quotient::Taylor, 1e-16, kinked, |_| true, |it, _| it.remainder_slope(3.0));
    assert_eq!(found, None);
    // Nor do larger ones, where smaller ones show nothing.
    let kinked = |t: f64| 3.0 * t + (t - 3e-5).max(0.0);
    let found =
        on_ladder(Quotient::Taylor, 1e-14, kinked, |t| t > 3e-5, |it, _| it.remainder_slope(3.0));
    assert_eq!(found, None);
}

/// No step is taken twice.
#[test]
fn rungs_are_looked_at_once() {
    for quotient in QUOTIENTS {
        let mut steps = Vec::new();
        let mut point = |step: f64| {
            steps.push(step);
            Point { step, value: step.sin(), crosses: false }
        };
        let mut rungs = Rungs::new();
        for _ in 0..2 {
            let about =
                About { top: 1.0, centre: 0.0, noise: 1e-16, noise_is_known: true, grain: 0.0 };
            let mut ladder = Ladder::new(quotient, about, &mut point, &mut rungs);
            assert!(ladder.first().is_some());
            assert_eq!(ladder.judge(1.0, 0.0, 1e-5).0, Outcome::Agrees);
            if quotient == Quotient::Taylor {
                assert!(ladder.remainder_slope(0.5).is_some());
            }
        }
        let taken = steps.len();
        steps.sort_by(f64::total_cmp);
        steps.dedup();
        assert_eq!(steps.len(), taken, "{quotient:?}");
        let expected = match quotient {
            Quotient::Central => 6,
            Quotient::Richardson => 8,
            Quotient::Taylor => 4,
        };
        assert_eq!(taken, expected, "{quotient:?}");
    }
}

/// Beyond 40 an account of rounding says nothing, and 10⁻⁹ is allowed.
#[test]
fn slopes_far_out_are_judged_by_their_size() {
    let wrong = 1.0 + 5e-10;
    assert_eq!(judge_at(40.0, wrong, 1.0, 1e-13), (Outcome::Differs, 4e-13));
    assert_eq!(judge_at(-40.25, wrong, 1.0, 1e-13), (Outcome::Agrees, 1e-9));
    assert_eq!(judge_at(100.0, 1e6 * wrong, 1e6, 1e-13).0, Outcome::Agrees);
    assert_eq!(judge_at(100.0, 1e-6 + 5e-10, 1e-6, 1e-13).0, Outcome::Agrees);
    assert_eq!(judge_at(100.0, 1e6 * (1.0 + 2e-9), 1e6, 1e-13).0, Outcome::Differs);
    assert_eq!(judge_at(1.0, 1.0, f64::INFINITY, 1e-13).0, Outcome::Unresolved);
    assert_eq!(judge_at(1.0, 5.0, 1.0, f64::INFINITY).0, Outcome::Unresolved);
}

/// Of ½(a − y)² every second derivative is 1, so the sum of the three that are taken along 1 + 3, 1 and
/// 3 is 16 + 1 + 9.
#[test]
fn curvatures_may_be_off_by_what_they_are_differences_of() {
    let mut parts = ["δ", "∂δ/∂z"].map(|name| Part::new(name.into()));
    check_cost_at::<HalfSquaredError, Identity, 1>(&mut parts, &[2.0], &[1.0], &[3.0]);
    let [z, y, v] = [2.0, 1.0, 3.0].map(|value| [Number::constant(value)]);
    let [rounded] = <HalfSquaredError as Cost<Identity>>::curvature(&z, &z, &y, &v);
    let worst = parts[1].worst.unwrap();
    assert_eq!((parts[1].agree, worst.analytic, worst.numerical), (1, 3.0, 3.0));
    assert!((worst.tolerance - 4.0 * rounded.error() - 27e-13).abs() < 1e-24, "{worst:?}");
}

/// As [`select_gt`](Real::select_gt) takes it.
#[test]
fn a_unit_on_its_kink_stands_on_the_lower_side() {
    crate::network! {
        pub struct Unit(1 => 1 Relu => 1 Identity) minimizing HalfSquaredError;
    }
    let none = Regularization::none();
    for (z, crosses) in [(0.25, true), (-0.25, false)] {
        let net = Unit::<f64>::new(Theta::new([z], [[0.0]]), Theta::new([0.0], [[1.0]]));
        let gradient = vec![0.0; Unit::<f64>::PARAMETERS];
        let problem = Problem::new(&net, &[[1.0]], &[[0.0]], &none, &gradient);
        assert!(!problem.point(&problem.theta, 0.0).crosses);
        let mut theta = problem.theta.clone();
        theta[0] = 0.0;
        assert_eq!(problem.point(&theta, -z).crosses, crosses, "from {z}");
    }
}

#[test]
fn samples_come_from_all_over() {
    let mut rng = crate::rng(1);
    assert_eq!(sample(5, 5, &mut rng), [0, 1, 2, 3, 4]);
    assert_eq!(sample(3, 9, &mut rng), [0, 1, 2]);
    for _ in 0..20 {
        let drawn = sample(1000, 40, &mut rng);
        assert_eq!(drawn.len(), 40);
        for (stretch, index) in drawn.into_iter().enumerate() {
            assert_eq!(index / 25, stretch);
        }
    }
}

/// A cost of a − y that takes the targets that `KIND` says.
#[derive(Clone, Copy, Debug, Default)]
struct Taking<const KIND: usize>;

const POSITIVE: usize = 0;
const ABOVE_MINUS_ONE: usize = 1;
const ONE_HOT: usize = 2;
const BITS: usize = 3;
const SIGNS: usize = 4;
const POSITIVE_LAST: usize = 5;
const SAME_SIGNS: usize = 6;
const NOT_ALL_NEGATIVE: usize = 7;

impl<const KIND: usize> CostOfA for Taking<KIND> {
    const NAME: &'static str = "Taking";

    fn cost<V: Real>(a: V, y: V) -> V {
        a - y
    }

    fn slope<V: Real>(_a: V, _y: V) -> V {
        V::one()
    }

    fn curvature<V: Real>(_a: V, _y: V) -> V {
        V::zero()
    }

    fn check_target<T: nalgebra::RealField>(y: &[T]) -> Result<(), TargetFault> {
        let (zero, one, y0) = (T::zero(), T::one(), y[0].clone());
        let fits = match KIND {
            POSITIVE => y.iter().all(|y| *y > zero),
            ABOVE_MINUS_ONE => y.iter().all(|y| *y > -one.clone()),
            BITS => y.iter().all(|y| *y == zero || *y == one),
            SIGNS => y.iter().all(|y| y.clone().abs() == one),
            POSITIVE_LAST => y.last().is_some_and(|y| *y > zero),
            SAME_SIGNS => y.iter().all(|y| y.clone().abs() == one && *y == y0),
            NOT_ALL_NEGATIVE => y.iter().all(|y| y.clone().abs() == one) && y.contains(&one),
            _ => y.iter().all(|y| *y == zero || *y == one) && y.contains(&one),
        };
        let fault = TargetFault { entry: None, value: 0.0, expected: "another" };
        if fits { Ok(()) } else { Err(fault) }
    }
}

#[test]
fn costs_say_which_targets_they_take() {
    assert_eq!(Targets::of::<HalfSquaredError, Identity, f64>(), Targets::Real);
    assert_eq!(Targets::of::<Taking<POSITIVE>, Identity, f64>(), Targets::Positive);
    assert_eq!(Targets::of::<Taking<ABOVE_MINUS_ONE>, Identity, f64>(), Targets::Positive);
    assert_eq!(Targets::of::<CrossEntropy, Sigmoid, f64>(), Targets::Unit);
    assert_eq!(Targets::of::<CategoricalCrossEntropy, Softmax, f32>(), Targets::Distribution);
    assert_eq!(Targets::of::<Taking<ONE_HOT>, Identity, f32>(), Targets::OneHot);
    assert_eq!(Targets::of::<Taking<BITS>, Identity, f64>(), Targets::Bits);
    assert_eq!(Targets::of::<Taking<SIGNS>, Identity, f64>(), Targets::Signs);
    // Whichever entry it is that has a condition.
    assert_eq!(Targets::of::<Taking<POSITIVE_LAST>, Identity, f64>(), Targets::Positive);
    // What takes some signs together, but not all, is asked for no signs.
    assert_eq!(Targets::of::<Taking<SAME_SIGNS>, Identity, f64>(), Targets::OneHot);
    assert_eq!(Targets::of::<Taking<NOT_ALL_NEGATIVE>, Identity, f64>(), Targets::OneHot);
}

#[test]
fn targets_are_made_to_suit() {
    let fitted = |kind: Targets, mut y: [f64; 3]| {
        kind.fit(&mut y);
        y
    };
    let y = [0.19, 0.69, 0.09];
    for kind in [Targets::Real, Targets::Positive, Targets::Unit] {
        assert_eq!(fitted(kind, y), y);
    }
    let shares = [0.1, 0.4, 0.1].map(|share| share / 0.6);
    for (found, expected) in
        fitted(Targets::Distribution, [0.09, 0.39, 0.09]).into_iter().zip(shares)
    {
        assert!((found - expected).abs() < 1e-15, "{found}, not {expected}");
    }
    assert_eq!(fitted(Targets::OneHot, y), [0.0, 1.0, 0.0]);
    assert_eq!(fitted(Targets::Bits, [0.5, 0.51, 0.6]), [0.0, 1.0, 1.0]);
    assert_eq!(fitted(Targets::Signs, [0.5, 0.51, 0.6]), [-1.0, 1.0, 1.0]);
    assert_eq!(fitted(Targets::OneHot, [0.5, 0.1, 0.5]), [1.0, 0.0, 0.0]);
    assert_eq!(fitted(Targets::OneHot, [0.5, 0.1, 0.6]), [0.0, 0.0, 1.0]);
    let ranges = [(Targets::Real, -3.0..3.0), (Targets::Positive, 0.05..3.0)];
    for (kind, range) in ranges
        .into_iter()
        .chain([Targets::Unit, Targets::Distribution, Targets::OneHot].map(|kind| (kind, 0.0..1.0)))
    {
        assert_eq!(kind.range(), range);
    }
}
