//! Products with curvature matrices of `f32` and `f64`, in tiles of registers, against the readable
//! form: one example at a time, in numbers that know no registers.

mod common;

use common::agreement::on_every_set;
use common::{Shape, convert_all, convert_into, random_target};
use constprop::prelude::*;
use constprop::{RealField, Sample};
use num_dual::Dual64;
use rand::RngExt;

network! {
    pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct Classes(4 => 6 Gelu => 3 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct Squared(5 => 9 Silu => 3 Tanh) minimizing HalfSquaredError;
}

network! {
    pub struct Robust(6 => 16 Relu => 8 Tanh => 2 Identity) minimizing Huber;
}

network! {
    pub struct Odd(70 => 33 Tanh => 17 Softplus => 5 Softmax) minimizing HalfSquaredError;
}

network! {
    pub struct Thin(1 => 1 Elu => 1 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct OneLayer(19 => 7 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct ManyClasses(3 => 4 Tanh => 700 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct ManyValues(3 => 4 Tanh => 1100 Gelu) minimizing HalfSquaredError;
}

network! {
    pub struct ManyShares(3 => 2 Silu => 1100 Softmax) minimizing HalfSquaredError;
}

network! {
    pub struct Wide(2 => 256 LeakyRelu => 130 Sigmoid => 1 Identity) minimizing HalfSquaredError;
}

/// Numbers that are the same in `f32` and in `f64`, so that either is held to the same product.
struct Case<N: Network> {
    net: Box<N>,
    inputs: Vec<N::Input>,
    targets: Vec<N::Target>,
    lambda: (f64, bool, bool),
    direction: Box<Gradient<N>>,
}

/// One of the calls, which writes its product.
type By<'a, N> = &'a mut dyn FnMut(&mut Gradient<N>);

const fn rounded(value: f64) -> f64 {
    value as f32 as f64
}

impl<N: Network<Scalar = f64>> Case<N> {
    fn random(m: usize, seed: u64) -> Self {
        let mut rng = constprop::rng(seed);
        let (mut net, mut direction) = (N::boxed_seeded(seed), Gradient::<N>::boxed());
        for entry in net.parameters_mut() {
            // With biases of 0 a unit behind a dead layer would stand at its kink.
            *entry = rounded(*entry + rng.random_range(-0.2..0.2));
        }
        for entry in direction.parameters_mut() {
            *entry = rounded(rng.random_range(-1.0..1.0));
        }
        let inputs =
            (0..m).map(|_| N::Input::from_fn(|_| rounded(rng.random_range(-1.5..1.5)))).collect();
        let targets = (0..m)
            .map(|_| {
                let target = random_target(&Shape::of::<N>(), &mut rng);
                N::Target::from_fn(|i| rounded(target[i]))
            })
            .collect();
        let lambda = if m.is_multiple_of(4) { 0.0 } else { 0.25 };
        let lambda = (lambda, m.is_multiple_of(2), m.is_multiple_of(3));
        Self { net, inputs, targets, lambda, direction }
    }

    fn lambda<T: RealField>(&self) -> Regularization<T> {
        let (lambda, per_example, with_bias) = self.lambda;
        let lambda = nalgebra::convert(lambda);
        let lambda = if per_example {
            Regularization::coursera(lambda)
        } else {
            Regularization::article(lambda)
        };
        if with_bias { lambda.with_bias() } else { lambda }
    }

    /// ∇²J v and G v over `T`, twice: of calls without a workspace, and with the `workspace`.
    fn products<T: RealField + Copy>(
        &self,
        workspace: &mut CurvatureWorkspace<N::With<T>>,
    ) -> [[Vec<f64>; 2]; 2] {
        let (mut net, mut v) = (N::With::<T>::boxed(), Gradient::<N::With<T>>::boxed());
        convert_into(self.net.parameters(), net.parameters_mut());
        convert_into(self.direction.parameters(), v.parameters_mut());
        let (x, y) = (convert_all(&self.inputs), convert_all(&self.targets));
        let (x, y, lambda): (&[_], &[_], _) = (&x, &y, self.lambda());
        let mut product = Gradient::<N::With<T>>::boxed();
        let mut product_by = |run: By<'_, N::With<T>>| {
            // Whatever was there before has no part in it.
            product.fill(nalgebra::convert(f64::NAN));
            run(&mut product);
            product
                .parameters()
                .iter()
                .map(|entry| nalgebra::try_convert(*entry).unwrap_or(f64::NAN))
                .collect()
        };
        [
            [
                product_by(&mut |to| {
                    net.hessian_vector_product_into(x, y, &lambda, &v, to).unwrap();
                }),
                product_by(&mut |to| {
                    net.gauss_newton_product_into(x, y, &lambda, &v, to).unwrap();
                }),
            ],
            [
                product_by(&mut |to| {
                    net.hessian_vector_product_with(x, y, &lambda, &v, to, workspace).unwrap();
                }),
                product_by(&mut |to| {
                    net.gauss_newton_product_with(x, y, &lambda, &v, to, workspace).unwrap();
                }),
            ],
        ]
    }
}

fn assert_near(found: &[[Vec<f64>; 2]; 2], expected: &[Vec<f64>; 2], share: f64, of: &str) {
    for (found, by) in found.iter().zip(["alone", "with a workspace"]) {
        for ((found, expected), matrix) in found.iter().zip(expected).zip(["∇²J", "G"]) {
            let largest = expected.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
            for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
                let near = (found - expected).abs() <= share * largest;
                assert!(near, "{of}, {matrix} {by}, entry {index}: {found:e}, not {expected:e}");
            }
        }
    }
}

/// Every instruction set and both scalars, for each number of examples, in the same workspaces. All numbers
/// on one set before the next, for which tests beside this one have to be ready.
fn agrees<N: Network<Scalar = f64>>(numbers: impl IntoIterator<Item = usize>) {
    let mut readable = CurvatureWorkspace::<N::With<Dual64>>::boxed();
    let mut double = CurvatureWorkspace::<N::With<f64>>::boxed();
    let mut single = CurvatureWorkspace::<N::With<f32>>::boxed();
    let expected = |m: usize| {
        let case = Case::<N>::random(m, 1000 + m as u64);
        let [expected, again] = case.products::<Dual64>(&mut readable);
        assert_eq!(expected, again);
        (m, case, expected)
    };
    let cases: Vec<_> = numbers.into_iter().map(expected).collect();
    on_every_set(|set| {
        for (m, case, expected) in &cases {
            let of = format!("{} of {m} on {set:?}", N::NAME);
            let found = case.products::<f64>(&mut double);
            assert_near(&found, expected, 1e-12, &format!("f64, {of}"));
            let found = case.products::<f32>(&mut single);
            assert_near(&found, expected, 1e-5, &format!("f32, {of}"));
        }
    });
}

/// All remainders of tiles and registers, and blocks that are just full, or just not.
fn numbers() -> impl Iterator<Item = usize> {
    (1..=40).chain([127, 128, 129, 200, 300])
}

#[test]
fn sigmoid_with_cross_entropy() {
    agrees::<Article<f64>>(numbers());
}

#[test]
fn softmax_with_cross_entropy() {
    agrees::<Classes<f64>>(numbers());
}

#[test]
fn squared_error_behind_tanh() {
    agrees::<Squared<f64>>(numbers());
}

#[test]
fn huber_behind_relu() {
    agrees::<Robust<f64>>(numbers());
}

#[test]
fn odd_sizes_and_squared_error_behind_softmax() {
    agrees::<Odd<f64>>(numbers());
}

#[test]
fn one_unit_each() {
    agrees::<Thin<f64>>(numbers());
}

#[test]
fn one_layer() {
    agrees::<OneLayer<f64>>(numbers());
}

/// More outputs than stand in registers, and rows that would lie at the same place of a cache.
#[test]
fn large_layers() {
    agrees::<ManyClasses<f64>>([1, 5, 40, 130]);
    agrees::<ManyValues<f64>>([3, 5]);
    agrees::<ManyShares<f64>>([3, 5]);
    agrees::<Wide<f64>>([1, 7, 130]);
}

/// Of several blocks the last one is bad: nothing is written.
#[test]
fn a_bad_example_in_the_last_block() {
    on_every_set(|_| {
        let Case { net, mut inputs, targets, mut direction, .. } = Case::<Odd<f64>>::random(300, 1);
        let (none, mut workspace) = (Regularization::none(), CurvatureWorkspace::boxed());
        let mut product = Gradient::<Odd>::boxed();
        product.fill(7.0);
        let mut refused = |inputs: &[_], v: &Gradient<_>| {
            let (product, workspace) = (&mut *product, &mut *workspace);
            let of_hessian = net
                .hessian_vector_product_with(inputs, &targets, &none, v, product, workspace)
                .unwrap_err();
            let of_gauss_newton = net
                .gauss_newton_product_with(inputs, &targets, &none, v, product, workspace)
                .unwrap_err();
            assert_eq!(of_hessian.to_string(), of_gauss_newton.to_string());
            assert!(product.parameters().iter().all(|&entry| entry == 7.0));
            of_hessian.to_string()
        };
        let x = core::mem::replace(&mut inputs[290][69], f64::INFINITY);
        let expected = "input: example 290, entry 69 is inf; it must be finite";
        assert_eq!(refused(&inputs, &direction), expected);
        inputs[290][69] = x;
        direction.theta3.bias[4] = f64::NAN;
        let expected = "direction: theta3, row 4, column 0 (bias) is NaN; it must be finite";
        assert_eq!(refused(&inputs, &direction), expected);
        direction.fill(0.0);
        assert_eq!(refused(&inputs, &direction), "the direction is 0 in every entry");
    });
}

/// Finite numbers that overflow on the way are no error of the caller's.
#[test]
fn overflow_is_an_answer() {
    on_every_set(|_| {
        let Case { mut net, inputs, targets, direction, .. } = Case::<Robust<f64>>::random(200, 2);
        net.theta1.weights.fill(1e308);
        let none = Regularization::none();
        for product in [
            net.hessian_vector_product(&inputs, &targets, &none, &direction).unwrap(),
            net.gauss_newton_product(&inputs, &targets, &none, &direction).unwrap(),
        ] {
            assert!(product.parameters().iter().any(|entry| !entry.is_finite()));
        }
    });
}

/// A network of a user's own activation and cost takes part.
#[test]
fn what_users_write_takes_part() {
    #[derive(Clone, Copy, Debug, Default)]
    pub struct Cubic;

    impl Activation for Cubic {
        const NAME: &'static str = "Cubic";

        #[inline(always)]
        fn g<V: Real>(z: V) -> V {
            z.clone() * z.clone() * z.clone() + z
        }
        #[inline(always)]
        fn g_prime<V: Real>(z: V, _a: V) -> V {
            V::constant(3.0) * z.clone() * z + V::one()
        }
        #[inline(always)]
        fn g_second<V: Real>(z: V, _a: V) -> V {
            V::constant(6.0) * z
        }
    }

    #[derive(Clone, Copy, Debug, Default)]
    pub struct Fourth;

    impl CostOfA for Fourth {
        const NAME: &'static str = "Fourth";

        #[inline(always)]
        fn cost<V: Real>(a: V, y: V) -> V {
            let square = (a.clone() - y.clone()) * (a - y);
            square.clone() * square
        }
        #[inline(always)]
        fn slope<V: Real>(a: V, y: V) -> V {
            let r = a - y;
            V::constant(4.0) * r.clone() * r.clone() * r
        }
        #[inline(always)]
        fn curvature<V: Real>(a: V, y: V) -> V {
            V::constant(12.0) * (a.clone() - y.clone()) * (a - y)
        }
    }

    network! {
        pub struct Users(3 => 9 Cubic => 20 Tanh) minimizing Fourth;
    }
    agrees::<Users<f64>>([1, 6, 21, 140]);
}
