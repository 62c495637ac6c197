//! Updates that treat every parameter alike, in registers.

use crate::simd::{self, Float, Lanes, Task};

/// What becomes of a parameter θ and of the `STATE` numbers that are kept for it, given
/// g = ∂J/∂θ.
pub(crate) trait Rule<T: Float, const STATE: usize>: Copy {
    /// (θ, state) after the step.
    fn update<V: Lanes<Scalar = T>>(&self, theta: V, state: [V; STATE], g: V) -> (V, [V; STATE]);
}

/// Every entry of slices of one length, by a [`Rule`].
struct Update<'a, T, K, const STATE: usize> {
    theta: &'a mut [T],
    state: [&'a mut [T]; STATE],
    gradient: &'a [T],
    rule: K,
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
    /// # Safety
    ///
    /// `n` entries from `at` on are there, in each of the slices; `n` is `LANES`, or with `TAIL`
    /// less.
    #[inline(always)]
    unsafe fn register<V: Lanes<Scalar = T>, const TAIL: bool>(&mut self, at: usize, n: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let theta = self.theta.as_mut_ptr().add(at);
            let mut state = [V::zero(); STATE];
            for (register, state) in state.iter_mut().zip(&self.state) {
                *register = load::<V, TAIL>(state.as_ptr().add(at), n);
            }
            let g = load::<V, TAIL>(self.gradient.as_ptr().add(at), n);
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

/// Every entry of slices of one length, by the `rule`. Panics if the lengths differ.
pub(crate) fn update<T: Float, K: Rule<T, STATE>, const STATE: usize>(
    theta: &mut [T],
    state: [&mut [T]; STATE],
    gradient: &[T],
    rule: K,
) {
    simd::run(Update { theta, state, gradient, rule });
}
