//! D numbers around a mean.

use core::array::from_fn;
use core::f64::consts::PI;

use nalgebra::{ComplexField, RealField};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;

use super::check_entries;
use crate::error::Error;
use crate::output::sum;
use crate::real::{Real, to_f64};

/// The largest |ln σ| that [`Gaussian::check`] takes: σ from 2 · 10⁻⁹ to 5 · 10⁸. There no σ, 1/σ² or σ²/σ′²
/// leaves the numbers of `f32`; Haarnoja et al. have −20 as their least ln σ too.
pub const MOST_LOG_SIGMA: f64 = 20.0;

/// u = μ + σ ε, each entry by itself, ε of mean 0 and variance 1: D numbers of any size.
///
/// σ = e^{ln σ} is greater than 0 whatever ln σ is. That is a number of its own, which the caller keeps and
/// updates ("free": Schulman et al. 2017), or comes from the network, as the second half of 2 D outputs:
/// [`from_output`](Self::from_output). Outputs of `Identity` may leave ±[`MOST_LOG_SIGMA`]: hold them there by
/// [`Real::within`], with a slope of 0 beyond.
///
/// ```
/// use constprop::heads::Gaussian;
///
/// let head = Gaussian { mean: [1.0_f64], log_sigma: [0.5_f64.ln()] };
/// let slopes = head.log_probability_slopes(&[2.0]); // two σ above the mean
/// assert!((slopes.mean[0] - 4.0).abs() < 1e-12); // (u − μ)/σ²
/// assert!((slopes.log_sigma[0] - 3.0).abs() < 1e-12); // ε² − 1
/// let u = head.sample(&mut constprop::rng(1))?;
/// # assert!(u[0].is_finite());
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian<V, const D: usize> {
    /// μ.
    pub mean: [V; D],
    /// ln σ.
    pub log_sigma: [V; D],
}

/// Slopes by μ and by ln σ: what becomes ∂J/∂a⁽ᴸ⁾, and ∂J/∂ ln σ where that is free.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaussianSlopes<V, const D: usize> {
    /// ∂/∂μ.
    pub mean: [V; D],
    /// ∂/∂ ln σ.
    pub log_sigma: [V; D],
}

impl<V: Real, const D: usize> GaussianSlopes<V, D> {
    /// Both in the order of [`Gaussian::from_output`]: those by μ, then those by ln σ. N = 2 D, or it does not
    /// compile.
    #[must_use]
    pub fn to_output<const N: usize>(&self) -> [V; N] {
        const { assert!(N == 2 * D, "outputs are D means, then D logarithms of σ") };
        from_fn(|i| if i < D { self.mean[i].clone() } else { self.log_sigma[i - D].clone() })
    }

    /// All times a number.
    #[must_use]
    pub fn times(&self, factor: &V) -> Self {
        let times = |slopes: &[V; D]| from_fn(|i| factor.clone() * slopes[i].clone());
        Self { mean: times(&self.mean), log_sigma: times(&self.log_sigma) }
    }
}

impl<V: Real, const D: usize> Gaussian<V, D> {
    /// From N = 2 D outputs of a network, D means and then D logarithms of σ; another N does not compile.
    ///
    /// ```compile_fail
    /// constprop::heads::Gaussian::<f64, 2>::from_output(&[0.0, 0.0, 0.0]);
    /// ```
    #[must_use]
    pub fn from_output<const N: usize>(a: &[V; N]) -> Self {
        const { assert!(N == 2 * D, "outputs are D means, then D logarithms of σ") };
        Self { mean: from_fn(|i| a[i].clone()), log_sigma: from_fn(|i| a[D + i].clone()) }
    }

    /// u = μ + σ ε.
    #[must_use]
    pub fn at(&self, noise: &[V; D]) -> [V; D] {
        from_fn(|i| self.mean[i].clone() + self.deviation(noise, i))
    }

    /// ln π(u) = −Σ_i ½ ε_i² + ln σ_i + ½ ln 2π, with ε = (u − μ)/σ.
    #[must_use]
    pub fn log_probability(&self, u: &[V; D]) -> V {
        let half = V::constant(0.5);
        let constant = V::constant(0.5 * ComplexField::ln(2.0 * PI));
        let terms: [V; D] = from_fn(|i| {
            let noise = self.noise_of(u, i);
            half.clone() * noise.clone() * noise + self.log_sigma[i].clone() + constant.clone()
        });
        -sum(&terms)
    }

    /// Of u held fixed: ∂ ln π/∂μ = (u − μ)/σ², ∂ ln π/∂ ln σ = ε² − 1. Source: Williams 1992, §6, there by σ.
    #[must_use]
    pub fn log_probability_slopes(&self, u: &[V; D]) -> GaussianSlopes<V, D> {
        GaussianSlopes {
            mean: from_fn(|i| self.noise_of(u, i) * self.precision(i)),
            log_sigma: from_fn(|i| {
                let noise = self.noise_of(u, i);
                noise.clone() * noise - V::one()
            }),
        }
    }

