//! Levenberg–Marquardt in any units: what a scale changes and what not, to the bit; its stops; and numbers
//! whose squares have left the range of the scalar.

mod common;

use common::agreement::on_every_set;
use common::curvature::{Examples, anywhere, examples, sizes};
use constprop::levenberg::{Damping, LevenbergStep, Solver, Stop};
use constprop::prelude::*;
use constprop::{Error, RealField, Sample};
use nalgebra::{DMatrix, DVector};

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct Plane(3 => 2 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct Sine(1 => 6 Tanh => 1 Identity) minimizing HalfSquaredError;
}

network! {
    #[derive(Clone)]
    pub struct Deep(2 => 4 Tanh => 3 Sigmoid => 2 Identity) minimizing HalfSquaredError;
}

const IDENTITY: usize = 0;
const DIAGONAL: usize = 1;
const PRODUCTS: usize = 2;

fn solver<T: RealField>(which: usize) -> Solver<T> {
    match which {
        IDENTITY => Solver::Cholesky(Damping::Identity),
        DIAGONAL => Solver::Cholesky(Damping::Diagonal),
        _ => Solver::ConjugateGradients { products: 100, tolerance: T::default_epsilon() },
    }
}

fn settings<T: RealField>(which: usize) -> LevenbergSettings<T> {
    LevenbergSettings { solver: solver(which), ..LevenbergSettings::default() }
}

fn levenberg<N: Network>(which: usize) -> LevenbergMarquardt<N> {
    LevenbergMarquardt::new(settings(which)).unwrap()
}

/// J beyond the scalar is no minimum, whatever the tolerances make of ∞.
#[test]
fn a_cost_that_is_not_finite_is_an_error() {
    for which in [IDENTITY, DIAGONAL, PRODUCTS] {
        let mut lm = levenberg(which);
        let mut line = Line::<f32>::zeros();
        let error = Err(Error::CostNotFinite { value: f64::INFINITY });
        let (x, y) = ([[0.0], [1.0]], [[0.0], [6.022e23]]);
        assert_eq!(
            lm.minimize(&mut line, &x, &y, &Regularization::none(), 10).map(|report| report.j),
            error
        );
        assert_eq!(lm.step(&mut line, &x, &y, &Regularization::none()).map(|step| step.j), error);
        let none = lm.minimize(&mut line, &x, &y, &Regularization::none(), 0);
        assert_eq!(none.map(|report| report.j), error);
        assert!(line.parameters() == [0.0; 2] && lm == levenberg(which));

        let mut lm = levenberg(which);
        let mut line = Line::<f64>::new(Theta::new([1e200], [[1e200]]));
        let (x, y) = ([[0.0], [1.0]], [[0.0], [1.0]]);
        let error = Err(Error::CostNotFinite { value: f64::INFINITY });
        assert_eq!(
            lm.minimize(&mut line, &x, &y, &Regularization::none(), 10).map(|report| report.j),
            error
        );
        assert!(line.parameters() == [1e200; 2] && lm == levenberg(which));

        // λ alone.
        let lambda = Regularization::article(1e-1).with_bias();
        let mut line = Line::<f64>::new(Theta::new([1e160], [[-1e160]]));
        let found = lm.step(&mut line, &[[1.0]], &[[1.0]], &lambda).map(|step| step.j);
        assert_eq!(found, error);
    }
}

/// 2J may be beyond the scalar where J is not.
#[test]
fn a_cost_of_half_the_range_is_no_minimum() {
    for which in [IDENTITY, DIAGONAL, PRODUCTS] {
        let (mut line, mut lm) = (Line::<f32>::zeros(), levenberg(which));
        let (x, y) = ([[1.0]], [[2e19]]);
        let report = lm.minimize(&mut line, &x, &y, &Regularization::none(), 50).unwrap();
        assert!(report.steps > 0 && report.j < 1e30, "{report:?}");
    }
}

