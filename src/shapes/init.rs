//! Initialization: which random Θ⁽ˡ⁾ to start from.

use nalgebra::{ComplexField, RealField};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// How Θ⁽ˡ⁾ is drawn: a scale from its sizes, and a distribution.
///
/// | scheme | variance of a weight | bias | source |
/// | --- | --- | --- | --- |
/// | [`XAVIER`](Self::XAVIER) | 2/(s_in + s_out) | 0 | Glorot, Bengio 2010 |
/// | [`HE`](Self::HE) | 2/s_in | 0 | He et al. 2015 |
/// | [`LECUN`](Self::LECUN) | 1/s_in | 0 | LeCun et al. 1998 |
/// | [`EPSILON`](Self::EPSILON) | ε²/3, ε = √6/√(s_in + s_out) | drawn too | Coursera's exercise |
/// | [`ZEROS`](Self::ZEROS) | 0 | 0 | for gradients; a network of zeros does not learn |
///
/// A uniform distribution lies within ±√(3 · variance); [`normal`](Self::normal) makes it a
/// normal one of the same variance. What is drawn is the same for every scalar: an `f64` that
/// is rounded to it. Entries are drawn in Octave's order, column after column.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(2 => 1 Tanh) minimizing HalfSquaredError;
/// }
/// let mut tiny = Tiny::<f32>::zeros();
/// tiny.initialize(Init::HE.normal(), &mut constprop::rng(42));
/// assert_eq!(tiny.theta1.bias[0], 0.0);
/// assert_ne!(tiny.theta1.weights[(0, 0)], 0.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Init {
    scheme: Scheme,
    distribution: Distribution,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Xavier,
    He,
    LeCun,
    Epsilon,
    Zeros,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Distribution {
    Uniform,
    Normal,
}

// Private, so that the compiler quotes the line of what is written, with what stands behind it.
#[allow(dead_code, non_upper_case_globals, reason = "what is written is an error")]
impl Init {
    const Xavier: Self = Self::XAVIER; // written `Init::XAVIER`, or `Init::XAVIER.normal()`
    const Glorot: Self = Self::XAVIER; // written `Init::XAVIER`, or `Init::XAVIER.normal()`
    const He: Self = Self::HE; // written `Init::HE`, or `Init::HE.normal()`
    const Kaiming: Self = Self::HE; // written `Init::HE`, or `Init::HE.normal()`
    const LeCun: Self = Self::LECUN; // written `Init::LECUN`, or `Init::LECUN.normal()`
    const Zeros: Self = Self::ZEROS; // written `Init::ZEROS`
}

impl Init {
    /// Xavier's or Glorot's, uniform: the default of sigmoid, tanh and softmax.
    pub const XAVIER: Self = Self::uniform(Scheme::Xavier);
    /// He's, uniform: the default of ReLU and its relatives.
    pub const HE: Self = Self::uniform(Scheme::He);
    /// LeCun's, uniform: the default of the identity.
    pub const LECUN: Self = Self::uniform(Scheme::LeCun);
    /// Coursera's ε_init, uniform, bias included.
    pub const EPSILON: Self = Self::uniform(Scheme::Epsilon);
    /// All zeros.
    pub const ZEROS: Self = Self::uniform(Scheme::Zeros);

    const fn uniform(scheme: Scheme) -> Self {
        Self { scheme, distribution: Distribution::Uniform }
    }

    /// The same variance, normally distributed.
    #[must_use]
    pub const fn normal(self) -> Self {
        Self { distribution: Distribution::Normal, ..self }
    }

    /// Draws one Θ⁽ˡ⁾, unrolled: `s_out` biases, then the weights column by column.
    pub(crate) fn draw<T: RealField, R: Rng + ?Sized>(
        self,
        theta: &mut [T],
        (s_out, s_in): (usize, usize),
        rng: &mut R,
    ) {
        let (bias, weights) = theta.split_at_mut(s_out);
        let variance = self.variance(s_out, s_in);
        if self.scheme == Scheme::Epsilon {
            self.fill(bias, variance, rng);
        } else {
            bias.fill(T::zero());
        }
        self.fill(weights, variance, rng);
    }

    fn fill<T: RealField, R: Rng + ?Sized>(self, entries: &mut [T], variance: f64, rng: &mut R) {
        if variance == 0.0 {
            return entries.fill(T::zero());
        }
        let deviation = ComplexField::sqrt(variance);
        let bound = ComplexField::sqrt(3.0 * variance);
        for entry in entries {
            let drawn = match self.distribution {
                Distribution::Uniform => bound * (2.0 * rng.random::<f64>() - 1.0),
                Distribution::Normal => deviation * rng.sample::<f64, _>(StandardNormal),
            };
            *entry = nalgebra::convert(drawn);
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "sizes are far below 2⁵³")]
    fn variance(self, s_out: usize, s_in: usize) -> f64 {
        let (s_out, s_in) = (s_out as f64, s_in as f64);
        match self.scheme {
            Scheme::Xavier | Scheme::Epsilon => 2.0 / (s_in + s_out),
            Scheme::He => 2.0 / s_in,
            Scheme::LeCun => 1.0 / s_in,
            Scheme::Zeros => 0.0,
        }
    }
}

/// The random numbers of a seed: ChaCha8, the same on every machine and in every release.
///
/// ```
/// use constprop::rand::RngExt;
///
/// assert_eq!(constprop::rng(7).random::<u64>(), constprop::rng(7).random::<u64>());
/// ```
#[must_use]
pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}
