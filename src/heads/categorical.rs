//! One of K actions.

use core::array::from_fn;

use nalgebra::RealField;
use rand::{Rng, RngExt};

use super::{check_entries, weighted};
use crate::error::Error;
use crate::output::{Output, Softmax, largest, sum};
use crate::real::{Real, to_f64};

/// π_k = e^{z_k} / Σ_j e^{z_j}: one of K actions, from K logits z of any size.
///
/// The network has K outputs of `Identity`. With `Softmax` outputs, and an advantage for the action,
/// [`SignedCategoricalCrossEntropy`](crate::SignedCategoricalCrossEntropy) is the same in a cost.
///
/// No logit overflows: all are taken less their largest. ln π is −∞ only where two of them differ by
/// more than the largest number; entropy and KL take 0 ln 0 as 0.
///
/// ```
/// use constprop::heads::Categorical;
///
/// let head = Categorical { z: [0.0_f64, 1000.0, -1000.0] };
/// assert_eq!(head.log_probabilities(), [-1000.0, 0.0, -2000.0]);
/// assert_eq!(head.entropy(), 0.0);
/// assert_eq!(head.log_probability_slopes(0)?, [1.0, -1.0, 0.0]);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Categorical<V, const K: usize> {
    /// The logits.
    pub z: [V; K],
}

impl<V: Real, const K: usize> Categorical<V, K> {
    /// π, K numbers.
    #[must_use]
    pub fn probabilities(&self) -> [V; K] {
        Softmax::h(&self.z)
    }

    /// ln π_k = z_k − M − ln Σ_j e^{z_j − M}, with M the largest z.
    #[must_use]
    pub fn log_probabilities(&self) -> [V; K] {
        let highest = largest(&self.z);
        let shifted: [V; K] = from_fn(|k| self.z[k].clone() - highest.clone());
        let logarithm = sum(&shifted.clone().map(V::exp)).ln();
        shifted.map(|z| z - logarithm.clone())
    }

    /// ln π of an action, one of 0 to K − 1.
    ///
    /// # Errors
    ///
    /// [`Error::Label`] for an action beyond them.
    pub fn log_probability(&self, action: usize) -> Result<V, Error> {
        check_action::<K>(action)?;
        Ok(self.log_probabilities()[action].clone())
    }

    /// ∂ ln π_k/∂z_i: 1 − π_k where i is the action k, else −π_i. Source: Williams 1992, §6.
    ///
    /// # Errors
    ///
    /// [`Error::Label`] for an action beyond 0 to K − 1.
    pub fn log_probability_slopes(&self, action: usize) -> Result<[V; K], Error> {
        check_action::<K>(action)?;
        let mut slopes = self.probabilities().map(|p| -p);
        slopes[action] = V::one() + slopes[action].clone();
        Ok(slopes)
    }

    /// H = −Σ_i π_i ln π_i.
    #[must_use]
    pub fn entropy(&self) -> V {
        -mean(&self.probabilities(), &self.log_probabilities())
    }

    /// ∂H/∂z_i = −π_i (ln π_i + H).
    #[must_use]
    pub fn entropy_slopes(&self) -> [V; K] {
        let (p, log_p) = (self.probabilities(), self.log_probabilities());
        let entropy = -mean(&p, &log_p);
        from_fn(|i| -weighted(p[i].clone(), log_p[i].clone() + entropy.clone()))
    }

    /// KL(π ‖ π′) = Σ_i π_i (ln π_i − ln π′_i).
    #[must_use]
    pub fn kl(&self, other: &Self) -> V {
        mean(&self.probabilities(), &self.log_ratios(other))
    }

    /// ∂KL/∂z_i = π_i (ln π_i − ln π′_i − KL), and ∂KL/∂z′_i = π′_i − π_i.
    #[must_use]
    pub fn kl_slopes(&self, other: &Self) -> [[V; K]; 2] {
        let (p, of_other) = (self.probabilities(), other.probabilities());
        let ratios = self.log_ratios(other);
        let kl = mean(&p, &ratios);
        [
            from_fn(|i| weighted(p[i].clone(), ratios[i].clone() - kl.clone())),
            from_fn(|i| of_other[i].clone() - p[i].clone()),
        ]
    }

    /// ln π_i − ln π′_i.
    fn log_ratios(&self, other: &Self) -> [V; K] {
        let (of_self, of_other) = (self.log_probabilities(), other.log_probabilities());
        from_fn(|i| of_self[i].clone() - of_other[i].clone())
    }
}

impl<T: RealField, const K: usize> Categorical<T, K> {
    /// An action: the first k whose π_0 + … + π_k is more than a uniform number of [0, 1).
    ///
    /// # Errors
    ///
    /// Those of [`check`](Self::check); no number was drawn then.
    pub fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> Result<usize, Error> {
        self.check()?;
        let (mut rest, mut drawn) = (rng.random::<f64>(), 0);
        for (k, p) in self.probabilities().iter().enumerate() {
            // Rounding may leave a rest behind all of them, which belongs to the last that can be.
            if *p > T::zero() {
                drawn = k;
                rest -= to_f64(p);
            }
            if rest < 0.0 {
                break;
            }
        }
        Ok(drawn)
    }

    /// Whether all logits are finite.
    ///
    /// # Errors
    ///
    /// [`Error::Head`], naming the first that is not.
    pub fn check(&self) -> Result<(), Error> {
        check_entries("logit", &self.z, "finite", T::is_finite)
    }
}

fn check_action<const K: usize>(action: usize) -> Result<(), Error> {
    if action < K { Ok(()) } else { Err(Error::Label { label: action, classes: K }) }
}

/// Σ_i π_i v_i.
fn mean<V: Real, const K: usize>(p: &[V; K], values: &[V; K]) -> V {
    let terms: [V; K] = from_fn(|i| weighted(p[i].clone(), values[i].clone()));
    sum(&terms)
}
