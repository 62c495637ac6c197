//! The ladder: what it estimates, and how it judges, on functions that are known.

use alloc::vec::Vec;

use crate::check::ladder::{About, Estimate, Found, Ladder, Outcome, Point, Quotient, Rungs};

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
    let about =
        About { top: 1.0, centre: phi(0.0), noise, epsilon: 0.0, noise_is_known, grain: 0.0 };
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
            let about = About {
                top: 1.0,
                centre: 0.0,
                noise: 1e-16,
                epsilon: 0.0,
                noise_is_known: true,
                grain: 0.0,
            };
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
