//! Gradient descent with momentum, plain and Nesterov's.

use core::borrow::BorrowMut;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use super::formula::{self, Formula, compiled};
use super::{ByLayer, Call, Learning, Moments, Optimizer, below_one, check_rate};
use crate::error::Error;
use crate::fast::Crew;
use crate::gradient::Gradient;
use crate::network::{Network, ScalarOf};
use crate::real::Real;
#[cfg(feature = "std")]
use crate::threads::Threads;

/// Gradient descent that remembers its direction: with g = ∂J/∂Θ and v = 0 at first,
///
/// v ← β v + g,  Θ ← Θ − α v,
///
/// or, with [`nesterov`](Momentum::nesterov), Θ ← Θ − α (g + β v) for the new v: the slope as if it
/// had been taken one step of v ahead.
///
/// v has the parameters' own shapes. α is the rate of a single step: under a slope that stays the
/// same, steps grow to α/(1 − β). Sources: Polyak 1964; Nesterov 1983 in the form of Sutskever,
/// Martens, Dahl, Hinton 2013, as PyTorch's `SGD` has it.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(1 => 1 Identity) minimizing HalfSquaredError;
/// }
/// let mut tiny = Tiny::new(Theta::new([0.0], [[0.0]]));
/// let mut momentum = Momentum::new(0.1, 0.9)?;
/// let (_, mut gradient) = tiny.cost_and_gradient(&[[2.0]], &[[1.0]], &Regularization::none())?;
/// gradient.fill(1.0);
/// momentum.step(&mut tiny, &gradient)?; // v = 1
/// momentum.step(&mut tiny, &gradient)?; // v = 1.9
/// assert!((tiny.theta1.bias[0] - -0.29_f64).abs() < 1e-15);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Momentum<N: Network, M: BorrowMut<N> = Moments<N>> {
    pub(crate) rate: N::Scalar,
    pub(crate) beta: N::Scalar,
    pub(crate) ahead: bool,
    pub(crate) v: M,
}

impl<N: Network> Momentum<N> {
    /// The learning rate α and β, with v = 0, for networks of any size: it is [`Moments`].
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless α is finite and greater than 0, and β from 0 to below 1.
    pub fn new(rate: ScalarOf<N>, beta: ScalarOf<N>) -> Result<Self, Error> {
        Self::with(rate, beta, Moments::zeros())
    }

    /// The same with v in a box that the type names.
    ///
    /// # Errors
    ///
    /// As [`new`](Momentum::new).
    #[cfg(feature = "alloc")]
    pub fn boxed(rate: ScalarOf<N>, beta: ScalarOf<N>) -> Result<Momentum<N, Box<N>>, Error> {
        Momentum::with(rate, beta, N::boxed())
    }
}

impl<N: Network, M: BorrowMut<N>> Momentum<N, M> {
    fn with(rate: N::Scalar, beta: N::Scalar, v: M) -> Result<Self, Error> {
        let momentum = Self { rate, beta, ahead: false, v };
        momentum.check()?;
        Ok(momentum)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        check_rate(&self.rate)?;
        below_one("beta", &self.beta)
    }

    /// With the slope one step ahead: Nesterov's.
    #[must_use]
    pub fn nesterov(self) -> Self {
        Self { ahead: true, ..self }
    }

    /// α.
    pub const fn rate(&self) -> &N::Scalar {
        &self.rate
    }

    /// Another α for the steps to come.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless α is finite and greater than 0; the rate is then as it was.
    pub fn set_rate(&mut self, rate: N::Scalar) -> Result<(), Error> {
        check_rate(&rate)?;
        self.rate = rate;
        Ok(())
    }

    /// Of an α: α of g, α of v, β. Plain momentum moves by v alone.
    fn constants(&self) -> impl Fn(N::Scalar) -> [N::Scalar; 3] + use<N, M> {
        let (beta, ahead) = (self.beta.clone(), self.ahead);
        move |rate| {
            let beta = beta.clone();
            if ahead {
                [rate.clone(), rate * beta.clone(), beta]
            } else {
                [nalgebra::zero(), rate, beta]
            }
        }
    }

    #[inline]
    fn step_of(
        &mut self,
        net: &mut N,
        gradient: &Gradient<N>,
        learning: Option<&Learning<N>>,
        crew: Crew<'_, ()>,
    ) -> Result<(), Error> {
        let (constants, v) = (self.constants(), [self.v.borrow_mut()]);
        let rate = &self.rate;
        formula::step::<ByVelocity, N, 1, 3>(net, v, gradient, rate, constants, (learning, crew))
    }
}

#[diagnostic::do_not_recommend]
impl<N: Network, M: BorrowMut<N>> Optimizer<N> for Momentum<N, M> {
    steps!(N);

    #[inline(always)]
    fn train_in_one(&mut self, call: &mut Call<'_, N>) -> Option<N::Scalar> {
        let constants = self.constants();
        formula::train::<ByVelocity, N, 1, 3>(call, [self.v.borrow_mut()], &self.rate, constants)
    }

    fn rate(&self) -> N::Scalar {
        self.rate.clone()
    }

    fn set_rate(&mut self, rate: N::Scalar) -> Result<(), Error> {
        self.set_rate(rate)
    }

    fn visit_state(&mut self, visit: &mut dyn FnMut(&'static str, &mut [N::Scalar])) {
        visit("momentum.v", self.v.borrow_mut().parameters_mut());
    }

    fn visit_settings(&self, visit: &mut dyn FnMut(&'static str, &N::Scalar)) {
        visit(if self.ahead { "nesterov.rate" } else { "momentum.rate" }, &self.rate);
        visit("momentum.beta", &self.beta);
    }
}

#[diagnostic::do_not_recommend]
impl<N: Network, M: BorrowMut<N>> ByLayer<N> for Momentum<N, M> {
    steps_by_layer!(N);
}

/// One step, with the constants in the order of [`Momentum::constants`].
#[derive(Clone, Copy)]
struct ByVelocity;

impl Formula<1, 3> for ByVelocity {
    compiled!(ByVelocity, 1, 3);

    #[inline(always)]
    fn update<V: Real>(constants: [V; 3], theta: V, [v]: [V; 1], g: V) -> (V, [V; 1]) {
        let [rate_of_g, rate_of_v, beta] = constants;
        let v = beta * v + g.clone();
        (theta - (rate_of_g * g + rate_of_v * v.clone()), [v])
    }
}
