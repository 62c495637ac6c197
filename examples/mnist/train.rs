//! The network, and how it is trained.

use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::train::{Control, Fit, History, Progress, accuracy};
use constprop::{AdamW, Dropout, Error, Momentum, Schedule};

use crate::data::{Image, SIDE, Training};

network! {
    /// 28 x 28 pixels to ten classes.
    pub struct Mnist(784 => 128 Relu => 64 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

/// What training is steered by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    pub epochs: usize,
    pub batch: usize,
    pub method: Method,
    /// The largest learning rate.
    pub rate: f32,
    pub course: Course,
    pub lambda: f32,
    /// The probability that a hidden unit is left out.
    pub dropout: f64,
    /// Images are moved by up to so many pixels each way, anew each time they are seen.
    pub shift: i8,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    Adam,
    AdamW { decay: f32 },
    Nesterov { beta: f32 },
}

/// How the learning rate goes along.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    Constant,
    /// Along half a cosine to 0.
    Cosine,
    /// Up for three tenths of the epochs, then down.
    OneCycle,
}

/// Trains the network of a seed, and calls `after_epoch` behind every epoch.
pub fn train(
    training: &Training,
    settings: Settings,
    seed: u64,
    mut after_epoch: impl FnMut(&Progress<'_, Mnist<f32>>),
) -> Result<(Box<Mnist<f32>>, History), Error> {
    let mut net = Mnist::boxed_seeded(seed);
    let dropout = Dropout::new([settings.dropout; 2], seed)?;
    let mut fit = Fit::new()
        .epochs(settings.epochs)
        .batch(settings.batch)
        .seed(seed)
        .schedule(schedule(settings)?)
        .regularization(Regularization::article(settings.lambda))
        .validation(&training.validation.inputs, &training.validation.targets)
        .metric("accuracy", accuracy)
        .on_epoch(|progress| {
            after_epoch(progress);
            Control::Continue
        });
    // A step is faster without a dropout than with one of 0.
    if settings.dropout > 0.0 {
        fit = fit.dropout(&dropout);
    }
    let most = settings.shift;
    if most > 0 {
        fit = fit.augment(move |image, rng| {
            let mut pixels = || isize::from(rng.random_range(-most..=most));
            *image = shifted(image, pixels(), pixels());
        });
    }
    let (inputs, targets) = (&training.learnt.inputs, &training.learnt.targets);
    let history = fit.run(&mut *net, &mut *optimizer(settings)?, inputs, targets)?;
    Ok((net, history))
}

fn optimizer(
    Settings { method, rate, .. }: Settings,
) -> Result<Box<dyn Optimizer<Mnist<f32>>>, Error> {
    let adam = AdamSettings { rate, ..AdamSettings::default() };
    Ok(match method {
        Method::Adam => Box::new(Adam::boxed(adam)?),
        Method::AdamW { decay } => Box::new(AdamW::boxed(adam, decay)?),
        Method::Nesterov { beta } => Box::new(Momentum::boxed(rate, beta)?.nesterov()),
    })
}

fn schedule(Settings { course, epochs, .. }: Settings) -> Result<Schedule, Error> {
    let length = epochs as f64;
    match course {
        Course::Constant => Ok(Schedule::constant()),
        Course::Cosine => Schedule::cosine(length),
        Course::OneCycle => Schedule::one_cycle(length, 0.3 * length),
    }
}

/// The image, moved by whole pixels; what comes in from beyond its edge is dark.
fn shifted(image: &Image, down: isize, right: isize) -> Image {
    let mut moved = [0.0; SIDE * SIDE];
    let (from, to) = (right.min(0).unsigned_abs(), right.max(0).unsigned_abs());
    let width = SIDE - right.unsigned_abs().min(SIDE);
    for (row, pixels) in moved.chunks_exact_mut(SIDE).enumerate() {
        let above = row.checked_add_signed(-down).filter(|above| *above < SIDE);
        if let Some(above) = above {
            let source = &image[above * SIDE..(above + 1) * SIDE];
            pixels[to..to + width].copy_from_slice(&source[from..from + width]);
        }
    }
    moved
}