/// A ∇J beyond the scalar is said, whichever way it was summed.
#[test]
fn a_gradient_that_overflows_is_an_error() {
    let (x, y) = ([[(0.99 * f64::MAX).sqrt()]], [[1.8_f64.sqrt() * f64::MAX.sqrt()]]);
    for which in [IDENTITY, DIAGONAL, PRODUCTS] {
        let (mut line, mut lm) = (Line::<f64>::zeros(), levenberg(which));
        let found = lm.minimize(&mut line, &x, &y, &Regularization::none(), 50);
        // In the units of the columns, and in those of x, it has not overflowed.
        if which != PRODUCTS {
            assert!(found.as_ref().is_ok_and(|report| report.j < 1e-25 * f64::MAX), "{found:?}");
            continue;
        }
        let value = f64::NEG_INFINITY;
        let expected = Error::Gradient { theta: 1, row: 0, column: 1, value };
        assert_eq!(found.map(|report| report.j), Err(expected), "{which}");
        assert_eq!(line.parameters(), [0.0; 2]);
    }
}

#[test]
fn small_units_are_no_minimum() {
    for which in [IDENTITY, DIAGONAL, PRODUCTS] {
        let (mut line, mut lm) = (Line::<f32>::zeros(), levenberg(which));
        let (x, y) = ([[0.0], [1.0], [2.0]], [[2e-6], [5e-6], [8e-6]]);
        let report = lm.minimize(&mut line, &x, &y, &Regularization::none(), 50).unwrap();
        let [bias, weight] = [line.theta1.bias[0], line.theta1.weights[0]];
        assert!(
            (bias / 2e-6 - 1.0).abs() < 1e-3 && (weight / 3e-6 - 1.0).abs() < 1e-3,
            "{report:?}"
        );

        let x: Vec<[f64; 1]> = (0..40).map(|i| [f64::from(i) / 20.0 - 1.0]).collect();
        for unit in [1e-6, 1e-3, 1.0] {
            let y: Vec<[f64; 1]> = x.iter().map(|[x]| [unit * (3.0 * x).sin()]).collect();
            // From a Θ in other units conjugate gradients take more.
            let most = if which == PRODUCTS { 400 } else { 300 };
            let mut net = Sine::<f64>::seeded(1);
            let report =
                levenberg(which).minimize(&mut net, &x, &y, &Regularization::none(), most).unwrap();
            // Of a variance of about ½.
            assert!(report.j < 1e-5 * unit * unit, "{which}, {unit:e}: {report:?}");
        }
    }
}

/// The least J of a line through four points, whatever the unit of x: μ is lowered where it hinders the bias, or
/// the weight.
#[test]
fn no_unit_of_x_makes_a_minimum() {
    fn over<T: RealField>(units: &[f64], which: &[usize], share: f64)
    where
        Line<T>: Network<Scalar = T, Cost = HalfSquaredError, Input = [T; 1], Target = [T; 1]>,
    {
        let number = nalgebra::convert::<f64, T>;
        for &which in which {
            let solver = match which {
                PRODUCTS => Solver::ConjugateGradients { products: 60, tolerance: number(1e-3) },
                _ => solver(which),
            };
            for unit in units {
                let x = [0.0, 0.5, 1.0, 2.0].map(|x| [number(unit * x)]);
                let y = [1.0, 2.0, 3.5, 4.0].map(|y| [number(y)]);
                let settings =
                    LevenbergSettings { solver: solver.clone(), ..LevenbergSettings::default() };
                let mut lm = LevenbergMarquardt::new(settings).unwrap();
                let mut line = Line::<T>::zeros();
                let report = lm.minimize(&mut line, &x, &y, &Regularization::none(), 200).unwrap();
                let j = nalgebra::try_convert::<_, f64>(report.j.clone()).unwrap();
                // 8 J = Σ (y − ȳ)² − (Σ (x − x̄)(y − ȳ))²/Σ (x − x̄)².
                let expected = (5.6875 - 3.3125 * 3.3125 / 2.1875) / 8.0;
                assert!((j / expected - 1.0).abs() < share, "{solver:?} {unit:e}: {report:?}");
            }
        }
    }
    over::<f32>(&[1e-6, 1e-5, 1e-3, 1.0, 1e3, 1e5, 1e6], &[IDENTITY, DIAGONAL, PRODUCTS], 3e-5);
    over::<f32>(&[1e-10, 1e10], &[IDENTITY, DIAGONAL], 3e-5);
    let units = [1e-10, 1e-6, 1e-5, 1.0, 1e5, 1e6, 1e10];
    over::<f64>(&units, &[IDENTITY, DIAGONAL, PRODUCTS], 1e-9);
}

