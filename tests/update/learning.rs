//! Parts that do not learn, and rates of their own: against a network and an optimizer for each Θ⁽ˡ⁾.

use constprop::layer::{L1, L2, L3};
use constprop::prelude::*;
use constprop::train::Fit;
use constprop::{
    Batch, ByLayer, Clip, Dropout, Error, Float, InstructionSet, Learning, Sample, Threads,
};
use num_dual::Dual64;

use crate::common::agreement::on_every_set;
use crate::common::examples;

network! {
    /// In registers whole.
    pub struct Tiny(2 => 3 Tanh => 3 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// A gradient that stays in the cache.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Small(5 => 17 Tanh => 9 Sigmoid => 4 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    /// One that goes into the parameters part by part.
    pub struct Parts(90 => 91 Relu => 19 Tanh => 3 Identity) minimizing HalfSquaredError;
}

fn number<T: Float>(number: f64) -> T {
    nalgebra::convert(number)
}

/// All of three Θ, with rates, each of them frozen, two of them, all of them.
fn all_ways<N: FloatNetwork>() -> Vec<Learning<N>> {
    let all = Learning::<N>::all;
    vec![
        all(),
        all().rate::<L1>(number(0.5)).unwrap().rate::<L3>(number(1.75)).unwrap(),
        all().freeze::<L1>(),
        all().freeze::<L2>().rate::<L1>(number(0.25)).unwrap(),
        all().freeze::<L3>().rate::<L2>(number(3.0)).unwrap(),
        all().freeze::<L1>().freeze::<L2>(),
        all().freeze::<L1>().freeze::<L2>().freeze::<L3>(),
    ]
}

fn bits<T: Float>(numbers: &[T]) -> Vec<u64> {
    let wide = |number: &T| nalgebra::try_convert::<T, f64>(*number).unwrap_or(f64::NAN);
    numbers.iter().map(|number| wide(number).to_bits()).collect()
}

/// The entries of each Θ⁽ˡ⁾, with what α is multiplied with.
fn parts<N: FloatNetwork>(
    learning: &Learning<N>,
) -> impl Iterator<Item = (std::ops::Range<usize>, Option<N::Scalar>)> {
    let mut first = 0;
    N::SHAPES.iter().zip(learning.rates()).map(move |(shape, rate)| {
        let entries = first..first + shape.parameters();
        first = entries.end;
        (entries, *rate)
    })
}

/// ∇J as it is to be, of the whole one.
fn of_what_learns<N: FloatNetwork>(learning: &Learning<N>, gradient: &mut Gradient<N>) {
    for (entries, _) in parts(learning).filter(|(_, rate)| rate.is_none()) {
        gradient.parameters_mut()[entries].fill(number(0.0));
    }
}

/// What a step is to make of `net`: each Θ⁽ˡ⁾ as the optimizer of its own leaves it, which moves a whole
/// network by the whole gradient.
fn by_hand<N: FloatNetwork>(
    net: &mut N,
    of_each: &mut [Box<dyn Optimizer<N>>],
    learning: &Learning<N>,
    gradient: &Gradient<N>,
) {
    let before = net.boxed_clone();
    for ((entries, rate), optimizer) in parts(learning).zip(of_each) {
        let mut alone = before.boxed_clone();
        optimizer.step(&mut alone, gradient).unwrap();
        if rate.is_some() {
            net.parameters_mut()[entries.clone()].copy_from_slice(&alone.parameters()[entries]);
        }
    }
}

/// Three steps with an optimizer under which so much learns, against those by hand: what is wrong, if
/// something is.
fn what_is_wrong<N: FloatNetwork, const HIDDEN: usize>(
    optimizer: &mut dyn Optimizer<N>,
    of_each: &mut [Box<dyn Optimizer<N>>],
    learning: &Learning<N>,
    m: usize,
    workspace: &mut Workspace<N>,
) -> Option<String> {
    let (mut found, mut expected) = (N::boxed_seeded(3), N::boxed_seeded(3));
    let lambda = Regularization::article(number(0.1)).with_bias();
    let weights: Vec<N::Scalar> = (0..m).map(|i| number([0.5, 0.0, 2.0][i % 3])).collect();
    let dropout = Dropout::new([0.3; HIDDEN], 1).unwrap();
    for step in 0..3 {
        let (x, y) = examples::<N>(m, step);
        if step == 1 {
            // A gradient with more to it, and then the step.
            let batch = Batch::new(&x, &y).with_weights(&weights).with_dropout(&dropout, step);
            let (_, whole) = batch.cost_and_gradient(&*expected, &lambda, workspace).unwrap();
            by_hand(&mut *expected, of_each, learning, whole);
            let batch = batch.with_learning(learning);
            let (_, some) = batch.cost_and_gradient(&*found, &lambda, workspace).unwrap();
            optimizer.step(&mut found, some).unwrap();
        } else {
            let (j, whole) = expected.cost_and_gradient(&x, &y, &lambda).unwrap();
            by_hand(&mut *expected, of_each, learning, &whole);
            let of_step = optimizer.train(&mut found, &x, &y, &lambda, workspace).unwrap();
            assert_eq!(bits(&[of_step]), bits(&[j]), "J counts every Θ");
        }
        for (theta, (entries, _)) in parts(learning).enumerate() {
            let both = [&found, &expected].map(|net| bits(&net.parameters()[entries.clone()]));
            if both[0] != both[1] {
                return Some(format!("theta{} after step {step}, {learning:?}", theta + 1));
            }
        }
    }
    None
}

/// Every optimizer, by rate.
macro_rules! with_every_optimizer {
    ($N:ty, $check:expr) => {{
        let settings = |rate| AdamSettings { rate, epsilon: number(1e-3), ..Default::default() };
        $check(&|rate| GradientDescent::new(rate).unwrap());
        $check(&|rate| Momentum::<$N>::new(rate, number(0.9)).unwrap());
        $check(&|rate| Momentum::<$N>::new(rate, number(0.9)).unwrap().nesterov());
        $check(&|rate| Adagrad::<$N>::new(AdagradSettings { rate, ..Default::default() }).unwrap());
        $check(&|rate| RmsProp::<$N>::new(RmsPropSettings { rate, ..Default::default() }).unwrap());
        $check(&|rate| Adam::<$N>::new(settings(rate)).unwrap());
        $check(&|rate| AdamW::<$N>::new(settings(rate), number(0.1)).unwrap());
    }};
}

const RATE: f64 = 0.01;

fn of_each<N: FloatNetwork, O: Optimizer<N> + 'static>(
    make: &dyn Fn(N::Scalar) -> O,
    learning: &Learning<N>,
) -> Vec<Box<dyn Optimizer<N>>> {
    let rates = learning.rates().iter();
    let rates = rates.map(|factor| number::<N::Scalar>(RATE) * factor.unwrap_or(number(1.0)));
    rates.map(|rate| Box::new(make(rate)) as Box<dyn Optimizer<N>>).collect()
}

