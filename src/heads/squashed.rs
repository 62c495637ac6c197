//! D numbers within ±1.

use core::array::from_fn;
use core::f64::consts::LN_2;

use nalgebra::RealField;
use rand::Rng;

use super::gaussian::{Gaussian, GaussianSlopes};
use crate::error::Error;
use crate::output::sum;
use crate::real::Real;

/// a = tanh u, with u of a [`Gaussian`]: actions within ±1.
///
/// What is asked for by an action is asked for by its u, which is to be kept with it: of a = ±1, as tanh 20
/// is in `f64`, no u is left. Source: Haarnoja et al. 2018, appendix C.
///
/// ```
/// use constprop::heads::{Gaussian, SquashedGaussian};
///
/// let head = SquashedGaussian(Gaussian { mean: [30.0_f64], log_sigma: [0.0] });
/// let u = head.sample(&mut constprop::rng(1))?;
/// assert_eq!(head.action(&u), [1.0]);
/// assert!(head.log_probability(&u) > 50.0); // where ln(1 − a²) would be −∞
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquashedGaussian<V, const D: usize>(pub Gaussian<V, D>);

impl<V: Real, const D: usize> SquashedGaussian<V, D> {
    /// a = tanh u.
    #[must_use]
    pub fn action(&self, u: &[V; D]) -> [V; D] {
        u.clone().map(V::tanh)
    }

    /// ln π(a) = ln N(u; μ, σ) − Σ_i ln(1 − tanh² u_i).
    ///
    /// ln(1 − tanh² u) is 2 (ln 2 − |u| − ln(1 + e^{−2|u|})): right to rounding where tanh u is ±1.
    #[must_use]
    pub fn log_probability(&self, u: &[V; D]) -> V {
        self.0.log_probability(u) - log_slopes(u)
    }

    /// Of a, and so u, held fixed: those of the [`Gaussian`], for a has no part in what tanh adds.
    #[must_use]
    pub fn log_probability_slopes(&self, u: &[V; D]) -> GaussianSlopes<V, D> {
        self.0.log_probability_slopes(u)
    }

    /// The entropy as one sample has it: H of the Gaussian + Σ_i ln(1 − tanh² u_i), at u = μ + σ ε. There is no
    /// formula for its mean, which is the entropy; −ln π(a) has the same mean, and scatters more.
    #[must_use]
    pub fn entropy_from(&self, noise: &[V; D]) -> V {
        self.0.entropy() + log_slopes(&self.0.at(noise))
    }

    /// Of ε held fixed: ∂/∂μ = −2 tanh u, ∂/∂ ln σ = 1 − 2 tanh u σ ε.
    #[must_use]
    pub fn entropy_slopes_from(&self, noise: &[V; D]) -> GaussianSlopes<V, D> {
        self.pull_back(noise, &from_fn(|_| V::zero()), &-V::one())
    }

    /// KL(π ‖ π′), which is that of the Gaussians: tanh takes nothing away.
    #[must_use]
    pub fn kl(&self, other: &Self) -> V {
        self.0.kl(&other.0)
    }

    /// [`Gaussian::kl_slopes`].
    #[must_use]
    pub fn kl_slopes(&self, other: &Self) -> [GaussianSlopes<V, D>; 2] {
        self.0.kl_slopes(&other.0)
    }

    /// Through a sample, with ε held fixed: from ∂J/∂a and ∂J/∂ ln π(a), with
    /// ∂J/∂u = ∂J/∂a (1 − tanh² u) + ∂J/∂ ln π 2 tanh u,
    ///
    /// ∂J/∂μ = ∂J/∂u,  ∂J/∂ ln σ = ∂J/∂u σ ε − ∂J/∂ ln π.
    ///
    /// That is SAC's gradient of α ln π(a) − Q(a): ∂J/∂ ln π = α, ∂J/∂a = −∂Q/∂a. Source: Haarnoja et al. 2018,
    /// eq. 13.
    #[must_use]
    pub fn pull_back(
        &self,
        noise: &[V; D],
        dj_da: &[V; D],
        dj_dlog_probability: &V,
    ) -> GaussianSlopes<V, D> {
        let u = self.0.at(noise);
        let dj_du = from_fn(|i| {
            let of_log = V::constant(2.0) * u[i].clone().tanh() * dj_dlog_probability.clone();
            dj_da[i].clone() * slope(u[i].clone()) + of_log
        });
        let mut slopes = self.0.pull_back(noise, &dj_du);
        slopes.log_sigma = slopes.log_sigma.map(|slope| slope - dj_dlog_probability.clone());
        slopes
    }
}

impl<T: RealField, const D: usize> SquashedGaussian<T, D> {
    /// u of an action: [`Gaussian::sample`]. The action is [`action`](Self::action) of it.
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check); no number was drawn then.
    pub fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Result<[T; D], Error> {
        self.0.sample(rng)
    }

    /// [`Gaussian::check`].
    ///
    /// # Errors
    ///
    /// [`Error::Head`], naming the first μ or ln σ that does not fit.
    pub fn check(&self) -> Result<(), Error> {
        self.0.check()
    }
}

/// Σ_i ln(1 − tanh² u_i).
fn log_slopes<V: Real, const D: usize>(u: &[V; D]) -> V {
    let terms: [V; D] = from_fn(|i| {
        let u = u[i].clone();
        // |u| by the branch of `exp_neg_abs`, so that dual numbers have the slope 0 at 0.
        let size = u.clone().select_gt(V::zero(), u.clone(), -u.clone());
        let tail = (V::constant(2.0) * u).exp_neg_abs().ln_1p();
        V::constant(2.0) * (V::constant(LN_2) - size - tail)
    });
    sum(&terms)
}

/// 1 − tanh² u = 4e/(1 + e)² with e = e^{−2|u|}: every digit right where tanh u is ±1.
fn slope<V: Real>(u: V) -> V {
    let e = (V::constant(2.0) * u).exp_neg_abs();
    let one_more = V::one() + e.clone();
    V::constant(4.0) * e / (one_more.clone() * one_more)
}