/// A network of more layers is fitted as well in any units of x and y, from a Θ in the same units; by the default in
/// small ones of x from a seed, too.
#[test]
fn no_units_keep_a_deep_network_from_its_minimum() {
    fn over<T: RealField>(which: usize, most: f64)
    where
        Sine<f64>: Network<With<T> = Sine<T>>,
        Sine<T>: Network<Scalar = T, Cost = HalfSquaredError, Input = [T; 1], Target = [T; 1]>,
    {
        let number = nalgebra::convert::<f64, T>;
        let points = (0..40).map(|i| f64::from(i) / 20.0 - 1.0);
        for (x_unit, y_unit, moved) in [
            (1.0, 1.0, true),
            (1e-6, 1.0, true),
            (1e6, 1.0, true),
            (1.0, 1e-6, true),
            (1.0, 1e6, true),
            (1e-6, 1e6, true),
            (1e6, 1e-6, true),
            (1e-6, 1.0, false),
            (1e-3, 1.0, false),
        ] {
            let x: Vec<[T; 1]> = points.clone().map(|x| [number(x_unit * x)]).collect();
            let y: Vec<[T; 1]> =
                points.clone().map(|x| [number(y_unit * (3.0 * x).sin())]).collect();
            // From a seed each unit is nearly linear, and equal: by the default out of that, too.
            if !moved && which != IDENTITY {
                continue;
            }
            let mut net = Sine::<f64>::seeded(1);
            if moved {
                net.theta1.weights /= x_unit;
                net.theta2.weights *= y_unit;
            }
            let mut net = net.cast::<T>();
            let report =
                levenberg(which).minimize(&mut net, &x, &y, &Regularization::none(), 300).unwrap();
            let j = nalgebra::try_convert::<_, f64>(report.j.clone()).unwrap() / y_unit / y_unit;
            assert!(j < most, "{which}, {x_unit:e}, {y_unit:e}, {moved}: {j:e} {report:?}");
        }
    }
    over::<f64>(IDENTITY, 1e-9);
    over::<f64>(DIAGONAL, 1e-8);
    over::<f64>(PRODUCTS, 1e-6);
    over::<f32>(IDENTITY, 1e-7);
    over::<f32>(DIAGONAL, 1e-7);
    over::<f32>(PRODUCTS, 1e-5);
}

/// From a seed, whose last Θ is of about 1, to a small unit of y: J falls to what a sum of terms of 1 rounds to.
#[test]
fn a_small_unit_of_y_is_reached_from_a_seed() {
    fn over<T: RealField>(unit: f64, most: f64, by_products: f64)
    where
        Sine<f64>: Network<With<T> = Sine<T>>,
        Sine<T>: Network<Scalar = T, Cost = HalfSquaredError, Input = [T; 1], Target = [T; 1]>,
    {
        let number = nalgebra::convert::<f64, T>;
        let points = (0..40).map(|i| f64::from(i) / 20.0 - 1.0);
        let x: Vec<[T; 1]> = points.clone().map(|x| [number(x)]).collect();
        let y: Vec<[T; 1]> = points.map(|x| [number(unit * (3.0 * x).sin())]).collect();
        let conjugate = Solver::ConjugateGradients { products: 60, tolerance: number(1e-3) };
        for (solver, most) in
            [(solver(IDENTITY), most), (solver(DIAGONAL), most), (conjugate, by_products)]
        {
            let settings =
                LevenbergSettings { solver: solver.clone(), ..LevenbergSettings::default() };
            let mut lm = LevenbergMarquardt::new(settings).unwrap();
            let mut net = Sine::<f64>::seeded(1).cast::<T>();
            let report = lm.minimize(&mut net, &x, &y, &Regularization::none(), 400).unwrap();
            let j = nalgebra::try_convert::<_, f64>(report.j.clone()).unwrap();
            assert!((2.0 * j).sqrt() < most, "{solver:?} {unit:e}: {report:?}");
        }
    }
    let epsilon = f64::from(f32::EPSILON);
    over::<f32>(1e-3, 4e-6, 4e-6);
    over::<f32>(1e-6, epsilon, 2.0 * epsilon);
    over::<f32>(1e-9, epsilon, 2.0 * epsilon);
    over::<f64>(1e-6, 4e-9, 2e-8);
}

