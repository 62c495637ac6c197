//! The checker in any units: what is right is right, and what is wrong is seen, whatever x, y and Θ are
//! measured in.

mod common;

use common::curvature::{Examples, anywhere, examples};
use constprop::CostOfA;
use constprop::check::{Check, Report, check_cost};
use constprop::prelude::*;
use constprop::properties::{self, Case};
use rand::RngExt;

network! {
    pub struct Scaled(2 => 3 Tanh => 2 Identity) minimizing HalfSquaredError;
}

/// By all methods, the exact one first.
fn reports(net: &Scaled, of: &Examples<Scaled>, gradient: &Gradient<Scaled>) -> [Report; 4] {
    let (x, y, none) = (&of.inputs, &of.targets, Regularization::none());
    [
        Check::exact().given(net, x, y, &none, gradient).unwrap(),
        Check::richardson().given(net, x, y, &none, gradient).unwrap(),
        Check::central().given(net, x, y, &none, gradient).unwrap(),
        Check::taylor().given(net, x, y, &none, gradient).unwrap(),
    ]
}

#[test]
fn units_make_no_gradient_wrong_or_right() {
    for (x_unit, y_unit) in [
        (1.0, 1.0),
        (1e-3, 1.0),
        (1e3, 1.0),
        (1e-6, 1.0),
        (1e6, 1.0),
        (1e-9, 1.0),
        (1e9, 1.0),
        (1.0, 1e-3),
        (1.0, 1e3),
        (1.0, 1e-6),
        (1.0, 1e6),
        (1.0, 1e-20),
        (1.0, 1e20),
        (1.0, 1e-100),
        (1.0, 1e100),
        (1.0, 1e-150),
        (1.0, 1e150),
        (1e6, 1e-6),
        (1e-6, 1e6),
    ] {
        let mut of = examples::<Scaled>(6, 1);
        let mut net = anywhere::<Scaled>(1);
        of.inputs.iter_mut().flatten().for_each(|x| *x *= x_unit);
        of.targets.iter_mut().flatten().for_each(|y| *y *= y_unit);
        for index in 0..Scaled::<f64>::PARAMETERS {
            net.parameters_mut()[index] *= match constprop::place::<Scaled>(index) {
                (1, _, 1..) => 1.0 / x_unit,
                (2, ..) => y_unit,
                _ => 1.0,
            };
        }
        let none = Regularization::none();
        let (_, mut gradient) = net.cost_and_gradient(&of.inputs, &of.targets, &none).unwrap();
        for report in reports(&net, &of, &gradient) {
            assert!(report.is_correct(), "x {x_unit:e}, y {y_unit:e}: {report}");
            // Along directions what is in one unit is lost in what is in another.
            let all = x_unit == 1.0 || !report.method.contains("Taylor");
            assert!(report.is_complete() || !all, "x {x_unit:e}, y {y_unit:e}: {report}");
        }
        let right = gradient.parameters().to_vec();
        for index in 0..right.len() {
            // What is below 10⁻²⁷⁰ may be what underflow has left.
            if right[index].abs() < 1e-266 {
                continue;
            }
            gradient.set_parameters(&right).unwrap();
            gradient.parameters_mut()[index] *= 1.01;
            let theta = if index < 9 { &right[..9] } else { &right[9..] };
            let largest = theta.iter().fold(0.0_f64, |most, entry| entry.abs().max(most));
            for (method, report) in reports(&net, &of, &gradient).iter().enumerate() {
                // By values, what is off by a share of the largest entry is, if that is in the same unit.
                if method == 0 || (x_unit == 1.0 && right[index].abs() > 0.1 * largest) {
                    assert!(report.is_wrong(), "x {x_unit:e}, y {y_unit:e}, {index}: {report}");
                }
            }
        }
    }
}

/// 10^EXPONENT ½(a − y)², with a slope that is off by SHARE millionths.
#[derive(Clone, Copy, Debug, Default)]
pub struct InUnits<const EXPONENT: i32, const SHARE: i32>;

impl<const EXPONENT: i32, const SHARE: i32> InUnits<EXPONENT, SHARE> {
    fn unit<V: Real>() -> V {
        V::constant(10.0_f64.powi(EXPONENT))
    }
}

