//! Adagrad.

use core::borrow::BorrowMut;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use nalgebra::RealField;

use super::formula::{self, Formula, compiled, most_to_square, within};
use super::{ByLayer, Call, Learning, Moments, Optimizer, check_rate, check_setting};
use crate::error::Error;
use crate::fast::Crew;
use crate::gradient::Gradient;
use crate::network::{Network, ScalarOf};
use crate::real::Real;
#[cfg(feature = "std")]
use crate::threads::Threads;

/// What steers [`Adagrad`].
#[derive(Clone, Debug, PartialEq)]
pub struct AdagradSettings<T> {
    /// α, finite and greater than 0; 0.01 unless said otherwise.
    pub rate: T,
    /// ε, finite and greater than 0, added to the root; 1e-10.
    pub epsilon: T,
}

impl<T: RealField> Default for AdagradSettings<T> {
    fn default() -> Self {
        let [rate, epsilon] = [1e-2, 1e-10].map(nalgebra::convert);
        Self { rate, epsilon }
    }
}

impl<T: RealField> AdagradSettings<T> {
    pub(crate) fn check(&self) -> Result<(), Error> {
        check_rate(&self.rate)?;
        let positive = self.epsilon > T::zero();
        check_setting("epsilon", &self.epsilon, positive, "finite and greater than 0")
    }
}

/// Adagrad: with g = ∂J/∂Θ, s = 0 at first, and everything entry by entry,
///
/// s ← s + g²,  Θ ← Θ − α g / (√s + ε).
///
/// A |g| that is too large to be squared, beyond ½ √max (9 · 10¹⁸ in `f32`, 6 · 10¹⁵³ in `f64`),
/// counts as that. One whose square vanishes (10⁻²³, 10⁻¹⁶²) adds nothing to s: ε alone divides it.
/// s stays where it has no room for more.
///
/// A parameter's steps become shorter the more it has been moved: for features that are seldom
/// there. s has the parameters' own shapes. Source: Duchi, Hazan, Singer 2011, diagonal form, with
/// PyTorch's ε.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(1 => 1 Identity) minimizing HalfSquaredError;
/// }
/// let mut tiny = Tiny::new(Theta::new([0.0], [[0.0]]));
/// let mut adagrad = Adagrad::new(AdagradSettings { rate: 0.1, ..Default::default() })?;
/// let (_, gradient) = tiny.cost_and_gradient(&[[2.0]], &[[1.0]], &Regularization::none())?;
/// adagrad.step(&mut tiny, &gradient)?;
/// // The first step is α against the sign of the gradient.
/// assert!((tiny.theta1.bias[0] - 0.1_f64).abs() < 1e-6);
/// assert!((tiny.theta1.weights[0] - 0.1_f64).abs() < 1e-6);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Adagrad<N: Network, M: BorrowMut<N> = Moments<N>> {
    pub(crate) settings: AdagradSettings<N::Scalar>,
    pub(crate) s: M,
}

impl<N: Network> Adagrad<N> {
    /// Adagrad with s = 0, for networks of any size: it is [`Moments`].
    ///
    /// # Errors
    ///
    /// [`Error::Setting`], naming the setting that is out of its range.
    pub fn new(settings: AdagradSettings<ScalarOf<N>>) -> Result<Self, Error> {
        settings.check()?;
        Ok(Self { settings, s: Moments::zeros() })
    }

    /// The same with s in a box that the type names.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`], naming the setting that is out of its range.
    #[cfg(feature = "alloc")]
    pub fn boxed(settings: AdagradSettings<ScalarOf<N>>) -> Result<Adagrad<N, Box<N>>, Error> {
        settings.check()?;
        Ok(Adagrad { settings, s: N::boxed() })
    }
}

impl<N: Network, M: BorrowMut<N>> Adagrad<N, M> {
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

    /// Of an α: that, ε, and the largest |g|.
    fn constants(&self) -> impl Fn(N::Scalar) -> [N::Scalar; 3] + use<N, M> {
        let epsilon = self.settings.epsilon.clone();
        move |rate| [rate, epsilon.clone(), most_to_square()]
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
        formula::step::<BySum, N, 1, 3>(net, s, gradient, rate, constants, (learning, crew))
    }
}

#[diagnostic::do_not_recommend]
impl<N: Network, M: BorrowMut<N>> Optimizer<N> for Adagrad<N, M> {
    steps!(N);

    #[inline(always)]
    fn train_in_one(&mut self, call: &mut Call<'_, N>) -> Option<N::Scalar> {
        let (constants, s) = (self.constants(), [self.s.borrow_mut()]);
        formula::train::<BySum, N, 1, 3>(call, s, &self.settings.rate, constants)
    }

    fn rate(&self) -> N::Scalar {
        self.settings.rate.clone()
    }

    fn set_rate(&mut self, rate: N::Scalar) -> Result<(), Error> {
        self.set_rate(rate)
    }

    fn visit_state(&mut self, visit: &mut dyn FnMut(&'static str, &mut [N::Scalar])) {
        visit("adagrad.s", self.s.borrow_mut().parameters_mut());
    }

    fn visit_settings(&self, visit: &mut dyn FnMut(&'static str, &N::Scalar)) {
        visit("adagrad.rate", &self.settings.rate);
        visit("adagrad.epsilon", &self.settings.epsilon);
    }
}

#[diagnostic::do_not_recommend]
impl<N: Network, M: BorrowMut<N>> ByLayer<N> for Adagrad<N, M> {
    steps_by_layer!(N);
}

/// One step, with the constants in the order of [`Adagrad::constants`].
#[derive(Clone, Copy)]
struct BySum;

impl Formula<1, 3> for BySum {
    compiled!(BySum, 1, 3);

    #[inline(always)]
    fn update<V: Real>(constants: [V; 3], theta: V, [s]: [V; 1], g: V) -> (V, [V; 1]) {
        let [rate, epsilon, most] = constants;
        let g = within(g, most.clone());
        // A sum that has no room for more stays at the largest square.
        let (s, full) = (s + g.clone() * g.clone(), most.clone() * most);
        let s = s.clone().select_gt(full.clone(), full, s);
        (theta - rate * g / (s.clone().sqrt() + epsilon), [s])
    }
}
