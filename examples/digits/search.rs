//! How the settings of the digits example were chosen: five-fold cross-validation within the training
//! images, `cargo run --release --example digits-search`.
//!
//! The held-out images are not looked at here. It is an example of its own, so that who wants to see the
//! digits does not wait for three more networks to be compiled.

mod augment;
mod data;
mod train;

use augment::{Augmentation, MORE};
use constprop::prelude::*;
use data::{Data, split, training_and_held_out};
use train::{Classifier, Digits, SETTINGS, Settings, right, train};

const NONE: Augmentation = Augmentation { shift: 0.0, turn: 0.0, zoom: 0.0 };
const LITTLE: Augmentation = Augmentation { shift: 0.3, turn: 0.1, zoom: 0.05 };

network! {
    struct Relu64x32(64 => 64 Relu => 32 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    struct Tanh64x32(64 => 64 Tanh => 32 Tanh => 10 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    struct Tanh128x64(64 => 128 Tanh => 64 Tanh => 10 Softmax) minimizing CategoricalCrossEntropy;
}

/// Prints a line for each combination: how many of the 1438 are right when each is predicted by
/// the network that was not trained with it.
fn main() -> Result<(), constprop::Error> {
    let (training, _) = training_and_held_out();
    println!("| hidden layers | moved, turned, zoomed by up to | λ | right of 1438 | |");
    println!("| --- | --- | --- | --- | --- |");
    for augmentation in [NONE, LITTLE, MORE] {
        for lambda in [0.0, 1e-4, 1e-3] {
            let settings = Settings { lambda, augmentation, ..SETTINGS };
            line::<Tanh64x32<f32>>(&training, settings)?;
            line::<Tanh128x64<f32>>(&training, settings)?;
            line::<Relu64x32<f32>>(&training, settings)?;
            line::<Digits<f32>>(&training, settings)?;
        }
    }
    Ok(())
}

/// Fold `fold` of five of the training examples: the rest to train on, the fold to validate on.
fn fold_of(training: &Data, fold: usize) -> (Data, Data) {
    split(training.inputs.iter().copied().zip(training.labels.iter().copied()), fold)
}

fn line<N: Classifier>(training: &Data, settings: Settings) -> Result<(), constprop::Error> {
    let mut all = 0;
    for fold in 0..5 {
        let (rest, validation) = fold_of(training, fold);
        let mut net = N::boxed();
        train(&mut *net, &rest, settings, fold as u64, |fit| fit)?;
        all += right(&*net, &validation)?;
    }
    let Augmentation { shift, turn, zoom } = settings.augmentation;
    let [first, second, ..] = N::SHAPES else { return Ok(()) };
    println!(
        "| {}, {} {} | {shift} pixels, {turn} radians, {zoom} | {} | {all} | {:.2} % |",
        first.s_out,
        second.s_out,
        first.activation,
        settings.lambda,
        100.0 * f64::from(u32::try_from(all).unwrap_or(0)) / training.labels.len() as f64,
    );
    Ok(())
}
