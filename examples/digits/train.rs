//! The network, and its training: what the library's `Fit` is told.

use constprop::prelude::*;
use constprop::train::{Fit, History};
use constprop::{Error, Schedule};

use crate::augment::{Augmentation, MORE};
use crate::data::{CLASSES, Data, PIXELS};

network! {
    /// 8 x 8 pixels to ten digits.
    pub struct Digits(64 => 128 Relu => 64 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

pub const SETTINGS: Settings =
    Settings { epochs: 150, batch: 32, rate: 3e-3, lambda: 0.0, augmentation: MORE };

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
    /// The learning rate of the first step; it falls to 0 along half a cosine.
    pub rate: f32,
    pub lambda: f32,
    pub augmentation: Augmentation,
}

/// Trains a random network with Adam; `watch` adds what is looked at meanwhile.
pub fn train<'a, N: Classifier>(
    net: &mut N,
    data: &Data,
    settings: Settings,
    seed: u64,
    watch: impl FnOnce(Fit<'a, N>) -> Fit<'a, N>,
) -> Result<History, Error> {
    let Settings { epochs, batch, rate, lambda, augmentation } = settings;
    net.randomize(&mut constprop::rng(seed));
    let mut adam = Adam::<N>::boxed(AdamSettings { rate, ..AdamSettings::default() })?;
    let fit = Fit::new()
        .epochs(epochs)
        .batch(batch)
        .seed(seed)
        .regularization(Regularization::article(lambda))
        .schedule(Schedule::cosine(epochs as f64)?)
        .augment(move |image: &mut N::Input, rng| *image = augmentation.apply(image, rng));
    Ok(watch(fit).run(net, &mut adam, &data.inputs, &data.targets()?)?)
}

/// How many are read right.
pub fn right<N: Classifier>(net: &N, data: &Data) -> Result<usize, Error> {
    let predictions = net.predict_many(&data.inputs)?;
    let pairs = predictions.iter().zip(&data.labels);
    Ok(pairs.filter(|(h, label)| argmax(&h[..]) == Some(**label)).count())
}
