//! Training: `Fit` against loops by hand, and what it does when something is wrong.

use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::rand::seq::SliceRandom;
use constprop::train::{
    Confusion, Control, EarlyStopping, End, Fit, accuracy, mean_absolute_error, r2, top_k,
};
use constprop::{Batch, Clip, Dropout, Error, ExampleFault, Plateau, Schedule};

network! {
    #[derive(Clone)]
    pub struct Net(3 => 8 Tanh => 2 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
}

network! {
    #[derive(Clone, PartialEq)]
    pub struct Deep(2 => 6 Tanh => 5 Relu => 1 Identity) minimizing HalfSquaredError;
}

type Examples<X, Y> = (Vec<X>, Vec<Y>);

/// Two classes, apart by a plane but for some noise.
fn classes(m: usize, seed: u64) -> Examples<[f32; 3], [f32; 2]> {
    let mut rng = constprop::rng(seed);
    let x: Vec<[f32; 3]> =
        (0..m).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    let y = x
        .iter()
        .map(|x| {
            let noise: f32 = rng.random_range(-0.2..0.2);
            one_hot(usize::from(x[0] + 0.5 * x[1] - x[2] + noise > 0.0)).unwrap()
        })
        .collect();
    (x, y)
}

fn adam<N: Network>() -> Adam<N> {
    Adam::new(AdamSettings { rate: nalgebra::convert(0.01), ..AdamSettings::default() }).unwrap()
}

/// The order of an epoch, as `Fit` documents its random numbers.
fn order(m: usize, seed: u64, epoch: u64) -> Vec<usize> {
    let mut rng = constprop::rng(seed);
    rng.set_stream(4 * epoch);
    let mut order: Vec<usize> = (0..m).collect();
    order.shuffle(&mut rng);
    order
}

/// J, rates and parameters are those of the loop that one would write.
#[test]
fn it_is_the_loop_by_hand() {
    let (x, y) = classes(50, 1);
    let (schedule, lambda) =
        (Schedule::cosine(3.0).unwrap().with_warm_up(1.0).unwrap(), Regularization::article(1e-3));
    let [mut by_fit, mut by_hand] = [Net::<f32>::seeded(1), Net::<f32>::seeded(1)];
    let mut optimizer = adam();
    let history = Fit::new()
        .epochs(3)
        .batch(16)
        .seed(7)
        .schedule(schedule)
        .regularization(lambda)
        .run(&mut by_fit, &mut optimizer, &x, &y)
        .unwrap();
    assert_eq!(*optimizer.rate(), 0.01);

    let (mut optimizer, mut workspace) = (adam(), Workspace::boxed());
    for epoch in 0..3_u8 {
        let order = order(50, 7, epoch.into());
        let mut sum = 0.0;
        for (number, batch) in order.chunks(16).enumerate() {
            let xs: Vec<_> = batch.iter().map(|&example| x[example]).collect();
            let ys: Vec<_> = batch.iter().map(|&example| y[example]).collect();
            let t = f64::from(epoch) + (number as f64 + 0.5) / 4.0;
            optimizer.set_rate((f64::from(0.01_f32) * schedule.factor(t)) as f32).unwrap();
            let j = optimizer.train(&mut by_hand, &xs, &ys, &lambda, &mut workspace).unwrap();
            sum += f64::from(j) * batch.len() as f64;
        }
        let found = history.epochs()[usize::from(epoch)];
        assert_eq!(found.number, usize::from(epoch) + 1);
        assert_eq!(found.j, sum / 50.0);
        assert_eq!(found.rate, f64::from(*optimizer.rate()));
        assert_eq!(found.validation_j, None);
    }
    assert!(by_fit.parameters() == by_hand.parameters());
    assert_eq!((history.end(), history.best()), (End::Epochs, Some(3)));
}

#[test]
fn weights_dropout_and_clipping_are_those_of_a_batch() {
    let (x, y) = classes(20, 2);
    let (weights, of_class) = (vec![0.5_f32; 20], [1.0, 3.0]);
    let (dropout, clip) = (Dropout::new([0.25], 3).unwrap(), Clip::norm(0.05).unwrap());
    let [mut by_fit, mut by_hand] = [Net::<f32>::seeded(1), Net::<f32>::seeded(1)];
    let mut descent = GradientDescent::new(0.5).unwrap();
    let fit = Fit::new().epochs(2).batch(8).in_order().weights(&weights).class_weights(&of_class);
    fit.dropout(&dropout).clip(clip).run(&mut by_fit, &mut descent, &x, &y).unwrap();

    let mut workspace = Workspace::boxed();
    for step in 0..6 {
        let batch = [0..8, 8..16, 16..20][step % 3].clone();
        let (xs, ys) = (&x[batch.clone()], &y[batch]);
        let ws: Vec<f32> = ys.iter().map(|y| if y[1] == 1.0 { 1.5 } else { 0.5 }).collect();
        let batch = Batch::new(xs, ys).with_weights(&ws).with_dropout(&dropout, step as u64);
        let none = Regularization::none();
        let (_, gradient) = batch.cost_and_gradient(&by_hand, &none, &mut workspace).unwrap();
        assert!(gradient.norm() > 0.05, "nothing to clip");
        clip.apply(gradient);
        descent.step(&mut by_hand, gradient).unwrap();
    }
    assert!(by_fit.parameters() == by_hand.parameters());
}

#[test]
fn a_seed_is_a_course() {
    let (x, y) = classes(40, 3);
    let course = |seed: u64| {
        let mut net = Net::<f32>::seeded(1);
        let fit = Fit::new().epochs(3).batch(7).seed(seed).validation_split(0.3);
        let history = fit.metric("accuracy", accuracy).run(&mut net, &mut adam(), &x, &y).unwrap();
        (net.parameters().to_vec(), history)
    };
    assert!(course(5) == course(5));
    assert!(course(5) != course(6));
}

/// Every example once an epoch, in another order each time, and none of those that validate.
#[test]
fn an_epoch_sees_every_example_once() {
    let x: Vec<[f64; 1]> = (0..100).map(|i| [f64::from(i) / 100.0]).collect();
    let seen = std::cell::RefCell::new(Vec::new());
    let mut net = Line::seeded(1);
    Fit::new()
        .epochs(3)
        .batch(8)
        .validation_split(0.25)
        .augment(|x: &mut [f64; 1], _| seen.borrow_mut().push((x[0] * 100.0).round() as usize))
        .run(&mut net, &mut GradientDescent::new(0.01).unwrap(), &x, &x)
        .unwrap();
    let seen = seen.into_inner();
    let epochs: Vec<&[usize]> = seen.chunks(75).collect();
    assert_eq!(epochs.len(), 3);
    assert!(epochs[0] != epochs[1] && epochs[1] != epochs[2]);
    let sorted = |epoch: &[usize]| {
        let mut epoch = epoch.to_vec();
        epoch.sort_unstable();
        epoch.dedup();
        epoch
    };
    assert_eq!(sorted(epochs[0]).len(), 75);
    assert!(sorted(epochs[0]) == sorted(epochs[1]) && sorted(epochs[1]) == sorted(epochs[2]));
}

/// What augmentation draws is its own, and changes neither order nor data.
#[test]
fn augmentation_is_seeded() {
    let (x, y) = classes(30, 3);
    let course = |seed: u64| {
        let mut net = Net::<f32>::seeded(1);
        let fit = Fit::new().epochs(2).seed(seed);
        let fit = fit.augment(|x: &mut [f32; 3], rng| x[0] += rng.random_range(-0.1..0.1));
        fit.run(&mut net, &mut adam(), &x, &y).unwrap();
        net.parameters().to_vec()
    };
    assert!(course(1) == course(1) && course(1) != course(2));
}

#[test]
fn what_validates_is_not_trained_with() {
    let (x, y) = classes(60, 4);
    let (vx, vy) = classes(30, 5);
    let mut net = Net::<f32>::seeded(1);
    let fit = Fit::new().epochs(2).validation(&vx, &vy).metric("accuracy", accuracy);
    let history = fit.watch_training().run(&mut net, &mut adam(), &x, &y).unwrap();
    let last = history.epochs()[1];
    let expected = net.cost(&vx, &vy, &Regularization::none()).unwrap();
    assert_eq!(last.validation_j, Some(f64::from(expected)));
    let right = accuracy(&net.predict_many(&vx).unwrap(), &vy);
    assert_eq!(history.metric("accuracy", 2), Some(right));
    let right = accuracy(&net.predict_many(&x).unwrap(), &y);
    assert_eq!(history.training_metric("accuracy", 2), Some(right));
    assert_eq!(history.metric("accuracy", 0), None);
    assert_eq!(history.metric("accuracy", 3), None);
    assert_eq!(history.metric("r2", 1), None);
    let csv = history.to_csv();
    let head = "epoch,rate,j,validation_j,accuracy,validation_accuracy";
    assert_eq!(csv.lines().next(), Some(head));
    assert_eq!(csv.lines().count(), 3);
    let line = csv.lines().nth(2).unwrap();
    let fields: Vec<f64> = line.split(',').map(|field| field.parse().unwrap()).collect();
    assert_eq!(fields[..4], [2.0, last.rate, last.j, f64::from(expected)]);

    // The same with a split: what is left of a split is all that is trained with.
    let mut net = Net::<f32>::seeded(1);
    let fit = Fit::new().epochs(1).validation_split(0.5).metric("accuracy", accuracy);
    let history = fit.watch_training().run(&mut net, &mut adam(), &x, &y).unwrap();
    assert!(history.training_metric("accuracy", 1).is_some());
}

/// J falls, then rises: training ends `patience` epochs behind the least J, with its parameters.
#[test]
fn it_stops_early_and_goes_back() {
    // y = 0 for the one example trained with, and for the one that validates y = 1: J of that one
    // has its least where the line passes 1 on its way down from 2.
    let (x, y, vy) = ([[0.0]], [[0.0]], [[1.0]]);
    let start = || Line::new(Theta::new([2.0], [[0.0]]));
    let mut descent = GradientDescent::new(0.1_f64).unwrap();
    let mut net = start();
    let fit = Fit::new().epochs(100).validation(&x, &vy);
    let history =
        fit.early_stopping(EarlyStopping::patience(3)).run(&mut net, &mut descent, &x, &y).unwrap();
    // 2 · 0.9ⁿ is nearest to 1 at n = 7.
    assert_eq!((history.best(), history.epochs().len(), history.end()), (Some(7), 10, End::Early));
    assert!((net.theta1.bias[0] - 2.0 * 0.9_f64.powi(7)).abs() < 1e-15);

    let mut net = start();
    let early = EarlyStopping::patience(3).keep_last();
    let fit = Fit::new().epochs(100).validation(&x, &vy).early_stopping(early);
    fit.run(&mut net, &mut descent, &x, &y).unwrap();
    assert!((net.theta1.bias[0] - 2.0 * 0.9_f64.powi(10)).abs() < 1e-15);

    // Every step counts for less than is asked for: the best is the last all the same.
    let early = EarlyStopping::patience(2).least_progress(10.0);
    let history = Fit::new()
        .epochs(100)
        .early_stopping(early)
        .run(&mut start(), &mut descent, &x, &y)
        .unwrap();
    assert_eq!((history.best(), history.epochs().len()), (Some(3), 3));
}

#[test]
fn a_plateau_makes_the_rate_smaller() {
    // Nothing to learn: J is 0 from the beginning.
    let mut net = Line::<f64>::zeros();
    let plateau = Plateau::new(0.5, 1).unwrap();
    let fit = Fit::new().epochs(6).reduce_on_plateau(plateau);
    let mut descent = GradientDescent::new(0.8).unwrap();
    let history = fit.run(&mut net, &mut descent, &[[1.0]], &[[0.0]]).unwrap();
    let rates: Vec<f64> = history.epochs().iter().map(|epoch| epoch.rate).collect();
    assert_eq!(rates, [0.8, 0.8, 0.8, 0.4, 0.4, 0.2]);
    assert_eq!(*descent.rate(), 0.8);
}

#[test]
fn a_callback_steers() {
    let mut net = Line::<f64>::zeros();
    let mut descent = GradientDescent::new(0.1).unwrap();
    let mut lines = Vec::new();
    let fit = Fit::new().epochs(10).metric("MAE", mean_absolute_error).on_epoch(|progress| {
        lines.push(progress.line());
        match progress.epoch.number {
            1 => Control::Rate(0.2),
            3 => Control::Stop,
            _ => Control::Continue,
        }
    });
    let history = fit.run(&mut net, &mut descent, &[[0.0]], &[[1.0]]).unwrap();
    assert_eq!(history.end(), End::Callback);
    let rates: Vec<f64> = history.epochs().iter().map(|epoch| epoch.rate).collect();
    assert_eq!(rates, [0.1, 0.2, 0.2]);
    assert_eq!(lines[0], "epoch  1/10   J 0.5000   MAE 0.9000");
    assert_eq!(lines.len(), 3);
}

/// J of y in other units is not printed as 0, nor with thirty digits.
#[test]
fn a_line_shows_numbers_of_any_size() {
    for (y, expected) in [
        (1e-3, "epoch 1/1   J 5.000e-7   validation 4.050e-7   MAE 9.000e-4"),
        (0.2, "epoch 1/1   J 0.0200   validation 0.0162   MAE 0.1800"),
        (-1.0, "epoch 1/1   J 0.5000   validation 0.4050   MAE 0.9000"),
        (1e6, "epoch 1/1   J 5.000e11   validation 4.050e11   MAE 900000.0000"),
        (0.0, "epoch 1/1   J 0.0000   validation 0.0000   MAE 0.0000"),
    ] {
        let mut lines = Vec::new();
        let mut descent = GradientDescent::new(0.1).unwrap();
        let (x, y) = ([[0.0]], [[y]]);
        let fit = Fit::new().epochs(1).validation(&x, &y).metric("MAE", mean_absolute_error);
        let fit = fit.on_epoch(|progress| {
            lines.push(progress.line());
            Control::Continue
        });
        fit.run(&mut Line::<f64>::zeros(), &mut descent, &x, &y).unwrap();
        assert_eq!(lines, [expected]);
    }
}

/// A rate that is none, for the network's scalar, ends the training behind that epoch.
#[test]
fn a_callback_asks_for_a_rate_that_there_is() {
    for asked in [1e300, 1e-300, f64::INFINITY, f64::NAN, 0.0, -1.0] {
        let mut net = Line::<f32>::zeros();
        let mut descent = GradientDescent::new(0.1_f32).unwrap();
        let fit = Fit::<Line<f32>>::new().epochs(3).on_epoch(|_| Control::Rate(asked));
        let error = fit.run(&mut net, &mut descent, &[[0.0]], &[[1.0]]).unwrap_err().error;
        let Error::Setting { name: "learning rate", value, .. } = error else { panic!("{error}") };
        assert!(value == f64::from(asked as f32) || asked.is_nan() && value.is_nan());
        assert_eq!(net.parameters(), [0.1, 0.0]);
        assert_eq!(*descent.rate(), 0.1);
    }
}

/// The parameters are finite, and the epoch, the batch and the layer are named.
#[test]
fn what_diverges_is_stopped() {
    let (x, y) = ([[1.0_f32], [2.0], [3.0]], [[1.0_f32], [0.0], [2.0]]);
    let mut net = Line::<f32>::zeros();
    let mut descent = GradientDescent::new(1e4_f32).unwrap();
    let fit = Fit::new().epochs(100).batch(1).in_order();
    let error = fit.run(&mut net, &mut descent, &x, &y).unwrap_err().error;
    let Error::Diverged { epoch, batch, layer } = error else { panic!("{error}") };
    assert!(net.check_parameters().is_ok());
    assert_eq!(*descent.rate(), 1e4);
    // The same loop by hand ends at the same step.
    let (mut by_hand, mut workspace) = (Line::<f32>::zeros(), Workspace::new());
    let none = Regularization::none();
    let end = (0..300).find_map(|step| {
        let [x, y] = [[x[step % 3]], [y[step % 3]]];
        let result = descent.train(&mut by_hand, &x, &y, &none, &mut workspace);
        result.err().map(|error| (step, error))
    });
    let (step, error) = end.unwrap();
    assert_eq!((epoch, batch), (step / 3 + 1, step % 3));
    let expected = match error {
        Error::CostNotFinite { .. } => 2,
        Error::Gradient { theta, .. } => theta,
        other => panic!("{other}"),
    };
    assert_eq!(layer, expected);
    assert!(net.parameters() == by_hand.parameters());
    let text = Error::Diverged { epoch: 3, batch: 0, layer: 2 }.to_string();
    assert_eq!(text, "training diverged in epoch 3, batch 0: layer 2 is not finite");
}

/// A step that is itself too long leaves no finite parameters: those of before come back.
#[test]
fn a_step_that_overflows_is_taken_back() {
    let mut net = Line::<f32>::zeros();
    let mut descent = GradientDescent::new(3e38_f32).unwrap();
    let fit = Fit::new().epochs(5);
    let error = fit.run(&mut net, &mut descent, &[[2.0]], &[[4.0]]).unwrap_err().error;
    assert_eq!(error, Error::Diverged { epoch: 1, batch: 0, layer: 1 });
    assert_eq!(net.parameters(), [0.0, 0.0]);
}

/// Momentum, of which one step goes too far.
struct TooFar {
    momentum: Momentum<Deep<f32>>,
    steps: [f32; 1],
    too_far: f32,
}

impl Optimizer<Deep<f32>> for TooFar {
    fn step(&mut self, net: &mut Deep<f32>, gradient: &Gradient<Deep<f32>>) -> Result<(), Error> {
        self.momentum.step(net, gradient)?;
        self.steps[0] += 1.0;
        if self.steps[0] == self.too_far {
            // In Θ⁽²⁾, behind the 18 parameters of Θ⁽¹⁾.
            net.parameters_mut()[20] = f32::INFINITY;
        }
        Ok(())
    }

    fn rate(&self) -> f32 {
        *self.momentum.rate()
    }

    fn set_rate(&mut self, rate: f32) -> Result<(), Error> {
        Optimizer::set_rate(&mut self.momentum, rate)
    }

    fn visit_state(&mut self, visit: &mut dyn FnMut(&'static str, &mut [f32])) {
        self.momentum.visit_state(visit);
        visit("steps", &mut self.steps);
    }
}

/// Anywhere in an epoch: parameters and state are those before the step that went too far.
#[test]
fn the_steps_before_one_that_overflows_stay() {
    let (x, y) = ([[0.5_f32, -0.25], [0.1, 0.9], [-0.7, 0.2], [0.4, 0.4]], [[0.5_f32]; 4]);
    let optimizer = || Momentum::new(0.01, 0.9).unwrap();
    for too_far in 1..=8_usize {
        let mut by_hand = (Deep::<f32>::seeded(2), optimizer());
        let (none, mut workspace) = (Regularization::none(), Workspace::boxed());
        for step in 0..too_far - 1 {
            let (x, y) = ([x[step % 4]], [y[step % 4]]);
            by_hand.1.train(&mut by_hand.0, &x, &y, &none, &mut workspace).unwrap();
        }

        let mut net = Deep::<f32>::seeded(2);
        let mut optimizer = TooFar { momentum: optimizer(), steps: [0.0], too_far: too_far as f32 };
        let fit = Fit::new().epochs(2).batch(1).in_order();
        let error = fit.run(&mut net, &mut optimizer, &x, &y).unwrap_err().error;
        let (epoch, batch) = ((too_far - 1) / 4 + 1, (too_far - 1) % 4);
        assert_eq!(error, Error::Diverged { epoch, batch, layer: 2 });
        assert!(net.parameters() == by_hand.0.parameters(), "{too_far}");
        assert!(optimizer.momentum == by_hand.1, "{too_far}");
    }
}

#[test]
fn bad_input_is_refused() {
    let (x, y) = classes(10, 1);
    let start = Net::<f32>::seeded(1);
    let error = |fit: Fit<'_, Net<f32>>, x: &[[f32; 3]], y: &[[f32; 2]]| {
        let mut net = start.clone();
        let error = fit.run(&mut net, &mut adam(), x, y).unwrap_err().error;
        assert!(net.parameters() == start.parameters());
        error
    };
    let text = error(Fit::new().batch(0), &x, &y).to_string();
    assert_eq!(text, "batch is 0; it must be at least 1");
    assert_eq!(error(Fit::new(), &[], &[]), Error::NoExamples);
    let counts = Error::ExampleCounts { inputs: 10, targets: 9 };
    assert_eq!(error(Fit::new(), &x, &y[..9]), counts);
    for share in [1.0, -0.1, f64::NAN, 0.96] {
        let error = error(Fit::new().validation_split(share), &x, &y);
        assert!(matches!(error, Error::Setting { name: "validation split", .. }), "{error}");
    }
    let none = error(Fit::new().validation(&[], &[]), &x, &y);
    assert_eq!(none, Error::Validation(ExampleFault::NoExamples));
    let few = error(Fit::new().weights(&[1.0; 3]), &x, &y);
    assert_eq!(few.to_string(), "weights: 3 for 10 examples");
    let many = error(Fit::new().class_weights(&[1.0; 3]), &x, &y);
    assert_eq!(many.to_string(), "weights: 3 for 2 classes");
    let weight = error(Fit::new().class_weights(&[1.0, -1.0]), &x, &y);
    assert_eq!(weight, Error::ClassWeight { class: 1, value: -1.0 });
    let negative = [1.0, 1.0, -1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
    let weight = error(Fit::new().weights(&negative).class_weights(&[0.0, 0.0]), &x, &y);
    assert_eq!(weight, Error::Weight { example: 2, value: -1.0 });
    let large = [f32::MAX; 10];
    let weight = error(Fit::new().weights(&large).class_weights(&[2.0, 2.0]), &x, &y);
    // Nobody has handed in an infinite weight.
    let value = f64::from(f32::MAX);
    let class = usize::from(y[0][1] == 1.0);
    assert_eq!(weight, Error::WeightProduct { example: 0, value, class, of_class: 2.0 });
    let product = format!("is {value}, times 2 of its class {class}; the product must be finite");
    assert_eq!(weight.to_string(), format!("weight: that of example 0 {product}"));
    let mut bad = x.clone();
    bad[7][1] = f32::INFINITY;
    assert!(matches!(error(Fit::new(), &bad, &y), Error::Input { example: 7, entry: 1, .. }));
    let lambda = Regularization::article(f32::NAN);
    assert!(matches!(error(Fit::new().regularization(lambda), &x, &y), Error::Setting { .. }));

    // Nothing to do is no error, and a batch may be larger than all there is.
    let mut net = start.clone();
    let history = Fit::new().epochs(0).run(&mut net, &mut adam(), &x, &y).unwrap();
    assert!(history.epochs().is_empty() && history.best().is_none());
    assert!(net.parameters() == start.parameters());
    Fit::new().batch(usize::MAX).epochs(1).run(&mut net, &mut adam(), &x, &y).unwrap();
}

#[cfg(feature = "plot")]
#[test]
fn curves_are_drawn() {
    use constprop::train::{History, PlotError};
    let (x, y) = classes(40, 3);
    let folder = std::env::temp_dir().join(format!("constprop-curves-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut net = Net::<f32>::seeded(1);
    let fit = Fit::new().epochs(4).validation_split(0.3).metric("accuracy", accuracy);
    let history = fit.watch_training().run(&mut net, &mut adam(), &x, &y).unwrap();
    let (png, svg) = (folder.join("curves.png"), folder.join("curves.SVG"));
    history.draw(&png).unwrap();
    history.draw(&svg).unwrap();
    let bytes = std::fs::read(&png).unwrap();
    // Two panels of 600 x 460, says the header.
    assert_eq!(bytes[..8], *b"\x89PNG\r\n\x1a\n");
    assert_eq!(bytes[16..24], [1200_u32.to_be_bytes(), 460_u32.to_be_bytes()].concat());
    let text = std::fs::read_to_string(&svg).unwrap();
    // Four curves, each with its line in a legend.
    assert!(text.starts_with("<svg") && text.matches("<polyline").count() >= 8);
    for word in ["accuracy", "validation", "training", "epoch"] {
        assert!(text.contains(word), "{word}");
    }
    let error = history.draw(folder.join("curves.gif")).unwrap_err();
    assert!(matches!(error, PlotError::Format { .. }), "{error}");
    let error = history.draw(folder.join("nowhere").join("curves.png")).unwrap_err();
    assert!(matches!(error, PlotError::Drawing { .. }), "{error}");
    assert!(matches!(History::default().draw(&png), Err(PlotError::NoEpochs)));
    std::fs::remove_dir_all(&folder).unwrap();

    // One epoch, and J = 0, are curves too.
    let mut net = Line::<f64>::zeros();
    let mut descent = GradientDescent::new(0.1).unwrap();
    let fit = Fit::new().epochs(1);
    let history = fit.run(&mut net, &mut descent, &[[1.0]], &[[0.0]]).unwrap();
    let flat = std::env::temp_dir().join(format!("constprop-flat-{}.png", std::process::id()));
    history.draw(&flat).unwrap();
    std::fs::remove_file(&flat).unwrap();
}

/// The figures are scikit-learn's (1.9: `accuracy_score`, `top_k_accuracy_score`, `confusion_matrix`,
/// `precision_score`, `recall_score`, `f1_score`, `r2_score`, `mean_absolute_error`).
#[test]
fn metrics_are_those_of_scikit_learn() {
    let h = [
        [0.1, 0.7, 0.2],
        [0.5, 0.3, 0.2],
        [0.2, 0.2, 0.6],
        [0.4, 0.35, 0.25],
        [0.1, 0.6, 0.3],
        [0.25, 0.35, 0.4],
        [0.8, 0.1, 0.1],
    ];
    let y: Vec<[f64; 3]> = [1, 0, 2, 1, 2, 0, 0].map(|class| one_hot(class).unwrap()).to_vec();
    let near = |found: f64, expected: f64| {
        assert!((found - expected).abs() < 1e-15, "{found}, not {expected}");
    };
    near(accuracy(&h, &y), 0.571_428_571_428_571_4);
    near(top_k::<2, _, _>(&h, &y), 0.857_142_857_142_857_2);
    near(top_k::<1, _, _>(&h, &y), accuracy(&h, &y));
    let confusion = Confusion::of(&h, &y);
    let counts: Vec<usize> = (0..9).map(|i| confusion.count(i / 3, i % 3)).collect();
    assert_eq!(counts, [2, 0, 1, 1, 1, 0, 0, 1, 1]);
    for (class, [p, r, f1]) in
        [[2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0], [0.5; 3], [0.5; 3]].into_iter().enumerate()
    {
        near(confusion.precision(class), p);
        near(confusion.recall(class), r);
        near(confusion.f1(class), f1);
    }
    near(confusion.macro_f1(), 0.555_555_555_555_555_6);
    assert_eq!((confusion.classes(), confusion.count(3, 0), confusion.f1(9)), (3, 0, 0.0));

    let h = [[1.5, -2.0], [0.25, 3.0], [4.0, 0.5], [2.0, 1.0]];
    let y = [[1.0, -1.0], [0.5, 2.5], [3.0, 0.0], [2.5, 2.0]];
    near(r2(&h, &y), 0.663_504_714_863_044_4);
    near(mean_absolute_error(&h, &y), 0.65625);
    assert_eq!(r2(&[[2.0], [2.0]], &[[2.0], [2.0]]), 1.0);
    assert_eq!(r2(&[[2.0], [3.0]], &[[2.0], [2.0]]), 0.0);

    assert_eq!(accuracy(&[[0.2], [0.7], [f64::NAN]], &[[0.0], [1.0], [1.0]]), 2.0 / 3.0);
    assert!(accuracy::<f64, [f64; 2]>(&[], &[]).is_nan());
    assert!(r2::<f64, [f64; 2]>(&[], &[]).is_nan());
    assert_eq!(top_k::<2, _, _>(&[[f64::NAN, 0.0, 0.0]], &[[1.0, 0.0, 0.0]]), 0.0);
}

/// As soon as an epoch makes no progress, and not before.
#[test]
fn no_patience_is_the_first_epoch_without_progress() {
    let mut net = Line::<f64>::zeros();
    let mut descent = GradientDescent::new(0.5).unwrap();
    let fit = Fit::new().epochs(9).early_stopping(EarlyStopping::patience(0).least_progress(0.01));
    let history = fit.run(&mut net, &mut descent, &[[0.0]], &[[1.0]]).unwrap();
    // J is 1/2, 1/8, 1/32, 1/128, 1/512, 1/2048: the last step is worth less than 0.01 of the first J,
    // and leads to the best all the same.
    assert_eq!(history.epochs().len(), 6);
    assert_eq!((history.end(), history.best()), (End::Early, Some(6)));
}

/// An example that `augment` has spoilt is named by its place among all.
#[test]
fn what_augment_spoils_is_named() {
    let x: Vec<[f32; 1]> = (0..20).map(|i| [i as f32]).collect();
    let y = [[0.0_f32]; 20];
    let mut net = Line::<f32>::zeros();
    let mut descent = GradientDescent::new(1e-4_f32).unwrap();
    let fit = Fit::<Line<f32>>::new().batch(3).augment(|x, _| {
        if x[0] == 13.0 {
            x[0] = f32::NAN;
        }
    });
    let error = fit.run(&mut net, &mut descent, &x, &y).unwrap_err().error;
    assert!(matches!(error, Error::Input { example: 13, entry: 0, .. }), "{error}");
}

#[test]
fn models_by_habit() {
    use constprop::train::{Classifier, Regressor};
    let (x, y) = classes(120, 3);
    let labels: Vec<usize> = y.iter().map(|y| usize::from(y[1] > 0.5)).collect();
    let mut model = Classifier::<Net<f32>>::seeded(1).rate(0.01);
    let untrained = model.net().clone();
    let mut error = |labels: &[usize]| model.fit(&x, labels).unwrap_err().error;
    assert_eq!(error(&[9; 120]), Error::Label { label: 9, classes: 2 });
    assert!(matches!(error(&labels[1..]), Error::ExampleCounts { .. }));
    assert!(model.net().parameters() == untrained.parameters());
    model.fit(&x, &labels).unwrap();
    assert!(model.score(&x, &labels).unwrap() > 0.95);
    // It is `Fit` by hand, with the seed of the model.
    let fit = || Fit::new().epochs(3).batch(16);
    model.fit_with(fit(), &x, &labels).unwrap();
    let mut by_hand = Net::<f32>::seeded(1);
    fit().seed(1).run(&mut by_hand, &mut adam(), &x, &y).unwrap();
    assert!(model.net().parameters() == by_hand.parameters());
    fit().seed(5).run(&mut by_hand, &mut adam(), &x, &y).unwrap();
    // What was trained elsewhere predicts.
    let loaded = Classifier::of(Box::new(by_hand.clone()));
    let expected: Vec<usize> =
        by_hand.predict_many(&x).unwrap().iter().map(|h| argmax(h).unwrap()).collect();
    assert_eq!(loaded.predict(&x).unwrap(), expected);
    let mut refused = Regressor::<Line<f64>>::seeded(1).rate(-1.0);
    let error = refused.fit(&[[1.0]], &[[1.0]]).unwrap_err().error;
    assert!(matches!(error, Error::Setting { name: "learning rate", .. }));
    // Two seeds are two orders.
    let of_seed = |seed| {
        let x: Vec<[f64; 1]> = (0..9).map(|i| [f64::from(i) / 9.0]).collect();
        let mut model = Regressor::<Line<f64>>::seeded(seed);
        let history = model.fit_with(Fit::new().epochs(1).batch(1), &x, &x).unwrap();
        history.epochs()[0].j
    };
    assert_ne!(of_seed(1), of_seed(2));
}

#[test]
fn r2_of_what_never_changes() {
    let y = [[0.1_f64]; 3];
    assert_eq!(r2(&[[0.2]; 3], &y), 0.0);
    assert_eq!(r2(&y, &y), 1.0);
}