/// Two threads; who calls alone, where the system gives none and that is said.
fn two_threads() -> Threads {
    let mut threads = Threads::new(2);
    if cfg!(target_family = "wasm") {
        assert!(matches!(threads, Err(Error::Setting { name: "threads", .. })));
        threads = Threads::new(1);
    }
    threads.unwrap().with_grain(0)
}

fn is_by_hand<N: FloatNetwork, const HIDDEN: usize, O: ByLayer<N> + 'static>(
    counts: &[usize],
    make: &dyn Fn(N::Scalar) -> O,
) {
    let mut shared = Workspace::boxed();
    shared.set_threads(&two_threads());
    for workspace in [Workspace::boxed(), shared].iter_mut() {
        for learning in all_ways::<N>() {
            for &m in counts {
                let mut of_each = of_each(make, &learning);
                let mut optimizer = learning.clone().by(make(number(RATE)));
                let (by, of_each) = (&mut optimizer, &mut of_each);
                let wrong = what_is_wrong::<N, HIDDEN>(by, of_each, &learning, m, workspace);
                assert_eq!(wrong, None, "{} with {m} examples", N::NAME);
            }
        }
    }
}

/// The instruction set is one for all tests: as long as bits are compared, it is to stay.
fn on_the_best_set(run: impl Fn()) {
    on_every_set(|set| {
        if set == InstructionSet::best() {
            run();
        }
    });
}

