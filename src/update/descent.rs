//! Gradient descent.

use nalgebra::RealField;

use super::{Optimizer, check_gradient_is_finite, check_rate};
use crate::error::Error;
use crate::gradient::Gradient;
use crate::network::Network;
use crate::parameters::Parameters;

/// Θ ← Θ − α ∂J/∂Θ.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(1 => 1 Identity) minimizing HalfSquaredError;
/// }
/// let mut tiny = Tiny::new(Theta::new([0.0], [[0.0]]));
/// let (_, gradient) = tiny.cost_and_gradient(&[[2.0]], &[[1.0]], &Regularization::none())?;
/// GradientDescent::new(0.1)?.step(&mut tiny, &gradient)?;
/// assert_eq!(tiny.parameters(), [0.1, 0.2]);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct GradientDescent<T> {
    rate: T,
}

impl<T: RealField> GradientDescent<T> {
    /// Gradient descent with the learning rate α.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless α is finite and greater than 0.
    pub fn new(rate: T) -> Result<Self, Error> {
        check_rate(&rate)?;
        Ok(Self { rate })
    }

    /// α.
    pub const fn rate(&self) -> &T {
        &self.rate
    }

    /// Another α for the steps to come.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless α is finite and greater than 0; the rate is then as it was.
    pub fn set_rate(&mut self, rate: T) -> Result<(), Error> {
        check_rate(&rate)?;
        self.rate = rate;
        Ok(())
    }
}

impl<N: Network> Optimizer<N> for GradientDescent<N::Scalar> {
    fn step(&mut self, net: &mut N, gradient: &Gradient<N>) -> Result<(), Error> {
        check_gradient_is_finite(gradient)?;
        for (theta, slope) in net.parameters_mut().iter_mut().zip(gradient.parameters()) {
            *theta -= self.rate.clone() * slope.clone();
        }
        Ok(())
    }
}
