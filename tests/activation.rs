//! g, g′ and g″ of every activation, and value, δ and curvature of every cost: against dual
//! numbers, and at the ends of the number line.

mod common;

use common::config;
use constprop::prelude::*;
use constprop::{
    Compared, Cost, Init, Matched, Output, Predicted, Real, RealField, Target, TargetFault,
};
use num_dual::Dual64;
use proptest::prelude::*;

fn activation_is_consistent<G: Activation>(z: f64) {
    if G::KINKS.iter().any(|kink| (z - kink).abs() < 1e-9) {
        return;
    }
    let a = G::g(z);
    let (slope, bend) = (G::g_prime(z, a), G::g_second(z, a));
    let moving = Dual64::new(z, 1.0);
    let a_moving = G::g(moving);
    let slope_moving = G::g_prime(moving, a_moving);
    // The dual tanh is sinh/cosh and overflows far out; `extremes` looks there.
    let close = |found: f64, exact: f64| {
        (found - exact).abs() <= 1e-13 * (1.0 + z.abs()) || (exact.is_nan() && z.abs() > 300.0)
    };
    assert!(close(slope, a_moving.eps), "{} g′({z}): {slope}, not {}", G::NAME, a_moving.eps);
    assert!(close(bend, slope_moving.eps), "{} g″({z}): {bend}, not {}", G::NAME, slope_moving.eps);
    let single = G::g(z as f32);
    assert!((f64::from(single) - a).abs() <= 1e-6 * (1.0 + z.abs()), "{} in f32 at {z}", G::NAME);
}

/// The proptest runner is compiled once, not for each activation.
fn on_many(check: fn(f64)) {
    proptest!(config(), |(z in -8.0..8.0_f64)| check(z));
    [0.0, -0.0, 30.0, -30.0, 1e3, -1e3, 1e-12, -1e-12].into_iter().for_each(check);
}

/// Finite in, finite out; NaN in, NaN out; monotone ends.
fn activation_is_finite<G: Activation, T: RealField + Copy>(largest: T) {
    let convert = nalgebra::convert::<f64, T>;
    for z in [0.0, -0.0, 1e-40, 1e-300, 1.0, 88.0, 104.0, 710.0, 1e3, 1e6, 1e10, 1e18].map(convert)
    {
        for z in [z, -z] {
            let a = G::g(z);
            let finite = a.is_finite() && G::g_prime(z, a).is_finite();
            assert!(finite && G::g_second(z, a).is_finite(), "{} at {z}", G::NAME);
        }
    }
    assert!(G::g(largest).is_finite() && G::g(-largest).is_finite(), "{} at its ends", G::NAME);
    let nan = convert(f64::NAN);
    let a = G::g(nan);
    assert!(a.partial_cmp(&a).is_none(), "{} of NaN is {a}", G::NAME);
}

/// g′ jumps at 0 where `KINKS` says so, and nowhere else near it; at 0 it is the slope on the left.
fn kinks_are_where_the_slope_jumps<G: Activation>() {
    let slope = |z: f64| G::g_prime(z, G::g(z));
    let jumps = (slope(1e-9) - slope(-1e-9)).abs() > 1e-6;
    assert_eq!(G::KINKS, if jumps { &[0.0][..] } else { &[] }, "{}", G::NAME);
    for zero in [0.0, -0.0] {
        assert!((slope(zero) - slope(-1e-9)).abs() < 1e-8, "{} g′({zero})", G::NAME);
    }
}

macro_rules! each_activation {
    ($($test:ident $activation:ty;)*) => {
        $(
            mod $test {
                use super::*;

                #[test]
                fn derivatives() {
                    on_many(activation_is_consistent::<$activation>);
                }

                #[test]
                fn kinks() {
                    kinks_are_where_the_slope_jumps::<$activation>();
                }

                #[test]
                fn extremes() {
                    activation_is_finite::<$activation, f64>(f64::MAX);
                    activation_is_finite::<$activation, f32>(f32::MAX);
                }
            }
        )*
    };
}

