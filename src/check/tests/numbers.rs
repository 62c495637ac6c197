//! Duals, jets and magnitudes of rounding, each operation against its definition.

use crate::check::dual::Dual;
use crate::check::jet::Jet;
use crate::check::rounded::{Double, Precision, Rounded, Single};
use crate::real::Real;

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
