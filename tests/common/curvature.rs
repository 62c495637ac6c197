//! Products with curvature matrices: against dual numbers through the gradient, against the checker,
//! and against what such matrices are.

use constprop::Sample;
use constprop::check::Check;
use constprop::prelude::*;
use num_dual::Dual64;
use rand::RngExt;

use super::{Lambda, Shape, convert_all, random_target};

pub struct Examples<N: Network> {
    pub inputs: Vec<N::Input>,
    pub targets: Vec<N::Target>,
    pub lambda: Lambda,
}

pub fn examples<N: Network<Scalar = f64>>(m: usize, seed: u64) -> Examples<N> {
    let mut rng = constprop::rng(seed);
    let inputs = (0..m).map(|_| N::Input::from_fn(|_| rng.random_range(-1.5..1.5))).collect();
    let of = Shape::of::<N>();
    let targets: Vec<Vec<f64>> = (0..m).map(|_| random_target(&of, &mut rng)).collect();
    let targets = convert_all(&targets);
    let (per_example, with_bias) = (seed.is_multiple_of(2), seed.is_multiple_of(3));
    let lambda = Lambda { lambda: 0.3, per_example, with_bias };
    Examples { inputs, targets, lambda }
}

pub fn direction<N: Network<Scalar = f64>>(seed: u64) -> Box<Gradient<N>> {
    let mut rng = constprop::rng(seed);
    let mut direction = Gradient::<N>::boxed();
    for entry in direction.parameters_mut() {
        *entry = rng.random_range(-1.0..1.0);
    }
    direction
}

/// A network of random biases too: with biases of 0 a unit behind a dead layer would stand at its kink.
pub fn anywhere<N: Network<Scalar = f64>>(seed: u64) -> Box<N> {
    let mut net = N::boxed();
    net.set_parameters(direction::<N>(seed).parameters()).unwrap();
    net
}

/// d∇J/dr along v, by dual numbers through the readable path.
fn exact_product<N: Network<Scalar = f64>>(net: &N, of: &Examples<N>, v: &Gradient<N>) -> Vec<f64> {
    let mut dual = net.cast::<Dual64>();
    for (theta, rate) in dual.parameters_mut().iter_mut().zip(v.parameters()) {
        theta.eps = *rate;
    }
    let (inputs, targets) = (convert_all(&of.inputs), convert_all(&of.targets));
    let (_, gradient) = dual.cost_and_gradient(&inputs, &targets, &of.lambda.over()).unwrap();
    gradient.parameters().iter().map(|entry| entry.eps).collect()
}

/// C of Levenberg–Marquardt's first step, behind a linear output: the root mean square of x_k, and the size of the
/// last Θ.
pub fn sizes<N: Network<Scalar = f64>>(net: &N, inputs: &[N::Input]) -> Vec<f64> {
    let last = N::SHAPES[N::SHAPES.len() - 1];
    let weights = &net.parameters()[N::PARAMETERS - last.s_out * last.s_in..];
    let y = (weights.iter().map(|theta| theta * theta).sum::<f64>() / last.s_out as f64).sqrt();
    let x = |k: usize| {
        let squares = inputs.iter().map(|x| x.as_ref()[k] * x.as_ref()[k]);
        (squares.sum::<f64>() / inputs.len() as f64).sqrt()
    };
    let size = |index| match constprop::place::<N>(index) {
        (theta, ..) if theta == N::SHAPES.len() => 1.0,
        (1, _, column @ 1..) => x(column - 1) * y,
        _ => y,
    };
    (0..N::PARAMETERS).map(size).collect()
}

pub fn assert_close(found: &[f64], expected: &[f64], share: f64) {
    let largest = expected.iter().fold(1.0, |largest: f64, entry| largest.max(entry.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= share * largest, "entry {index}: {found} {expected}");
    }
}