#[test]
fn what_learns_moves_as_alone_and_the_rest_keeps_its_bits() {
    on_every_set(|_| {
        with_every_optimizer!(Small<f64>, (|make| is_by_hand::<Small<f64>, 2, _>(&[9], make)));
    });
}

/// Apart from the one above, so that they run side by side.
#[test]
fn what_learns_in_registers_and_in_parts_moves_as_alone() {
    on_the_best_set(|| {
        with_every_optimizer!(Tiny<f32>, (|make| is_by_hand::<Tiny<f32>, 2, _>(&[5, 1100], make)));
        with_every_optimizer!(Parts<f32>, (|make| is_by_hand::<Parts<f32>, 2, _>(&[3, 260], make)));
    });
}

/// One error in an optimizer that is otherwise right.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Slip {
    None,
    FrozenGradientApplied,
    FrozenThetaDecays,
    RateForgotten,
    RateOfTheLayerBehind,
}

struct Slipping<N: Network> {
    learning: Learning<N>,
    optimizer: AdamW<N>,
    slip: Slip,
}

impl Optimizer<Small<f64>> for Slipping<Small<f64>> {
    fn step(&mut self, net: &mut Small<f64>, gradient: &Gradient<Small<f64>>) -> Result<(), Error> {
        let learning = match self.slip {
            Slip::FrozenGradientApplied | Slip::FrozenThetaDecays => {
                Learning::all().rate::<L1>(0.25)?
            }
            Slip::RateForgotten => Learning::all().freeze::<L2>(),
            Slip::RateOfTheLayerBehind => Learning::all().freeze::<L2>().rate::<L3>(0.25)?,
            Slip::None => self.learning.clone(),
        };
        self.optimizer.step_by_layer(net, gradient, &learning)
    }

    fn learning(&self) -> Option<&Learning<Small<f64>>> {
        Some(&self.learning).filter(|_| self.slip != Slip::FrozenGradientApplied)
    }

    fn rate(&self) -> f64 {
        *self.optimizer.rate()
    }

    fn set_rate(&mut self, rate: f64) -> Result<(), Error> {
        self.optimizer.set_rate(rate)
    }
}

#[test]
fn planted_slips_are_caught() {
    let learning = Learning::all().freeze::<L2>().rate::<L1>(0.25).unwrap();
    let make = |rate| {
        let settings = AdamSettings { rate, ..AdamSettings::default() };
        AdamW::<Small<f64>>::new(settings, 0.1).unwrap()
    };
    let wrong = |slip| {
        let mut of_each = of_each(&make, &learning);
        let mut slipping = Slipping { learning: learning.clone(), optimizer: make(RATE), slip };
        let workspace = &mut Workspace::boxed();
        what_is_wrong::<_, 2>(&mut slipping, &mut of_each, &learning, 9, workspace)
    };
    let slips = [
        (Slip::FrozenGradientApplied, "theta2"),
        (Slip::FrozenThetaDecays, "theta2"),
        (Slip::RateForgotten, "theta1"),
        (Slip::RateOfTheLayerBehind, "theta1"),
    ];
    on_the_best_set(|| {
        assert_eq!(wrong(Slip::None), None);
        for (slip, theta) in slips {
            let wrong = wrong(slip).unwrap();
            assert!(wrong.starts_with(theta), "{slip:?}: {wrong}");
        }
    });
}

