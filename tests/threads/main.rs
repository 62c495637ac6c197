//! Threads inside a batch: the bits of one, whatever is computed, and what goes wrong on them.

#[path = "../common/mod.rs"]
mod common;

mod team;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use common::agreement::{on_every_set, on_the_best_set};
use common::examples;
use constprop::layer::L1;
use constprop::levenberg::{Damping, Solver};
use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::train::Fit;
use constprop::{
    Batch, Clip, Dropout, Error, Float, InstructionSet, Learning, Place, Sample, Threads,
};

network! {
    /// Few enough parameters that a step looks at its whole gradient.
    pub struct Small(5 => 33 Tanh => 17 Sigmoid => 4 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    /// So many that it moves the parameters part by part.
    pub struct Large(20 => 96 Relu => 70 Tanh => 3 Identity) minimizing HalfSquaredError;
}

network! {
    /// One that fits into registers.
    pub struct Tiny(2 => 3 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// No weights are transposed.
    pub struct Flat(40 => 10 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    /// More outputs than stand side by side in registers.
    pub struct ManyOutputs(2 => 3 Tanh => 1100 Softmax) minimizing CategoricalCrossEntropy;
}

/// So many threads, also for what is not worth it.
fn eager(count: usize) -> Threads {
    Threads::new(count).unwrap().with_grain(0)
}

fn bits<T: Float>(numbers: &[T]) -> Vec<u64> {
    let wide = |number: &T| nalgebra::try_convert::<T, f64>(*number).unwrap_or(f64::NAN);
    numbers.iter().map(|number| wide(number).to_bits()).collect()
}

/// All that a workspace is for, on these examples, as bits.
fn everything<N: FloatNetwork, const HIDDEN: usize>(
    x: &[N::Input],
    y: &[N::Target],
    threads: Option<&Threads>,
) -> Vec<Vec<u64>> {
    let mut workspace = Workspace::boxed();
    if let Some(threads) = threads {
        workspace.set_threads(threads);
    }
    let convert = |number: f64| nalgebra::convert::<f64, N::Scalar>(number);
    let lambda = Regularization::article(convert(0.1)).with_bias();
    let mut net = N::boxed_seeded(3);
    let mut found = Vec::new();
    let (j, gradient) = net.cost_and_gradient_in(x, y, &lambda, &mut workspace).unwrap();
    found.extend([bits(&[j]), bits(gradient.parameters())]);
    let mut into = Gradient::boxed();
    let j = net.cost_and_gradient_into(x, y, &lambda, &mut into, &mut workspace).unwrap();
    found.extend([bits(&[j]), bits(into.parameters())]);
    found.push(bits(&[net.cost_with(x, y, &lambda, &mut workspace).unwrap()]));
    let mut outputs = y.to_vec();
    net.predict_with(x, &mut outputs, &mut workspace).unwrap();
    found.push(bits(N::Target::flat(&outputs)));

    let mut rng = constprop::rng(2);
    let weights: Vec<N::Scalar> = (0..x.len())
        .map(|i| convert(if i % 7 == 3 { 0.0 } else { rng.random_range(0.0..2.0) }))
        .collect();
    let dropout = Dropout::new([0.3; HIDDEN], 1).unwrap();
    let batch = Batch::<N>::new(x, y).with_weights(&weights).with_dropout(&dropout, 9);
    let (j, gradient) = batch.cost_and_gradient(&*net, &lambda, &mut workspace).unwrap();
    found.extend([bits(&[j]), bits(gradient.parameters())]);
    found.push(bits(&[batch.cost(&*net, &lambda, &mut workspace).unwrap()]));

    let decay = Regularization::article(convert(1e-3));
    let rate = convert(1e-2);
    let adam = AdamSettings { rate, ..AdamSettings::default() };
    let first_frozen = Learning::all().freeze::<L1>();
    let optimizers: [Box<dyn Optimizer<N>>; 7] = [
        Box::new(GradientDescent::new(rate).unwrap()),
        Box::new(Momentum::new(rate, convert(0.9)).unwrap()),
        Box::new(Adagrad::new(AdagradSettings::default()).unwrap()),
        Box::new(RmsProp::new(RmsPropSettings::default()).unwrap()),
        Box::new(Adam::new(adam.clone()).unwrap()),
        Box::new(AdamW::new(adam, convert(0.1)).unwrap()),
        Box::new(first_frozen.by(Momentum::new(rate, convert(0.9)).unwrap().nesterov())),
    ];
    for mut optimizer in optimizers {
        for lambda in [&decay, &Regularization::none()] {
            let j = optimizer.train(&mut net, x, y, lambda, &mut workspace).unwrap();
            found.extend([bits(&[j]), bits(net.parameters())]);
        }
        let (_, gradient) = net.cost_and_gradient_in(x, y, &decay, &mut workspace).unwrap();
        match threads {
            Some(threads) => optimizer.step_on(threads, &mut net, gradient),
            None => optimizer.step(&mut net, gradient),
        }
        .unwrap();
        found.push(bits(net.parameters()));
    }
    found
}

/// Some counts of examples on 2, 3 and 8 threads.
fn same_bits<N: FloatNetwork, const HIDDEN: usize>(counts: impl IntoIterator<Item = usize>) {
    let teams = [2, 3, 8].map(eager);
    for m in counts {
        let (x, y) = examples::<N>(m, m as u64);
        let expected = everything::<N, HIDDEN>(&x, &y, None);
        for threads in &teams {
            let found = everything::<N, HIDDEN>(&x, &y, Some(threads));
            for (what, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let differ = found.iter().zip(expected).filter(|(a, b)| a != b).count();
                let count = threads.count();
                assert!(differ == 0, "{differ} of result {what}, {m} examples on {count} threads");
            }
        }
    }
}

#[test]
fn threads_change_no_bit() {
    on_every_set(|_| {
        same_bits::<Small<f32>, 2>([1, 3, 17, 127, 129, 300]);
        same_bits::<Small<f64>, 2>([31, 257]);
    });
}

/// Apart from the one above, so that they run side by side.
#[test]
fn threads_change_no_bit_for_other_networks() {
    on_every_set(|_| {
        same_bits::<Large<f32>, 2>([7, 128, 290]);
        same_bits::<Large<f64>, 2>([140]);
        same_bits::<Tiny<f32>, 1>([1, 100]);
        same_bits::<Flat<f32>, 0>([9, 130]);
        same_bits::<ManyOutputs<f32>, 1>([1, 9, 130]);
    });
}

/// J, ∇J and a step of many blocks, some of which one thread computes whole, with what an example has of its own.
fn of_many_blocks<N: FloatNetwork, const HIDDEN: usize>(
    x: &[N::Input],
    y: &[N::Target],
    workspace: &mut Workspace<N>,
) -> Vec<Vec<u64>> {
    let convert = |number: f64| nalgebra::convert::<f64, N::Scalar>(number);
    let (mut net, lambda) = (N::boxed_seeded(3), Regularization::article(convert(0.1)));
    let weights: Vec<_> = (0..x.len()).map(|i| convert((i % 5) as f64)).collect();
    let dropout = Dropout::new([0.3; HIDDEN], 1).unwrap();
    let batch = Batch::<N>::new(x, y).with_weights(&weights).with_dropout(&dropout, 9);
    let (j, gradient) = batch.cost_and_gradient(&*net, &lambda, workspace).unwrap();
    let mut found = vec![bits(&[j]), bits(gradient.parameters())];
    let mut adam = Adam::new(AdamSettings::default()).unwrap();
    for _ in 0..2 {
        let j = adam.train(&mut net, x, y, &lambda, workspace).unwrap();
        found.extend([bits(&[j]), bits(net.parameters())]);
    }
    found
}

fn same_of_many_blocks<N: FloatNetwork, const HIDDEN: usize>(most: usize) {
    let (x, y) = examples::<N>(most, 6);
    let (mut alone, teams) = (Workspace::boxed(), [2, 3, 8].map(eager));
    let mut shared =
        teams.each_ref().map(|threads| (threads.count(), Workspace::boxed_on(threads)));
    // Full blocks and one that is not, more each time: room for them grows.
    for m in [512, 513, 640, 800, 1030, 2049, 2300].into_iter().take_while(|&m| m <= most) {
        let expected = of_many_blocks::<N, HIDDEN>(&x[..m], &y[..m], &mut alone);
        for (count, workspace) in &mut shared {
            let found = of_many_blocks::<N, HIDDEN>(&x[..m], &y[..m], workspace);
            assert!(found == expected, "{} with {m} examples on {count}", N::NAME);
        }
    }
}

#[test]
fn threads_change_no_bit_of_many_blocks() {
    on_the_best_set(|| {
        same_of_many_blocks::<Small<f32>, 2>(2300);
        same_of_many_blocks::<Flat<f64>, 0>(1030);
        // Here a sum has more entries than its blocks.
        same_of_many_blocks::<ManyOutputs<f32>, 1>(800);
    });
}

/// Every batch from 1 to 300.
#[test]
fn threads_change_no_bit_of_any_batch() {
    let net = Small::<f32>::seeded(3);
    let (x, y) = examples::<Small<f32>>(300, 4);
    let (mut alone, mut shared) = (Workspace::boxed(), Workspace::boxed());
    let (three, none) = (eager(3), Regularization::none());
    shared.set_threads(&three);
    on_every_set(|set| {
        // All of them on one set, some on the others.
        let step = if set == InstructionSet::best() { 1 } else { 17 };
        for m in (1..=300).step_by(step) {
            let (x, y) = (&x[..m], &y[..m]);
            let (j, expected) = net.cost_and_gradient_in(x, y, &none, &mut alone).unwrap();
            let (found, gradient) = net.cost_and_gradient_in(x, y, &none, &mut shared).unwrap();
            assert_eq!(found.to_bits(), j.to_bits(), "{m} examples");
            assert!(bits(gradient.parameters()) == bits(expected.parameters()), "{m} examples");
        }
    });
}

/// A training: its course on threads is the one without, with all that may be asked of it.
#[test]
fn a_training_is_the_same_on_threads() {
    // So many in a batch that threads copy them.
    let (x, y) = examples::<Large<f32>>(1000, 5);
    let dropout = Dropout::new([0.3, 0.5], 1).unwrap();
    let course = |threads: Option<usize>, with_more: bool| {
        let mut net = Large::<f32>::seeded(3);
        let mut adam = Adam::new(AdamSettings::default()).unwrap();
        let mut fit = Fit::new().epochs(2).batch(720).validation_split(0.2);
        if with_more {
            fit = fit.dropout(&dropout).clip(Clip::norm(0.5).unwrap());
        }
        if let Some(threads) = threads {
            fit = fit.threads(threads).unwrap();
        }
        let history = fit.run(&mut net, &mut adam, &x, &y).unwrap();
        (net.parameters().to_vec(), format!("{history:?}"))
    };
    on_every_set(|_| {
        for with_more in [false, true] {
            let expected = course(None, with_more);
            assert!([1, 2, 3, 8].into_iter().all(|n| course(Some(n), with_more) == expected));
        }
    });
}

fn lambda<T: Float>() -> Regularization<T> {
    Regularization::article(nalgebra::convert(0.1)).with_bias()
}

fn direction<N: FloatNetwork>() -> Box<Gradient<N>> {
    let (mut v, mut rng) = (Gradient::<N>::boxed(), constprop::rng(5));
    let v_of = |entry: &mut N::Scalar| *entry = nalgebra::convert(rng.random_range(-1.0..1.0));
    v.parameters_mut().iter_mut().for_each(v_of);
    v
}

/// Products with both matrices, as bits.
fn products<N: FloatNetwork>(
    x: &[N::Input],
    y: &[N::Target],
    threads: Option<&Threads>,
) -> Vec<Vec<u64>> {
    let mut workspace =
        threads.map_or_else(CurvatureWorkspace::boxed, CurvatureWorkspace::boxed_on);
    let (lambda, net, v) = (lambda(), N::boxed_seeded(3), direction::<N>());
    let (mut hessian, mut gauss_newton) = (Gradient::boxed(), Gradient::boxed());
    net.hessian_vector_product_with(x, y, &lambda, &v, &mut hessian, &mut workspace).unwrap();
    net.gauss_newton_product_with(x, y, &lambda, &v, &mut gauss_newton, &mut workspace).unwrap();
    [hessian, gauss_newton].iter().map(|product| bits(product.parameters())).collect()
}

fn same_products<N: FloatNetwork>(counts: impl IntoIterator<Item = usize>) {
    let teams = [2, 3, 8].map(eager);
    for m in counts {
        let (x, y) = examples::<N>(m, m as u64);
        let expected = products::<N>(&x, &y, None);
        for threads in &teams {
            let same = products::<N>(&x, &y, Some(threads)) == expected;
            assert!(same, "{} with {m} examples on {}", N::NAME, threads.count());
        }
    }
}

#[test]
fn threads_change_no_bit_of_a_product_with_curvature() {
    on_every_set(|_| {
        same_products::<Small<f32>>((1..20).chain([64, 127, 128, 129, 256, 257, 300]));
        same_products::<Small<f64>>([5, 130]);
        same_products::<Large<f32>>([2, 47, 129]);
        same_products::<ManyOutputs<f32>>([9, 130]);
    });
}

/// A product of two parts of a batch, each in three pieces, the last ones first, told once they are there; as bits.
fn in_pieces<N: FloatNetwork<Scalar = f32>>(
    (net, v): (&N, &Gradient<N>),
    (x, y): (&[N::Input], &[N::Target]),
    gauss_newton: bool,
    workspace: &mut CurvatureWorkspace<N>,
) -> Vec<u64> {
    let m = x.len();
    // The leaves of the first are a power of two.
    let middle = 128 * (m.div_ceil(128).next_power_of_two() / 2).max(1);
    let mut parts = Vec::new();
    for part in [0..middle.min(m), middle.min(m)..m] {
        let examples = (&x[part.clone()], &y[part.clone()]);
        let mut sums = vec![f32::NAN; N::PARAMETERS];
        // Two rows of the first Θ, and where the last one begins.
        let [first, last] = [N::SHAPES[0], N::SHAPES[N::SHAPES.len() - 1]];
        let cuts = [2 * first.s_out, N::PARAMETERS - last.parameters()];
        let (rest, end) = sums.split_at_mut(cuts[1]);
        let (start, between) = rest.split_at_mut(cuts[0]);
        let mut pieces = [(cuts[1], end), (0, start), (cuts[0], between)];
        let (mut told, mut sum) = (Vec::new(), vec![f32::NAN; N::PARAMETERS]);
        let mut tell = |begin: usize, piece: &mut [f32]| {
            told.push(begin);
            sum[begin..begin + piece.len()].copy_from_slice(piece);
        };
        let (place, pieces, tell) = (Place { first: part.start, of: m }, &mut pieces, &mut tell);
        let product = constprop::curvature::product_of_part;
        product(net, gauss_newton, examples, place, v, pieces, workspace, tell).unwrap();
        assert_eq!(told, [cuts[1], 0, cuts[0]]);
        parts.push(sum);
        if part.end == m {
            break;
        }
    }
    let mut all = parts.remove(0);
    parts.iter().for_each(|behind| constprop::join(&mut all, behind));
    constprop::finish_product::<N>(v.parameters(), &lambda(), m, &mut all);
    bits(&all)
}

/// Whatever order its entries are computed in, and by how many.
#[test]
fn a_product_in_pieces_has_the_bits_of_the_whole() {
    type Net = Small<f32>;
    on_every_set(|_| {
        let (net, v) = (Net::seeded(3), direction::<Net>());
        for m in [1, 128, 130, 300, 700] {
            let (x, y) = examples::<Net>(m, m as u64);
            let expected = products::<Net>(&x, &y, None);
            for count in [1, 2, 8] {
                let mut workspace = CurvatureWorkspace::boxed();
                workspace.set_threads(&eager(count));
                for (gauss_newton, expected) in [false, true].into_iter().zip(&expected) {
                    let of = (&net, &*v);
                    let found = in_pieces(of, (&x, &y), gauss_newton, &mut workspace);
                    assert!(found == *expected, "{m} examples on {count}, {gauss_newton}");
                }
            }
        }
    });
    // Nothing is told where something is wrong.
    let (x, y) = ([[0.5, f32::NAN, 0.5, 0.5, 0.5]], [[1.0, 0.0, 0.0, 0.0]]);
    let (mut sums, mut workspace) = (vec![0.0; Net::PARAMETERS], CurvatureWorkspace::boxed());
    let (net, place) = (Net::seeded(3), Place { first: 0, of: 1 });
    let (v, pieces) = (direction::<Net>(), &mut [(0, &mut sums[..])]);
    let tell = &mut |_: usize, _: &mut [f32]| panic!("it is told");
    let product = constprop::curvature::product_of_part;
    let found = product(&net, true, (&x, &y), place, &v, pieces, &mut workspace, tell);
    assert!(matches!(found, Err(Error::Input { example: 0, entry: 1, .. })));
    assert_eq!(pieces[0].1.len(), Net::PARAMETERS);
}

/// ∂J/∂Θ and ∂J/∂x of a ∂J/∂a⁽ᴸ⁾ that comes from outside, as bits, and which examples it was asked for.
fn from_outside<N: FloatNetwork>(x: &[N::Input], threads: Option<&Threads>) -> [Vec<u64>; 3] {
    let mut workspace = threads.map_or_else(InsideWorkspace::boxed, InsideWorkspace::boxed_on);
    let (net, mut dj_dx) = (N::boxed_seeded(3), x.to_vec());
    let (mut asked, caller) = (Vec::new(), std::thread::current().id());
    let outer = |first: usize, a: &[N::Target], dj_da: &mut [N::Target]| {
        assert_eq!(std::thread::current().id(), caller);
        asked.push(first as u64);
        dj_da.clone_from_slice(a);
    };
    let lambda = Regularization::article(nalgebra::convert(0.1));
    let gradient = net.gradient_from(x, Some(&mut dj_dx), &lambda, &mut workspace, outer).unwrap();
    let gradient = bits(gradient.parameters());
    [gradient, bits(N::Input::flat(&dj_dx)), asked]
}

fn same_from_outside<N: FloatNetwork>(counts: impl IntoIterator<Item = usize>) {
    for m in counts {
        let (x, _) = examples::<N>(m, m as u64);
        let expected = from_outside::<N>(&x, None);
        for threads in [2, 3, 8].map(eager) {
            let same = from_outside::<N>(&x, Some(&threads)) == expected;
            assert!(same, "{} with {m} examples on {}", N::NAME, threads.count());
        }
    }
}

#[test]
fn threads_change_no_bit_of_a_gradient_from_outside() {
    on_every_set(|_| {
        same_from_outside::<Small<f32>>([1, 31, 129, 300]);
        same_from_outside::<Large<f64>>([40, 130]);
        same_from_outside::<Flat<f32>>([9, 128]);
    });
}

network! {
    /// With columns of JᵀJ for several threads.
    pub struct Fitted(3 => 12 Tanh => 9 Sigmoid => 2 Identity) minimizing HalfSquaredError;
}

network! {
    /// With two columns behind 128, which are multiplied by other loops.
    pub struct FewMore(5 => 16 Tanh => 2 Identity) minimizing HalfSquaredError;
}

const SOLVERS: [Solver<f64>; 3] = [
    Solver::Cholesky(Damping::Identity),
    Solver::Cholesky(Damping::Diagonal),
    Solver::ConjugateGradients { products: 5, tolerance: 1e-3 },
];

/// Some steps of Levenberg–Marquardt with all solvers: parameters as bits, and what is said of them.
fn fits<N: Network<Scalar = f64, Cost = HalfSquaredError>>(
    x: &[N::Input],
    y: &[N::Target],
    threads: Option<&Threads>,
) -> Vec<(Vec<u64>, String)> {
    let fit = |solver| {
        let settings = LevenbergSettings { solver, ..LevenbergSettings::default() };
        let mut net = N::boxed_seeded(3);
        let mut lm = LevenbergMarquardt::new(settings).unwrap();
        if let Some(threads) = threads {
            lm.set_threads(threads);
        }
        let report = lm.minimize(&mut net, x, y, &Regularization::none(), 2);
        (bits(net.parameters()), format!("{report:?}, {:?}", lm.mu()))
    };
    SOLVERS.into_iter().map(fit).collect()
}

fn same_fits<N: Network<Scalar = f64, Cost = HalfSquaredError>>(x: &[N::Input], y: &[N::Target]) {
    let expected = fits::<N>(x, y, None);
    assert!(expected.iter().all(|(_, report)| report.starts_with("Ok")), "{:?}", expected[0].1);
    for threads in [2, 3, 8].map(eager) {
        let same = fits::<N>(x, y, Some(&threads)) == expected;
        assert!(same, "{} with {} examples on {}", N::NAME, x.len(), threads.count());
    }
}

/// One and two rows of J, some, and as many as make several products, blocks and runs.
#[test]
fn threads_change_no_bit_of_levenberg_marquardt() {
    on_every_set(|_| {
        for m in [1, 40] {
            let (x, y) = examples::<Fitted<f64>>(m, m as u64);
            same_fits::<Fitted<f64>>(&x, &y);
        }
    });
    on_the_best_set(|| {
        for m in [2, 33, 530] {
            let (x, y) = examples::<Fitted<f64>>(m, m as u64);
            same_fits::<Fitted<f64>>(&x, &y);
        }
        // Where the squares of columns have no number, each thread has to know their entries.
        let (x, y) = examples::<Fitted<f64>>(50, 5);
        let x: Vec<_> = x.iter().map(|x| x.map(|x| x * 1e-200)).collect();
        same_fits::<Fitted<f64>>(&x, &y);
        for m in [1, 3, 40] {
            let (x, y) = examples::<FewMore<f64>>(m, m as u64);
            same_fits::<FewMore<f64>>(&x, &y);
        }
    });
}

/// What is wrong is an error, as without threads, and the threads are ready for the next call.
#[test]
fn errors_are_those_of_one_thread() {
    on_the_best_set(|| {
        let net = Small::<f32>::seeded(1);
        let (mut x, mut y) = examples::<Small<f32>>(200, 5);
        let none = Regularization::none();
        let (mut workspace, mut alone) = (Workspace::boxed(), Workspace::boxed());
        workspace.set_threads(&eager(3));
        let mut both = |x: &[[f32; 5]], y: &[[f32; 4]]| {
            let found = net.cost_and_gradient_in(x, y, &none, &mut workspace).map(|(j, _)| j);
            let expected = net.cost_and_gradient_in(x, y, &none, &mut alone).map(|(j, _)| j);
            // As text: a NaN is not equal to itself.
            assert_eq!(format!("{found:?}"), format!("{expected:?}"));
            let mut outputs = vec![[7.0; 4]; x.len()];
            let result = net.predict_with(x, &mut outputs, &mut workspace);
            assert!(result.is_ok() || outputs.iter().flatten().all(|&h| h == 7.0));
            (found, result)
        };
        assert!(both(&x, &y[..3]).0.is_err());
        x[150][2] = f32::NAN;
        let (of_gradient, of_predictions) = both(&x, &y);
        assert!(matches!(of_gradient, Err(Error::Input { example: 150, .. })));
        assert!(matches!(of_predictions, Err(Error::Input { example: 150, .. })));
        x[150][2] = 0.5;
        y[7] = [0.5; 4];
        y[7][0] = f32::INFINITY;
        assert!(both(&x, &y).0.is_err());
        y[7] = [0.0, 1.0, 0.0, 0.0];
        assert!(both(&x, &y).0.is_ok());
    });

    on_the_best_set(|| {
        // In a block that a thread has whole; the step that is none leaves what it was given as it was.
        let mut net = Small::<f32>::seeded(1);
        let (mut x, y) = examples::<Small<f32>>(1100, 5);
        x[700][1] = f32::INFINITY;
        let (none, three) = (Regularization::none(), eager(3));
        let mut workspace = Workspace::boxed_on(&three);
        let found = net.cost_and_gradient_in(&x, &y, &none, &mut workspace).map(|(j, _)| j);
        assert!(matches!(found, Err(Error::Input { example: 700, .. })));

        let (mut adam, mut gradient) =
            (Adam::new(AdamSettings::default()).unwrap(), Gradient::<Small<f32>>::zeros());
        let before = net.parameters().to_vec();
        gradient.theta2.weights[(3, 20)] = f32::NAN;
        let error = adam.step_on(&three, &mut net, &gradient).unwrap_err();
        assert!(matches!(error, Error::Gradient { theta: 2, row: 3, column: 21, .. }), "{error}");
        assert!(net.parameters() == before);
        adam.visit_state(&mut |_, kept| {
            assert!(kept.iter().all(|&kept| kept == 0.0 || kept == 1.0))
        });
    });

    for count in [0, 65, usize::MAX] {
        assert!(matches!(Threads::new(count), Err(Error::Setting { name: "threads", .. })));
    }
}