    /// H = Σ_i ln σ_i + ½ ln 2πe.
    #[must_use]
    pub fn entropy(&self) -> V {
        let constant = V::constant(0.5 * ComplexField::ln(2.0 * PI) + 0.5);
        sum(&self.log_sigma.clone().map(|log_sigma| log_sigma + constant.clone()))
    }

    /// ∂H/∂μ = 0, ∂H/∂ ln σ = 1.
    #[must_use]
    pub fn entropy_slopes(&self) -> GaussianSlopes<V, D> {
        GaussianSlopes { mean: from_fn(|_| V::zero()), log_sigma: from_fn(|_| V::one()) }
    }

    /// KL(π ‖ π′) = Σ_i ½ (e^{2d_i} − 1) − d_i + ½ ((μ_i − μ′_i)/σ′_i)², with d = ln σ − ln σ′: 0
    /// where both are the same, to the bit.
    #[must_use]
    pub fn kl(&self, other: &Self) -> V {
        let half = V::constant(0.5);
        let terms: [V; D] = from_fn(|i| {
            let shift = other.noise_of(&self.mean, i);
            let d = self.log_ratio(other, i);
            half.clone() * (self.excess(other, i) + shift.clone() * shift) - d
        });
        sum(&terms)
    }

    /// By π: ∂KL/∂μ = (μ − μ′)/σ′², ∂KL/∂ ln σ = e^{2d} − 1; by π′: ∂KL/∂μ′ = −(μ − μ′)/σ′²,
    /// ∂KL/∂ ln σ′ = 1 − e^{2d} − ((μ − μ′)/σ′)².
    #[must_use]
    pub fn kl_slopes(&self, other: &Self) -> [GaussianSlopes<V, D>; 2] {
        let shift = |i: usize| other.noise_of(&self.mean, i);
        let by_mean: [V; D] = from_fn(|i| shift(i) * other.precision(i));
        [
            GaussianSlopes { mean: by_mean.clone(), log_sigma: from_fn(|i| self.excess(other, i)) },
            GaussianSlopes {
                mean: by_mean.map(|slope| -slope),
                log_sigma: from_fn(|i| -self.excess(other, i) - shift(i) * shift(i)),
            },
        ]
    }

    /// Through a sample, with ε held fixed instead of u: from ∂J/∂u, ∂J/∂μ = ∂J/∂u and
    /// ∂J/∂ ln σ = ∂J/∂u σ ε. ln π(u) itself has the slopes 0 and −1 then.
    #[must_use]
    pub fn pull_back(&self, noise: &[V; D], dj_du: &[V; D]) -> GaussianSlopes<V, D> {
        let log_sigma = from_fn(|i| dj_du[i].clone() * self.deviation(noise, i));
        GaussianSlopes { mean: dj_du.clone(), log_sigma }
    }

    /// σ_i ε_i.
    pub(super) fn deviation(&self, noise: &[V; D], i: usize) -> V {
        self.log_sigma[i].clone().exp() * noise[i].clone()
    }

    /// 1/σ_i.
    fn precision(&self, i: usize) -> V {
        (-self.log_sigma[i].clone()).exp()
    }

    /// ε_i = (u_i − μ_i)/σ_i.
    fn noise_of(&self, u: &[V; D], i: usize) -> V {
        (u[i].clone() - self.mean[i].clone()) * self.precision(i)
    }

    /// d_i.
    fn log_ratio(&self, other: &Self, i: usize) -> V {
        self.log_sigma[i].clone() - other.log_sigma[i].clone()
    }

    /// σ_i²/σ′_i² − 1.
    fn excess(&self, other: &Self, i: usize) -> V {
        (V::constant(2.0) * self.log_ratio(other, i)).exp_m1()
    }
}

impl<T: RealField, const D: usize> Gaussian<T, D> {
    /// u = μ + σ ε with ε of [`noise`].
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check); no number was drawn then.
    pub fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Result<[T; D], Error> {
        self.check()?;
        Ok(self.at(&noise(rng)))
    }

    /// Whether all μ are finite, and all ln σ within ±[`MOST_LOG_SIGMA`]: a σ of 0, whose ln is −∞, is not.
    ///
    /// # Errors
    ///
    /// [`Error::Head`], naming the first that is not.
    pub fn check(&self) -> Result<(), Error> {
        check_entries("mean", &self.mean, "finite", T::is_finite)?;
        check_entries("log sigma", &self.log_sigma, "from -20 to 20", |log_sigma| {
            ComplexField::abs(to_f64(log_sigma)) <= MOST_LOG_SIGMA
        })
    }
}

/// D independent numbers of mean 0 and variance 1, normally distributed: ε of a sample, for
/// [`at`](Gaussian::at) and `pull_back`. The same for every scalar, rounded to it.
pub fn noise<T: RealField, R: Rng + ?Sized, const D: usize>(rng: &mut R) -> [T; D] {
    from_fn(|_| nalgebra::convert(rng.sample::<f64, _>(StandardNormal)))
}
