//! Trainings, costs, gradients, predictions and products over ranks have the bits of one process.

use std::ops::Range;

use constprop::layer::{L1, L2};
use constprop::prelude::*;
use constprop::train::{Control, EarlyStopping, Fit, accuracy};
use constprop::{AdamSettings, ByLayer, Clip, Dropout, Learning, Plateau, Schedule};
use constprop_mpi::{OverRanks, Ranks, RanksNetwork};

use super::nets::{self, Classes, Deep, Small, Wide, alone, bits, classes, inputs, parts};

/// A training of all examples in one process, and of the parts by ranks: net, history and what the optimizer keeps of
/// this rank's own entries.
fn same<N: RanksNetwork, O: ByLayer<N>>(
    what: &str,
    ranks: &Ranks,
    (x, y): (&[N::Input], &[N::Target]),
    told: impl Fn(Range<usize>) -> Fit<'static, N>,
    optimizer: impl Fn() -> O,
) {
    let (mut net, mut by) = (N::boxed_seeded(3), optimizer());
    let expected = told(0..x.len()).run(&mut net, &mut by, x, y).unwrap();
    let states = |optimizer: &mut O| {
        let mut states = Vec::new();
        optimizer.visit_state(&mut |_, state| states.push(bits(state)));
        states
    };
    let whole = states(&mut by);
    for part in parts(ranks, x.len()) {
        let (mut ours, mut by) = (N::boxed_seeded(3), optimizer());
        let (px, py) = (&x[part.clone()], &y[part.clone()]);
        let history = told(part).over(ranks).run(&mut ours, &mut by, px, py).unwrap();
        assert_eq!(bits(ours.parameters()), bits(net.parameters()), "{what}: Θ");
        assert_eq!(history, expected, "{what}: history");
        for (state, whole) in states(&mut by).iter().zip(&whole) {
            // A rank's own entries are those of the whole, and of others it has none.
            assert!(state.iter().zip(whole).all(|(state, whole)| *state == 0 || state == whole));
            let own = state.iter().filter(|state| **state != 0).count();
            let most = state.len().div_ceil(ranks.size()) + 16;
            assert!(
                own <= most,
                "{what}: {own} of {} numbers that an optimizer keeps",
                state.len()
            );
        }
    }
}

/// A second training, with what the first has left of the network and of the optimizer.
fn again<N: RanksNetwork, O: ByLayer<N>>(
    ranks: &Ranks,
    (x, y): (&[N::Input], &[N::Target]),
    fit: impl Fn() -> Fit<'static, N>,
    optimizer: impl Fn() -> O,
) {
    let (mut net, mut by) = (N::boxed_seeded(3), optimizer());
    let (mut ours, mut ours_by) = (N::boxed_seeded(3), optimizer());
    let part = ranks.part(x.len());
    for seed in [1, 2] {
        let expected = fit().seed(seed).run(&mut net, &mut by, x, y).unwrap();
        let (px, py) = (&x[part.clone()], &y[part.clone()]);
        let history = fit().seed(seed).over(ranks).run(&mut ours, &mut ours_by, px, py).unwrap();
        assert_eq!(bits(ours.parameters()), bits(net.parameters()), "training {seed}");
        assert_eq!(history, expected);
    }
}

