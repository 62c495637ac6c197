//! Gradient descent.

use core::ops::{AddAssign, Mul, SubAssign};

use nalgebra::RealField;

use super::{ByLayer, Call, Learning, Optimizer, check_rate, check_what_learns, in_one};
use crate::error::Error;
use crate::fast::Crew;
use crate::fast::elementwise::{Compiled, Floats, OfRule, Rule, move_by, update_compiled};
use crate::fast::registers::either;
use crate::fast::registers::{Entries, Float, compiled_here, each};
use crate::gradient::Gradient;
use crate::network::{Holds, InputOf, Network, ScalarOf, Takes, TargetOf};
use crate::regularization::Regularization;
use crate::shapes::HoldsGradient;
use crate::shapes::parameters::Parameters;
use crate::shapes::theta::{DjDTheta, Theta};
#[cfg(feature = "std")]
use crate::threads::Threads;
use crate::workspace::Workspace;

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
    pub(crate) rate: T,
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

    /// One step: [`Optimizer::step`], also of a network in a `Box` or an [`Aligned`](crate::Aligned).
    ///
    /// # Errors
    ///
    /// As [`Optimizer::step`].
    #[inline(always)]
    pub fn step<N: Takes<Scalar = T> + Network>(
        &mut self,
        net: &mut dyn Holds<N>,
        gradient: &dyn HoldsGradient<N>,
    ) -> Result<(), Error> {
        Optimizer::step(self, net.held_mut(), gradient.held())
    }

    /// One step, shared among threads: [`Optimizer::step_on`], also of a network in a `Box` or an
    /// [`Aligned`](crate::Aligned).
    ///
    /// # Errors
    ///
    /// As [`Optimizer::step`].
    #[cfg(feature = "std")]
    pub fn step_on<N: Takes<Scalar = T> + Network>(
        &mut self,
        threads: &Threads,
        net: &mut dyn Holds<N>,
        gradient: &dyn HoldsGradient<N>,
    ) -> Result<(), Error> {
        Optimizer::step_on(self, threads, net.held_mut(), gradient.held())
    }

    /// One step on these examples: [`Optimizer::train`], also of a network in a `Box` or an
    /// [`Aligned`](crate::Aligned).
    ///
    /// # Errors
    ///
    /// As [`Optimizer::train`].
    #[inline(always)]
    pub fn train<N: Takes<Scalar = T> + Network>(
        &mut self,
        net: &mut dyn Holds<N>,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
        regularization: &Regularization<<N as Parameters>::Scalar>,
        workspace: &mut Workspace<N>,
    ) -> Result<<N as Parameters>::Scalar, Error> {
        Optimizer::train(self, net.held_mut(), inputs, targets, regularization, workspace)
    }
}

impl<T: RealField> GradientDescent<T> {
    #[inline]
    fn step_of<N: Network<Scalar = T>>(
        &self,
        net: &mut N,
        gradient: &Gradient<N>,
        learning: Option<&Learning<N>>,
        crew: Crew<'_, ()>,
    ) -> Result<(), Error> {
        check_what_learns(gradient, learning, &crew)?;
        let (theta, gradient) = (net.parameters_mut(), gradient.parameters());
        let descend = |theta: &mut [T], gradient: &[T], rate: T| {
            crew.share_entries(theta, [], gradient, |theta, [], gradient| {
                descend(theta, gradient, rate.clone());
            });
        };
        let Some(learning) = learning else {
            descend(theta, gradient, self.rate.clone());
            return Ok(());
        };
        for (entries, rate) in learning.parts(&self.rate) {
            descend(&mut theta[entries.clone()], &gradient[entries], rate);
        }
        Ok(())
    }
}

#[inline(always)]
fn rule<T: RealField>(rate: T) -> Option<Floats<Descent<f32>, Descent<f64>>> {
    Floats::of(&Descent(rate))
}

/// A step of some entries.
fn descend<T: RealField>(theta: &mut [T], gradient: &[T], rate: T) {
    match rule(rate.clone()) {
        Some(Floats::Single(rule)) => update_compiled::<_, f32, _, 0>(theta, [], gradient, rule),
        Some(Floats::Double(rule)) => update_compiled::<_, f64, _, 0>(theta, [], gradient, rule),
        None => {
            for (theta, slope) in theta.iter_mut().zip(gradient) {
                *theta -= rate.clone() * slope.clone();
            }
        }
    }
}

/// θ ← θ − α g.
#[derive(Clone, Copy)]
struct Descent<T>(T);

impl<T: Float> Rule<T, 0> for Descent<T> {
    const DESCENDS: bool = true;

    /// −α.
    type Constants<V: Entries<Scalar = T>> = V;

    #[inline(always)]
    fn in_registers<V: Entries<Scalar = T>>(&self) -> V {
        V::splat(-self.0)
    }

