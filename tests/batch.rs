//! Batches with weights and dropout, against what they mean: examples repeated, and networks with
//! columns of Θ left out.

mod common;

use common::agreement::on_every_set;
use common::examples;
use constprop::check::{Check, check_cost};
use constprop::prelude::*;
use constprop::rand::{Rng, RngExt};
use constprop::{Batch, Cost, Dropout, Error, Output, Place, TargetFault, Threads};

network! {
    pub struct Net(5 => 7 Tanh => 9 Sigmoid => 4 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    /// Few enough parameters for registers.
    pub struct Tiny(2 => 3 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// More outputs than stand side by side in registers.
    pub struct ManyOutputs(2 => 3 Tanh => 1100 Softmax) minimizing CategoricalCrossEntropy;
}

/// Σ over the examples of cost and ∂cost/∂Θ, each by itself and changed as `each` says, over m.
fn one_by_one<N: Network<Scalar = f64>>(
    net: &N,
    (inputs, targets): (&[N::Input], &[N::Target]),
    lambda: &Regularization<f64>,
    mut each: impl FnMut(usize, &N, &N::Input, &N::Target) -> (f64, Vec<f64>),
) -> (f64, Vec<f64>) {
    let m = inputs.len() as f64;
    let (mut j, mut gradient) = (0.0, vec![0.0; N::PARAMETERS]);
    for (example, (x, y)) in inputs.iter().zip(targets).enumerate() {
        let (cost, slopes) = each(example, net, x, y);
        j += cost / m;
        for (sum, slope) in gradient.iter_mut().zip(slopes) {
            *sum += slope / m;
        }
    }
    let mut nothing = BigDeltas::<N>::boxed();
    let decay = nothing.finish(net, inputs.len(), lambda);
    for (sum, slope) in gradient.iter_mut().zip(decay.parameters()) {
        *sum += slope;
    }
    (j + lambda.penalty(net, inputs.len()), gradient)
}

fn of_one<N: Network<Scalar = f64>>(net: &N, x: &N::Input, y: &N::Target) -> (f64, Vec<f64>) {
    let (x, y) = ([x.clone()], [y.clone()]);
    let (j, gradient) = net.cost_and_gradient(&x, &y, &Regularization::none()).unwrap();
    (j, gradient.parameters().to_vec())
}

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0.0, |most: f64, entry| most.max(entry.abs()));
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let off = (found - expected).abs();
        assert!(off <= tolerance * largest, "entry {index}: {found}, not {expected}");
    }
}

#[test]
fn a_weight_multiplies_cost_and_gradient() {
    fn weighted<N: Network<Scalar = f64>>(m: usize) {
        let (x, y) = examples::<N>(m, m as u64);
        let mut rng = constprop::rng(9);
        let weights: Vec<f64> =
            (0..m).map(|i| if i == 3 { 0.0 } else { rng.random_range(0.0..3.0) }).collect();
        let (net, lambda) = (N::boxed_seeded(1), Regularization::coursera(0.3).with_bias());
        let mut workspace = Workspace::boxed();
        let batch = Batch::new(&x, &y).with_weights(&weights);
        let (j, gradient) = batch.cost_and_gradient(&*net, &lambda, &mut workspace).unwrap();
        let (expected, slopes) = one_by_one(&*net, (&x, &y), &lambda, |example, net, x, y| {
            let (cost, slopes) = of_one(net, x, y);
            let weight = weights[example];
            (weight * cost, slopes.iter().map(|slope| weight * slope).collect())
        });
        assert!((j - expected).abs() <= 1e-13 * expected, "J is {j}, not {expected}");
        assert_close(gradient.parameters(), &slopes, 1e-13);
    }
    on_every_set(|_| {
        for m in [1, 2, 5, 16, 31, 128, 300] {
            weighted::<Net<f64>>(m);
            weighted::<Tiny<f64>>(m);
        }
        weighted::<ManyOutputs<f64>>(9);
        weighted::<ManyOutputs<f64>>(130);
    });
}

network! {
    pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct Rising(1 => 4 Relu => 3 Tanh => 1 Identity) minimizing HalfSquaredError;
}

