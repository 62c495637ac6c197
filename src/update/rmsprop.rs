//! RMSprop.

use core::borrow::BorrowMut;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use nalgebra::RealField;

use super::formula::{self, Formula, compiled, most_to_square, within};
use super::{ByLayer, Call, Learning, Moments, Optimizer, below_one, check_rate, check_setting};
use crate::error::Error;
use crate::fast::Crew;
use crate::gradient::Gradient;
use crate::network::{Network, ScalarOf};
use crate::real::Real;
#[cfg(feature = "std")]
use crate::threads::Threads;

/// What steers [`RmsProp`].
#[derive(Clone, Debug, PartialEq)]
pub struct RmsPropSettings<T> {
    /// α, finite and greater than 0; 0.01 unless said otherwise.
    pub rate: T,
    /// ρ, from 0 to below 1: how long the mean of the square remembers; 0.99.
    pub rho: T,
    /// ε, finite and greater than 0, added to the root; 1e-8.
    pub epsilon: T,
}

impl<T: RealField> Default for RmsPropSettings<T> {
    fn default() -> Self {
        let [rate, rho, epsilon] = [1e-2, 0.99, 1e-8].map(nalgebra::convert);
        Self { rate, rho, epsilon }
    }
}

impl<T: RealField> RmsPropSettings<T> {
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_rate(&self.rate)?;
        below_one("rho", &self.rho)?;
        let positive = self.epsilon > T::zero();
        check_setting("epsilon", &self.epsilon, positive, "finite and greater than 0")
    }
}

/// RMSprop: with g = ∂J/∂Θ, s = 0 at first, and everything entry by entry,
///
/// s ← ρ s + (1 − ρ) g²,  Θ ← Θ − α g / (√s + ε).
///
/// A |g| that is too large to be squared, beyond ½ √max (9 · 10¹⁸ in `f32`, 6 · 10¹⁵³ in `f64`),
/// counts as that. One whose square vanishes (10⁻²³, 10⁻¹⁶²) adds nothing to s: ε alone divides it.
///
/// s has the parameters' own shapes. Source: Tieleman, Hinton 2012 (Coursera, lecture 6e), with ε
/// outside of the root, as PyTorch has it.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(1 => 1 Identity) minimizing HalfSquaredError;
/// }
/// let mut tiny = Tiny::new(Theta::new([0.0], [[0.0]]));
/// let mut rms_prop = RmsProp::new(RmsPropSettings { rate: 0.1, ..Default::default() })?;
/// let (_, gradient) = tiny.cost_and_gradient(&[[2.0]], &[[1.0]], &Regularization::none())?;
/// rms_prop.step(&mut tiny, &gradient)?;
/// // The first step is α/√(1 − ρ) against the sign of the gradient.
/// assert!((tiny.theta1.bias[0] - 1.0_f64).abs() < 1e-6);
/// assert!((tiny.theta1.weights[0] - 1.0_f64).abs() < 1e-6);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RmsProp<N: Network, M: BorrowMut<N> = Moments<N>> {
    pub(crate) settings: RmsPropSettings<N::Scalar>,
    pub(crate) s: M,
}

impl<N: Network> RmsProp<N> {
    /// RmsProp with s = 0, for networks of any size: it is [`Moments`].
    ///
    /// # Errors
    ///
    /// [`Error::Setting`], naming the setting that is out of its range.
    pub fn new(settings: RmsPropSettings<ScalarOf<N>>) -> Result<Self, Error> {
        settings.check()?;
        Ok(Self { settings, s: Moments::zeros() })
    }

    /// The same with s in a box that the type names.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`], naming the setting that is out of its range.
    #[cfg(feature = "alloc")]
    pub fn boxed(settings: RmsPropSettings<ScalarOf<N>>) -> Result<RmsProp<N, Box<N>>, Error> {
        settings.check()?;
        Ok(RmsProp { settings, s: N::boxed() })
    }
}

impl<N: Network, M: BorrowMut<N>> RmsProp<N, M> {
    /// α.
    pub const fn rate(&self) -> &N::Scalar {
        &self.settings.rate
    }

    /// Another α for the steps to come.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless α is finite and greater than 0; the rate is then as it was.
    pub fn set_rate(&mut self, rate: N::Scalar) -> Result<(), Error> {
        check_rate(&rate)?;
        self.settings.rate = rate;
        Ok(())
    }

    /// Of an α: that, 1 − ρ, ρ, ε, and the largest |g|.
    fn constants(&self) -> impl Fn(N::Scalar) -> [N::Scalar; 5] + use<N, M> {
        let RmsPropSettings { rho, epsilon, .. } = self.settings.clone();
        let new = nalgebra::one::<N::Scalar>() - rho.clone();
        move |rate| [rate, new.clone(), rho.clone(), epsilon.clone(), most_to_square()]
    }

    #[inline]
    fn step_of(
        &mut self,
        net: &mut N,
        gradient: &Gradient<N>,
        learning: Option<&Learning<N>>,
        crew: Crew<'_, ()>,
    ) -> Result<(), Error> {
        let (constants, s) = (self.constants(), [self.s.borrow_mut()]);
        let rate = &self.settings.rate;
        formula::step::<ByMeanSquare, N, 1, 5>(net, s, gradient, rate, constants, (learning, crew))
    }
}

#[diagnostic::do_not_recommend]
impl<N: Network, M: BorrowMut<N>> Optimizer<N> for RmsProp<N, M> {
    steps!(N);

    #[inline(always)]
    fn train_in_one(&mut self, call: &mut Call<'_, N>) -> Option<N::Scalar> {
        let (constants, s) = (self.constants(), [self.s.borrow_mut()]);
        formula::train::<ByMeanSquare, N, 1, 5>(call, s, &self.settings.rate, constants)
    }

    fn rate(&self) -> N::Scalar {
        self.settings.rate.clone()
    }

    fn set_rate(&mut self, rate: N::Scalar) -> Result<(), Error> {
        self.set_rate(rate)
    }

    fn visit_state(&mut self, visit: &mut dyn FnMut(&'static str, &mut [N::Scalar])) {
        visit("rmsprop.s", self.s.borrow_mut().parameters_mut());
    }

    fn visit_settings(&self, visit: &mut dyn FnMut(&'static str, &N::Scalar)) {
        visit("rmsprop.rate", &self.settings.rate);
        visit("rmsprop.rho", &self.settings.rho);
        visit("rmsprop.epsilon", &self.settings.epsilon);
    }
}

#[diagnostic::do_not_recommend]
impl<N: Network, M: BorrowMut<N>> ByLayer<N> for RmsProp<N, M> {
    steps_by_layer!(N);
}

/// One step, with the constants in the order of [`RmsProp::constants`].
#[derive(Clone, Copy)]
struct ByMeanSquare;

impl Formula<1, 5> for ByMeanSquare {
    compiled!(ByMeanSquare, 1, 5);

    #[inline(always)]
    fn update<V: Real>(constants: [V; 5], theta: V, [s]: [V; 1], g: V) -> (V, [V; 1]) {
        let [rate, new, rho, epsilon, most] = constants;
        let g = within(g, most);
        let s = rho * s + new * g.clone() * g.clone();
        (theta - rate * g / (s.clone().sqrt() + epsilon), [s])
    }
}
