//! Levenberg–Marquardt: the rows of its Jacobian against dual numbers, its step against least
//! squares by singular values, a fit that NIST certified, its descent, and what it refuses.

mod common;

use common::convert_all;
use common::curvature::{Examples, anywhere, assert_close, examples, sizes};
use constprop::levenberg::{Damping, Solver, Stop};
use constprop::prelude::*;
use constprop::{Error, Sample, rng};
use nalgebra::{DMatrix, DVector};
use num_dual::Dual64;
use rand::RngExt;

const BY_MATRIX: [Damping; 2] = [Damping::Identity, Damping::Diagonal];

const SOLVERS: [Solver<f64>; 3] = [
    Solver::Cholesky(Damping::Identity),
    Solver::Cholesky(Damping::Diagonal),
    Solver::ConjugateGradients { products: 200, tolerance: 1e-14 },
];

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Small(2 => 4 Tanh => 3 Sigmoid => 2 Identity) minimizing HalfSquaredError;
}

fn settings(solver: Solver<f64>) -> LevenbergSettings<f64> {
    LevenbergSettings { solver, ..LevenbergSettings::default() }
}

/// As far as `f64` goes.
fn to_the_end<N: Network<Scalar = f64>>(solver: Solver<f64>) -> LevenbergMarquardt<N> {
    let (gradient_tolerance, step_tolerance) = (0.0, 1e-14);
    let settings = LevenbergSettings { gradient_tolerance, step_tolerance, ..settings(solver) };
    LevenbergMarquardt::new(settings).unwrap()
}

/// ∂a/∂θ of every θ by dual numbers, a row for each output.
fn exact_rows<N: Network<Scalar = f64>>(net: &N, x: &N::Input) -> Vec<Vec<f64>> {
    let mut dual = net.cast::<Dual64>();
    let x = convert_all(std::slice::from_ref(x));
    let mut rows = vec![vec![0.0; N::PARAMETERS]; N::Target::SIZE];
    for index in 0..N::PARAMETERS {
        dual.parameters_mut()[index].eps = 1.0;
        let a = dual.predict(&x[0]);
        dual.parameters_mut()[index].eps = 0.0;
        for (row, a) in rows.iter_mut().zip(a.as_ref()) {
            row[index] = a.eps;
        }
    }
    rows
}

macro_rules! test_rows {
    ($($test:ident $name:ident ($($layers:tt)*) $cost:ty;)*) => {
        $(
            network! {
                pub struct $name($($layers)*) minimizing $cost;
            }

            #[test]
            fn $test() {
                rows_are_right::<$name>();
            }
        )*
    };
}

test_rows! {
    rows_of_two_layers TwoLayers(5 => 3 Identity) HalfSquaredError;
    rows_of_one_output OneOutput(1 => 6 Tanh => 1 Identity) HalfSquaredError;
    rows_behind_sigmoid BehindSigmoid(3 => 4 Relu => 5 Tanh => 2 Sigmoid) HalfSquaredError;
    rows_behind_softmax BehindSoftmax(3 => 4 Gelu => 3 Softmax) CategoricalCrossEntropy;
    rows_of_many_layers ManyLayers(2 => 3 Silu => 2 Elu => 4 LeakyRelu => 3 Softplus => 2 Tanh) Huber;
}

fn rows_are_right<N: Network<Scalar = f64>>() {
    for seed in 0..8 {
        let net = anywhere::<N>(seed);
        let Examples { inputs, .. } = examples::<N>(1, seed + 50);
        let mut rows: Vec<Gradient<N>> = (0..N::Target::SIZE).map(|_| Gradient::zeros()).collect();
        for row in &mut rows {
            row.fill(f64::NAN); // what a row held is lost
        }
        let output = net.jacobian_into(&inputs[0], &mut rows).unwrap();
        assert_close(output.as_ref(), net.forward(&inputs[0]).output().as_ref(), 1e-15);
        for (found, expected) in rows.iter().zip(exact_rows(&*net, &inputs[0])) {
            for (found, expected) in found.parameters().iter().zip(expected) {
                let off = (found - expected).abs();
                assert!(off <= 1e-12 * (1.0 + expected.abs()), "{found} for {expected}");
            }
        }
    }
}