network! {
    /// More outputs than stand side by side in registers.
    pub struct ManyValues(1 => 1100 Identity) minimizing HalfSquaredError;
}

/// Whatever stands there, also where its cost or its z are out of range.
#[test]
fn an_example_of_weight_0_counts_for_nothing() {
    macro_rules! counts_for_nothing {
        ($net:ty, $scalar:ty) => {{
            let m = 150;
            let masked = [0, 7, 129, 149];
            let (x, y) = examples::<$net>(m, 3);
            let weights: Vec<$scalar> =
                (0..m).map(|i| if masked.contains(&i) { 0.0 } else { 1.5 }).collect();
            let (net, none) = (<$net>::boxed_seeded(1), Regularization::none());
            let mut workspace = Workspace::boxed();
            let batch = Batch::<$net>::new(&x, &y).with_weights(&weights);
            let (j, gradient) = batch.cost_and_gradient(&net, &none, &mut workspace).unwrap();
            let expected = gradient.parameters().to_vec();
            let large = <$scalar>::MAX / 1.5;
            for (of_x, of_y) in [(0.5, large), (large, 0.5), (-large, -large)] {
                let (mut x, mut y) = (x.clone(), y.clone());
                for example in masked {
                    x[example].fill(of_x);
                    y[example].fill(of_y);
                }
                let batch = Batch::<$net>::new(&x, &y).with_weights(&weights);
                let found = batch.cost(&net, &none, &mut workspace).unwrap();
                assert_eq!(found, j, "J alone, {of_x:e}, {of_y:e}");
                let (found, slopes) = batch.cost_and_gradient(&net, &none, &mut workspace).unwrap();
                assert_eq!(found, j, "J, {of_x:e}, {of_y:e}");
                for (found, expected) in slopes.parameters().iter().zip(&expected) {
                    assert_eq!(found, expected, "{of_x:e}, {of_y:e}");
                }
            }
        }};
    }
    on_every_set(|_| {
        counts_for_nothing!(Line<f32>, f32);
        counts_for_nothing!(Line<f64>, f64);
        counts_for_nothing!(Rising<f32>, f32);
        counts_for_nothing!(Rising<f64>, f64);
        counts_for_nothing!(ManyValues<f32>, f32);
        counts_for_nothing!(ManyValues<f64>, f64);
    });
}

#[test]
fn without_weights_and_dropout_it_is_the_plain_gradient() {
    on_every_set(|_| {
        for m in [1, 7, 128, 129, 400] {
            let (x, y) = examples::<Net<f32>>(m, 4);
            let (net, lambda) = (Net::<f32>::seeded(2), Regularization::article(0.1));
            let mut workspace = Workspace::boxed();
            let (j, gradient) =
                Batch::new(&x, &y).cost_and_gradient(&net, &lambda, &mut workspace).unwrap();
            let (expected, slopes) = net.cost_and_gradient(&x, &y, &lambda).unwrap();
            assert_eq!(j, expected);
            assert!(gradient.parameters() == slopes.parameters());
        }
    });
}

/// r of one layer of one example, drawn as the documentation says.
fn factors(seed: u64, step: u64, [layer, units]: [usize; 2], example: usize, p: f64) -> Vec<f64> {
    let mut rng = constprop::rng(seed);
    rng.set_stream(step * 64 + layer as u64);
    rng.set_word_pos((example * units) as u128);
    (0..units)
        .map(|_| {
            let drawn = f64::from(rng.next_u32()) / f64::from(2_u32.pow(31)) / 2.0;
            if drawn < p { 0.0 } else { 1.0 / (1.0 - p) }
        })
        .collect()
}

