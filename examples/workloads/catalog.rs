//! The workloads by name, with all they need.

use constprop::prelude::*;
use constprop::rand::Rng;
use constprop::{Aligned, Error, Threads, rng};

use crate::data::{self, Pool, Scalar};
use crate::networks::{Coursera, Images, Imitator, Logits, Policy, Wide, Xor};
use crate::steps::{CostAndGradient, Prediction, PredictionOfBatches, Training, Workload};

/// Batches in a pool of training data.
const TRAINING_BATCHES: usize = 32;
/// Batches in a pool of images to predict.
const PREDICTED_BATCHES: usize = 16;

/// A workload's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id {
    W1,
    W2,
    W3,
    W4,
    W5,
    W6,
    W7B1,
    W7B256,
}

impl Id {
    pub const ALL: [Self; 8] =
        [Self::W1, Self::W2, Self::W3, Self::W4, Self::W5, Self::W6, Self::W7B1, Self::W7B256];

    pub const fn name(self) -> &'static str {
        match self {
            Self::W1 => "W1",
            Self::W2 => "W2",
            Self::W3 => "W3",
            Self::W4 => "W4",
            Self::W5 => "W5",
            Self::W6 => "W6",
            Self::W7B1 => "W7-b1",
            Self::W7B256 => "W7-b256",
        }
    }

    /// The workload with its network and data, random by `seed`, on these threads.
    pub fn workload(self, seed: u64, threads: &Threads) -> Result<Box<dyn Workload>, Error> {
        let rng = &mut rng(seed);
        Ok(match self {
            Self::W1 => {
                let pool = Pool::new(data::XOR_INPUTS.into(), data::XOR_TARGETS.into(), 4);
                // Elsewhere the mean of e² is minimized at a rate of 2: the same step, twice J.
                let descent = GradientDescent::new(4.0)?;
                Box::new(Training::new(within::<Xor>(1.0, rng), descent, pool, 2.0, threads))
            }
            Self::W2 => {
                let inputs = data::arrays(1024, 1.0, rng);
                Box::new(Prediction::new(random::<Policy<f32>>(rng), inputs))
            }
            Self::W3 => {
                let pool = data::policy(TRAINING_BATCHES, 32, rng);
                let adam = Adam::boxed(AdamSettings::default())?;
                // Elsewhere e² is averaged over the outputs too, which Adam does not see.
                let loss_per_j = 2.0 / 4.0;
                Box::new(Training::new(
                    random::<Imitator<f32>>(rng),
                    adam,
                    pool,
                    loss_per_j,
                    threads,
                ))
            }
            Self::W4 => {
                let pool = data::classes(1, 5000, rng)?;
                Box::new(CostAndGradient::new(within::<Coursera>(0.12, rng), pool, threads))
            }
            Self::W5 => {
                let pool = data::classes(TRAINING_BATCHES, 64, rng)?;
                let descent = GradientDescent::new(0.05)?;
                Box::new(Training::new(random::<Images<f32>>(rng), descent, pool, 1.0, threads))
            }
            Self::W6 => {
                let pool = data::classes(TRAINING_BATCHES, 128, rng)?;
                let adam = Adam::boxed(AdamSettings::default())?;
                Box::new(Training::new(random::<Wide<f32>>(rng), adam, pool, 1.0, threads))
            }
            Self::W7B1 => {
                let inputs = data::arrays(PREDICTED_BATCHES, 1.0, rng);
                Box::new(Prediction::new(random::<Logits<f32>>(rng), inputs))
            }
            Self::W7B256 => {
                let inputs = data::arrays(256 * PREDICTED_BATCHES, 1.0, rng);
                Box::new(PredictionOfBatches::new(random::<Logits<f32>>(rng), inputs, 256, threads))
            }
        })
    }
}

/// A network as its activations like it.
fn random<N: Network>(rng: &mut impl Rng) -> Box<Aligned<N>> {
    let mut net = Aligned::<N>::boxed();
    net.randomize(rng);
    net
}

/// A network of parameters from `-bound` to `bound`, biases too.
fn within<N: Network<Scalar: Scalar>>(bound: N::Scalar, rng: &mut impl Rng) -> Box<Aligned<N>> {
    let mut net = Aligned::<N>::boxed();
    net.parameters_mut().fill_with(|| data::uniform(bound, rng));
    net
}
