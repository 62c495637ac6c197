//! λ: one value that says what is added to J and, alike, to ∇J.

use core::fmt;
use core::ops::Range;

use nalgebra::RealField;

use crate::error::Error;
use crate::fast::values::{Norm, are_squares_in_range, sum_of_squares};
use crate::network::Network;
use crate::real::{count, to_f64};

/// What λ means: how the penalty is scaled, and whether it counts the bias.
///
/// | constructor | added to J | added to ∂J/∂Θ⁽ˡ⁾ |
/// | --- | --- | --- |
/// | [`none`](Self::none) | 0 | 0 |
/// | [`article`](Self::article) | (λ/2) Σ θ² | λ Θ⁽ˡ⁾ |
/// | [`coursera`](Self::coursera) | (λ/2m) Σ θ² | (λ/m) Θ⁽ˡ⁾ |
///
/// The sum and Θ⁽ˡ⁾ leave the bias column out, unless [`with_bias`](Self::with_bias) asks for it:
/// the article's formula read literally. scikit-learn's `alpha` is Coursera's λ; a `weight_decay`
/// coupled into the gradient, as in PyTorch's `SGD`, is the article's λ with the bias.
///
/// ```
/// use constprop::Regularization;
///
/// let regularization = Regularization::coursera(3.0);
/// assert_ne!(regularization, regularization.with_bias());
/// ```
#[derive(Clone, Copy, PartialEq)]
pub struct Regularization<T> {
    pub(crate) lambda: T,
    pub(crate) scale: Scale,
    pub(crate) bias: Bias,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scale {
    One,
    PerExample,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bias {
    Excluded,
    Included,
}

/// As the call that makes it: `Regularization::coursera(3.0).with_bias()`.
impl<T: fmt::Debug> fmt::Debug for Regularization<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let constructor = match self.scale {
            Scale::One => "article",
            Scale::PerExample => "coursera",
        };
        let bias = match self.bias {
            Bias::Excluded => "",
            Bias::Included => ".with_bias()",
        };
        write!(f, "Regularization::{constructor}({:?}){bias}", self.lambda)
    }
}

// Private, so that the compiler quotes the line of what is called, with what stands behind it.
#[rustfmt::skip]
#[allow(dead_code, reason = "what is called is an error")]
impl<T: RealField> Regularization<T> {
    fn new(lambda: T) -> Self { Self::article(lambda) } // write this, or `coursera`: λ has two conventions
    fn l2(lambda: T) -> Self { Self::article(lambda) } // write this, or `coursera`: λ has two conventions
}

impl<T: RealField> Regularization<T> {
    /// λ = 0.
    #[must_use]
    pub fn none() -> Self {
        Self::article(T::zero())
    }

    /// The article's: (λ/2) Σ θ² in J, λ Θ in ∂J/∂Θ, without the bias.
    ///
    /// That λ is a finite number from 0 on is checked where it is used, and an
    /// [`Error::Setting`] if not.
    #[must_use]
    pub const fn article(lambda: T) -> Self {
        Self { lambda, scale: Scale::One, bias: Bias::Excluded }
    }

    /// Coursera's: (λ/2m) Σ θ² in J, (λ/m) Θ in ∂J/∂Θ, without the bias.
    ///
    /// λ is checked where it is used, as that of [`article`](Self::article).
    #[must_use]
    pub const fn coursera(lambda: T) -> Self {
        Self { lambda, scale: Scale::PerExample, bias: Bias::Excluded }
    }

    /// The same, with the bias columns counted too.
    #[must_use]
    pub fn with_bias(self) -> Self {
        Self { bias: Bias::Included, ..self }
    }

    /// λ.
    pub const fn lambda(&self) -> &T {
        &self.lambda
    }