/// J and ∇J by all calls: the bits of the whole gradient where it learns, 0 elsewhere, whatever lay there.
fn gradients_of_what_learns<N: FloatNetwork>(m: usize) {
    let (net, lambda) = (N::boxed_seeded(1), Regularization::coursera(number(0.3)));
    let (x, y) = examples::<N>(m, 2);
    let (mut workspace, mut shared) = (Workspace::boxed(), Workspace::boxed());
    shared.set_threads(&two_threads());
    let mut inside = InsideWorkspace::boxed();
    let outer = |first: usize, outputs: &[N::Target], dj_da: &mut [N::Target]| {
        let (a, y) = (N::Target::flat(outputs), N::Target::flat(&y[first..]));
        for ((dj_da, &a), &y) in N::Target::flat_mut(dj_da).iter_mut().zip(a).zip(y) {
            *dj_da = a - y;
        }
    };
    let (j, whole) = net.cost_and_gradient(&x, &y, &lambda).unwrap();
    let batch = Batch::new(&x, &y);
    let of_batch = batch.cost_and_gradient(&*net, &lambda, &mut workspace).unwrap().1.boxed_clone();
    let mut whole_dj_dx = x.clone();
    let of_x = Some(&mut *whole_dj_dx);
    let from = net.gradient_from(&x, of_x, &lambda, &mut inside, outer).unwrap().boxed_clone();
    for learning in all_ways::<N>() {
        let expected = |whole: &Gradient<N>| {
            let mut expected = whole.boxed_clone();
            of_what_learns(&learning, &mut expected);
            bits(expected.parameters())
        };
        for workspace in [&mut workspace, &mut shared] {
            let (of_all, found) =
                learning.cost_and_gradient_in(&net, &x, &y, &lambda, workspace).unwrap();
            assert_eq!(bits(&[of_all]), bits(&[j]));
            assert!(bits(found.parameters()) == expected(&whole), "{learning:?}, m = {m}");
            found.parameters_mut().fill(number(f64::NAN));
            let batch = Batch::new(&x, &y).with_learning(&learning);
            let (_, found) = batch.cost_and_gradient(&*net, &lambda, workspace).unwrap();
            assert!(bits(found.parameters()) == expected(&of_batch), "{learning:?}, m = {m}");
            found.parameters_mut().fill(number(f64::NAN));
        }
        let mut dj_dx = x.clone();
        for of_x in [None, Some(&mut *dj_dx)] {
            let found = learning.gradient_from(&net, &x, of_x, &lambda, &mut inside, outer);
            let found = found.unwrap();
            assert!(bits(found.parameters()) == expected(&from), "{learning:?}, m = {m}");
            found.parameters_mut().fill(number(f64::NAN));
        }
        assert!(bits(N::Input::flat(&dj_dx)) == bits(N::Input::flat(&whole_dj_dx)));
    }
}

#[test]
fn gradients_have_the_bits_of_the_whole_one_where_it_learns() {
    on_every_set(|_| {
        gradients_of_what_learns::<Small<f64>>(9);
        gradients_of_what_learns::<Tiny<f64>>(3);
    });
    on_the_best_set(|| {
        gradients_of_what_learns::<Small<f64>>(650);
        gradients_of_what_learns::<Tiny<f64>>(3100);
        gradients_of_what_learns::<Parts<f32>>(130);
    });
}

/// What is clipped is what learns.
#[test]
fn a_training_leaves_what_is_frozen() {
    on_the_best_set(trains);
}