/// A Θ whose size says nothing about the step: another weight, of an input that is always 0, is large.
#[test]
fn a_short_step_that_lowers_j_is_taken() {
    for which in [IDENTITY, DIAGONAL, PRODUCTS] {
        let mut line = Line::<f32>::new(Theta::new([0.0], [[1e6]]));
        let (x, y) = ([[0.0], [0.0]], [[1.0], [1.0]]);
        let none = Regularization::none();
        let report = levenberg(which).minimize(&mut line, &x, &y, &none, 50).unwrap();
        assert!(report.j < 1e-9, "{which}: {report:?}");
    }
}

/// 2ⁿ as the scalar.
fn power<T: RealField>(n: i32) -> T {
    nalgebra::convert(2.0_f64.powi(n))
}

fn cast<T: RealField, X: Sample<f64>, Y: Sample<T>>(from: &[X], factors: &[T]) -> Vec<Y> {
    let entry = |x: &X, i: usize| nalgebra::convert::<f64, T>(x.as_ref()[i]) * factors[i].clone();
    from.iter().map(|x| Y::from_fn(|i| entry(x, i))).collect()
}

/// A step, and the parameters behind it.
type Taken<T> = (LevenbergStep<T>, Vec<T>);

/// A training of some steps of `N` over another scalar: each step, and the parameters behind it. Entry k of x
/// is multiplied with x[k], y with `y`, each parameter at first with its factor.
struct Training<'a, N: Network<Scalar = f64>, T> {
    which: usize,
    net: &'a N,
    of: &'a Examples<N>,
    lambda: Regularization<T>,
    x: Vec<T>,
    y: T,
    parameters: Vec<T>,
}

impl<N: Network<Scalar = f64>, T: RealField> Training<'_, N, T> {
    fn steps(&self) -> Vec<Taken<T>>
    where
        N::With<T>: Network<Scalar = T, Cost = HalfSquaredError>,
    {
        let mut net = self.net.cast::<T>();
        for (theta, factor) in net.parameters_mut().iter_mut().zip(&self.parameters) {
            *theta *= factor.clone();
        }
        let x = cast::<T, _, _>(&self.of.inputs, &self.x);
        let y = cast::<T, _, _>(&self.of.targets, &vec![self.y.clone(); N::Target::SIZE]);
        let mut lm = levenberg(self.which);
        let mut steps = Vec::new();
        for _ in 0..12 {
            let step = lm.step(&mut net, &x, &y, &self.lambda).unwrap();
            let ended = step.stop.is_some();
            steps.push((step, net.parameters().to_vec()));
            if ended {
                break;
            }
        }
        steps
    }

    /// Whether it takes the steps of another training, whose units are 1, in its own.
    fn repeats(&self, here: &[Taken<T>])
    where
        N::With<T>: Network<Scalar = T, Cost = HalfSquaredError>,
    {
        let there = self.steps();
        assert!(here.len() == there.len() && here[0].0.accepted, "{here:?} {there:?}");
        for ((here, theta), (there, moved)) in here.iter().zip(&there) {
            assert_eq!((here.stop, here.accepted), (there.stop, there.accepted));
            assert_eq!(here.passes, there.passes);
            assert_eq!(here.j.clone() * self.y.clone() * self.y.clone(), there.j);
            for ((theta, moved), factor) in theta.iter().zip(moved).zip(&self.parameters) {
                assert_eq!(theta.clone() * factor.clone(), *moved, "{here:?} {there:?}");
            }
        }
    }
}

