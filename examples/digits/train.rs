//! Training: epochs of mini-batches with Adam, its rate falling along a half cosine.

use constprop::prelude::*;
use constprop::rand::seq::SliceRandom;

use crate::augment::Augmentation;
use crate::data::{CLASSES, Data, PIXELS};

/// Any network from images to classes.
pub trait Classifier:
    Network<Scalar = f32, Input = [f32; PIXELS], Target = [f32; CLASSES]>
{
}
impl<N> Classifier for N where
    N: Network<Scalar = f32, Input = [f32; PIXELS], Target = [f32; CLASSES]>
{
}

/// What training is steered by.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    pub epochs: usize,
    pub batch: usize,
    /// The learning rate of the first step; it falls to 0.
    pub rate: f32,
    pub lambda: f32,
    pub augmentation: Augmentation,
}

/// How a network does on some data.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    /// J without λ.
    pub cost: f32,
    pub correct: usize,
    pub of: usize,
}

impl Score {
    pub fn new<N: Classifier>(net: &N, data: &Data) -> Result<Self, constprop::Error> {
        let cost = net.cost(&data.inputs, &data.targets()?, &Regularization::none())?;
        let predictions = net.predict_many(&data.inputs)?;
        let pairs = predictions.iter().zip(&data.labels);
        let correct = pairs.filter(|(h, label)| argmax(&h[..]) == **label).count();
        Ok(Self { cost, correct, of: data.labels.len() })
    }

    pub fn percent(self) -> f64 {
        100.0 * self.correct as f64 / self.of as f64
    }
}

/// Trains `net` in place, and calls `after_epoch` with each epoch's number and the network.
pub fn train<N: Classifier, E: From<constprop::Error>>(
    net: &mut N,
    data: &Data,
    settings: Settings,
    seed: u64,
    mut after_epoch: impl FnMut(usize, &N) -> Result<(), E>,
) -> Result<(), E> {
    let mut rng = constprop::rng(seed);
    net.randomize(&mut rng);
    let targets = data.targets()?;
    let lambda = Regularization::article(settings.lambda);
    let mut adam = Adam::<N>::boxed(AdamSettings { rate: settings.rate, ..Default::default() })?;
    let (mut gradient, mut workspace) = (Gradient::boxed(), Workspace::boxed());
    let mut order: Vec<usize> = (0..data.inputs.len()).collect();
    let (mut xs, mut ys) = (Vec::new(), Vec::new());

    for epoch in 1..=settings.epochs {
        order.shuffle(&mut rng);
        for (number, batch) in order.chunks(settings.batch).enumerate() {
            let done =
                (epoch - 1) as f32 + number as f32 * settings.batch as f32 / order.len() as f32;
            let progress = f64::from(done) / settings.epochs as f64;
            adam.set_rate(settings.rate * half_cosine(progress))?;
            xs.clear();
            ys.clear();
            for &example in batch {
                xs.push(settings.augmentation.apply(&data.inputs[example], &mut rng));
                ys.push(targets[example]);
            }
            net.cost_and_gradient_into(&xs, &ys, &lambda, &mut gradient, &mut workspace)?;
            adam.step(net, &gradient)?;
        }
        after_epoch(epoch, net)?;
    }
    Ok(())
}

/// From 1 down to 0 as `progress` goes from 0 to 1.
fn half_cosine(progress: f64) -> f32 {
    (0.5 * (1.0 + (std::f64::consts::PI * progress).cos())) as f32
}
