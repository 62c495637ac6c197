//! A network with its training, in the manner of scikit-learn: `fit`, `predict`, `score`.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::metrics::{accuracy, class, r2};
use super::{EarlyStopping, Fit, History};
use crate::error::Error;
use crate::input::Sample;
use crate::network::Network;
use crate::real::to_f64;
use crate::regularization::Regularization;
use crate::simd::Float;
use crate::update::{Adam, AdamSettings};

/// A network that learns classes from labels.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::train::Classifier;
///
/// network! {
///     pub struct Quarters(2 => 16 Tanh => 4 Softmax) minimizing CategoricalCrossEntropy;
/// }
/// let x: Vec<[f32; 2]> =
///     (0..400).map(|i| [(i % 20) as f32 / 10.0 - 0.95, (i / 20) as f32 / 10.0 - 0.95]).collect();
/// let labels: Vec<usize> =
///     x.iter().map(|x| usize::from(x[0] > 0.0) + 2 * usize::from(x[1] > 0.0)).collect();
///
/// let mut model = Classifier::<Quarters<f32>>::seeded(1);
/// model.fit(&x, &labels)?;
/// assert_eq!(model.predict(&[[0.5, -0.5]])?, [1]);
/// assert!(model.score(&x, &labels)? > 0.97);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Debug)]
pub struct Classifier<N>(Model<N>);

/// A network that learns numbers from numbers.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::train::{Fit, Regressor};
///
/// network! {
///     pub struct Square(1 => 16 Tanh => 1 Identity) minimizing HalfSquaredError;
/// }
/// let x: Vec<[f64; 1]> = (0..200).map(|i| [f64::from(i) / 100.0 - 1.0]).collect();
/// let y: Vec<[f64; 1]> = x.iter().map(|x| [x[0] * x[0]]).collect();
///
/// let mut model = Regressor::<Square<f64>>::seeded(1);
/// model.fit_with(Fit::new().epochs(200).batch(8), &x, &y)?;
/// assert!(model.score(&x, &y)? > 0.9);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Debug)]
pub struct Regressor<N>(Model<N>);

#[derive(Debug)]
struct Model<N> {
    net: Box<N>,
    seed: u64,
    rate: Option<f64>,
}

/// Close to scikit-learn's settings of an MLP: at most 200 epochs of batches of 200, α = 0.001,
/// λ = 0.0001 for the mean over a batch, and an end when J has not become smaller by 1e-4 for 10 epochs.
fn habitual<'a, N: Network<Scalar: Float>>(seed: u64) -> Fit<'a, N> {
    Fit::new()
        .epochs(200)
        .batch(200)
        .seed(seed)
        .regularization(Regularization::coursera(nalgebra::convert(1e-4)))
        .early_stopping(EarlyStopping::patience(10).least_progress(1e-4).keep_last())
}

impl<N: Network<Scalar: Float>> Model<N> {
    fn seeded(seed: u64) -> Self {
        Self { net: N::boxed_seeded(seed), seed, rate: None }
    }

    /// From the seed's network on; where there is an error, the network is as it was.
    fn fit(
        &mut self,
        mut fit: Fit<'_, N>,
        inputs: &[N::Input],
        targets: &[N::Target],
    ) -> Result<History, Error> {
        fit.seed = fit.seed.or(Some(self.seed));
        let mut net = N::boxed_seeded(self.seed);
        let mut settings = AdamSettings::default();
        if let Some(rate) = self.rate {
            settings.rate = nalgebra::convert(rate);
        }
        let mut adam = Adam::<N>::boxed(settings)?;
        let history = fit.run(&mut *net, &mut adam, inputs, targets)?;
        self.net = net;
        Ok(history)
    }
}

macro_rules! of_a_network {
    ($($name:ident),*) => {$(
        impl<N: Network<Scalar: Float>> $name<N> {
            /// With the random network of a seed; it seeds the training too, unless the [`Fit`] has
            /// a seed.
            #[must_use]
            pub fn seeded(seed: u64) -> Self {
                Self(Model::seeded(seed))
            }

            /// With a network that has been trained, or loaded, to predict. [`fit`](Self::fit) trains
            /// anew, as from seed 0.
            #[must_use]
            pub const fn of(net: Box<N>) -> Self {
                Self(Model { net, seed: 0, rate: None })
            }

            /// Adam's α, 0.001 unless said otherwise; finite and greater than 0.
            #[must_use]
            pub fn rate(self, rate: f64) -> Self {
                Self(Model { rate: Some(rate), ..self.0 })
            }

            /// The network.
            #[must_use]
            pub fn net(&self) -> &N {
                &self.0.net
            }

            /// The network, to keep.
            #[must_use]
            pub fn into_net(self) -> Box<N> {
                self.0.net
            }
        }
    )*};
}

of_a_network!(Classifier, Regressor);