/// Whatever units x, its every entry, and y are in, every step is the same one, bit for bit.
#[test]
fn units_of_x_and_y_change_nothing() {
    fn over<T: RealField>(which: usize, shifts: [i32; 6])
    where
        Deep<f64>: Network<With<T> = Deep<T>>,
        Deep<T>: Network<Scalar = T, Cost = HalfSquaredError>,
    {
        let mut stops = 0;
        for (seed, shift) in shifts.into_iter().enumerate() {
            let of = examples::<Deep>(40, seed as u64);
            let net = *anywhere::<Deep>(seed as u64);
            let training = |x: [i32; 2], y: i32| Training {
                which,
                net: &net,
                of: &of,
                lambda: Regularization::none(),
                x: x.map(power::<T>).to_vec(),
                y: power(y),
                // Of θ1's bias nothing, its weights as x, and all of θ3 as y.
                parameters: (0..Deep::<f64>::PARAMETERS)
                    .map(|index| match constprop::place::<Deep>(index) {
                        (1, _, column @ 1..) => power(-x[column - 1]),
                        (3, ..) => power(y),
                        _ => T::one(),
                    })
                    .collect(),
            };
            let plain = training([0, 0], 0).steps();
            training([0, 0], shift).repeats(&plain);
            training([shift, shift], 0).repeats(&plain);
            training([shift, -shift / 2], -shift).repeats(&plain);
            stops += usize::from(plain.len() < 12);
        }
        assert!(stops < shifts.len());
    }
    on_every_set(|_| {
        for which in [IDENTITY, DIAGONAL] {
            over::<f64>(which, [20, -20, 100, -100, 200, -200]);
            over::<f32>(which, [10, -10, 20, -20, 24, -24]);
        }
        over::<f64>(PRODUCTS, [20, -20, 50, -50, 100, -100]);
        over::<f32>(PRODUCTS, [10, -10, 13, -13, 15, -15]);
    });
}

/// Of a network of one layer too, with a λ that has the units of Θ.
#[test]
fn units_of_a_linear_fit_change_nothing() {
    fn over<T: RealField>(shifts: [i32; 4])
    where
        Plane<f64>: Network<With<T> = Plane<T>>,
        Plane<T>: Network<Scalar = T, Cost = HalfSquaredError>,
    {
        for (seed, shift) in shifts.into_iter().enumerate() {
            let of = examples::<Plane>(20, seed as u64);
            let net = *anywhere::<Plane>(seed as u64);
            for which in [IDENTITY, DIAGONAL, PRODUCTS] {
                let training = |x: i32, y: i32, lambda| Training {
                    which,
                    net: &net,
                    of: &of,
                    lambda,
                    x: vec![power::<T>(x); 3],
                    y: power(y),
                    parameters: (0..Plane::<f64>::PARAMETERS)
                        .map(|index| match constprop::place::<Plane>(index) {
                            (_, _, 0) => power(y),
                            _ => power(y - x),
                        })
                        .collect(),
                };
                let lambda = |times: i32| nalgebra::convert::<f64, T>(0.03) * power::<T>(2 * times);
                let all = || Regularization::article(lambda(0)).with_bias();
                training(0, shift, all()).repeats(&training(0, 0, all()).steps());
                let weights = |shift| Regularization::coursera(lambda(shift));
                let plain = training(0, 0, weights(0)).steps();
                training(0, shift, weights(0)).repeats(&plain);
                training(shift, 0, weights(shift)).repeats(&plain);
                training(shift, -7, weights(shift)).repeats(&plain);
            }
        }
    }
    on_every_set(|_| {
        over::<f64>([20, -20, 200, -200]);
        over::<f32>([10, -10, 20, -20]);
    });
}