fn trains() {
    let (x, y) = examples::<Small<f64>>(12, 1);
    let (dropout, clip) = (Dropout::new([0.2, 0.1], 4).unwrap(), Clip::norm(0.01).unwrap());
    let learning = Learning::all().freeze::<L1>().rate::<L3>(0.5).unwrap();
    let weights = [2.0; 12];
    let adam = || Adam::<Small<f64>>::new(AdamSettings::default()).unwrap();
    let (mut found, mut by_hand) = (Small::<f64>::seeded(2), Small::<f64>::seeded(2));
    let fit = Fit::new().epochs(1).batch(4).in_order().weights(&weights).dropout(&dropout);
    fit.clip(clip).run(&mut found, &mut learning.clone().by(adam()), &x, &y).unwrap();
    let (mut optimizer, mut workspace) = (adam(), Workspace::boxed());
    for step in 0..3 {
        let batch = Batch::new(&x[4 * step..][..4], &y[4 * step..][..4]);
        let batch = batch.with_weights(&weights[..4]).with_dropout(&dropout, step as u64);
        let none = Regularization::none();
        let (_, gradient) = batch.cost_and_gradient(&by_hand, &none, &mut workspace).unwrap();
        of_what_learns(&learning, gradient);
        assert!(gradient.norm() > 0.01);
        clip.apply(gradient);
        optimizer.step_by_layer(&mut by_hand, gradient, &learning).unwrap();
    }
    assert!(bits(found.parameters()) == bits(by_hand.parameters()));
    assert_ne!(found.theta3.bias[0], Small::<f64>::seeded(2).theta3.bias[0]);

    // Frozen as a whole: J, and nothing moves.
    let mut still = Learning::all().freeze::<L1>().freeze::<L2>().freeze::<L3>().by(adam());
    let history = Fit::new().epochs(2).run(&mut found, &mut still, &x, &y).unwrap();
    assert!(bits(found.parameters()) == bits(by_hand.parameters()));
    let [first, second] = [0, 1].map(|epoch| history.epochs()[epoch].j);
    assert!((first - second).abs() < 1e-15, "{first} and {second}");
}

#[test]
fn other_scalars_learn_in_parts_too() {
    let (x, y) = examples::<Small<Dual64>>(3, 1);
    let none = Regularization::article(Dual64::from(0.1));
    let learning = || Learning::all().freeze::<L2>().rate::<L3>(Dual64::from(0.5)).unwrap();
    let descent = || GradientDescent::new(Dual64::from(0.1)).unwrap();
    let (mut net, before) = (Small::<Dual64>::seeded(1), Small::<Dual64>::seeded(1));
    let mut workspace = Workspace::boxed();
    let (_, found) = learning().cost_and_gradient_in(&net, &x, &y, &none, &mut workspace).unwrap();
    let (_, whole) = net.cost_and_gradient(&x, &y, &none).unwrap();
    assert!(found.theta2.parameters().iter().all(|entry| entry.re == 0.0));
    assert!(found.theta1 == whole.theta1 && found.theta3 == whole.theta3);
    learning().by(descent()).train(&mut net, &x, &y, &none, &mut workspace).unwrap();
    let mut expected = before.boxed_clone();
    descent().step(&mut *expected, &*whole).unwrap();
    assert!(net.theta2 == before.theta2 && net.theta1 == expected.theta1);
    let moved = (net.theta3.bias[0] - before.theta3.bias[0]).re;
    let whole = (expected.theta3.bias[0] - before.theta3.bias[0]).re;
    assert!((moved - 0.5 * whole).abs() < 1e-15, "{moved} of {whole}");
}

#[test]
fn what_learns_is_compared_and_written_by_its_rates() {
    let ways = all_ways::<Tiny<f32>>();
    for (i, one) in ways.iter().enumerate() {
        for (j, other) in ways.iter().enumerate() {
            assert_eq!(one == other, i == j, "{one:?} and {other:?}");
        }
    }
    assert_eq!(format!("{:?}", ways[3]), "Learning<Tiny>[Some(0.25), None, Some(1.0)]");
}

#[test]
fn what_is_saved_is_the_optimizers_and_the_rates() {
    let [_, _, _, learning, ..] = &all_ways::<Tiny<f32>>()[..] else { unreachable!() };
    let mut momentum = Momentum::<Tiny<f32>>::new(0.1, 0.9).unwrap();
    let seen = |optimizer: &mut dyn Optimizer<Tiny<f32>>| {
        let mut seen = Vec::new();
        optimizer.visit_settings(&mut |name, &value| seen.push((name, vec![value])));
        optimizer.visit_state(&mut |name, values| seen.push((name, values.to_vec())));
        seen
    };
    let mut expected = seen(&mut momentum);
    let rates = [("theta1", 0.25), ("theta2", 0.0), ("theta3", 1.0)];
    expected.splice(2..2, rates.map(|(name, rate)| (name, vec![rate])));
    assert_eq!(seen(&mut learning.clone().by(momentum)), expected);
}