each_activation! {
    sigmoid Sigmoid;
    tanh Tanh;
    relu Relu;
    leaky_relu LeakyRelu;
    leaky_relu_of_another_slope LeakyRelu<1, 5>;
    elu Elu;
    elu_of_another_alpha Elu<1, 2>;
    gelu Gelu;
    silu Silu;
    softplus Softplus;
    identity Identity;
}

/// The definitions at 0.5 and −0.5, evaluated in Python.
#[test]
fn values() {
    let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-15, "{found}");
    close(Sigmoid::g(0.5), 0.622_459_331_201_854_6);
    close(Tanh::g(0.5), 0.462_117_157_260_009_8);
    close(Elu::<1, 1>::g(-0.5), -0.393_469_340_287_366_6);
    close(Elu::<1, 2>::g(-0.5), -0.196_734_670_143_683_3);
    close(LeakyRelu::<1, 100>::g(-0.5), -0.005);
    close(LeakyRelu::<1, 5>::g(-0.5), -0.1);
    close(Silu::g(0.5), 0.311_229_665_600_927_3);
    close(Softplus::g(0.5), 0.974_076_984_180_107_2);
    close(Gelu::g(0.5), 0.345_714_009_825_143_94);
    close(Softmax::h(&[1.0, 2.0, 3.0])[2], 0.665_240_955_774_821_8);
}

/// The cost of one example, from z and y.
fn cost_of<C: Cost<H>, H: Output, V: Real, const S: usize>(z: [V; S], y: [V; S]) -> V {
    C::cost(Compared { z: &z, a: Predicted(&H::h(&z)), y: Target(&y) })
}

/// δ against the cost's dual derivative, and curvature against that of δ.
fn cost_is_consistent<C: Cost<H>, H: Output>([z, y, v]: [[f64; 3]; 3]) {
    if z.iter().any(|z| H::KINKS.iter().any(|kink| (z - kink).abs() < 1e-9)) {
        return;
    }
    let a = H::h(&z);
    if C::NAME == "Huber" && a.iter().zip(y).any(|(a, y)| ((a - y).abs() - 1.0).abs() < 1e-9) {
        return;
    }
    let compared = Compared { z: &z, a: Predicted(&a), y: Target(&y) };
    let (delta, curvature) = (C::delta(compared), C::curvature(compared, &v));
    let still = y.map(Dual64::from_re);
    let y = Target(&still);
    let along = |direction: [f64; 3]| std::array::from_fn(|i| Dual64::new(z[i], direction[i]));
    for i in 0..3 {
        let moving = along(std::array::from_fn(|k| f64::from(u8::from(k == i))));
        let exact = C::cost(Compared { z: &moving, a: Predicted(&H::h(&moving)), y }).eps;
        assert!((delta[i] - exact).abs() < 1e-13, "δ_{i}: {} and not {exact}", delta[i]);
        let moving = along(v);
        let exact = C::delta(Compared { z: &moving, a: Predicted(&H::h(&moving)), y })[i].eps;
        assert!((curvature[i] - exact).abs() < 1e-13, "{i}: {} and not {exact}", curvature[i]);
    }
}

/// An output and a cost of a user's: what is provided in place is theirs, of `H` and `C` by value.
#[derive(Clone, Copy, Debug, Default)]
struct ByValue<F>(F);

impl<H: Output> Output for ByValue<H> {
    const NAME: &'static str = H::NAME;
    const KINKS: &'static [f64] = H::KINKS;
    const INIT: Init = H::INIT;

    fn h<V: Real, const S: usize>(z: &[V; S]) -> [V; S] {
        H::h(z)
    }

    fn pull_back<V: Real, const S: usize>(z: &[V; S], a: &[V; S], c: &[V; S]) -> [V; S] {
        H::pull_back(z, a, c)
    }