pub fn trainings(ranks: &Ranks) {
    let x = inputs::<5>(1000);
    let y = classes::<5, 3>(&x);
    let weights: &'static [f32] =
        (0..1000).map(|i| (i % 5) as f32 * 0.5).collect::<Vec<_>>().leak();
    let fit = || Fit::<Classes<f32>>::new().epochs(3).batch(300).seed(5);
    let adam = || Adam::<Classes<f32>>::new(AdamSettings::default()).unwrap();
    let examples = (&x[..], &y[..]);

    same("plain", ranks, examples, |_| fit(), adam);
    again(ranks, examples, fit, adam);
    let lambda = |_| {
        let fit = fit().regularization(Regularization::article(0.01).with_bias());
        fit.schedule(Schedule::cosine(3.0).unwrap()).metric("accuracy", accuracy)
    };
    same("λ, a schedule, a metric", ranks, examples, lambda, adam);
    let split = |_| fit().validation_split(0.31).watch_training().metric("accuracy", accuracy);
    same("a split", ranks, examples, split, adam);
    let weighted = |part: Range<usize>| {
        let fit = fit().weights(&weights[part]).class_weights(&[0.5, 1.0, 2.0]);
        fit.clip(Clip::norm(0.05).unwrap()).validation_split(0.2)
    };
    let momentum = || Momentum::<Classes<f32>>::new(0.05, 0.9).unwrap().nesterov();
    same("weights, and a norm that is clipped", ranks, examples, weighted, momentum);
    let dropout: &'static Dropout<1> = Box::leak(Box::new(Dropout::new([0.3], 9).unwrap()));
    let dropped = |_| {
        let fit = fit().dropout(dropout).clip(Clip::value(0.01).unwrap()).in_order();
        fit.regularization(Regularization::coursera(0.5))
    };
    same("dropout, and values that are clipped", ranks, examples, dropped, || {
        GradientDescent::new(0.1_f32).unwrap()
    });
    let frozen = || {
        let learning = Learning::all().freeze::<L1>().rate::<L2>(0.5).unwrap();
        learning.by(AdamW::<Classes<f32>>::new(AdamSettings::default(), 0.1).unwrap())
    };
    same("what is frozen", ranks, examples, lambda, frozen);
    let augmented = |_| {
        use constprop::rand::RngExt;
        fit().augment(|x, rng| {
            // Another number of draws for each.
            while rng.random_range(0.0..1.0) < 0.5 {
                x[0] += rng.random_range(-0.1_f32..0.1);
            }
        })
    };
    same("augmentation", ranks, examples, augmented, adam);
    let stops = |_| {
        let fit = fit().epochs(9).reduce_on_plateau(Plateau::new(0.5, 1).unwrap());
        let fit = fit.early_stopping(EarlyStopping::patience(1).least_progress(0.2));
        fit.on_epoch(|p| if p.epoch.number == 2 { Control::Rate(0.01) } else { Control::Continue })
    };
    same("early stopping, a plateau, a callback", ranks, examples, stops, adam);
    let adagrad = || Adagrad::<Classes<f32>>::new(AdagradSettings::default()).unwrap();
    same("Adagrad", ranks, examples, |_| fit(), adagrad);
    let rmsprop = || RmsProp::<Classes<f32>>::new(RmsPropSettings::default()).unwrap();
    same("RMSprop", ranks, examples, |_| fit(), rmsprop);

    let (x, y) = nets::deep(700);
    let fit = |_| Fit::<Deep<f64>>::new().epochs(2).batch(700).seed(1);
    let adam = || Adam::<Deep<f64>>::new(AdamSettings::default()).unwrap();
    same("f64, all at once", ranks, (&x, &y), fit, adam);

    let (x, y) = nets::small(3000);
    let fit = || {
        let fit = Fit::<Small<f32>>::new().epochs(2).batch(2500).seed(2);
        fit.regularization(Regularization::article(0.1)).validation_split(0.1)
    };
    let descent = || GradientDescent::new(0.1_f32).unwrap();
    same("in registers", ranks, (&x, &y), |_| fit(), descent);
    let clipped = |_| fit().clip(Clip::norm(0.01).unwrap());
    same("in registers, with a norm that is clipped", ranks, (&x, &y), clipped, descent);

    let x = inputs::<20>(600);
    let y = classes::<20, 10>(&x);
    let fit = |_| Fit::<Wide<f32>>::new().epochs(1).batch(256).threads(2).unwrap();
    let adam = || Adam::<Wide<f32>>::new(AdamSettings::default()).unwrap();
    same("threads in each rank", ranks, (&x, &y), fit, adam);
    let told = |part: Range<usize>| {
        let fit = Fit::<Wide<f32>>::new().epochs(2).batch(500).threads(2).unwrap();
        fit.weights(&weights[part]).dropout(dropout).regularization(Regularization::article(0.1))
    };
    let frozen = || {
        let learning = Learning::all().freeze::<L1>();
        learning.by(Momentum::<Wide<f32>>::new(0.05, 0.9).unwrap())
    };
    same("threads, and what is frozen", ranks, (&x, &y), told, frozen);
    same("threads, weights, dropout", ranks, (&x, &y), told, adam);
}