#[test]
fn what_is_wrong_with_rates_and_gradients_is_named() {
    for factor in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = Learning::<Small<f64>>::all().rate::<L2>(factor).unwrap_err();
        assert!(matches!(error, Error::Setting { name: "rate of a layer", .. }), "{error}");
    }
    let (mut net, before) = (Small::<f64>::seeded(1), Small::<f64>::seeded(1));
    let adam = || Adam::<Small<f64>>::new(AdamSettings::default()).unwrap();
    let mut gradient = Gradient::<Small<f64>>::zeros();
    gradient.theta1.bias[3] = f64::NAN;
    gradient.theta3.weights[(1, 2)] = f64::INFINITY;
    let mut by = Learning::all().freeze::<L1>().by(adam());
    let error = by.step(&mut net, &gradient).unwrap_err();
    assert!(matches!(error, Error::Gradient { theta: 3, row: 1, column: 3, .. }), "{error}");
    assert!(bits(net.parameters()) == bits(before.parameters()) && by.optimizer == adam());
    by.learning = Learning::all().freeze::<L1>().freeze::<L3>();
    by.step(&mut net, &gradient).unwrap();

    // A rate that is none with its factor, by both ways.
    let mut by = Learning::all().rate::<L2>(1e300).unwrap().by(adam());
    by.set_rate(1e100).unwrap();
    let (x, y) = examples::<Small<f64>>(3, 1);
    let (none, mut workspace) = (Regularization::none(), Workspace::boxed());
    for error in [
        by.step(&mut net, &Gradient::<Small<f64>>::zeros()).unwrap_err(),
        by.train(&mut net, &x, &y, &none, &mut workspace).unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "learning rate of a layer is inf; it must be finite");
    }
    assert!(bits(net.parameters()) == bits(before.parameters()));
}

/// A step in parts, each by an optimizer that keeps its own entries, is the step.
#[test]
fn a_step_within_some_entries_is_that_part_of_the_step() {
    on_every_set(|_| steps_within());
}

fn steps_within() {
    let (x, y) = examples::<Small<f32>>(40, 1);
    let mut gradient = Small::<f32>::seeded(2).cost_and_gradient(&x, &y, &Regularization::none());
    let gradient = &mut *gradient.as_mut().unwrap().1;
    let adam = || Adam::<Small<f32>>::new(AdamSettings::default()).unwrap();
    for (way, learning) in all_ways::<Small<f32>>().into_iter().enumerate() {
        let (mut whole, mut by) = (Small::<f32>::seeded(1), learning.clone().by(adam()));
        let parts = [0..1, 1..100, 100..102, 102..Small::<f32>::PARAMETERS, 9_000..10_000];
        let mut ours =
            parts.clone().map(|_| (Small::<f32>::seeded(1), learning.clone().by(adam())));
        for _ in 0..2 {
            by.step(&mut whole, &*gradient).unwrap();
            for ((net, by), part) in ours.iter_mut().zip(&parts) {
                let within = Learning::all().within(part.clone());
                by.step_by_layer(net, gradient, &within).unwrap();
            }
        }
        let before = Small::<f32>::seeded(1);
        for ((net, _), part) in ours.iter().zip(&parts) {
            for (entry, theta) in net.parameters().iter().enumerate() {
                let expected = if part.contains(&entry) { &whole } else { &before };
                assert_eq!(
                    theta.to_bits(),
                    expected.parameters()[entry].to_bits(),
                    "{way}, {entry}"
                );
            }
        }
    }
}