/// ∇J, G and J of their definitions, by rows of the Jacobian.
fn model(net: &Deep, of: &Examples<Deep>) -> (DVector<f64>, DMatrix<f64>, f64) {
    let (m, size) = (of.inputs.len() as f64, Deep::<f64>::PARAMETERS);
    let (mut slopes, mut g) = (DVector::zeros(size), DMatrix::zeros(size, size));
    let mut rows = [Gradient::zeros(), Gradient::zeros()];
    for (x, y) in of.inputs.iter().zip(&of.targets) {
        let a = net.jacobian_into(x, &mut rows).unwrap();
        for (k, row) in rows.iter().enumerate() {
            let row = DVector::from_column_slice(row.parameters());
            slopes += &row * ((a[k] - y[k]) / m);
            g += &row * row.transpose() / m;
        }
    }
    for index in 0..size {
        if of.lambda.with_bias || constprop::place::<Deep>(index).2 > 0 {
            g[(index, index)] += of.lambda.factor(of.inputs.len());
            slopes[index] += of.lambda.factor(of.inputs.len()) * net.parameters()[index];
        }
    }
    let j = net.cost(&of.inputs, &of.targets, &of.lambda.over()).unwrap();
    (slopes, g, j)
}

fn deep(seed: u64) -> (Deep, Examples<Deep>) {
    (*anywhere(seed), examples::<Deep>(30, seed))
}

fn of_sizes(net: &Deep, of: &Examples<Deep>) -> DVector<f64> {
    DVector::from_vec(sizes(net, &of.inputs))
}

/// The stop by the gradient is a cosine: between r and a column of J, with λ's rows √λ θ; by conjugate gradients
/// between r and what it changes by along C⁻² ∇J.
#[test]
fn the_gradient_s_tolerance_is_a_cosine() {
    for seed in 0..6 {
        for which in [IDENTITY, DIAGONAL, PRODUCTS] {
            let (net, of) = deep(seed);
            let (slopes, g, j) = model(&net, &of);
            let root = (2.0 * j).sqrt();
            let cosine = if which == PRODUCTS {
                let squares = of_sizes(&net, &of).map(|size| size * size);
                let along = slopes.component_div(&squares);
                slopes.dot(&along) / (root * along.dot(&(&g * &along)).sqrt())
            } else {
                let squares = g.diagonal();
                let columns = slopes.iter().zip(&squares);
                columns
                    .map(|(slope, square)| slope.abs() / (root * square.sqrt()))
                    .fold(0.0, f64::max)
            };
            assert!(cosine > 1e-3 && cosine <= 1.0, "{cosine}");
            for (share, stops) in [(1.0 + 1e-9, true), (1.0 - 1e-9, false)] {
                let gradient_tolerance = share * cosine;
                let settings = LevenbergSettings { gradient_tolerance, ..settings(which) };
                let mut lm = LevenbergMarquardt::new(settings).unwrap();
                let lambda = of.lambda.over();
                let step = lm.step(&mut net.clone(), &of.inputs, &of.targets, &lambda).unwrap();
                assert_eq!(step.stop == Some(Stop::Gradient), stops, "{step:?}");
            }
        }
    }
}

/// Of the reduction that is foretold, as a share of J; of the length of the step, as a share of that of Θ, both
/// in the units of the damping.
#[test]
fn the_other_tolerances_are_shares() {
    for seed in 0..6 {
        for which in [IDENTITY, DIAGONAL] {
            let (net, of) = deep(seed);
            let (slopes, mut g, j) = model(&net, &of);
            let undamped = g.clone();
            let scales = match which {
                IDENTITY => of_sizes(&net, &of),
                _ => undamped.diagonal().map(f64::sqrt),
            };
            let squares = scales.component_mul(&scales);
            let mu = 0.25 * undamped.diagonal().component_div(&squares).max();
            for index in 0..slopes.len() {
                g[(index, index)] += mu * squares[index];
            }
            let p = g.lu().solve(&-&slopes).unwrap();
            let foretold = -slopes.dot(&p) - 0.5 * p.dot(&(&undamped * &p));
            let norm = |v: &DVector<f64>| v.component_mul(&scales).norm();
            let length = norm(&p) / norm(&DVector::from_column_slice(net.parameters()));
            for (share, stops) in [(1.0 + 1e-9, true), (1.0 - 1e-9, false)] {
                let initial_mu = 0.25;
                let first = LevenbergSettings { initial_mu, ..settings(which) };
                let by_length =
                    LevenbergSettings { step_tolerance: share * length, ..first.clone() };
                let by_share =
                    LevenbergSettings { progress_tolerance: share * foretold / j, ..first };
                for (settings, stop) in [(by_length, Stop::StepSize), (by_share, Stop::Progress)] {
                    let mut lm = LevenbergMarquardt::new(settings).unwrap();
                    let lambda = of.lambda.over();
                    let step = lm.step(&mut net.clone(), &of.inputs, &of.targets, &lambda).unwrap();
                    assert_eq!(step.stop == Some(stop), stops, "{step:?}");
                }
            }
        }
    }
}