    #[inline(always)]
    fn update<V: Entries<Scalar = T>>(minus_rate: &V, theta: V, _: [V; 0], g: V) -> (V, [V; 0]) {
        (g.mul_add(*minus_rate, theta), [])
    }
}

impl<T: Float> Compiled<T, 0> for Descent<T> {
    fn of(constants: &[T]) -> Self {
        // There is one; firmware has no panic for none.
        Self(constants.first().map_or(T::zero(), |&rate| rate))
    }

    fn constants(&self) -> &[T] {
        core::slice::from_ref(&self.0)
    }

    fn kernel() -> OfRule<T> {
        compiled_here! {
            SINGLE: OfRule<f32> = each!(f32: move_by, Descent<f32>; 0);
            DOUBLE: OfRule<f64> = each!(f64: move_by, Descent<f64>; 0);
        }
        either::<T, _, _, _>(&SINGLE, &DOUBLE)
    }
}

#[diagnostic::do_not_recommend]
impl<N: Network> Optimizer<N> for GradientDescent<ScalarOf<N>> {
    steps!(N);

    #[inline(always)]
    fn train_in_one(&mut self, call: &mut Call<'_, N>) -> Option<N::Scalar> {
        in_one(call, [], &self.rate, rule)
    }

    fn rate(&self) -> N::Scalar {
        self.rate.clone()
    }

    fn set_rate(&mut self, rate: N::Scalar) -> Result<(), Error> {
        self.set_rate(rate)
    }

    fn visit_settings(&self, visit: &mut dyn FnMut(&'static str, &N::Scalar)) {
        visit("descent.rate", &self.rate);
    }
}

#[diagnostic::do_not_recommend]
impl<N: Network> ByLayer<N> for GradientDescent<ScalarOf<N>> {
    steps_by_layer!(N);
}

/// α ∂J/∂Θ⁽ˡ⁾, not yet multiplied out: what Θ⁽ˡ⁾ takes as a step.
#[derive(Clone, Copy, Debug)]
pub struct TimesRate<'a, L, T, const S_OUT: usize, const S_IN: usize> {
    slope: &'a DjDTheta<L, T, S_OUT, S_IN>,
    rate: T,
}

/// α ∂J/∂Θ⁽ˡ⁾.
impl<'a, L, T: RealField, const S_OUT: usize, const S_IN: usize> Mul<T>
    for &'a DjDTheta<L, T, S_OUT, S_IN>
{
    type Output = TimesRate<'a, L, T, S_OUT, S_IN>;

    fn mul(self, rate: T) -> Self::Output {
        TimesRate { slope: self, rate }
    }
}

/// What a rate of the type `Rate` is multiplied with: ∂J/∂Θ over that type.
#[diagnostic::on_unimplemented(
    message = "a rate of `{Rate}` is none of parameters of `{Self}`",
    label = "the rate is to be `{Self}`"
)]
pub trait Rated<Rate>: RealField {
    /// The rate.
    fn of(rate: Rate) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: RealField> Rated<T> for T {
    #[inline(always)]
    fn of(rate: T) -> Self {
        rate
    }
}

macro_rules! rate_first {
    ($($scalar:ty),*) => {$(
        /// α ∂J/∂Θ⁽ˡ⁾, with α in front.
        impl<'a, L, T: Rated<$scalar>, const S_OUT: usize, const S_IN: usize>
            Mul<&'a DjDTheta<L, T, S_OUT, S_IN>> for $scalar
        {
            type Output = TimesRate<'a, L, T, S_OUT, S_IN>;

            fn mul(self, slope: &'a DjDTheta<L, T, S_OUT, S_IN>) -> Self::Output {
                slope * T::of(self)
            }
        }
    )*};
}

rate_first!(f32, f64);

/// Θ⁽ˡ⁾ ← Θ⁽ˡ⁾ + α ∂J/∂Θ⁽ˡ⁾, in place: uphill.
impl<L, T: RealField, const S_OUT: usize, const S_IN: usize>
    AddAssign<TimesRate<'_, L, T, S_OUT, S_IN>> for Theta<L, T, S_OUT, S_IN>
{
    fn add_assign(&mut self, step: TimesRate<'_, L, T, S_OUT, S_IN>) {
        *self -= TimesRate { rate: -step.rate, ..step };
    }
}

/// Θ⁽ˡ⁾ ← Θ⁽ˡ⁾ − α ∂J/∂Θ⁽ˡ⁾, in place.
impl<L, T: RealField, const S_OUT: usize, const S_IN: usize>
    SubAssign<TimesRate<'_, L, T, S_OUT, S_IN>> for Theta<L, T, S_OUT, S_IN>
{
    fn sub_assign(&mut self, step: TimesRate<'_, L, T, S_OUT, S_IN>) {
        for (theta, slope) in self.parameters_mut().iter_mut().zip(step.slope.parameters()) {
            *theta -= step.rate.clone() * slope.clone();
        }
    }
}