#[test]
fn as_many_rows_as_outputs() {
    let (net, mut rows) = (Small::seeded(0), [0; 3].map(|_| Gradient::zeros()));
    let refused = net.jacobian_into(&[1.0, 2.0], &mut rows).unwrap_err();
    assert_eq!(refused, Error::Length { expected: 2, found: 3 });
    assert!(rows.iter().all(|row| row.parameters().iter().all(|entry| *entry == 0.0)));
}

/// Small, with parameters and examples from a seed.
fn small(seed: u64, m: usize) -> (Small, Examples<Small>) {
    (*anywhere(seed), examples::<Small>(m, seed))
}

/// μ, Θ + p and the reduction of J that the model foretells, of their definitions: the Jacobian from
/// dual numbers, (G + μ …) p = −∇J by LU.
fn step_by_definition(
    net: &Small,
    of: &Examples<Small>,
    damping: Damping,
    tau: f64,
) -> (f64, Vec<f64>, f64) {
    let (m, size) = (of.inputs.len(), Small::<f64>::PARAMETERS);
    let (mut g, mut gradient) = (DMatrix::zeros(size, size), DVector::zeros(size));
    for (x, y) in of.inputs.iter().zip(&of.targets) {
        let a = net.predict(x);
        for (k, row) in exact_rows(net, x).into_iter().enumerate() {
            let row = DVector::from_vec(row);
            g += &row * row.transpose() / m as f64;
            gradient += &row * ((a[k] - y[k]) / m as f64);
        }
    }
    for index in 0..size {
        let is_bias = constprop::place::<Small>(index).2 == 0;
        if of.lambda.with_bias || !is_bias {
            g[(index, index)] += of.lambda.factor(m);
            gradient[index] += of.lambda.factor(m) * net.parameters()[index];
        }
    }
    let undamped = g.clone();
    let (mu, squares) = if damping == Damping::Identity {
        let squares = DVector::from_vec(sizes(net, &of.inputs)).map(|size| size * size);
        (tau * g.diagonal().component_div(&squares).max(), squares)
    } else {
        (tau, g.diagonal())
    };
    for index in 0..size {
        g[(index, index)] += mu * squares[index];
    }
    let p = g.lu().solve(&-gradient.clone()).unwrap();
    let foretold = -gradient.dot(&p) - 0.5 * p.dot(&(undamped * &p));
    (mu, p.iter().zip(net.parameters()).map(|(p, theta)| theta + p).collect(), foretold)
}

/// m s_L of 10 and of 200: less than the rows that are multiplied at a time, and more.
#[test]
fn a_step_is_what_the_formula_says() {
    let mut gains = Vec::new();
    for (seed, m) in [(0, 5), (1, 100), (2, 100), (3, 5), (4, 32), (5, 33), (6, 64)] {
        for damping in BY_MATRIX {
            let (mut net, of) = small(seed, m);
            let (mu, expected, foretold) = step_by_definition(&net, &of, damping, 0.25);
            let settings =
                LevenbergSettings { initial_mu: 0.25, ..settings(Solver::Cholesky(damping)) };
            let mut lm = LevenbergMarquardt::new(settings).unwrap();
            let before = net.cost(&of.inputs, &of.targets, &of.lambda.over()).unwrap();
            let step = lm.step(&mut net, &of.inputs, &of.targets, &of.lambda.over()).unwrap();
            assert!(step.accepted && step.stop.is_none(), "{step:?}");
            assert!((step.mu - mu).abs() <= 1e-12 * mu, "{} for {mu}", step.mu);
            // J before, the Jacobian of two outputs, J after.
            assert_eq!(step.passes, 4);
            assert_close(net.parameters(), &expected, 1e-12);
            let j = net.cost(&of.inputs, &of.targets, &of.lambda.over()).unwrap();
            assert_eq!(step.j, j);
            // Nielsen's μ for the steps to come.
            let gain = (before - j) / foretold;
            let next = mu * f64::max(1.0 / 3.0, 1.0 - (2.0 * gain - 1.0).powi(3));
            assert!((lm.mu().unwrap() - next).abs() <= 1e-9 * mu, "{gain}");
            gains.push(gain);
        }
    }
    // Both sides of the maximum were seen.
    assert!(
        gains.iter().any(|gain| *gain > 0.95) && gains.iter().any(|gain| *gain < 0.9),
        "{gains:?}"
    );
}