/// Each parameter is damped by the longest that its column of J has been, not by what it is.
#[test]
fn diagonal_damping_remembers_the_longest_column() {
    let mut shorter = 0;
    for seed in 0..6 {
        let (mut net, of) = deep(seed);
        let mut lm = LevenbergMarquardt::new(settings(DIAGONAL)).unwrap();
        let mut longest = DVector::zeros(Deep::<f64>::PARAMETERS);
        for _ in 0..6 {
            let (slopes, mut g, _) = model(&net, &of);
            shorter += longest.iter().zip(g.diagonal().iter()).filter(|(a, b)| a > b).count();
            longest = longest.sup(&g.diagonal());
            let mut expected = net.clone();
            let step = lm.step(&mut net, &of.inputs, &of.targets, &of.lambda.over()).unwrap();
            if !step.accepted {
                break;
            }
            for index in 0..longest.len() {
                g[(index, index)] += step.mu * longest[index];
            }
            let p = g.lu().solve(&-&slopes).unwrap();
            for ((theta, p), found) in
                expected.parameters_mut().iter_mut().zip(p.iter()).zip(net.parameters())
            {
                *theta += p;
                assert!((found - *theta).abs() <= 1e-9 * (1.0 + theta.abs()), "{found} {theta}");
            }
        }
    }
    assert!(shorter > 50);
}

/// A line through points whose squares, or whose columns' squares, have left the range, up to its ends.
#[test]
fn columns_of_any_length_are_solved_for() {
    fn line<T: RealField>(which: usize, initial_mu: f64, x_unit: f64, y_unit: f64)
    where
        Line<T>: Network<Scalar = T, Cost = HalfSquaredError, Input = [T; 1], Target = [T; 1]>,
    {
        let number = nalgebra::convert::<f64, T>;
        let x = [-1.0, -0.5, 0.25, 0.5, 1.0].map(|x| [number(x_unit * x)]);
        let y = [-2.0, -1.0, 0.5, 1.0, 2.0].map(|y| [number(y_unit * y)]);
        let mut net = Line::<T>::zeros();
        let settings = LevenbergSettings { initial_mu: number(initial_mu), ..settings(which) };
        let mut lm = LevenbergMarquardt::new(settings).unwrap();
        let report = lm.minimize(&mut net, &x, &y, &Regularization::none(), 60).unwrap();
        let theta = nalgebra::try_convert::<_, f64>(net.parameters()[1].clone()).unwrap();
        let expected = 2.0 * (y_unit / x_unit);
        let share = theta / expected - 1.0;
        assert!(share.abs() < 1e-4, "{which}, {x_unit:e}, {y_unit:e}: {theta:e} {report:?}");
    }
    for x in [1e-300_f64, 1e-160, 1e-150, 1.0, 1e150, 1e160, 1e300] {
        for y in [1e-150, 1e-100, 1.0, 1e100, 1e150] {
            if (y / x).is_finite() && y / x > 1e-300 {
                line::<f64>(DIAGONAL, 1e-3, x, y);
            }
        }
    }
    for x in [1e-37, 1e-30, 1e-19, 1e-10, 1.0, 1e10, 1e19, 1e30, 1e38] {
        for y in [1e-16, 1.0, 1e16] {
            if (1e-36..1e36).contains(&(y / x)) {
                line::<f32>(DIAGONAL, 1e-3, x, y);
            }
        }
    }
    // Undamped, as long as JᵀJ is in range.
    for (x, y) in [(1e-150, 1.0), (1e150, 1.0), (1e150, 1e150), (1e-140, 1e-150), (1.0, 1e-150)] {
        line::<f64>(IDENTITY, 0.0, x, y);
    }
    for y in [1e-150, 1e-100, 1e100, 1e150] {
        line::<f64>(PRODUCTS, 0.0, 1.0, y);
    }
    for y in [1e-18, 1e-10, 1e10, 1e18] {
        line::<f32>(PRODUCTS, 0.0, 1.0, y);
        line::<f32>(IDENTITY, 1e-3, 1.0, y);
    }
}