    fn curve<V: Real, const S: usize>(
        z: &[V; S],
        a: &[V; S],
        c: &[V; S],
        c_prime: &[V; S],
        v: &[V; S],
    ) -> [V; S] {
        H::curve(z, a, c, c_prime, v)
    }
}

impl<C, H: Output + Matched<C>> Matched<C> for ByValue<H> {}

impl<H: Output, C: Cost<H>> Cost<H> for ByValue<C> {
    const NAME: &'static str = C::NAME;

    fn cost<V: Real, const S: usize>(compared: Compared<'_, V, S>) -> V {
        C::cost(compared)
    }

    fn delta<V: Real, const S: usize>(compared: Compared<'_, V, S>) -> [V; S] {
        C::delta(compared)
    }

    fn curvature<V: Real, const S: usize>(compared: Compared<'_, V, S>, v: &[V; S]) -> [V; S] {
        C::curvature(compared, v)
    }

    fn gauss_newton<V: Real, const S: usize>(compared: Compared<'_, V, S>, v: &[V; S]) -> [V; S] {
        C::gauss_newton(compared, v)
    }

    fn check_target<T: RealField>(y: &[T]) -> Result<(), TargetFault> {
        C::check_target(y)
    }
}

/// The same bits, of ours and of what is provided.
fn in_place_is_as_by_value<C: Cost<H> + Cost<ByValue<H>>, H: Output, T: RealField + Copy>(
    zyv: [[f64; 3]; 3],
) {
    in_place_is_as_by_value_of::<C, H, T, 3>(zyv);
    in_place_is_as_by_value_of::<C, H, T, 131>(zyv);
}

fn in_place_is_as_by_value_of<C, H, T, const S: usize>(zyv: [[f64; 3]; 3])
where
    C: Cost<H> + Cost<ByValue<H>>,
    H: Output,
    T: RealField + Copy,
{
    let entry = |three: [f64; 3], i: usize| nalgebra::convert(three[i % 3] / (1 + i / 3) as f64);
    let [z, y, v]: [[T; S]; 3] = zyv.map(|three| std::array::from_fn(|i| entry(three, i)));
    let a = H::h(&z);
    let compared = Compared { z: &z, a: Predicted(&a), y: Target(&y) };
    let cost = <C as Cost<H>>::cost(compared);
    let delta = <C as Cost<H>>::delta(compared);
    let curvature = <C as Cost<H>>::curvature(compared, &v);
    let gauss_newton = <C as Cost<H>>::gauss_newton(compared, &v);
    let mut in_place = z;
    H::h_in_place(&mut in_place);
    assert_eq!(in_place, a, "h");
    macro_rules! agree {
        ($cost:ty, $output:ty) => {
            let mut z_in_place = z;
            let found = <$cost as Cost<$output>>::cost_in_place(&mut z_in_place, &y);
            assert_eq!(found, cost, "the cost alone");
            let mut z_in_place = z;
            let found = <$cost as Cost<$output>>::delta_in_place(&mut z_in_place, &y);
            assert_eq!((found, z_in_place), (cost, delta), "the cost and δ");
            let (mut z_in_place, mut v_in_place) = (z, v);
            <$cost as Cost<$output>>::curvature_in_place(&mut z_in_place, &y, &mut v_in_place);
            assert_eq!((z_in_place, v_in_place), (delta, curvature), "δ and the curvature");
            let (mut z_in_place, mut v_in_place) = (z, v);
            <$cost as Cost<$output>>::gauss_newton_in_place(&mut z_in_place, &y, &mut v_in_place);
            assert_eq!(v_in_place, gauss_newton, "Gauss-Newton");
        };
    }
    agree!(C, H);
    agree!(C, ByValue<H>);
    agree!(ByValue<C>, H);
}