/// Enough conjugate gradients give the step of the matrix with the same μ.
#[test]
fn conjugate_gradients_take_the_same_step() {
    for seed in 0..8 {
        let (net, of) = small(seed, 20);
        let lambda = of.lambda.over();
        let [mut by_products, mut by_matrix] = [net.clone(), net];
        let mut lm = to_the_end(SOLVERS[2].clone());
        let step = lm.step(&mut by_products, &of.inputs, &of.targets, &lambda).unwrap();
        assert!(step.accepted);
        let initial_mu = step.mu / step_unit(&by_matrix, &of);
        let settings = LevenbergSettings { initial_mu, ..settings(SOLVERS[0].clone()) };
        let mut lm = LevenbergMarquardt::new(settings).unwrap();
        let same = lm.step(&mut by_matrix, &of.inputs, &of.targets, &lambda).unwrap();
        assert!((same.mu - step.mu).abs() <= 1e-12 * step.mu);
        assert_close(by_products.parameters(), by_matrix.parameters(), 1e-9);
    }
}

/// The largest diagonal entry of G over C θ.
fn step_unit(net: &Small, of: &Examples<Small>) -> f64 {
    step_by_definition(net, of, Damping::Identity, 1.0).0
}

/// Undamped, a linear network is least squares, and λ is more rows of it: [√(mλ)] θ = 0.
#[test]
fn one_step_solves_linear_least_squares() {
    for seed in 0..6 {
        for solver in SOLVERS {
            let Examples { inputs, targets, lambda } = examples::<TwoLayers>(20, seed);
            let m = inputs.len();
            let mut rows = DMatrix::zeros(m + 6, 6);
            for (example, x) in inputs.iter().enumerate() {
                rows[(example, 0)] = 1.0;
                for (column, x) in x.iter().enumerate() {
                    rows[(example, column + 1)] = *x;
                }
            }
            let root = (m as f64 * lambda.factor(m)).sqrt();
            for column in usize::from(!lambda.with_bias)..6 {
                rows[(m + column, column)] = root;
            }
            let y =
                DMatrix::from_fn(m + 6, 3, |row, k| if row < m { targets[row][k] } else { 0.0 });
            // [1; x] in rows, so that the solution is Θᵀ.
            let theta = rows.svd(true, true).solve(&y, 1e-14).unwrap().transpose();

            let mut net = TwoLayers::seeded(seed);
            let settings = LevenbergSettings { initial_mu: 0.0, ..settings(solver) };
            let mut lm = LevenbergMarquardt::new(settings).unwrap();
            let step = lm.step(&mut net, &inputs, &targets, &lambda.over()).unwrap();
            assert!(step.accepted && step.mu == 0.0);
            for (found, expected) in net.parameters().iter().zip(theta.as_slice()) {
                assert!((found - expected).abs() <= 1e-10, "{found} for {expected}");
            }
        }
    }
}

/// eᶻ.
#[derive(Clone, Copy, Debug, Default)]
pub struct Exp;

impl Activation for Exp {
    const NAME: &'static str = "Exp";

    fn g<V: Real>(z: V) -> V {
        z.exp()
    }
    fn g_prime<V: Real>(_z: V, a: V) -> V {
        a
    }
    fn g_second<V: Real>(_z: V, a: V) -> V {
        a
    }
}

network! {
    /// b₁ + b₂ e^(−b₄ x) + b₃ e^(−b₅ x), with two parameters more than it takes: JᵀJ is singular.
    pub struct Decays(1 => 2 Exp => 1 Identity) minimizing HalfSquaredError;
}