/// a ∘ r in front of Θ is Θ with its columns times r: the same cost, and the gradient of the one is
/// that of the other, its columns times r.
#[test]
fn dropout_leaves_out_columns() {
    let (rates, seed) = ([0.3, 0.5], 11);
    let dropout = Dropout::new(rates, seed).unwrap();
    on_every_set(|_| {
        for (m, step) in [(1, 0), (3, 1), (130, 2), (300, u64::MAX / 64)] {
            let (x, y) = examples::<Net<f64>>(m, m as u64);
            let (net, lambda) = (Net::<f64>::seeded(5), Regularization::article(0.01));
            let mut workspace = Workspace::boxed();
            let batch = Batch::new(&x, &y).with_dropout(&dropout, step);
            let (j, gradient) = batch.cost_and_gradient(&net, &lambda, &mut workspace).unwrap();
            let (expected, slopes) = one_by_one(&net, (&x, &y), &lambda, |example, net, x, y| {
                let r2 = factors(seed, step, [2, 7], example, rates[0]);
                let r3 = factors(seed, step, [3, 9], example, rates[1]);
                let mut columns = Net::<f64>::zeros();
                columns.fill(1.0);
                for (column, r) in r2.iter().enumerate() {
                    columns.theta2.weights.column_mut(column).fill(*r);
                }
                for (column, r) in r3.iter().enumerate() {
                    columns.theta3.weights.column_mut(column).fill(*r);
                }
                let times = |entries: &[f64]| -> Vec<f64> {
                    entries.iter().zip(columns.parameters()).map(|(entry, r)| entry * r).collect()
                };
                let mut left = Net::<f64>::zeros();
                left.set_parameters(&times(net.parameters())).unwrap();
                let (cost, slopes) = of_one(&left, x, y);
                (cost, times(&slopes))
            });
            assert!((j - expected).abs() <= 1e-13 * expected, "J is {j}, not {expected}");
            assert_close(gradient.parameters(), &slopes, 1e-13);
        }
    });
}

/// The cost of one step is a function of Θ, and its gradient can be checked.
#[test]
fn the_gradient_with_dropout_and_weights_is_correct() {
    let dropout = Dropout::new([0.4, 0.2], 3).unwrap();
    let (x, y) = examples::<Net<f64>>(6, 1);
    let (weights, lambda) = ([1.0, 0.5, 2.0, 0.0, 1.0, 3.0], Regularization::article(0.1));
    let of = |theta: &[f64]| {
        let (mut net, mut workspace) = (Net::<f64>::zeros(), Workspace::boxed());
        net.set_parameters(theta).unwrap();
        let batch = Batch::new(&x, &y).with_weights(&weights).with_dropout(&dropout, 17);
        let (j, gradient) = batch.cost_and_gradient(&net, &lambda, &mut workspace).unwrap();
        (j, gradient.parameters().to_vec())
    };
    let theta = Net::<f64>::seeded(8);
    Check::richardson()
        .function(|theta: &[f64]| of(theta).0, |theta: &[f64]| of(theta).1, theta.parameters())
        .unwrap()
        .assert_correct();
}

#[test]
fn so_many_units_are_left_out() {
    network! {
        pub struct Wide(1 => 500 Identity => 1 Identity) minimizing HalfSquaredError;
    }
    // a⁽²⁾ is 1 everywhere, and h the mean of what is left of it.
    let mut net = Wide::<f64>::zeros();
    net.theta1.bias.fill(1.0);
    net.theta2.weights.fill(1.0 / 500.0);
    let mut workspace = Workspace::boxed();
    let none = Regularization::none();
    for (p, deviation) in [(0.0, 0.0), (0.1, 0.0149), (0.5, 0.0447), (0.9, 0.1342)] {
        let dropout = Dropout::new([p], 1).unwrap();
        let mut sum = 0.0;
        for step in 0..40 {
            let batch = Batch::new(&[[0.0]], &[[0.0]]).with_dropout(&dropout, step);
            let (j, _) = batch.cost_and_gradient(&net, &none, &mut workspace).unwrap();
            let mean = (2.0 * j).sqrt();
            assert!((mean - 1.0).abs() <= 4.5 * deviation + 1e-12, "p = {p}, step {step}: {mean}");
            sum += mean;
        }
        assert!((sum / 40.0 - 1.0).abs() <= deviation / 1.5 + 1e-12, "p = {p}: {}", sum / 40.0);
    }
}

