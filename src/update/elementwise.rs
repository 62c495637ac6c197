//! Updates that treat every parameter alike: their formulas, entry by entry, and the loop over all
//! entries in registers.

use core::any::Any;
use core::marker::PhantomData;

use nalgebra::RealField;

use super::{Call, check_gradient_is_finite, in_one};
use crate::error::Error;
use crate::gradient::Gradient;
use crate::network::Network;
use crate::parameters::Parameters;
use crate::real::Real;
use crate::simd::{self, Float, Lanes, Task, as_floats, as_floats_mut};

/// The formula of an optimizer that keeps `STATE` numbers for each parameter and has `K` constants:
/// written once, over numbers and registers alike.
pub(crate) trait Formula<const STATE: usize, const K: usize>: Copy + 'static {
    /// (θ, state) after the step, given g = ∂J/∂θ.
    fn update<V: Real>(constants: [V; K], theta: V, state: [V; STATE], g: V) -> (V, [V; STATE]);
}

/// The largest |g| that is squared: its square is a quarter of the scalar's largest number, so that
/// sums of two such are in range.
pub(super) fn most_to_square<T: RealField>() -> T {
    // For a scalar without a largest number, what is far beyond use.
    let largest = T::max_value().unwrap_or_else(|| nalgebra::convert(f64::MAX));
    largest.sqrt() * nalgebra::convert(0.5)
}

/// `x` held within [−`most`, `most`].
#[inline(always)]
pub(super) fn within<V: Real>(x: V, most: V) -> V {
    let below = x.clone().select_gt(most.clone(), most.clone(), x);
    let least = -most;
    least.clone().select_gt(below.clone(), least, below)
}

/// A formula with the constants of one step.
#[derive(Clone, Copy)]
struct Constants<F, T, const K: usize>([T; K], PhantomData<F>);

impl<F, T: Float, const STATE: usize, const K: usize> Rule<T, STATE> for Constants<F, T, K>
where
    F: Formula<STATE, K>,
{
    #[inline(always)]
    fn update<V: Lanes<Scalar = T>>(&self, theta: V, state: [V; STATE], g: V) -> (V, [V; STATE]) {
        F::update(self.0.map(V::splat), theta, state, g)
    }
}

/// [`Optimizer::step`](super::Optimizer::step) by a formula.
#[inline]
pub(super) fn step<F: Formula<STATE, K>, N: Network, const STATE: usize, const K: usize>(
    net: &mut N,
    state: [&mut N; STATE],
    gradient: &Gradient<N>,
    constants: [N::Scalar; K],
) -> Result<(), Error> {
    check_gradient_is_finite(gradient)?;
    let theta = net.parameters_mut();
    let state = state.map(Parameters::parameters_mut);
    let gradient = gradient.parameters();
    let rule = Constants::<F, N::Scalar, K>(constants, PhantomData);
    match Floats::<Constants<F, f32, K>, Constants<F, f64, K>>::of(&rule) {
        Some(Floats::Single(rule)) => update::<_, f32, _, STATE>(theta, state, gradient, rule),
        Some(Floats::Double(rule)) => update::<_, f64, _, STATE>(theta, state, gradient, rule),
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
    Ok(())
}

/// `Optimizer::train_in_one` by a formula.
#[inline(always)]
pub(super) fn train<F: Formula<STATE, K>, N: Network, const STATE: usize, const K: usize>(
    call: &mut Call<'_, N>,
    state: [&mut N; STATE],
    constants: [N::Scalar; K],
) -> Option<N::Scalar> {
    let rule = Constants::<F, N::Scalar, K>(constants, PhantomData);
    in_one(call, state, Floats::<Constants<F, f32, K>, Constants<F, f64, K>>::of(&rule))
}

/// What becomes of a parameter θ and of the `STATE` numbers that are kept for it, given
/// g = ∂J/∂θ.
pub(crate) trait Rule<T: Float, const STATE: usize>: Copy {
    /// α, if the rule is θ ← θ − α g and nothing else.
    fn rate_of_descent(&self) -> Option<T> {
        None
    }

    /// (θ, state) after the step.
    fn update<V: Lanes<Scalar = T>>(&self, theta: V, state: [V; STATE], g: V) -> (V, [V; STATE]);
}

/// Every entry of slices of one length, by a [`Rule`].
pub(crate) struct Update<'a, T, K, const STATE: usize> {
    pub(crate) theta: &'a mut [T],
    pub(crate) state: [&'a mut [T]; STATE],
    pub(crate) gradient: &'a [T],
    pub(crate) rule: K,
}

impl<T: Float, K: Rule<T, STATE>, const STATE: usize> Task<T> for Update<'_, T, K, STATE> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(mut self) {
        let length = self.theta.len();
        assert!(self.gradient.len() == length);
        for state in &self.state {
            assert!(state.len() == length);
        }
        let mut at = 0;
        while at + V::LANES <= length {
            // SAFETY: `LANES` entries from `at` on are there, in each of the slices.
            unsafe { self.register::<V, false>(at, V::LANES) };
            at += V::LANES;
        }
        if at < length {
            // SAFETY: the rest is fewer entries than lanes.
            unsafe { self.register::<V, true>(at, length - at) };
        }
    }
}