/// MGH17 of NIST's Statistical Reference Datasets for nonlinear regression (Osborne 1972; level of
/// difficulty "average"), from its second start.
/// <https://www.itl.nist.gov/div898/strd/nls/data/mgh17.shtml>
#[test]
fn nist_mgh17() {
    const Y: [f64; 33] = [
        0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751, 0.718, 0.685,
        0.658, 0.628, 0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490, 0.478, 0.467, 0.457, 0.448,
        0.438, 0.431, 0.424, 0.420, 0.414, 0.411, 0.406,
    ];
    const RESIDUAL_SUM_OF_SQUARES: f64 = 5.464_894_697_5e-5;
    let x: Vec<[f64; 1]> = (0..33).map(|i| [10.0 * f64::from(i)]).collect();
    let y = Y.map(|y| [y]);
    for damping in BY_MATRIX {
        let mut net = Decays::new(
            Theta::new([0.0, 0.0], [[-0.01], [-0.02]]),
            Theta::new([0.5], [[1.5, -1.0]]),
        );
        let mut lm = to_the_end(Solver::Cholesky(damping));
        let report = lm.minimize(&mut net, &x, &y, &Regularization::none(), 500).unwrap();
        let squares = report.j * 2.0 * 33.0;
        let near = |found: f64, certified: f64, share: f64| {
            assert!((found / certified - 1.0).abs() < share, "{found} for {certified}: {report:?}");
        };
        near(squares, RESIDUAL_SUM_OF_SQUARES, 1e-10);
        let factor = |unit: usize| net.theta2.weights[unit] * net.theta1.bias[unit].exp();
        near(net.theta2.bias[0], 3.754_100_521_1e-1, 1e-6);
        near(factor(0), 1.935_846_912_7, 1e-6);
        near(factor(1), -1.464_687_136_6, 1e-6);
        near(-net.theta1.weights[0], 1.286_753_464_0e-2, 1e-6);
        near(-net.theta1.weights[1], 2.212_269_966_2e-2, 1e-6);
    }
}

/// What a network computes, another one learns to rounding; J falls with every step.
#[test]
fn a_teacher_is_learned_and_j_only_falls() {
    let teacher = small(7, 1).0;
    let mut random = rng(3);
    let x: Vec<[f64; 2]> =
        (0..200).map(|_| std::array::from_fn(|_| random.random_range(-2.0..2.0))).collect();
    let (y, none) = (teacher.predict_many(&x).unwrap(), Regularization::none());
    for solver in SOLVERS {
        let (mut net, mut random) = (teacher.clone(), rng(4));
        for theta in net.parameters_mut() {
            *theta += random.random_range(-0.3..0.3);
        }
        let mut lm = to_the_end(solver);
        let mut j = net.cost(&x, &y, &none).unwrap();
        assert!(j > 1e-4);
        for _ in 0..200 {
            let before = net.parameters().to_vec();
            let step = lm.step(&mut net, &x, &y, &none).unwrap();
            assert_eq!(step.j, net.cost(&x, &y, &none).unwrap());
            if step.stop.is_some() {
                assert!(!step.accepted && step.j == j && net.parameters() == before);
                break;
            }
            assert!(step.accepted && step.j < j);
            j = step.j;
        }
        assert!(j < 1e-20, "{j:e}, {lm:?}");
    }
}

/// The same numbers whether steps are taken one by one or together, and every time.
#[test]
fn minimize_is_steps() {
    for solver in SOLVERS {
        let (net, of) = small(2, 30);
        let (x, y, lambda) = (&of.inputs[..], &of.targets[..], of.lambda.over());
        let [mut together, mut single] = [net.clone(), net];
        let mut lm = LevenbergMarquardt::new(settings(solver.clone())).unwrap();
        let report = lm.minimize(&mut together, x, y, &lambda, 5).unwrap();
        let mut by_one = LevenbergMarquardt::new(settings(solver)).unwrap();
        let mut passes = 1;
        for _ in 0..5 {
            // Less J of before, which `minimize` knows.
            passes += by_one.step(&mut single, x, y, &lambda).unwrap().passes - 1;
        }
        assert!(together == single && lm == by_one);
        assert_eq!((report.steps, report.passes, report.reason), (5, passes, Stop::Steps));
        assert_eq!(report.j, together.cost(x, y, &lambda).unwrap());
        let none = lm.minimize(&mut together, x, y, &lambda, 0).unwrap();
        assert_eq!((none.steps, none.passes, none.j), (0, 1, report.j));
    }
}