/// Random z, y that the cost can mean and v, for one `check` after the other.
fn on_random(cost: &str, check: fn([[f64; 3]; 3])) {
    let three = |range: std::ops::Range<f64>| prop::array::uniform3(range);
    let strategy = (three(-4.0..4.0), three(0.0..1.0), three(-1.0..1.0));
    proptest!(config(), |((z, y, v) in strategy)| {
        let y = match cost {
            "HalfSquaredError" | "Huber" => y.map(|y| 6.0 * y - 3.0),
            _ => y,
        };
        check([z, y, v]);
    });
}

macro_rules! each_pair {
    ($($test:ident $cost:ty, $output:ty;)*) => {
        $(
            #[test]
            fn $test() {
                on_random(stringify!($cost), cost_is_consistent::<$cost, $output>);
            }
        )*

        mod in_place {
            use super::*;

            $(
                #[test]
                fn $test() {
                    on_random("CrossEntropy", |[z, y, v]| {
                        for z in [z, z.map(|z| 30.0 * z)] {
                            in_place_is_as_by_value::<$cost, $output, f64>([z, y, v]);
                            in_place_is_as_by_value::<$cost, $output, f32>([z, y, v]);
                        }
                    });
                }
            )*
        }
    };
}

each_pair! {
    cross_entropy CrossEntropy, Sigmoid;
    categorical CategoricalCrossEntropy, Softmax;
    squared_sigmoid HalfSquaredError, Sigmoid;
    squared_tanh HalfSquaredError, Tanh;
    squared_relu HalfSquaredError, Relu;
    squared_leaky HalfSquaredError, LeakyRelu;
    squared_elu HalfSquaredError, Elu;
    squared_gelu HalfSquaredError, Gelu;
    squared_silu HalfSquaredError, Silu;
    squared_softplus HalfSquaredError, Softplus;
    squared_identity HalfSquaredError, Identity;
    squared_softmax HalfSquaredError, Softmax;
    huber_sigmoid Huber, Sigmoid;
    huber_tanh Huber, Tanh;
    huber_relu Huber, Relu;
    huber_leaky Huber, LeakyRelu;
    huber_elu Huber, Elu;
    huber_gelu Huber, Gelu;
    huber_silu Huber, Silu;
    huber_softplus Huber, Softplus;
    huber_identity Huber, Identity;
    huber_softmax Huber, Softmax;
}

/// An error of exactly δ is still a small one.
#[test]
fn huber_at_its_corner() {
    for (r, curvature) in [(0.5, 1.0), (-0.5, 1.0), (0.5 + 1e-15, 0.0), (-0.5 - 1e-15, 0.0)] {
        assert_eq!(<Huber<1, 2> as CostOfA>::curvature(r, 0.0), curvature, "{r}");
    }
    assert_eq!(<Huber<1, 2> as CostOfA>::cost(0.5, 0.0), 0.125);
    assert_eq!(<Huber<1, 2> as CostOfA>::cost(2.0, 0.0), 0.875);
    assert_eq!(<Huber<1, 2> as CostOfA>::slope(2.0, 0.0), 0.5);
}