impl<const EXPONENT: i32, const SHARE: i32> CostOfA for InUnits<EXPONENT, SHARE> {
    const NAME: &'static str = "InUnits";

    fn cost<V: Real>(a: V, y: V) -> V {
        let r = a - y;
        Self::unit::<V>() * V::constant(0.5) * r.clone() * r
    }

    fn slope<V: Real>(a: V, y: V) -> V {
        Self::unit::<V>() * V::constant(1.0 + 1e-6 * f64::from(SHARE)) * (a - y)
    }

    fn curvature<V: Real>(_a: V, _y: V) -> V {
        Self::unit()
    }
}

#[test]
fn a_cost_is_checked_in_its_own_unit() {
    check_cost::<InUnits<-20, 0>, Identity, 2>().assert_correct();
    check_cost::<InUnits<-8, 0>, Tanh, 2>().assert_correct();
    check_cost::<InUnits<0, 0>, Sigmoid, 1>().assert_correct();
    check_cost::<InUnits<20, 0>, Tanh, 2>().assert_correct();
    assert!(check_cost::<InUnits<-20, 1>, Identity, 2>().is_wrong());
    assert!(check_cost::<InUnits<-12, 1>, Tanh, 2>().is_wrong());
    assert!(check_cost::<InUnits<0, 1>, Sigmoid, 1>().is_wrong());
    assert!(check_cost::<InUnits<20, 1>, Tanh, 2>().is_wrong());
}

network! {
    pub struct Claimed(2 => 3 Tanh => 1 Identity) minimizing InUnits<0, 0>;
}

network! {
    /// Whose gradient points up.
    pub struct Upward(2 => 3 Tanh => 1 Identity) minimizing InUnits<0, -2_000_000>;
}

/// Downhill is down, and what points up is found, in any unit.
#[test]
fn descent_is_judged_in_any_unit() {
    fn of<N: Network<Scalar = f64, Input = [f64; 2], Target = [f64; 1]>>(
        (x, y): (f64, f64),
    ) -> Result<(), properties::Failure> {
        let mut net = N::boxed_seeded(3);
        for index in 0..N::PARAMETERS {
            net.parameters_mut()[index] *= match constprop::place::<N>(index) {
                (1, _, 1..) => 1.0 / x,
                (2, ..) => y,
                _ => 1.0,
            };
        }
        let inputs = vec![[0.5 * x, -x], [0.25 * x, 2.0 * x]];
        let targets = vec![[y], [-0.5 * y]];
        let case = Case { net, inputs, targets, regularization: Regularization::none() };
        properties::paths_agree(&case)?;
        properties::descent_lowers_the_cost(&case)
    }
    for unit in [1e-9_f64, 1e-6, 1e-3, 1.0, 1e3, 1e6, 1e9] {
        for units in [(unit, 1.0), (1.0, unit), (unit, unit), (1.0, unit.powi(10))] {
            assert_eq!(of::<Claimed>(units), Ok(()), "{units:?}");
            let found = of::<Upward>(units);
            assert!(matches!(found, Err(properties::Failure::Broken(_))), "{units:?} {found:?}");
        }
    }
}

network! {
    pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
}