/// A step of Gauss and Newton that J does not fall with, and no μ allowed but that.
#[test]
fn a_rejected_step_leaves_everything_as_it_was() {
    for solver in SOLVERS {
        let mut rejected = 0;
        for seed in 0..40 {
            let (mut net, of) = small(seed, 12);
            let lambda = Regularization::none();
            let before = net.parameters().to_vec();
            let j = net.cost(&of.inputs, &of.targets, &lambda).unwrap();
            let (initial_mu, largest_mu) = (1e-9, 1e-9);
            let settings = LevenbergSettings { initial_mu, largest_mu, ..settings(solver.clone()) };
            let mut lm = LevenbergMarquardt::new(settings).unwrap();
            let step = lm.step(&mut net, &of.inputs, &of.targets, &lambda).unwrap();
            if !step.accepted {
                rejected += 1;
                assert_eq!((step.stop, step.j, lm.mu()), (Some(Stop::Damping), j, None));
                let bits = |v: &[f64]| v.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(net.parameters()), bits(&before));
            }
        }
        assert!(rejected >= 5, "only {rejected} of 40 steps went wrong");
    }
}

/// Larger and larger μ make a step of each of those.
#[test]
fn larger_mu_is_tried_until_j_falls() {
    let mut retried = 0;
    for seed in 0..40 {
        let (mut net, of) = small(seed, 12);
        let settings = LevenbergSettings { initial_mu: 1e-9, ..settings(SOLVERS[0].clone()) };
        let mut lm = LevenbergMarquardt::new(settings).unwrap();
        let unit = step_unit_without_lambda(&net, &of);
        let none = Regularization::none();
        let step = lm.step(&mut net, &of.inputs, &of.targets, &none).unwrap();
        assert!(step.accepted);
        // ν doubles: μ grows by 2, by 4, by 8, … One pass for each μ, but where the matrix failed.
        let growth = (step.mu / (1e-9 * unit)).log2().round() as usize;
        assert!((step.mu / (1e-9 * unit * 2.0_f64.powi(growth as i32)) - 1.0).abs() < 1e-9);
        let trials = (0..).find(|n| n * (n + 1) / 2 == growth).expect("1 + 2 + 3 + …");
        assert!(step.passes <= 4 + trials);
        retried += usize::from(trials > 0);
    }
    assert!(retried >= 5);
}

fn step_unit_without_lambda(net: &Small, of: &Examples<Small>) -> f64 {
    let lambda = common::Lambda { lambda: 0.0, ..of.lambda };
    let (inputs, targets) = (of.inputs.clone(), of.targets.clone());
    step_unit(net, &Examples { inputs, targets, lambda })
}

#[test]
fn it_ends_for_a_reason() {
    let (mut net, of) = small(1, 40);
    let (x, y, lambda) = (&of.inputs[..], &of.targets[..], of.lambda.over());
    for solver in SOLVERS {
        let mut lm = LevenbergMarquardt::new(settings(solver.clone())).unwrap();
        let report = lm.minimize(&mut net, x, y, &lambda, 1000).unwrap();
        assert!(
            matches!(report.reason, Stop::Gradient | Stop::StepSize | Stop::Progress),
            "{report:?}"
        );
        let gradient_tolerance = 1.0;
        let loose = LevenbergSettings { gradient_tolerance, ..settings(solver.clone()) };
        let report = LevenbergMarquardt::new(loose).unwrap().minimize(&mut net, x, y, &lambda, 9);
        let report = report.unwrap();
        assert_eq!((report.reason, report.steps), (Stop::Gradient, 0));
        let (gradient_tolerance, step_tolerance) = (0.0, 1e3);
        let loose =
            LevenbergSettings { gradient_tolerance, step_tolerance, ..settings(solver.clone()) };
        let report = LevenbergMarquardt::new(loose).unwrap().minimize(&mut net, x, y, &lambda, 9);
        let report = report.unwrap();
        assert_eq!((report.reason, report.steps), (Stop::StepSize, 0));
    }
}

network! {
    pub struct Dead(2 => 5 Relu => 2 Identity) minimizing HalfSquaredError;
}