    /// What J gains for m examples: (λ/2) Σ θ² or (λ/2m) Σ θ².
    #[must_use]
    pub fn penalty<N: Network<Scalar = T>>(&self, net: &N, m: usize) -> T {
        if self.lambda.is_zero() {
            return T::zero();
        }
        let mut squares = T::zero();
        self.for_each_penalized(sizes::<N>(), |penalized| {
            squares += sum_of_squares(&net.parameters()[penalized]);
        });
        let (factor, half) = (self.factor(m), nalgebra::convert::<f64, T>(0.5));
        if are_squares_in_range(&squares) {
            return factor * (squares * half);
        }
        // Squares overflow, and vanish, where λ times them may not.
        let mut penalty = T::zero();
        self.for_each_penalized(sizes::<N>(), |penalized| {
            let Norm { unit, root } = Norm::in_units_of_the_largest(&net.parameters()[penalized]);
            let squares = root.clone() * root;
            penalty += factor.clone() * unit.clone() * squares * half.clone() * unit;
        });
        penalty
    }

    /// ∂J/∂Θ⁽ˡ⁾ += λ Θ⁽ˡ⁾ or (λ/m) Θ⁽ˡ⁾, for every Θ⁽ˡ⁾ of `thetas`.
    pub(crate) fn add_slope(
        &self,
        thetas: &[T],
        sizes: impl Iterator<Item = (usize, usize)>,
        m: usize,
        slopes: &mut [T],
    ) {
        let factor = self.factor(m);
        self.for_each_penalized(sizes, |penalized| {
            // By `get`: firmware has no panic for sizes that cannot be.
            let (thetas, slopes) = (thetas.get(penalized.clone()), slopes.get_mut(penalized));
            for (slope, theta) in slopes.into_iter().flatten().zip(thetas.into_iter().flatten()) {
                *slope += factor.clone() * theta.clone();
            }
        });
    }

    /// ∇²J of the penalty, a diagonal: `add` is told each flat index that λ counts, and what it adds
    /// there.
    #[cfg(feature = "alloc")]
    pub(crate) fn add_curvature<N: Network<Scalar = T>>(
        &self,
        m: usize,
        mut add: impl FnMut(usize, T),
    ) {
        let factor = self.factor(m);
        self.for_each_penalized(sizes::<N>(), |penalized| {
            for index in penalized {
                add(index, factor.clone());
            }
        });
    }

    /// What Θ⁽ˡ⁾ is multiplied with in ∂J/∂Θ⁽ˡ⁾: the weights, and the bias.
    pub(crate) fn decays(&self, m: usize) -> (T, T) {
        let decay = self.factor(m);
        match self.bias {
            Bias::Excluded => (decay, T::zero()),
            Bias::Included => (decay.clone(), decay),
        }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.lambda.is_finite() && self.lambda >= T::zero() {
            return Ok(());
        }
        let value = to_f64(&self.lambda);
        Err(Error::Setting { name: "lambda", value, expected: "finite and not negative" })
    }

    fn factor(&self, m: usize) -> T {
        match self.scale {
            Scale::One => self.lambda.clone(),
            Scale::PerExample => self.lambda.clone() / count(m),
        }
    }

    /// Visits the flat indices that λ counts, those of one Θ⁽ˡ⁾ after the other, each of them (s_out, s_in).
    /// J and ∇J both go this way, so that they cannot disagree about the bias.
    fn for_each_penalized(
        &self,
        sizes: impl Iterator<Item = (usize, usize)>,
        mut visit: impl FnMut(Range<usize>),
    ) {
        if self.lambda.is_zero() {
            return;
        }
        let mut first = 0;
        for (s_out, s_in) in sizes {
            let end = first + s_out * (s_in + 1);
            let skipped = match self.bias {
                Bias::Excluded => s_out,
                Bias::Included => 0,
            };
            visit(first + skipped..end);
            first = end;
        }
    }
}

/// (s_out, s_in) of every Θ⁽ˡ⁾.
pub(crate) fn sizes<N: Network>() -> impl Iterator<Item = (usize, usize)> {
    N::SHAPES.iter().map(|shape| (shape.s_out, shape.s_in))
}