/// Examples that validate, dealt out like those trained with.
pub fn few_examples(ranks: &Ranks) {
    for m in [1, 2, 5, 127, 129] {
        let (x, y) = nets::deep(m);
        let fit = |_| Fit::<Deep<f64>>::new().epochs(2).batch(128);
        let adam = || Adam::<Deep<f64>>::new(AdamSettings::default()).unwrap();
        same("few examples", ranks, (&x, &y), fit, adam);
        given(ranks, m);
    }
    let (none, no_targets): (&[[f64; 4]], &[[f64; 2]]) = (&[], &[]);
    let mut adam = Adam::<Deep<f64>>::new(AdamSettings::default()).unwrap();
    let mut net = Deep::<f64>::seeded(1);
    let failure = Fit::new().over(ranks).run(&mut net, &mut adam, none, no_targets).unwrap_err();
    assert!(matches!(failure.error, constprop_mpi::Error::Training(constprop::Error::NoExamples)));
}

fn given(ranks: &Ranks, m: usize) {
    let ((x, y), (vx, vy)) = (nets::deep(m), nets::deep(3 * m));
    let weights: Vec<f64> = (0..3 * m).map(|i| 1.0 + (i % 3) as f64).collect();
    let r2 = |h: &[[f64; 2]], y: &[[f64; 2]]| h[0][0] + y[y.len() - 1][1];
    let adam = || Adam::<Deep<f64>>::new(AdamSettings::default()).unwrap();
    let fit = || Fit::<Deep<f64>>::new().epochs(2).batch(200).metric("some", r2).watch_training();
    let (mut net, mut ours) = (Deep::seeded(1), Deep::seeded(1));
    let told = fit().validation_weighted(&vx, &vy, &weights);
    let expected = told.run(&mut net, &mut adam(), &x, &y).unwrap();
    let (part, of) = (ranks.part(m), ranks.part(3 * m));
    let told = fit().validation_weighted(&vx[of.clone()], &vy[of.clone()], &weights[of]);
    let told = told.over(ranks);
    let history = told.run(&mut ours, &mut adam(), &x[part.clone()], &y[part]).unwrap();
    assert_eq!(history, expected);
    assert_eq!(bits(ours.parameters()), bits(net.parameters()));
}

pub fn functions(ranks: &Ranks) {
    let x = inputs::<5>(1000);
    let y = classes::<5, 3>(&x);
    functions_of::<Classes<f32>>(ranks, &x, &y);
    functions_of::<Classes<f32>>(ranks, &x[..2], &y[..2]);
    // Large enough for pieces.
    let x = inputs::<20>(900);
    let y = classes::<20, 10>(&x);
    functions_of::<Wide<f32>>(ranks, &x, &y);
    functions_of::<Wide<f32>>(ranks, &x[..150], &y[..150]);
    let (x, y) = nets::small(2500);
    functions_of::<Small<f32>>(ranks, &x, &y);
    let (x, y) = nets::deep(300);
    functions_of::<Deep<f64>>(ranks, &x, &y);
    // What only those see that compute something.
    let (part, none) = (ranks.part(300), Regularization::none());
    let (v, mut product) = (Gradient::<Deep<f64>>::boxed(), Gradient::boxed());
    let (px, py, mut rooms) = (&x[part.clone()], &y[part], CurvatureWorkspace::boxed());
    let net = Deep::seeded(1);
    let error = ranks.gauss_newton_product(&net, px, py, &none, &v, &mut product, &mut rooms);
    let error = error.unwrap_err().to_string();
    assert!(error.ends_with(&constprop::Error::ZeroDirection.to_string()), "{error}");
}