#[test]
fn what_is_wrong_is_named() {
    let (x, y) = examples::<Net<f64>>(3, 1);
    let (net, lambda) = (Net::<f64>::seeded(1), Regularization::none());
    let mut workspace = Workspace::boxed();
    let mut error = |weights: &[f64]| {
        let batch = Batch::new(&x, &y).with_weights(weights);
        batch.cost_and_gradient(&net, &lambda, &mut workspace).unwrap_err()
    };
    assert_eq!(error(&[1.0; 2]), Error::WeightCounts { of: "examples", expected: 3, found: 2 });
    assert_eq!(error(&[1.0, -0.5, 1.0]), Error::Weight { example: 1, value: -0.5 });
    let text = error(&[1.0, 1.0, f64::NAN]).to_string();
    assert_eq!(text, "weight: that of example 2 is NaN; it must be finite and not negative");
    let empty = Batch::<Net<f64>>::new(&[], &[]).with_weights(&[]);
    let error = empty.cost_and_gradient(&net, &lambda, &mut workspace).unwrap_err();
    assert_eq!(error, Error::NoExamples);
    let error = Dropout::new([0.5, 1.0], 0).unwrap_err();
    assert_eq!(error.to_string(), "dropout is 1; it must be from 0 to below 1");
    assert!(Dropout::new([f64::NAN], 0).is_err());
}

