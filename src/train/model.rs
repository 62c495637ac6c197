//! A network with its training, in the manner of scikit-learn: `fit`, `predict`, `score`.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::metrics::{accuracy, class, r2};
use super::units::Units;
use super::{EarlyStopping, Fit, FitError, History};
use crate::error::Error;
use crate::fast::registers::Float;
use crate::input::{Sample, push};
use crate::network::Network;
use crate::real::to_f64;
use crate::regularization::Regularization;
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
pub struct Classifier<N>(pub(crate) Model<N>);

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
pub struct Regressor<N>(pub(crate) Model<N>);

#[derive(Debug)]
pub(crate) struct Model<N> {
    pub(crate) net: Box<N>,
    pub(crate) seed: u64,
    pub(crate) rate: Option<f64>,
}

/// Close to scikit-learn's settings of an MLP: at most 200 epochs of batches of 200, α = 0.001,
/// λ = 0.0001 for the mean over a batch, and an end when J was not less than ever before by 1e-4 of
/// its first for 11 epochs, which is how scikit-learn counts to 10.
fn habitual<'a, N: Network<Scalar: Float>>(seed: u64) -> Fit<'a, N> {
    Fit::new()
        .epochs(200)
        .batch(200)
        .seed(seed)
        .regularization(Regularization::coursera(nalgebra::convert(1e-4)))
        .early_stopping(EarlyStopping::patience(11).least_progress(1e-4).keep_last())
}

impl<N: Network<Scalar: Float>> Model<N> {
    fn seeded(seed: u64) -> Self {
        Self { net: N::boxed_seeded(seed), seed, rate: None }
    }

    /// From the seed's network on, which `finish` completes. Where there is an error, the network is as
    /// it was, but for one that has gone back to its best.
    fn fit(
        &mut self,
        mut fit: Fit<'_, N>,
        inputs: &[N::Input],
        targets: &[N::Target],
        finish: impl FnOnce(&mut N),
    ) -> Result<History, FitError> {
        fit.seed = fit.seed.or(Some(self.seed));
        let goes_back = fit.early.is_some_and(|early| early.restores_best);
        let mut net = N::boxed_seeded(self.seed);
        let mut settings = AdamSettings::default();
        if let Some(rate) = self.rate {
            settings.rate = nalgebra::convert(rate);
        }
        let mut adam = Adam::<N>::boxed(settings)?;
        let result = fit.run(&mut *net, &mut adam, inputs, targets);
        let is_trained = match &result {
            Ok(_) => true,
            Err(failure) => goes_back && failure.history.best().is_some(),
        };
        if is_trained {
            finish(&mut net);
            self.net = net;
        }
        result
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
    /// otherwise: at most 200 epochs of batches of 200, with Coursera's λ of 0.0001, until J was not
    /// below the least so far by 1e-4 of its first for 11 epochs in a row. (There it is 1e-4, and the
    /// count the same: what is called 10 ends with the 11th.) The network is that of the last epoch.
    ///
    /// x is taken as it is, and should be of the size of 1: [`Standardize`](crate::data::Standardize).
    ///
    /// # Errors
    ///
    /// [`Error::Label`], [`Error::ExampleCounts`], [`Error::Setting`] for a rate that is none, and what
    /// [`Fit::run`] refuses, with the history up to there; the network is then as it was.
    pub fn fit(&mut self, inputs: &[N::Input], labels: &[usize]) -> Result<History, FitError> {
        self.fit_with(habitual(self.0.seed), inputs, labels)
    }

    /// Trains anew, with Adam as it is by default, as `fit` says.
    ///
    /// # Errors
    ///
    /// As [`fit`](Classifier::fit); where early stopping goes back to the best, and an epoch was it, the
    /// network is that of this epoch.
    pub fn fit_with(
        &mut self,
        fit: Fit<'_, N>,
        inputs: &[N::Input],
        labels: &[usize],
    ) -> Result<History, FitError> {
        self.0.fit(fit, inputs, &targets::<N>(labels)?, |_| {})
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
    /// otherwise: at most 200 epochs of batches of 200, with Coursera's λ of 0.0001, until J was not
    /// below the least so far by 1e-4 of its first for 11 epochs in a row. (There it is 1e-4, and the
    /// count the same: what is called 10 ends with the 11th.) The network is that of the last epoch.
    ///
    /// y may be in any unit, and far from 0: with Identity outputs and
    /// [`HalfSquaredError`](crate::HalfSquaredError) a network learns (y − ȳ)/d, with ȳ of each output
    /// and one d, the deviation of all y from it, and α, Adam's ε and λ are for that. Then the last Θ
    /// is multiplied with d, and ȳ added to its bias: the network gives y itself, and the history has J
    /// of y. In other units of y the network is the same but for them, to rounding; bit by bit where
    /// they differ by a power of two and no number leaves its range.
    ///
    /// With other outputs and costs y is taken as it is. So is x: it should be of the size of 1, as
    /// [`Standardize`](crate::data::Standardize) makes it.
    ///
    /// # Errors
    ///
    /// What [`Fit::run`] refuses, with the history up to there; the network is then as it was.
    pub fn fit(&mut self, inputs: &[N::Input], targets: &[N::Target]) -> Result<History, FitError> {
        let fit = habitual(self.0.seed);
        let Some(units) = Units::of::<N>(targets) else {
            return self.fit_with(fit, inputs, targets);
        };
        let scaled = units.applied::<N>(targets);
        match self.0.fit(fit, inputs, &scaled, |net| units.take_on(net)) {
            Ok(history) => Ok(units.of_history(history)),
            Err(FitError { error, history }) => {
                Err(FitError { error, history: Box::new(units.of_history(*history)) })
            }
        }
    }

    /// Trains anew, with Adam as it is by default, as `fit` says, on y as it is.
    ///
    /// # Errors
    ///
    /// As [`fit`](Regressor::fit); where early stopping goes back to the best, and an epoch was it, the
    /// network is that of this epoch.
    pub fn fit_with(
        &mut self,
        fit: Fit<'_, N>,
        inputs: &[N::Input],
        targets: &[N::Target],
    ) -> Result<History, FitError> {
        self.0.fit(fit, inputs, targets, |_| {})
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
    if let Some(&label) = labels.iter().find(|&&label| label >= classes) {
        return Err(Error::Label { label, classes });
    }
    let zeros = N::Target::boxed_from_fn(|_| nalgebra::zero());
    let mut targets = Vec::with_capacity(labels.len());
    labels.iter().for_each(|_| push(&mut targets, &*zeros));
    for (&label, y) in labels.iter().zip(&mut targets) {
        match y.as_mut() {
            [one] if label == 1 => *one = nalgebra::one(),
            [_] => {}
            several => several[label] = nalgebra::one(),
        }
    }
    Ok(targets)
}