impl<T: Float, K: Rule<T, STATE>, const STATE: usize> Update<'_, T, K, STATE> {
    /// Every entry, with a gradient that is in registers.
    #[inline(always)]
    pub(crate) fn by_registers<V: Lanes<Scalar = T>>(mut self, gradient: &[V]) {
        let length = self.theta.len();
        assert!(gradient.len() == length.div_ceil(V::LANES));
        for state in &self.state {
            assert!(state.len() == length);
        }
        for (index, &g) in gradient.iter().enumerate() {
            let at = index * V::LANES;
            // SAFETY: these entries are there, in the parameters and in each of the state.
            unsafe {
                if at + V::LANES <= length {
                    self.register_with::<V, false>(at, V::LANES, g);
                } else {
                    self.register_with::<V, true>(at, length - at, g);
                }
            }
        }
    }

    /// # Safety
    ///
    /// `n` entries from `at` on are there, in each of the slices; `n` is `LANES`, or with `TAIL`
    /// less.
    #[inline(always)]
    unsafe fn register<V: Lanes<Scalar = T>, const TAIL: bool>(&mut self, at: usize, n: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let g = load::<V, TAIL>(self.gradient.as_ptr().add(at), n);
            self.register_with::<V, TAIL>(at, n, g);
        }
    }

    /// [`register`](Self::register), with that of the gradient.
    ///
    /// # Safety
    ///
    /// As there, but for the gradient.
    #[inline(always)]
    unsafe fn register_with<V: Lanes<Scalar = T>, const TAIL: bool>(
        &mut self,
        at: usize,
        n: usize,
        g: V,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let theta = self.theta.as_mut_ptr().add(at);
            let mut state = [V::zero(); STATE];
            for (register, state) in state.iter_mut().zip(&self.state) {
                *register = load::<V, TAIL>(state.as_ptr().add(at), n);
            }
            let (new, state) = self.rule.update(load::<V, TAIL>(theta, n), state, g);
            store::<V, TAIL>(new, theta, n);
            for (register, state) in state.into_iter().zip(&mut self.state) {
                store::<V, TAIL>(register, state.as_mut_ptr().add(at), n);
            }
        }
    }
}

#[inline(always)]
unsafe fn load<V: Lanes, const TAIL: bool>(from: *const V::Scalar, n: usize) -> V {
    // SAFETY: the promise of `register`.
    unsafe { if TAIL { V::load_first(from, n) } else { V::load(from) } }
}

#[inline(always)]
unsafe fn store<V: Lanes, const TAIL: bool>(register: V, to: *mut V::Scalar, n: usize) {
    // SAFETY: the promise of `register`.
    unsafe { if TAIL { register.store_first(to, n) } else { register.store(to) } }
}

/// Every entry of slices of one length, by the `rule`, in registers `V`. Panics if the lengths
/// differ.
pub(crate) fn update_in<V: Lanes, K: Rule<V::Scalar, STATE>, const STATE: usize>(
    theta: &mut [V::Scalar],
    state: [&mut [V::Scalar]; STATE],
    gradient: &[V::Scalar],
    rule: K,
) {
    V::call(Update { theta, state, gradient, rule });
}

/// Every entry of slices of one length, by the `rule`; T is F. Panics if the lengths differ.
#[inline]
pub(crate) fn update<T: 'static, F: Float, K: Rule<F, STATE>, const STATE: usize>(
    theta: &mut [T],
    state: [&mut [T]; STATE],
    gradient: &[T],
    rule: K,
) {
    let same = "the rule is of the scalar";
    simd::run(Update {
        theta: as_floats_mut(theta).expect(same),
        state: state.map(|state| as_floats_mut(state).expect(same)),
        gradient: as_floats(gradient).expect(same),
        rule,
    });
}

/// A rule's numbers, as `f32` or as `f64`.
pub(crate) enum Floats<A, B> {
    Single(A),
    Double(B),
}

impl<A: Copy + 'static, B: Copy + 'static> Floats<A, B> {
    /// Whichever of the two `rule` is, if it is one.
    #[inline(always)]
    pub(crate) fn of<R: 'static>(rule: &R) -> Option<Self> {
        let rule: &dyn Any = rule;
        match rule.downcast_ref() {
            Some(&rule) => Some(Self::Single(rule)),
            None => rule.downcast_ref().map(|&rule| Self::Double(rule)),
        }
    }
}