/// A JᵀJ that is singular is no failure: columns of 0, and more parameters than residuals.
#[test]
fn a_singular_matrix_is_no_failure() {
    for solver in SOLVERS {
        for initial_mu in [0.0, 1e-3] {
            let settings = LevenbergSettings { initial_mu, ..settings(solver.clone()) };
            let (x, y) = ([[0.5, -1.0], [1.0, 0.3]], [[1.0, -1.0], [0.5, 2.0]]);
            let none = Regularization::none();
            for all_dead in [true, false] {
                let mut net = Dead::seeded(4);
                let alive = if all_dead { 0 } else { 3 };
                for unit in alive..5 {
                    net.theta1.bias[unit] = -100.0;
                }
                let mut lm = LevenbergMarquardt::new(settings.clone()).unwrap();
                let before = net.cost(&x, &y, &none).unwrap();
                let report = lm.minimize(&mut net, &x, &y, &none, 200).unwrap();
                assert!(report.steps > 0 && report.j < before, "{report:?}");
                // Biases of the output alone give half the mean of the squares about the mean.
                let best = if all_dead { (0.0625 + 2.25) / 2.0 } else { 0.0 };
                assert!((report.j - best).abs() < 1e-9, "{solver:?} {all_dead} {report:?}");
            }
        }
    }
}

#[test]
fn single_precision_trains_too() {
    let teacher = small(7, 1).0.cast::<f32>();
    let mut random = rng(3);
    let x: Vec<[f32; 2]> =
        (0..200).map(|_| std::array::from_fn(|_| random.random_range(-2.0..2.0))).collect();
    let (y, none) = (teacher.predict_many(&x).unwrap(), Regularization::none());
    let solvers = [
        Solver::Cholesky(Damping::Identity),
        Solver::Cholesky(Damping::Diagonal),
        Solver::ConjugateGradients { products: 60, tolerance: 1e-4 },
    ];
    for solver in solvers {
        let mut net = teacher.clone();
        for theta in net.parameters_mut() {
            *theta += random.random_range(-0.3..0.3);
        }
        let settings = LevenbergSettings { solver, ..LevenbergSettings::default() };
        let mut lm = LevenbergMarquardt::new(settings).unwrap();
        let before = net.cost(&x, &y, &none).unwrap();
        let report = lm.minimize(&mut net, &x, &y, &none, 100).unwrap();
        // As far as the tolerance of the gradient, 2e-5, goes.
        assert!(before > 1e-3 && report.j < 1e-6, "{before} {report:?}");
    }
}

/// Other scalars have no registers, and the same step.
#[test]
fn dual_numbers_take_the_same_step() {
    for solver in [Solver::default(), Solver::Cholesky(Damping::Diagonal)] {
        let (net, of) = small(3, 20);
        let mut dual = net.cast::<Dual64>();
        let mut net = net;
        let (x, y) = (convert_all(&of.inputs), convert_all(&of.targets));
        let settings = LevenbergSettings {
            solver: match solver {
                Solver::Cholesky(damping) => Solver::Cholesky(damping),
                Solver::ConjugateGradients { .. } => unreachable!(),
            },
            ..LevenbergSettings::default()
        };
        let mut lm = LevenbergMarquardt::new(settings).unwrap();
        assert!(lm.step(&mut dual, &x, &y, &of.lambda.over()).unwrap().accepted);
        let mut lm = LevenbergMarquardt::new(self::settings(solver)).unwrap();
        assert!(lm.step(&mut net, &of.inputs, &of.targets, &of.lambda.over()).unwrap().accepted);
        let found: Vec<f64> = dual.parameters().iter().map(|theta| theta.re).collect();
        assert_close(&found, net.parameters(), 1e-11);
    }
}

#[test]
fn bad_examples_are_errors_and_nothing_is_written() {
    let (mut net, of) = small(0, 2);
    let (x, y, none) = (&of.inputs[..], &of.targets[..], Regularization::none());
    let before = net.clone();
    for solver in SOLVERS {
        let mut lm = LevenbergMarquardt::new(settings(solver)).unwrap();
        let mut refused = |x: &[_], y: &[_], lambda: &Regularization<f64>| {
            let error = lm.step(&mut net, x, y, lambda).unwrap_err();
            assert_eq!(
                lm.minimize(&mut net, x, y, lambda, 9).unwrap_err().to_string(),
                error.to_string()
            );
            assert!(net == before && lm.mu().is_none());
            error
        };
        assert_eq!(refused(&[], &[], &none), Error::NoExamples);
        assert_eq!(refused(&x[..1], y, &none), Error::ExampleCounts { inputs: 1, targets: 2 });
        assert!(matches!(refused(&[[f64::NAN; 2]; 2], y, &none), Error::Input { .. }));
        assert!(matches!(refused(x, &[[f64::INFINITY; 2]; 2], &none), Error::Target { .. }));
        let negative = Regularization::article(-1.0);
        assert!(matches!(refused(x, y, &negative), Error::Setting { name: "lambda", .. }));
        // Residuals whose squares leave the range of f64.
        let error = Error::CostNotFinite { value: f64::INFINITY };
        assert_eq!(refused(x, &[[1e308; 2]; 2], &none), error);
    }
    let mut net = before.clone();
    net.theta2.weights[(0, 1)] = f64::NAN;
    let mut lm = LevenbergMarquardt::new(settings(Solver::default())).unwrap();
    let error = lm.step(&mut net, x, y, &none).unwrap_err();
    assert_eq!(error.to_string(), "theta2, row 0, column 2 is NaN; it must be finite");
}

