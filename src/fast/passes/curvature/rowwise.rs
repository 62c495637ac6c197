//! What is done with every unit of every example by itself: a and g′ with their rates, and δ.

use core::marker::PhantomData;

use crate::activation::Activation;
use crate::fast::registers::{Float, Lanes, Task};

/// What is done with one register of the rows, each as long as the others.
pub(super) trait Kernel<T: Float> {
    /// Scalars that every slice has.
    fn length(&self) -> usize;

    /// # Safety
    ///
    /// From `at` on every slice has `n` scalars; `n` is `LANES`, or with `TAIL` less.
    unsafe fn register<V: Lanes<Scalar = T>, const TAIL: bool>(&mut self, at: usize, n: usize);
}

/// A kernel over the `units` of `count` examples, whose rows are `stride` apart.
pub(super) struct Rowwise<K> {
    pub(super) units: usize,
    pub(super) count: usize,
    pub(super) stride: usize,
    pub(super) kernel: K,
}

impl<T: Float, K: Kernel<T>> Task<T> for Rowwise<K> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) {
        let Self { units, count, stride, mut kernel } = self;
        assert!(units <= stride && count * stride <= kernel.length());
        for example in 0..count {
            let row = example * stride;
            let mut unit = 0;
            // SAFETY: the row is in every slice, and the units in the row, says the assertion.
            unsafe {
                while unit + V::LANES <= units {
                    kernel.register::<V, false>(row + unit, V::LANES);
                    unit += V::LANES;
                }
                if unit < units {
                    kernel.register::<V, true>(row + unit, units - unit);
                }
            }
        }
    }
}

/// a = g(z) and R{a} = g′(z) ∘ R{z} in place; beside them g′(z), and g″(z) ∘ R{z} if it is wanted.
pub(super) struct Activate<'a, G, T> {
    pub(super) g: PhantomData<G>,
    pub(super) z: &'a mut [T],
    pub(super) rate: &'a mut [T],
    pub(super) g_prime: &'a mut [T],
    pub(super) bend: Option<&'a mut [T]>,
}

impl<G: Activation, T: Float> Kernel<T> for Activate<'_, G, T> {
    #[inline(always)]
    fn length(&self) -> usize {
        let length = self.z.len().min(self.rate.len()).min(self.g_prime.len());
        match &self.bend {
            Some(bend) => length.min(bend.len()),
            None => length,
        }
    }

    #[inline(always)]
    unsafe fn register<V: Lanes<Scalar = T>, const TAIL: bool>(&mut self, at: usize, n: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let z: V = load::<V, TAIL>(self.z, at, n);
            let z_dot: V = load::<V, TAIL>(self.rate, at, n);
            let a = G::g(z);
            let slope = G::g_prime(z, a);
            store::<V, TAIL>(a, self.z, at, n);
            store::<V, TAIL>(slope * z_dot, self.rate, at, n);
            store::<V, TAIL>(slope, self.g_prime, at, n);
            if let Some(bend) = &mut self.bend {
                store::<V, TAIL>(G::g_second(z, a) * z_dot, bend, at, n);
            }
        }
    }
}

/// In place, from ∂J/∂a and its rate of change: δ = ∂J/∂a ∘ g′ and
/// R{δ} = R{∂J/∂a} ∘ g′ + ∂J/∂a ∘ g″ ∘ R{z}. Without `bend` R{δ} alone, and that without its last
/// term.
pub(super) struct Deltas<'a, T> {
    pub(super) slope: &'a mut [T],
    pub(super) rate: &'a mut [T],
    pub(super) g_prime: &'a [T],
    pub(super) bend: Option<&'a [T]>,
}

impl<T: Float> Kernel<T> for Deltas<'_, T> {
    #[inline(always)]
    fn length(&self) -> usize {
        let length = self.slope.len().min(self.rate.len()).min(self.g_prime.len());
        match self.bend {
            Some(bend) => length.min(bend.len()),
            None => length,
        }
    }

    #[inline(always)]
    unsafe fn register<V: Lanes<Scalar = T>, const TAIL: bool>(&mut self, at: usize, n: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let g_prime: V = load::<V, TAIL>(self.g_prime, at, n);
            let mut delta_dot = load::<V, TAIL>(self.rate, at, n) * g_prime;
            if let Some(bend) = self.bend {
                let dj_da: V = load::<V, TAIL>(self.slope, at, n);
                delta_dot = dj_da.mul_add(load::<V, TAIL>(bend, at, n), delta_dot);
                store::<V, TAIL>(dj_da * g_prime, self.slope, at, n);
            }
            store::<V, TAIL>(delta_dot, self.rate, at, n);
        }
    }
}

/// # Safety
///
/// `from` has `n` scalars from `at` on; `n` is `LANES`, or with `TAIL` less.
#[inline(always)]
unsafe fn load<V: Lanes, const TAIL: bool>(from: &[V::Scalar], at: usize, n: usize) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let from = from.as_ptr().add(at);
        if TAIL { V::load_first(from, n) } else { V::load(from) }
    }
}

/// # Safety
///
/// `to` has `n` scalars from `at` on; `n` is `LANES`, or with `TAIL` less.
#[inline(always)]
unsafe fn store<V: Lanes, const TAIL: bool>(value: V, to: &mut [V::Scalar], at: usize, n: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let to = to.as_mut_ptr().add(at);
        if TAIL { value.store_first(to, n) } else { value.store(to) }
    }
}