network! {
    #[derive(Clone)]
    pub struct Thread(1 => 1 Identity => 1 Identity => 1 Identity) minimizing HalfSquaredError;
}

/// No damping can be measured in what is infinite: that is said, not taken for an end.
#[test]
fn a_matrix_that_overflows_is_an_error() {
    let start = Thread::<f64>::new(
        Theta::new([0.0], [[0.0]]),
        Theta::new([0.0], [[1e160]]),
        Theta::new([0.0], [[1.0]]),
    );
    let (x, y) = ([[1.0], [-1.0]], [[1.0], [-1.0]]);
    for which in [IDENTITY, PRODUCTS] {
        let mut net = start.clone();
        let error = levenberg(which).step(&mut net, &x, &y, &Regularization::none()).unwrap_err();
        let words = "it must be finite; Damping::Diagonal takes columns whose squares are not";
        assert!(error.to_string().starts_with("an entry of JᵀJ is "), "{error}");
        assert!(error.to_string().ends_with(words), "{error}");
        assert_eq!(net.parameters(), start.parameters());
    }
}

/// The advice is not what is set already.
#[test]
fn a_column_that_overflows_is_named() {
    let mut net = Sine::<f64>::zeros();
    net.theta2.weights[2] = 1e200;
    let (x, y, none) = ([[1e200]], [[1.0]], Regularization::none());
    let error = levenberg(DIAGONAL).step(&mut net, &x, &y, &none).unwrap_err();
    assert_eq!(error, Error::Column { theta: 1, row: 2, column: 1, value: f64::INFINITY });
    assert_eq!(
        error.to_string(),
        "the Jacobian's column of theta1, row 2, column 1 has the length inf; it must be finite"
    );
}

/// The units of the columns have room for λ, beside which a small x is nothing.
#[test]
fn lambda_beside_a_small_column_is_in_range() {
    let mut line = Line::<f64>::new(Theta::new([0.5], [[1.0]]));
    let lambda = Regularization::article(1e-10);
    let (x, y) = ([[1e-200], [-1e-200]], [[1.0], [1.0]]);
    let report = levenberg(DIAGONAL).minimize(&mut line, &x, &y, &lambda, 50).unwrap();
    // The bias is 1, and λ pulls the weight to 0.
    assert!((line.theta1.bias[0] - 1.0).abs() < 1e-9 && report.j < 1e-18, "{report:?}");
    assert!(line.theta1.weights[0].abs() < 1e-4, "{report:?}");
}

network! {
    pub struct Plateau(1 => 1 Softplus) minimizing HalfSquaredError;
}

/// Where ⟨∇J, G ∇J⟩ is lost to underflow, μ has a unit all the same.
#[test]
fn a_curvature_that_underflows_leaves_mu_a_unit() {
    let mut net = Plateau::<f64>::new(Theta::new([-400.0], [[1.0]]));
    let (x, y, none) = ([[0.5], [-0.5]], [[1.0], [1.0]], Regularization::none());
    let step = levenberg(PRODUCTS).step(&mut net, &x, &y, &none).unwrap();
    assert!(!step.accepted && step.mu > 0.0 && step.stop != Some(Stop::Damping), "{step:?}");
}