fn functions_of<N: RanksNetwork>(ranks: &Ranks, x: &[N::Input], y: &[N::Target]) {
    let net = N::boxed_seeded(4);
    let lambda = Regularization::article(constprop::nalgebra::convert(0.03));
    let (mut gradient, mut workspace) = (Gradient::<N>::boxed(), Workspace::<N>::boxed());
    let into = &mut gradient;
    let j = net.cost_and_gradient_into(x, y, &lambda, into, &mut workspace).unwrap();
    let mut outputs = y.to_vec();
    net.predict_with(x, &mut outputs, &mut workspace).unwrap();
    let (mut product, mut rooms) = (Gradient::<N>::boxed(), CurvatureWorkspace::<N>::boxed());
    let v = gradient.boxed_clone();
    for part in parts(ranks, x.len()) {
        let (px, py) = (&x[part.clone()], &y[part.clone()]);
        assert_eq!(ranks.cost(&*net, px, py, &lambda, &mut workspace).unwrap(), j);
        let mut ours = Gradient::<N>::boxed();
        let into = &mut ours;
        let found = ranks.cost_and_gradient(&*net, px, py, &lambda, into, &mut workspace).unwrap();
        assert_eq!(found, j);
        assert_eq!(bits(ours.parameters()), bits(gradient.parameters()));
        let mut predicted = py.to_vec();
        ranks.predict_into(&*net, px, &mut predicted, &mut workspace).unwrap();
        assert_eq!(predicted, outputs[part]);
        let into = &mut product;
        net.hessian_vector_product_with(x, y, &lambda, &v, into, &mut rooms).unwrap();
        ranks.hessian_vector_product(&*net, px, py, &lambda, &v, &mut ours, &mut rooms).unwrap();
        assert_eq!(bits(ours.parameters()), bits(product.parameters()));
        let into = &mut product;
        net.gauss_newton_product_with(x, y, &lambda, &v, into, &mut rooms).unwrap();
        ranks.gauss_newton_product(&*net, px, py, &lambda, &v, &mut ours, &mut rooms).unwrap();
        assert_eq!(bits(ours.parameters()), bits(product.parameters()));
    }
}

/// Blocks of another size have bits of their own, at any number of ranks.
pub fn smaller_blocks(ranks: &Ranks) {
    let x = inputs::<5>(500);
    let y = classes::<5, 3>(&x);
    blocks_of::<Classes<f32>>(ranks, &x, &y, |_| Fit::new());
    let (x, y) = nets::small(500);
    blocks_of::<Small<f32>>(ranks, &x, &y, |_| Fit::new());
    // Large enough for pieces.
    let x = inputs::<20>(500);
    let y = classes::<20, 10>(&x);
    let weights: &'static [f32] = (0..500).map(|i| (i % 4) as f32).collect::<Vec<_>>().leak();
    blocks_of::<Wide<f32>>(ranks, &x, &y, |_| Fit::new());
    blocks_of::<Wide<f32>>(ranks, &x, &y, |part| {
        Fit::new().weights(&weights[part]).threads(2).unwrap()
    });
}

fn blocks_of<N: RanksNetwork<Scalar = f32>>(
    ranks: &Ranks,
    x: &[N::Input],
    y: &[N::Target],
    fit: impl Fn(Range<usize>) -> Fit<'static, N>,
) {
    let train = |ranks: &Ranks, part: Range<usize>, block: Option<usize>| {
        let mut net = N::boxed_seeded(3);
        let mut adam = Adam::<N>::new(AdamSettings::default()).unwrap();
        let over = fit(part.clone()).epochs(2).batch(128).over(ranks);
        let over = block.into_iter().fold(over, |over, block| over.block(block));
        over.run(&mut net, &mut adam, &x[part.clone()], &y[part]).unwrap();
        bits(net.parameters())
    };
    let one = alone();
    for block in [1, 16, 33, 128] {
        let expected = train(&one, 0..500, Some(block));
        assert_eq!(train(ranks, ranks.part(500), Some(block)), expected, "blocks of {block}");
        let same = expected == train(&one, 0..500, None);
        assert_eq!(same, block == 128, "blocks of {block}");
    }
}