impl<N: Network<Scalar: Float>> Classifier<N> {
    /// Trains anew, with Adam and nearly what scikit-learn's `MLPClassifier` does unless told
    /// otherwise: at most 200 epochs of batches of 200, with Coursera's λ of 0.0001, until J has not become
    /// smaller by 1e-4 for 10 epochs.
    ///
    /// # Errors
    ///
    /// [`Error::Label`], [`Error::ExampleCounts`], [`Error::Setting`] for a rate that is none, and what
    /// [`Fit::run`] refuses; the network is then as it was.
    pub fn fit(&mut self, inputs: &[N::Input], labels: &[usize]) -> Result<History, Error> {
        self.fit_with(habitual(self.0.seed), inputs, labels)
    }

    /// Trains anew, with Adam as it is by default, as `fit` says.
    ///
    /// # Errors
    ///
    /// As [`fit`](Classifier::fit).
    pub fn fit_with(
        &mut self,
        fit: Fit<'_, N>,
        inputs: &[N::Input],
        labels: &[usize],
    ) -> Result<History, Error> {
        self.0.fit(fit, inputs, &targets::<N>(labels)?)
    }

    /// The class of each example.
    ///
    /// # Errors
    ///
    /// What [`Network::predict_many`] refuses, and [`Error::Output`], naming the first example that
    /// the network says NaN of.
    pub fn predict(&self, inputs: &[N::Input]) -> Result<Vec<usize>, Error> {
        let predictions = self.0.net.predict_many(inputs)?;
        predictions.iter().enumerate().map(|(example, h)| named::<N>(example, h)).collect()
    }

    /// h_Θ(x) of each example: with Softmax, the probabilities of the classes.
    ///
    /// # Errors
    ///
    /// What [`Network::predict_many`] refuses.
    pub fn probabilities(&self, inputs: &[N::Input]) -> Result<Vec<N::Target>, Error> {
        self.0.net.predict_many(inputs)
    }

    /// The share of examples whose class is named: [`accuracy`](super::accuracy).
    ///
    /// # Errors
    ///
    /// [`Error::Label`], [`Error::ExampleCounts`], and what [`predict`](Classifier::predict) refuses.
    pub fn score(&self, inputs: &[N::Input], labels: &[usize]) -> Result<f64, Error> {
        let targets = targets::<N>(labels)?;
        crate::input::check_counts(inputs.len(), targets.len())?;
        let predictions = self.0.net.predict_many(inputs)?;
        for (example, h) in predictions.iter().enumerate() {
            named::<N>(example, h)?;
        }
        Ok(accuracy(&predictions, &targets))
    }
}

impl<N: Network<Scalar: Float>> Regressor<N> {
    /// Trains anew, with Adam and nearly what scikit-learn's `MLPRegressor` does unless told
    /// otherwise: at most 200 epochs of batches of 200, with Coursera's λ of 0.0001, until J has not become
    /// smaller by 1e-4 for 10 epochs.
    ///
    /// # Errors
    ///
    /// What [`Fit::run`] refuses; the network is then as it was.
    pub fn fit(&mut self, inputs: &[N::Input], targets: &[N::Target]) -> Result<History, Error> {
        self.fit_with(habitual(self.0.seed), inputs, targets)
    }

    /// Trains anew, with Adam as it is by default, as `fit` says.
    ///
    /// # Errors
    ///
    /// As [`fit`](Regressor::fit).
    pub fn fit_with(
        &mut self,
        fit: Fit<'_, N>,
        inputs: &[N::Input],
        targets: &[N::Target],
    ) -> Result<History, Error> {
        self.0.fit(fit, inputs, targets)
    }

    /// h_Θ(x) of each example.
    ///
    /// # Errors
    ///
    /// What [`Network::predict_many`] refuses.
    pub fn predict(&self, inputs: &[N::Input]) -> Result<Vec<N::Target>, Error> {
        self.0.net.predict_many(inputs)
    }

    /// R² of the predictions: [`r2`].
    ///
    /// # Errors
    ///
    /// [`Error::ExampleCounts`], and what [`Network::predict_many`] refuses.
    pub fn score(&self, inputs: &[N::Input], targets: &[N::Target]) -> Result<f64, Error> {
        crate::input::check_counts(inputs.len(), targets.len())?;
        Ok(r2(&self.0.net.predict_many(inputs)?, targets))
    }
}

/// The class that h of an example names.
fn named<N: Network<Scalar: Float>>(example: usize, h: &N::Target) -> Result<usize, Error> {
    class(h).ok_or_else(|| {
        let h = h.as_ref();
        let entry = h.iter().position(|entry| to_f64(entry).is_nan()).unwrap_or(0);
        Error::Output { example, entry, value: to_f64(&h[entry]) }
    })
}

/// The y of labels: 1 at the label, 0 elsewhere; with one output the label itself, 0 or 1.
fn targets<N: Network>(labels: &[usize]) -> Result<Vec<N::Target>, Error> {
    let classes = N::Target::SIZE.max(2);
    let entry = |is: bool| if is { nalgebra::one() } else { nalgebra::zero() };
    labels
        .iter()
        .map(|&label| match label {
            _ if label >= classes => Err(Error::Label { label, classes }),
            _ if N::Target::SIZE == 1 => Ok(N::Target::from_fn(|_| entry(label == 1))),
            _ => Ok(N::Target::from_fn(|index| entry(index == label))),
        })
        .collect()
}
