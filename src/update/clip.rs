//! Gradients that are kept from becoming too large.

use nalgebra::RealField;

use super::check_setting;
use crate::error::Error;
use crate::fast::values::Norm;
use crate::gradient::Gradient;
use crate::network::Network;
use crate::shapes::parameters::Parameters;

/// How a gradient is made smaller before a step, where it is too large.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::Clip;
///
/// network! {
///     pub struct Tiny(1 => 1 Identity) minimizing HalfSquaredError;
/// }
/// let mut gradient = Gradient::<Tiny<f64>>::zeros();
/// gradient.set_parameters(&[3.0, -4.0])?;
/// assert_eq!(gradient.norm(), 5.0);
/// Clip::norm(2.5)?.apply(&mut gradient);
/// assert_eq!(gradient.parameters(), [1.5, -2.0]);
/// Clip::value(1.75)?.apply(&mut gradient);
/// assert_eq!(gradient.parameters(), [1.5, -1.75]);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clip<T> {
    pub(crate) most: T,
    pub(crate) of: Of,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Of {
    Norm,
    Value,
}

impl<T: RealField> Clip<T> {
    /// ∇J ← ∇J · most/‖∇J‖ where ‖∇J‖, over all Θ⁽ˡ⁾ together, is larger than `most`: the direction
    /// stays, whatever the sizes of the two, also where ‖∇J‖ itself is too large for the scalar.
    /// Source: Pascanu, Mikolov, Bengio 2013, Algorithm 1.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless `most` is finite and greater than 0.
    pub fn norm(most: T) -> Result<Self, Error> {
        Self { most, of: Of::Norm }.checked()
    }

    /// Every entry into [−most, most].
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless `most` is finite and greater than 0.
    pub fn value(most: T) -> Result<Self, Error> {
        Self { most, of: Of::Value }.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        self.check()?;
        Ok(self)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let name = match self.of {
            Of::Norm => "clip: norm",
            Of::Value => "clip: value",
        };
        let positive = self.most > T::zero();
        check_setting(name, &self.most, positive, "finite and greater than 0")
    }

    /// Makes the gradient smaller, where it is too large. One that holds a NaN or an infinite entry
    /// stays as it is: an optimizer refuses it, and says where.
    pub fn apply<N: Network<Scalar = T>>(&self, gradient: &mut Gradient<N>) {
        self.apply_to(gradient.parameters_mut());
    }

    /// Whether it looks at the entries together.
    #[doc(hidden)]
    #[must_use]
    pub const fn is_of_all(&self) -> bool {
        matches!(self.of, Of::Norm)
    }

    /// [`apply`](Self::apply) to a gradient as a slice, or where it looks at each entry by itself to some.
    #[doc(hidden)]
    pub fn apply_to(&self, entries: &mut [T]) {
        match self.of {
            Of::Norm => self.shorten(entries),
            Of::Value => {
                for entry in entries {
                    if !entry.is_finite() {
                        continue;
                    }
                    if *entry > self.most {
                        *entry = self.most.clone();
                    } else if *entry < -self.most.clone() {
                        *entry = -self.most.clone();
                    }
                }
            }
        }
    }

    fn shorten(&self, entries: &mut [T]) {
        let Norm { unit, root } = Norm::of(entries);
        if !(root.is_finite() && root > self.most.clone() / unit.clone()) {
            return;
        }
        let factor = self.most.clone() / (unit * root);
        if is_normal(&factor) {
            for entry in entries {
                *entry *= factor.clone();
            }
            return;
        }
        // Of the norm or of the factor no number is left: first into units of the largest entry.
        let Norm { unit, root } = Norm::in_units_of_the_largest(entries);
        let factor = self.most.clone() / root;
        for entry in entries {
            *entry = entry.clone() / unit.clone() * factor.clone();
        }
    }
}

/// Whether a positive number has all its digits.
fn is_normal<T: RealField>(number: &T) -> bool {
    let four = nalgebra::convert::<f64, T>(4.0);
    *number > T::max_value().map_or_else(T::zero, |largest| four / largest)
}

impl<N: Network> Gradient<N> {
    /// ‖∇J‖ = √Σ (∂J/∂θ)², over all Θ⁽ˡ⁾ together: infinite only where it is too large for the
    /// scalar, NaN if an entry is.
    #[must_use]
    pub fn norm(&self) -> N::Scalar {
        Norm::of(self.parameters()).value()
    }
}