pub fn products_are_right<N: Network<Scalar = f64>>() {
    for seed in 0..8 {
        let (net, of) = (anywhere::<N>(seed + 300), examples::<N>(1 + seed as usize, seed));
        let Examples { inputs, targets, lambda } = &of;
        let lambda = lambda.over();
        let (v, w) = (direction::<N>(seed + 100), direction::<N>(seed + 200));
        let hessian = |v: &Gradient<N>| net.hessian_vector_product(inputs, targets, &lambda, v);
        let product = hessian(&v).unwrap();
        assert_close(product.parameters(), &exact_product(&*net, &of, &v), 1e-12);

        // Both matrices are symmetric, and the products linear.
        let of_w = hessian(&w).unwrap();
        let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-11 * (1.0 + a.abs()), "{a} {b}");
        near(w.inner_product(&product), v.inner_product(&of_w));
        let gauss_newton =
            |v: &Gradient<N>| net.gauss_newton_product(inputs, targets, &lambda, v).unwrap();
        near(w.inner_product(&gauss_newton(&v)), v.inner_product(&gauss_newton(&w)));
        let mut sum = Gradient::<N>::boxed();
        for (sum, (v, w)) in
            sum.parameters_mut().iter_mut().zip(v.parameters().iter().zip(w.parameters()))
        {
            *sum = 2.0 * v - 3.0 * w;
        }
        let parts = product.parameters().iter().zip(of_w.parameters());
        let expected: Vec<f64> = parts.map(|(v, w)| 2.0 * v - 3.0 * w).collect();
        assert_close(hessian(&sum).unwrap().parameters(), &expected, 1e-12);
        // All costs here are convex.
        assert!(v.inner_product(&gauss_newton(&v)) >= -1e-12);
    }
}

/// ∇²J v is the gradient of ⟨∇J, v⟩: the checker on second derivatives.
pub fn the_checker_agrees<N: Network<Scalar = f64>>() {
    let (net, of) = (N::boxed_seeded(3), examples::<N>(3, 4));
    let (lambda, v) = (of.lambda.over(), direction::<N>(5));
    let at = |theta: &[f64]| {
        let mut net = N::boxed();
        net.set_parameters(theta).unwrap();
        net
    };
    let slope = |theta: &[f64]| {
        let (_, gradient) = at(theta).cost_and_gradient(&of.inputs, &of.targets, &lambda).unwrap();
        gradient.inner_product(&v)
    };
    let product = |theta: &[f64]| {
        let product =
            at(theta).hessian_vector_product(&of.inputs, &of.targets, &lambda, &v).unwrap();
        product.parameters().to_vec()
    };
    let report = Check::richardson().function(slope, product, net.parameters()).unwrap();
    report.assert_correct();
    let wrong = |theta: &[f64]| {
        let mut product = product(theta);
        let largest = product.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));
        product[0] += 1e-4 * largest;
        product
    };
    let report = Check::richardson().function(slope, wrong, net.parameters()).unwrap();
    assert!(report.is_wrong(), "{report}");
}

/// The lines that other scalars take, which know nothing of registers, give the same.
pub fn the_readable_form<N: Network<Scalar = f64>>() {
    for seed in 0..4 {
        let of = examples::<N>(3, seed);
        let (net, v) = (anywhere::<N>(seed + 300), direction::<N>(seed + 100));
        let dual = net.cast::<Dual64>();
        let (inputs, targets) = (convert_all(&of.inputs), convert_all(&of.targets));
        let mut dual_v = Gradient::<N::With<Dual64>>::boxed();
        for (to, from) in dual_v.parameters_mut().iter_mut().zip(v.parameters()) {
            *to = Dual64::from_re(*from);
        }
        let (lambda, dual_lambda) = (of.lambda.over(), of.lambda.over());
        let hessian = net.hessian_vector_product(&of.inputs, &of.targets, &lambda, &v).unwrap();
        let readable =
            dual.hessian_vector_product(&inputs, &targets, &dual_lambda, &dual_v).unwrap();
        let values: Vec<f64> = readable.parameters().iter().map(|entry| entry.re).collect();
        assert_close(&values, &exact_product(&*net, &of, &v), 1e-12);
        assert_close(&values, hessian.parameters(), 1e-12);
        let gauss_newton = net.gauss_newton_product(&of.inputs, &of.targets, &lambda, &v).unwrap();
        let readable = dual.gauss_newton_product(&inputs, &targets, &dual_lambda, &dual_v).unwrap();
        let values: Vec<f64> = readable.parameters().iter().map(|entry| entry.re).collect();
        assert_close(&values, gauss_newton.parameters(), 1e-12);
    }
}