network! {
    pub struct Actions(5 => 8 Tanh => 3 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct Advantages(5 => 8 Tanh => 3 Softmax) minimizing SignedCategoricalCrossEntropy;
}

/// Weights of any sign against sums by hand, and against targets that have them in.
#[test]
fn signed_weights_are_advantages() {
    let (m, lambda) = (300, Regularization::article(0.1));
    let mut rng = constprop::rng(4);
    let x: Vec<[f64; 5]> =
        (0..m).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    let actions: Vec<[f64; 3]> = (0..m).map(|i| one_hot(i % 3).unwrap()).collect();
    let mut advantages: Vec<f64> = (0..m).map(|_| rng.random_range(-2.0..2.0)).collect();
    advantages[7] = 0.0;
    let net = Actions::<f64>::seeded(1);
    let by_hand = one_by_one(&net, (&x, &actions), &lambda, |example, net, x, y| {
        let (cost, slopes) = of_one(net, x, y);
        let advantage = advantages[example];
        (advantage * cost, slopes.iter().map(|slope| advantage * slope).collect())
    });
    let worth = actions.iter().zip(&advantages).map(|(y, advantage)| y.map(|y| y * advantage));
    let worth: Vec<[f64; 3]> = worth.collect();
    let mut same = Advantages::<f64>::zeros();
    same.set_parameters(net.parameters()).unwrap();
    on_every_set(|_| {
        let mut workspace = Workspace::boxed();
        let batch = Batch::new(&x, &actions).with_signed_weights(&advantages);
        let (j, gradient) = batch.cost_and_gradient(&net, &lambda, &mut workspace).unwrap();
        assert!((j - by_hand.0).abs() <= 1e-13, "J is {j}, not {}", by_hand.0);
        assert_close(gradient.parameters(), &by_hand.1, 1e-13);
        let (j, gradient) = same.cost_and_gradient(&x, &worth, &lambda).unwrap();
        assert!((j - by_hand.0).abs() <= 1e-13, "J is {j}, not {}", by_hand.0);
        assert_close(gradient.parameters(), &by_hand.1, 1e-13);
    });

    let mut workspace = Workspace::boxed();
    advantages[12] = f64::NEG_INFINITY;
    let batch = Batch::new(&x, &actions).with_signed_weights(&advantages);
    let error = batch.cost_and_gradient(&net, &lambda, &mut workspace).unwrap_err();
    assert_eq!(error, Error::SignedWeight { example: 12, value: f64::NEG_INFINITY });
    assert_eq!(error.to_string(), "weight: that of example 12 is -inf; it must be finite");
    // Where nobody has said so, it is as ever.
    advantages[12] = -1.0;
    let first = advantages.iter().position(|weight| *weight < 0.0).unwrap();
    let batch = Batch::new(&x, &actions).with_signed_weights(&advantages);
    assert!(batch.cost_and_gradient(&net, &lambda, &mut workspace).is_ok());
    let batch = batch.with_weights(&advantages);
    let error = batch.cost_and_gradient(&net, &lambda, &mut workspace).unwrap_err();
    assert_eq!(error, Error::Weight { example: first, value: advantages[first] });
    assert!(net.cost(&x, &worth, &lambda).is_err());
}

#[test]
fn a_cross_entropy_of_signed_targets_is_what_it_says() {
    check_cost::<SignedCategoricalCrossEntropy, Softmax, 3>().assert_correct();
    let error = <SignedCategoricalCrossEntropy as Cost<Softmax>>::check_target(&[0.5, f64::NAN]);
    assert!(matches!(error, Err(TargetFault { entry: Some(1), expected: "finite", .. })));
    // In place, as wide layers are computed: Σ y = −½, by hand.
    let (z, y) = ([0.3, -1.2, 0.5], [-2.0, 1.0, 0.5]);
    let a = Softmax::h(&z);
    let (mut delta, mut v, mut bent) = (z, [1.0, -2.0, 0.5], z);
    let cost = SignedCategoricalCrossEntropy::delta_in_place(&mut delta, &y);
    let by_hand: f64 = a.iter().zip(y).map(|(a, y)| -y * a.ln()).sum();
    assert!((cost - by_hand).abs() <= 1e-15);
    let only = SignedCategoricalCrossEntropy::cost_in_place(&mut z.clone(), &y);
    assert_eq!(only, cost);
    assert_eq!(delta, std::array::from_fn(|i| -0.5 * a[i] - y[i]));
    let moved: f64 = a.iter().zip(v).map(|(a, v)| a * v).sum();
    let change = std::array::from_fn::<f64, 3, _>(|i| -0.5 * a[i] * (v[i] - moved));
    let mut again = (z, v);
    SignedCategoricalCrossEntropy::gauss_newton_in_place(&mut again.0, &y, &mut again.1);
    SignedCategoricalCrossEntropy::curvature_in_place(&mut bent, &y, &mut v);
    assert_eq!((bent, again), (delta, (delta, v)));
    assert!(v.iter().zip(change).all(|(v, change)| (v - change).abs() <= 1e-15));
}

/// The same sums in three pieces, the last one first, by one thread and by two, each told once it is there.
fn in_pieces<N: FloatNetwork<Scalar = f32>>(
    net: &N,
    batch: &Batch<'_, N>,
    expected: &[f32],
) -> f32 {
    // A row of the first Θ, and where the last one begins.
    let [first, last] = [N::SHAPES[0], N::SHAPES[N::SHAPES.len() - 1]];
    let cuts = [2 * first.s_out, N::PARAMETERS - last.parameters()];
    let mut costs = [0.0; 2];
    for (cost, threads) in costs.iter_mut().zip([1, 2]) {
        let mut workspace = Workspace::<N>::boxed();
        workspace.set_threads(&Threads::new(threads).unwrap().with_grain(0));
        let mut sums = vec![f32::NAN; N::PARAMETERS];
        let (rest, end) = sums.split_at_mut(cuts[1]);
        let (start, middle) = rest.split_at_mut(cuts[0]);
        let mut pieces = [(cuts[1], end), (0, start), (cuts[0], middle)];
        let mut told = Vec::new();
        let mut take = |begin, piece: &mut [f32]| told.push((begin, piece.to_vec()));
        *cost = batch.sums_in_pieces(net, &mut pieces, &mut workspace, &mut take).unwrap();
        assert!(pieces.iter().all(|(_, piece)| piece.is_empty()));
        assert_eq!(told.iter().map(|(begin, _)| *begin).collect::<Vec<_>>(), [cuts[1], 0, cuts[0]]);
        for (begin, piece) in &told {
            let expected = expected[*begin..begin + piece.len()].iter();
            assert!(piece.iter().zip(expected).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
        assert_eq!(told.iter().map(|(_, piece)| piece.len()).sum::<usize>(), N::PARAMETERS);
    }
    assert_eq!(costs[0], costs[1]);
    costs[0]
}

/// Parts of a batch, each a node of the tree, joined along it: J and ∇J as of the whole, to the last bit.
#[test]
fn parts_are_joined_to_the_bits_of_the_whole() {
    fn parts_of<'a, N: FloatNetwork<Scalar = f32>>(
        net: &N,
        whole: &Batch<'_, N>,
        of: impl Fn(std::ops::Range<usize>) -> Batch<'a, N>,
        m: usize,
    ) {
        let lambda = Regularization::coursera(0.3_f32).with_bias();
        let mut workspace = Workspace::<N>::boxed();
        let (j, gradient) = whole.cost_and_gradient(net, &lambda, &mut workspace).unwrap();
        let expected = gradient.parameters().to_vec();
        // Four leaves and the rest.
        let middle = 4 * whole.leaf();
        let (mut sums, mut behind) = (vec![0.0; N::PARAMETERS], vec![0.0; N::PARAMETERS]);
        let mut cost = 0.0;
        for (part, into) in [(0..middle, &mut sums), (middle..m, &mut behind)] {
            let place = Place { first: part.start, of: m };
            let part = of(part).at(place);
            let of_part = part.sums(net, into, &mut workspace).unwrap();
            assert_eq!(part.sum_of_costs(net, &mut workspace).unwrap(), of_part);
            assert_eq!(in_pieces(net, &part, into), of_part);
            cost += of_part;
        }
        constprop::join(&mut sums, &behind);
        // By two owners of entries.
        let all = of(0..0).at(Place { first: 0, of: m });
        let (first, rest) = sums.split_at_mut(11);
        all.finish(net, &lambda, 0..11, first);
        all.finish(net, &lambda, 11..N::PARAMETERS, rest);
        assert_eq!(cost / m as f32 + lambda.penalty(net, m), j);
        for (entry, (a, b)) in sums.iter().zip(&expected).enumerate() {
            assert_eq!(a.to_bits(), b.to_bits(), "entry {entry}: {a} instead of {b}");
        }
    }
    let ((x, y), net) = (examples::<Net<f32>>(700, 1), Net::<f32>::seeded(1));
    let weights: Vec<f32> = (0..700).map(|i| (i % 7) as f32 * 0.25).collect();
    let dropout = Dropout::new([0.2, 0.4], 3).unwrap();
    let plain = |part: std::ops::Range<usize>| Batch::new(&x[part.clone()], &y[part]);
    let varied = |part: std::ops::Range<usize>| {
        plain(part.clone()).with_weights(&weights[part]).with_dropout(&dropout, 5)
    };
    on_every_set(|_| {
        parts_of(&net, &plain(0..700), plain, 700);
        parts_of(&net, &varied(0..700), varied, 700);
    });
}

/// The same of one in registers, whose leaves are runs.
#[test]
fn runs_are_joined_to_the_bits_of_the_whole() {
    on_every_set(|_| runs_are_joined());
}

fn runs_are_joined() {
    let (x, y) = examples::<Tiny<f32>>(2500, 1);
    let (net, lambda) = (Tiny::<f32>::seeded(1), Regularization::article(0.3_f32));
    let (j, gradient) = net.cost_and_gradient(&x, &y, &lambda).unwrap();
    let (mut sums, mut workspace) = ([[0.0; 13]; 2], Workspace::<Tiny<f32>>::new());
    let leaf = Batch::<Tiny<f32>>::new(&x, &y).leaf();
    let mut cost = 0.0;
    for (part, into) in [(0..2 * leaf, 0), (2 * leaf..2500, 1)] {
        let place = Place { first: part.start, of: 2500 };
        let batch = Batch::new(&x[part.clone()], &y[part]).at(place);
        let of_part = batch.sums(&net, &mut sums[into], &mut workspace).unwrap();
        cost += of_part;
        // It has one piece.
        let (mut piece, mut told) = ([f32::NAN; 13], Vec::new());
        let mut tell = |begin, piece: &mut [f32]| told.push((begin, piece.to_vec()));
        let pieces = &mut [(0, &mut piece[..])];
        let of_piece = batch.sums_in_pieces(&net, pieces, &mut workspace, &mut tell);
        assert_eq!((of_piece, told), (Ok(of_part), vec![(0, sums[into].to_vec())]));
    }
    let [mut sums, behind] = sums;
    constprop::join(&mut sums, &behind);
    let all = Batch::<Tiny<f32>>::new(&[], &[]).at(Place { first: 0, of: 2500 });
    all.finish(&net, &lambda, 0..13, &mut sums);
    assert_eq!(cost / 2500.0 + lambda.penalty(&net, 2500), j);
    assert!(sums.iter().zip(gradient.parameters()).all(|(a, b)| a.to_bits() == b.to_bits()));
}
