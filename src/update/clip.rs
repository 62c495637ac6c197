//! Gradients that are kept from becoming too large.

use nalgebra::{ComplexField, RealField};

use super::check_setting;
use crate::error::Error;
use crate::fast::values::sum_of_squares;
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
    most: T,
    of: Of,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Of {
    Norm,
    Value,
}

impl<T: RealField> Clip<T> {
    /// ∇J ← ∇J · most/‖∇J‖ where ‖∇J‖, over all Θ⁽ˡ⁾ together, is larger than `most`: the direction
    /// stays. Source: Pascanu, Mikolov, Bengio 2013, Algorithm 1.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless `most` is finite and greater than 0.
    pub fn norm(most: T) -> Result<Self, Error> {
        Self::new("clip: norm", most, Of::Norm)
    }

    /// Every entry into [−most, most].
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless `most` is finite and greater than 0.
    pub fn value(most: T) -> Result<Self, Error> {
        Self::new("clip: value", most, Of::Value)
    }

    fn new(name: &'static str, most: T, of: Of) -> Result<Self, Error> {
        check_setting(name, &most, most > T::zero(), "finite and greater than 0")?;
        Ok(Self { most, of })
    }

    /// Makes the gradient smaller, where it is too large. One that holds a NaN or an infinite entry
    /// stays as it is: an optimizer refuses it, and says where.
    pub fn apply<N: Network<Scalar = T>>(&self, gradient: &mut Gradient<N>) {
        match self.of {
            Of::Norm => {
                let norm = gradient.norm();
                if norm.is_finite() && norm > self.most {
                    let factor = self.most.clone() / norm;
                    for entry in gradient.parameters_mut() {
                        *entry *= factor.clone();
                    }
                }
            }
            Of::Value => {
                for entry in gradient.parameters_mut() {
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
}

impl<N: Network> Gradient<N> {
    /// ‖∇J‖ = √Σ (∂J/∂θ)², over all Θ⁽ˡ⁾ together: infinite only where it is too large for the
    /// scalar, NaN if an entry is.
    #[must_use]
    pub fn norm(&self) -> N::Scalar {
        let squares = sum_of_squares(self.parameters());
        if squares.is_finite() && squares > nalgebra::convert(1e-30) {
            return ComplexField::sqrt(squares);
        }
        // Squares overflow, and vanish, long before their root: in units of the largest entry.
        let mut largest: N::Scalar = nalgebra::zero();
        for entry in self.parameters() {
            if !entry.is_finite() {
                return ComplexField::abs(entry.clone());
            }
            largest = RealField::max(largest, ComplexField::abs(entry.clone()));
        }
        let mut sum: N::Scalar = nalgebra::zero();
        if largest == sum {
            return sum;
        }
        for entry in self.parameters() {
            let part = entry.clone() / largest.clone();
            sum += part.clone() * part;
        }
        largest * ComplexField::sqrt(sum)
    }
}