/// Whatever finite numbers come, no panic, and parameters that are finite.
#[test]
fn huge_numbers_are_no_panic() {
    for solver in SOLVERS {
        for scale in [1e-320, 1e-160, 1e100, 1e160, 1e300, f64::MAX] {
            for (x_scale, y_scale) in [(scale, 1.0), (1.0, scale), (scale, scale)] {
                let x = [[x_scale, -x_scale], [0.5 * x_scale, x_scale]];
                let y = [[y_scale, 0.0], [-y_scale, 0.1 * y_scale]];
                let mut line = Straight::seeded(1);
                let mut lm = LevenbergMarquardt::new(settings(solver.clone())).unwrap();
                let _ = lm.minimize(&mut line, &x, &y, &Regularization::article(1e-3), 20);
                assert!(line.check_parameters().is_ok());
                let mut net = Small::seeded(1);
                let mut lm = LevenbergMarquardt::new(settings(solver.clone())).unwrap();
                let _ = lm.minimize(&mut net, &x, &y, &Regularization::none(), 20);
                assert!(net.check_parameters().is_ok());
            }
        }
    }
}

network! {
    pub struct Straight(2 => 2 Identity) minimizing HalfSquaredError;
}

#[test]
fn settings_out_of_range_are_named() {
    let name = |change: fn(&mut LevenbergSettings<f64>)| {
        let mut settings = LevenbergSettings::default();
        change(&mut settings);
        match LevenbergMarquardt::<Small>::new(settings).unwrap_err() {
            Error::Setting { name, .. } => name,
            error => panic!("{error}"),
        }
    };
    assert_eq!(name(|s| s.initial_mu = -1.0), "initial mu");
    assert_eq!(name(|s| s.initial_mu = f64::INFINITY), "initial mu");
    assert_eq!(name(|s| s.largest_mu = 0.0), "largest mu");
    assert_eq!(name(|s| s.gradient_tolerance = f64::NAN), "gradient tolerance");
    assert_eq!(name(|s| s.step_tolerance = -1e-9), "step tolerance");
    assert_eq!(name(|s| s.progress_tolerance = f64::INFINITY), "progress tolerance");
    let by_products = |products, tolerance| Solver::ConjugateGradients { products, tolerance };
    assert_eq!(
        name(|s| s.solver = Solver::ConjugateGradients { products: 0, tolerance: 0.1 }),
        "products"
    );
    assert_eq!(
        name(|s| s.solver = Solver::ConjugateGradients { products: 1, tolerance: 1.0 }),
        "tolerance"
    );
    let edge = LevenbergSettings {
        solver: by_products(1, 0.0),
        initial_mu: 0.0,
        ..LevenbergSettings::default()
    };
    assert!(LevenbergMarquardt::<Small>::new(edge).is_ok());
}

network! {
    pub struct Huge(3072 => 2000 Relu => 10 Identity) minimizing HalfSquaredError;
}

/// P² scalars that no machine has.
#[test]
fn a_matrix_beyond_the_memory_is_an_error() {
    let mut net = Huge::<f32>::boxed();
    let mut lm = LevenbergMarquardt::new(LevenbergSettings::default()).unwrap();
    let error =
        lm.step(&mut *net, &[[0.5; 3072]], &[[1.0; 10]], &Regularization::none()).unwrap_err();
    assert!(matches!(error, Error::Setting { name: "entries of JᵀJ", .. }), "{error}");
}
