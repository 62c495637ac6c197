//! The order of sums over examples, a binary tree over blocks: its bits, and what rounding costs.

mod common;

use common::agreement::on_every_set;
use constprop::gradient::BLOCK;
use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::{Batch, Sample};

network! {
    pub struct Net(8 => 16 Tanh => 1 Identity) minimizing HalfSquaredError;
}

network! {
    /// Too many parameters for a gradient that stays in the cache, and for one thread's part.
    pub struct Large(300 => 128 Tanh => 10 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    /// Few enough parameters for registers.
    pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
}

fn examples<N: Network>(m: usize, seed: u64) -> (Vec<N::Input>, Vec<N::Target>) {
    let mut rng = constprop::rng(seed);
    let mut random = || nalgebra::convert::<f64, N::Scalar>(rng.random_range(-1.0..1.0));
    let inputs = (0..m).map(|_| N::Input::from_fn(|_| random())).collect();
    let targets = (0..m).map(|i| {
        let class = i % N::Target::SIZE;
        N::Target::from_fn(|unit| match N::Target::SIZE {
            1 => nalgebra::convert((i % 7) as f64 / 3.0),
            _ => nalgebra::convert(f64::from(unit == class)),
        })
    });
    (inputs, targets.collect())
}

/// The tree by its definition: halves at the largest power of two below the number of blocks.
fn tree(blocks: &[Vec<f32>]) -> Vec<f32> {
    if let [one] = blocks {
        return one.clone();
    }
    let (left, right) = blocks.split_at(blocks.len().next_power_of_two() / 2);
    tree(left).iter().zip(tree(right)).map(|(left, right)| left + right).collect()
}

/// What each block alone adds to ∇J of all: every other example has the weight 0.
fn of_each_block<N: Network<Scalar = f32>>(
    net: &N,
    (x, y): (&[N::Input], &[N::Target]),
) -> Vec<Vec<f32>> {
    let (none, mut workspace) = (Regularization::none(), Workspace::boxed());
    let of_block = |block| {
        let weights: Vec<f32> = (0..x.len()).map(|i| f32::from(i / BLOCK == block)).collect();
        let batch = Batch::new(x, y).with_weights(&weights);
        batch.cost_and_gradient(net, &none, &mut workspace).unwrap().1.parameters().to_vec()
    };
    (0..x.len().div_ceil(BLOCK)).map(of_block).collect()
}

fn gradient_goes_along_the_tree<N: Network<Scalar = f32>>(blocks: usize) {
    let (x, y) = examples::<N>(blocks * BLOCK - 5, blocks as u64);
    let (net, none, mut workspace) =
        (N::boxed_seeded(1), Regularization::none(), Workspace::boxed());
    let expected = tree(&of_each_block(&*net, (&x, &y)));
    let (j, gradient) = net.cost_and_gradient(&x, &y, &none).unwrap();
    assert!(gradient.parameters() == expected, "{blocks} blocks");
    let (same, gradient) = net.cost_and_gradient_in(&x, &y, &none, &mut workspace).unwrap();
    assert!(same == j && gradient.parameters() == expected, "in place, {blocks} blocks");
    let batch = Batch::<N>::new(&x, &y);
    let (same, gradient) = batch.cost_and_gradient(&net, &none, &mut workspace).unwrap();
    assert!(same == j && gradient.parameters() == expected, "a batch, {blocks} blocks");
    assert_eq!(net.cost(&x, &y, &none).unwrap(), j, "{blocks} blocks");
    assert_eq!(batch.cost(&net, &none, &mut workspace).unwrap(), j, "{blocks} blocks");
    common::agreement::a_step_is_gradient_and_step(&*net, &x, &y, &none, &mut workspace);
    // With λ, which comes last, from one level or from several.
    let lambda = Regularization::article(0.25).with_bias();
    common::agreement::a_step_is_gradient_and_step(&*net, &x, &y, &lambda, &mut workspace);
    let (j, gradient) = net.cost_and_gradient(&x, &y, &lambda).unwrap();
    let decayed = gradient.parameters().iter().zip(&expected).zip(net.parameters());
    for (index, ((found, sum), theta)) in decayed.enumerate() {
        let expected = 0.25 * theta + sum;
        assert!((found - expected).abs() <= 1e-7 * expected.abs().max(1e-3), "entry {index}");
    }
    assert_eq!(net.cost(&x, &y, &lambda).unwrap(), j, "{blocks} blocks, with lambda");
}

#[test]
fn gradients_go_along_the_tree() {
    on_every_set(|_| {
        for blocks in 1..=9 {
            gradient_goes_along_the_tree::<Net<f32>>(blocks);
        }
    });
}

/// Apart from the one above, so that they run side by side.
#[test]
fn gradients_of_large_networks_go_along_the_tree() {
    on_every_set(|_| {
        for blocks in [3, 6] {
            gradient_goes_along_the_tree::<Large<f32>>(blocks);
        }
    });
}

type Of<'a> = dyn Fn(&[[f32; 8]], &[[f32; 1]]) -> Vec<f32> + 'a;

/// The scalars of costs are exact powers of two here, so that J of all is the tree of J of each.
#[test]
fn costs_and_products_go_along_the_tree() {
    on_every_set(|_| {
        for blocks in [2, 4, 8, 16] {
            let (x, y) = examples::<Net<f32>>(blocks * BLOCK, 3);
            let (net, none) = (Net::<f32>::seeded(2), Regularization::none());
            let mut direction = Gradient::<Net<f32>>::zeros();
            direction.parameters_mut().iter_mut().enumerate().for_each(|(i, v)| {
                *v = (i % 5) as f32 - 1.5;
            });
            let parts = |of: &Of| {
                let blocks = x.chunks(BLOCK).zip(y.chunks(BLOCK)).map(|(x, y)| of(x, y));
                let sum = tree(&blocks.collect::<Vec<_>>());
                sum.into_iter().map(|sum| sum / blocks_of(&x)).collect::<Vec<_>>()
            };
            let cost = |x: &[_], y: &[_]| vec![net.cost(x, y, &none).unwrap()];
            assert_eq!(cost(&x, &y), parts(&cost), "J of {blocks} blocks");
            let bend = |x: &[_], y: &[_]| {
                let product = net.hessian_vector_product(x, y, &none, &direction).unwrap();
                product.parameters().to_vec()
            };
            assert!(bend(&x, &y) == parts(&bend), "product of {blocks} blocks");
        }
    });
}

fn blocks_of<X>(x: &[X]) -> f32 {
    (x.len() / BLOCK) as f32
}

/// Whatever takes one example at a time goes along the same tree: here over a scalar that is
/// neither f32 nor f64, but computes as f64 does.
#[test]
fn other_scalars_go_along_the_tree() {
    use num_dual::Dual64;
    let blocks = 6;
    let (x, y) = examples::<Net<f64>>(blocks * BLOCK - 1, 3);
    let (x, y) = (common::convert_all(&x), common::convert_all(&y));
    let (net, none) = (Net::<f64>::seeded(2).cast::<Dual64>(), Regularization::none());
    let mut workspace = Workspace::boxed();
    let m = Dual64::from(x.len() as f64);
    let sums = x.chunks(BLOCK).zip(y.chunks(BLOCK)).map(|(x, y)| {
        let mut sum = BigDeltas::<Net<Dual64>>::zeros();
        let mut cost = Dual64::from(0.0);
        for (x, y) in x.iter().zip(y) {
            let trace = net.forward(x);
            cost += trace.cost(y);
            sum.accumulate(&trace, &net.backward(&trace, y));
        }
        (cost, sum)
    });
    let sums: Vec<_> = sums.collect();
    let along_the_tree =
        |of: &dyn Fn(usize) -> Dual64| (((of(0) + of(1)) + (of(2) + of(3))) + (of(4) + of(5))) / m;
    let j = along_the_tree(&|block| sums[block].0);
    assert_eq!(net.cost(&x, &y, &none).unwrap(), j);
    let (found_j, found) = net.cost_and_gradient(&x, &y, &none).unwrap();
    let (same_j, same) = net.cost_and_gradient_in(&x, &y, &none, &mut workspace).unwrap();
    assert!(found_j == j && same_j == j);
    for index in 0..Net::<f64>::PARAMETERS {
        let expected = along_the_tree(&|block| sums[block].1.parameters()[index]);
        assert_eq!(found.parameters()[index], expected, "entry {index}");
        assert_eq!(same.parameters()[index], expected, "entry {index}, in place");
    }
}

/// A network, and half a million times the same example.
fn many<N: Network<Scalar = f32>>() -> (Box<N>, Vec<N::Input>, Vec<N::Target>) {
    let m = (1 << 19) - 77;
    (N::boxed(), vec![N::Input::from_fn(|_| 0.5); m], vec![N::Target::from_fn(|_| 1.1); m])
}

/// How far a sum of them may be off, as a share.
const MOST: f32 = 8e-6;

fn assert_near(found: f32, expected: f32, what: &str) {
    let near = (found - expected).abs() <= MOST * expected.abs();
    assert!(near, "{what} is {found}, not {expected}");
}

fn assert_all_near(found: &[f32], expected: &[f32], what: &str) {
    for (index, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        assert_near(found, expected, &format!("{what}, entry {index},"));
    }
}

/// J and ∇J are those of one. In two tests, which run side by side.
#[test]
fn sums_of_many_examples_are_exact_to_rounding() {
    fn of_many<N: Network<Scalar = f32>>() {
        let ((net, x, y), none) = (many::<N>(), Regularization::none());
        let (j, gradient) = net.cost_and_gradient(&x[..1], &y[..1], &none).unwrap();
        let (found, slopes) = net.cost_and_gradient(&x, &y, &none).unwrap();
        assert_near(found, j, "J");
        assert_eq!(net.cost(&x, &y, &none).unwrap(), found);
        assert_all_near(slopes.parameters(), gradient.parameters(), "the gradient");
    }
    on_every_set(|_| {
        of_many::<Net<f32>>();
        of_many::<Line<f32>>();
    });
}

/// And J of a batch, and G v.
#[test]
fn sums_of_a_batch_and_of_a_product_are_exact_to_rounding() {
    fn of_many<N: Network<Scalar = f32>>() {
        let ((net, x, y), none) = (many::<N>(), Regularization::none());
        let mut workspace = Workspace::boxed();
        let j = net.cost(&x[..1], &y[..1], &none).unwrap();
        let batch = Batch::<N>::new(&x, &y);
        let (found, _) = batch.cost_and_gradient(&net, &none, &mut workspace).unwrap();
        assert_near(found, j, "J of a batch");
        let mut direction = Gradient::<N>::boxed();
        direction.fill(1.0);
        let [one, all] = [1, x.len()]
            .map(|m| net.gauss_newton_product(&x[..m], &y[..m], &none, &direction).unwrap());
        assert_all_near(all.parameters(), one.parameters(), "G v");
    }
    on_every_set(|_| {
        of_many::<Net<f32>>();
        of_many::<Line<f32>>();
    });
}

/// Levenberg–Marquardt's JᵀJ and Jᵀr of half a million examples: undamped, a line is met in one step.
#[test]
fn normal_equations_of_many_examples_are_exact_to_rounding() {
    let m = (1 << 19) + 77;
    let x: Vec<[f32; 1]> = (0..m).map(|i| [if i % 2 == 0 { -0.7 } else { 1.1 }]).collect();
    let y: Vec<[f32; 1]> = x.iter().map(|[x]| [1.0 + 2.0 * x]).collect();
    let settings = LevenbergSettings { initial_mu: 0.0, ..LevenbergSettings::default() };
    let (mut net, mut lm) = (Line::<f32>::zeros(), LevenbergMarquardt::new(settings).unwrap());
    let step = lm.step(&mut net, &x, &y, &Regularization::none()).unwrap();
    assert!(step.accepted);
    for (found, expected) in net.parameters().iter().zip([1.0, 2.0]) {
        assert!((found - expected).abs() < 3e-5, "{:?}", net.parameters());
    }
}

network! {
    pub struct Thread(1 => 1 Identity => 1 Identity) minimizing HalfSquaredError;
}

/// JᵀJ of three runs of 1024 rows is (0 + 1) + 2, to the bit. Its largest entry, that of the last weight, is the
/// first μ.
#[test]
fn runs_of_normal_equations_are_added_along_the_tree() {
    const RUN: usize = 1024;
    let largest = |x: &[[f32; 1]]| {
        let settings = LevenbergSettings { initial_mu: 1.0, ..LevenbergSettings::default() };
        let (bias, weights) = ([0.0], [[1.0]]);
        let (theta1, theta2) = (Theta::new(bias, weights), Theta::new(bias, weights));
        let (mut net, y) = (Thread::<f32>::new(theta1, theta2), vec![[1.0]; x.len()]);
        let mut lm = LevenbergMarquardt::new(settings).unwrap();
        let step = lm.step(&mut net, x, &y, &Regularization::none()).unwrap();
        assert!(step.accepted);
        step.mu
    };
    let mut other_order = 0;
    for seed in 0..8 {
        let mut random = constprop::rng(seed);
        let x: Vec<[f32; 1]> = (0..3 * RUN).map(|_| [random.random_range(1.0..3.0)]).collect();
        let of: Vec<f32> = x.chunks(RUN).map(|x| largest(x) * RUN as f32).collect();
        let mean = |sum: f32| sum / (3 * RUN) as f32;
        assert_eq!(largest(&x).to_bits(), mean((of[0] + of[1]) + of[2]).to_bits());
        other_order += usize::from(mean(of[0] + (of[1] + of[2])) != largest(&x));
    }
    assert!(other_order > 0);
}