/// Where a has long become 0 or 1, the cross-entropies go on as straight lines.
#[test]
fn costs_at_large_z() {
    fn binary<T: RealField + Copy>(z: f64, y: f64) -> f64 {
        let cost = cost_of::<CrossEntropy, Sigmoid, T, 1>(
            [z].map(nalgebra::convert),
            [y].map(nalgebra::convert),
        );
        nalgebra::try_convert(cost).unwrap()
    }
    fn categorical<T: RealField + Copy>(z: f64) -> f64 {
        let z = [z, 0.0, -z].map(nalgebra::convert::<f64, T>);
        let y = [0.0, 0.0, 1.0].map(nalgebra::convert::<f64, T>);
        nalgebra::try_convert(cost_of::<CategoricalCrossEntropy, Softmax, T, 3>(z, y)).unwrap()
    }
    for z in [1e3, 1e4, 1e6, 1e30] {
        for (cost, expected) in [
            (binary::<f64>(z, 0.0), z),
            (binary::<f64>(-z, 1.0), z),
            (binary::<f64>(z, 1.0), 0.0),
            (binary::<f64>(-z, 0.0), 0.0),
            (binary::<f64>(z, 0.25), 0.75 * z),
            (categorical::<f64>(z), 2.0 * z),
        ] {
            assert!((cost - expected).abs() <= 1e-15 * z, "{cost}, not {expected}");
        }
        for (cost, expected) in [
            (binary::<f32>(z, 0.0), z),
            (binary::<f32>(-z, 1.0), z),
            (binary::<f32>(z, 1.0), 0.0),
            (binary::<f32>(-z, 0.0), 0.0),
            (categorical::<f32>(z), 2.0 * z),
        ] {
            assert!((cost - expected).abs() <= 1e-6 * z, "{cost}, not {expected}");
        }
    }
    // And small differences are not lost beside large z.
    assert!((binary::<f64>(30.0, 1.0) - (-30.0_f64).exp().ln_1p()).abs() < 1e-27);
    let mut z = [500.0, 500.0, 500.0];
    z[1] += 1.0;
    let cost = cost_of::<CategoricalCrossEntropy, Softmax, f64, 3>(z, [0.0, 1.0, 0.0]);
    assert!((cost - (2.0 * (-1.0_f64).exp() + 1.0).ln()).abs() < 1e-15);
}

/// Softmax of z far apart and far out is the limit, not infinity over infinity.
#[test]
fn softmax_at_large_z() {
    fn outputs<T: RealField + Copy>() {
        let convert = nalgebra::convert::<f64, T>;
        for z in [1e3, 1e6, 1e30] {
            assert_eq!(Softmax::h(&[z, 0.0, -z].map(convert)), [1.0, 0.0, 0.0].map(convert));
            assert_eq!(Softmax::h(&[-z, z, 0.0].map(convert)), [0.0, 1.0, 0.0].map(convert));
            assert_eq!(Softmax::h(&[-z, z, z].map(convert)), [0.0, 0.5, 0.5].map(convert));
            assert_eq!(Softmax::h(&[-z; 4].map(convert)), [0.25; 4].map(convert));
        }
    }
    outputs::<f32>();
    outputs::<f64>();
}

/// a − y is the exact derivative even of a target that sums to 1 only nearly.
#[test]
fn categorical_of_a_target_that_sums_to_nearly_one() {
    cost_is_consistent::<CategoricalCrossEntropy, Softmax>([
        [3.0, -2.0, 0.5],
        [0.3, 0.3, 0.40005],
        [1.0, 0.0, -1.0],
    ]);
}

/// Dual numbers see the right slope at 0, where the stable forms of σ and softplus branch.
#[test]
fn branches_do_not_show_in_derivatives() {
    let at_zero = Dual64::new(0.0, 1.0);
    assert_eq!(Sigmoid::g(at_zero).eps, 0.25);
    assert_eq!(Softplus::g(at_zero).eps, 0.5);
    let cost = cost_of::<CrossEntropy, Sigmoid, Dual64, 1>([at_zero], [at_zero * 0.0]);
    assert_eq!(cost.eps, 0.5);
}

/// xⁿ is the product of |n| times x, or 1 by it: exact where the product is.
#[test]
fn powers_are_products() {
    for x in [3.0, -1.5, 0.5] {
        let mut product = 1.0;
        for n in 0..=13 {
            assert_eq!(Real::powi(x, n), product, "{x} to the power {n}");
            assert_eq!(Real::powi(x, -n), 1.0 / product, "{x} to the power -{n}");
            product *= x;
        }
    }
    assert_eq!([i32::MIN, i32::MAX].map(|n| Real::powi(-1.0, n)), [1.0, -1.0]);
}
