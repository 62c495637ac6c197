//! Update: a step that makes J smaller.

mod adam;
mod descent;
mod elementwise;

use nalgebra::RealField;

pub use adam::{Adam, AdamSettings};
pub use descent::GradientDescent;

use crate::error::Error;
use crate::gradient::Gradient;
use crate::input::first_not_finite;
use crate::network::{Network, place};
use crate::parameters::Parameters;
use crate::real::to_f64;

/// Something that moves parameters against their gradient.
///
/// A boxed network is handed over as `&mut *net`, where the optimizer does not name its type.
pub trait Optimizer<N: Network> {
    /// One step.
    ///
    /// # Errors
    ///
    /// [`Error::Gradient`], naming the first entry that is not finite; parameters and optimizer
    /// are then as they were.
    fn step(&mut self, net: &mut N, gradient: &Gradient<N>) -> Result<(), Error>;
}

fn check_gradient_is_finite<N: Network>(gradient: &Gradient<N>) -> Result<(), Error> {
    match first_not_finite(gradient.parameters()) {
        None => Ok(()),
        Some(index) => {
            let (theta, row, column) = place::<N>(index);
            let value = to_f64(&gradient.parameters()[index]);
            Err(Error::Gradient { theta, row, column, value })
        }
    }
}

fn check_setting<T: RealField>(
    name: &'static str,
    value: &T,
    fits: bool,
    expected: &'static str,
) -> Result<(), Error> {
    if fits && value.is_finite() {
        return Ok(());
    }
    Err(Error::Setting { name, value: to_f64(value), expected })
}

fn check_rate<T: RealField>(rate: &T) -> Result<(), Error> {
    check_setting("learning rate", rate, *rate > T::zero(), "finite and greater than 0")
}