network! {
    /// Of two classes, whose J is straight far from its minimum.
    pub struct Coin(1 => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    #[derive(Clone)]
    pub struct Sine(1 => 6 Tanh => 1 Identity) minimizing HalfSquaredError;
}

/// Where ∇J is next to nothing and J is not, a step along −∇J leads past the minimum.
#[test]
fn descent_near_a_minimum_is_not_called_broken() {
    fn of<N: Network<Scalar = f64>>(case: &Case<N>) {
        let found = properties::descent_lowers_the_cost(case);
        assert!(!matches!(found, Err(properties::Failure::Broken(_))), "{case:?}{found:?}");
    }
    let none = Regularization::none;
    for exponent in 1..30 {
        let off = 0.5_f64.powi(2 * exponent);
        for (off, y) in [(off, 1e3), (-off, 1e3), (off, 1.0), (off, 1e-6)] {
            let net = Box::new(Line::new(Theta::new([off], [[0.0]])));
            let (inputs, targets) = (vec![[0.0]; 2], vec![[y], [-y]]);
            of(&Case { net, inputs, targets, regularization: none() });
        }
        let net = Box::new(Coin::new(Theta::new([off], [[0.0]])));
        let (inputs, targets) = (vec![[0.0]; 2], vec![[0.0], [1.0]]);
        of(&Case { net, inputs, targets, regularization: none() });
    }
    let mut random = constprop::rng(5);
    for seed in 0..8 {
        let inputs: Vec<[f64; 1]> = (0..40).map(|i| [f64::from(i) / 20.0 - 1.0]).collect();
        let noisy = |&[x]: &[f64; 1]| [(3.0 * x).sin() + random.random_range(-0.3..0.3)];
        let targets: Vec<[f64; 1]> = inputs.iter().map(noisy).collect();
        let mut net = Sine::<f64>::boxed_seeded(seed);
        let mut lm = LevenbergMarquardt::new(LevenbergSettings::default()).unwrap();
        for _ in 0..40 {
            lm.minimize(&mut *net, &inputs, &targets, &none(), 5).unwrap();
            let (inputs, targets) = (inputs.clone(), targets.clone());
            of(&Case { net: net.clone(), inputs, targets, regularization: none() });
        }
    }
}

/// 2ⁿ ln(1 + z²), in whose slope a share of `OFF` is missing beyond 41.
#[derive(Clone, Copy, Debug, Default)]
pub struct Logarithm<const UNIT: i32, const OFF: i32>;

impl<const UNIT: i32, const OFF: i32> Activation for Logarithm<UNIT, OFF> {
    const NAME: &'static str = "Logarithm";

    fn g<V: Real>(z: V) -> V {
        V::constant(2.0_f64.powi(UNIT)) * (V::constant(1.0) + z.clone() * z).ln()
    }
    fn g_prime<V: Real>(z: V, _a: V) -> V {
        let below = V::constant(1.0) + z.clone() * z.clone();
        let slope = V::constant(2.0_f64.powi(UNIT + 1)) * z.clone() / below;
        let far = V::constant(1.0 - f64::from(OFF)) * slope.clone();
        z.abs().select_gt(V::constant(41.0), far, slope)
    }
    fn g_second<V: Real>(z: V, _a: V) -> V {
        let square = z.clone() * z;
        let below = V::constant(1.0) + square.clone();
        let factor = V::constant(2.0_f64.powi(UNIT + 1));
        factor * (V::constant(1.0) - square) / below.clone() / below
    }
}

/// Far out too, where an account of rounding says nothing.
#[test]
fn an_activation_is_checked_in_its_own_unit() {
    use constprop::check::check_activation;
    check_activation::<Logarithm<0, 0>>().assert_correct();
    check_activation::<Logarithm<-34, 0>>().assert_correct();
    check_activation::<Logarithm<34, 0>>().assert_correct();
    assert!(check_activation::<Logarithm<0, 1>>().is_wrong());
    assert!(check_activation::<Logarithm<-34, 1>>().is_wrong());
    assert!(check_activation::<Logarithm<34, 1>>().is_wrong());
    check_activation::<Units<34>>().assert_correct();
    check_activation::<Units<-34>>().assert_correct();
}

/// 2ⁿ z/(1 + e⁻ᶻ), whose slope is a difference far out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Units<const UNIT: i32>;

impl<const UNIT: i32> Activation for Units<UNIT> {
    const NAME: &'static str = "Units";

    fn g<V: Real>(z: V) -> V {
        V::constant(2.0_f64.powi(UNIT)) * Silu::g(z)
    }
    fn g_prime<V: Real>(z: V, _a: V) -> V {
        V::constant(2.0_f64.powi(UNIT)) * Silu::g_prime(z.clone(), Silu::g(z))
    }
    fn g_second<V: Real>(z: V, _a: V) -> V {
        V::constant(2.0_f64.powi(UNIT)) * Silu::g_second(z.clone(), Silu::g(z))
    }
}
