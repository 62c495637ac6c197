//! Updates that treat every parameter alike: their formulas, entry by entry.

use core::marker::PhantomData;

use nalgebra::RealField;

use super::{Call, Learning, check_what_learns, in_one};
use crate::error::Error;
use crate::fast::Crew;
use crate::fast::elementwise::{Compiled, Floats, OfRule, Rule, update_compiled};
use crate::fast::registers::{Entries, Float};
use crate::gradient::Gradient;
use crate::network::Network;
use crate::real::Real;
use crate::shapes::parameters::Parameters;

/// The formula of an optimizer that keeps `STATE` numbers for each parameter and has `K` constants:
/// written once, over numbers and registers alike.
pub(crate) trait Formula<const STATE: usize, const K: usize>: Copy + Sync + 'static {
    /// (θ, state) after the step, given g = ∂J/∂θ.
    fn update<V: Real>(constants: [V; K], theta: V, state: [V; STATE], g: V) -> (V, [V; STATE]);

    /// The loop over all entries, which [`compiled`] writes.
    fn kernel<T: Float>() -> OfRule<T>;
}

/// [`Formula::kernel`] of a formula with so many numbers and constants, as statics: what they name is
/// compiled in this crate.
macro_rules! compiled {
    ($formula:ty, $state:literal, $constants:literal) => {
        fn kernel<T: $crate::fast::registers::Float>() -> $crate::fast::elementwise::OfRule<T> {
            use $crate::fast::elementwise::{OfRule, move_by};
            use $crate::update::formula::Constants;
            $crate::fast::registers::compiled_here! {
                SINGLE: OfRule<f32> =
                    $crate::fast::registers::each!(f32: move_by, Constants<$formula, f32, $constants>; $state);
                DOUBLE: OfRule<f64> =
                    $crate::fast::registers::each!(f64: move_by, Constants<$formula, f64, $constants>; $state);
            }
            $crate::fast::registers::either::<T, _, _, _>(&SINGLE, &DOUBLE)
        }
    };
}

pub(super) use compiled;

/// The largest |g| that is squared: its square is a quarter of the scalar's largest number, so that
/// sums of two such are in range.
pub(super) fn most_to_square<T: RealField>() -> T {
    // For a scalar without a largest number, what is far beyond use.
    let largest = T::max_value().unwrap_or_else(|| nalgebra::convert(f64::MAX));
    largest.sqrt() * nalgebra::convert(0.5)
}

/// `x` held within [−`most`, `most`]; a NaN stays a NaN, for it stands behind.
#[inline(always)]
pub(super) fn within<V: Real>(x: V, most: V) -> V {
    (-most.clone()).max(most.min(x))
}

/// A formula with the constants of one step.
#[derive(Clone, Copy)]
pub(super) struct Constants<F, T, const K: usize>([T; K], PhantomData<F>);

impl<F, T: Float, const STATE: usize, const K: usize> Rule<T, STATE> for Constants<F, T, K>
where
    F: Formula<STATE, K>,
{
    type Constants<V: Entries<Scalar = T>> = [V; K];

    #[inline(always)]
    fn in_registers<V: Entries<Scalar = T>>(&self) -> [V; K] {
        self.0.map(V::splat)
    }

    #[inline(always)]
    fn update<V: Entries<Scalar = T>>(
        constants: &[V; K],
        theta: V,
        state: [V; STATE],
        g: V,
    ) -> (V, [V; STATE]) {
        F::update(*constants, theta, state, g)
    }
}

impl<F, T: Float, const STATE: usize, const K: usize> Compiled<T, STATE> for Constants<F, T, K>
where
    F: Formula<STATE, K>,
{
    fn of(constants: &[T]) -> Self {
        // There are as many; firmware has no panic for less.
        Self(constants.first_chunk().copied().unwrap_or([T::zero(); K]), PhantomData)
    }

    fn constants(&self) -> &[T] {
        &self.0
    }

    fn kernel() -> OfRule<T> {
        F::kernel()
    }
}

/// [`Optimizer::step`](super::Optimizer::step) by a formula, with its constants for an α; of all, or of what
/// learns, and who makes it.
#[inline]
pub(super) fn step<F: Formula<STATE, K>, N: Network, const STATE: usize, const K: usize>(
    net: &mut N,
    state: [&mut N; STATE],
    gradient: &Gradient<N>,
    rate: &N::Scalar,
    constants: impl Fn(N::Scalar) -> [N::Scalar; K],
    (learning, crew): (Option<&Learning<N>>, Crew<'_, ()>),
) -> Result<(), Error> {
    check_what_learns(gradient, learning, &crew)?;
    let theta = net.parameters_mut();
    let (mut state, gradient) = (state.map(Parameters::parameters_mut), gradient.parameters());
    let Some(learning) = learning else {
        // By itself, so that nothing is cut in firmware.
        step_of::<F, N::Scalar, STATE, K>(theta, state, gradient, constants(rate.clone()), &crew);
        return Ok(());
    };
    for (entries, rate) in learning.parts(rate) {
        let state = state.each_mut().map(|state| &mut state[entries.clone()]);
        let (theta, gradient) = (&mut theta[entries.clone()], &gradient[entries]);
        step_of::<F, N::Scalar, STATE, K>(theta, state, gradient, constants(rate), &crew);
    }
    Ok(())
}

/// The same of some entries.
fn step_of<F: Formula<STATE, K>, T: RealField, const STATE: usize, const K: usize>(
    theta: &mut [T],
    state: [&mut [T]; STATE],
    gradient: &[T],
    constants: [T; K],
    crew: &Crew<'_, ()>,
) {
    let rule = &Constants::<F, T, K>(constants, PhantomData);
    crew.share_entries(theta, state, gradient, |theta, state, gradient| {
        move_entries(theta, state, gradient, rule);
    });
}

/// The same by the caller's thread.
fn move_entries<F: Formula<STATE, K>, T: RealField, const STATE: usize, const K: usize>(
    theta: &mut [T],
    state: [&mut [T]; STATE],
    gradient: &[T],
    rule: &Constants<F, T, K>,
) {
    match Floats::<Constants<F, f32, K>, Constants<F, f64, K>>::of(rule) {
        Some(Floats::Single(rule)) => {
            update_compiled::<_, f32, _, STATE>(theta, state, gradient, rule)
        }
        Some(Floats::Double(rule)) => {
            update_compiled::<_, f64, _, STATE>(theta, state, gradient, rule)
        }
        None => {
            let mut state = state;
            for (index, (theta, g)) in theta.iter_mut().zip(gradient).enumerate() {
                let kept = state.each_ref().map(|state| state[index].clone());
                let (new, kept) = F::update(rule.0.clone(), theta.clone(), kept, g.clone());
                *theta = new;
                for (state, kept) in state.iter_mut().zip(kept) {
                    state[index] = kept;
                }
            }
        }
    }
}

/// `Optimizer::train_in_one` by a formula.
#[inline(always)]
pub(super) fn train<F: Formula<STATE, K>, N: Network, const STATE: usize, const K: usize>(
    call: &mut Call<'_, N>,
    state: [&mut N; STATE],
    rate: &N::Scalar,
    constants: impl Fn(N::Scalar) -> [N::Scalar; K],
) -> Option<N::Scalar> {
    in_one(call, state, rate, |rate| {
        let rule = Constants::<F, N::Scalar, K>(constants(rate), PhantomData);
        Floats::<Constants<F, f32, K>, Constants<F, f64, K>>::of(&rule)
    })
}
