//! One layer over a block of examples: z, a with g′, and going back δ of the layer in front.

use core::marker::PhantomData;

use crate::activation::Activation;
use crate::fast::memory::Examples;
use crate::fast::product::{Finish, Product, Strided, Transpose};
use crate::fast::registers::{Each, Entries, Float, Lanes, Task};

/// Θ⁽ˡ⁾ of `s_out` × (`s_in` + 1).
#[derive(Clone, Copy)]
pub(super) struct Layer<'a, T> {
    pub(super) theta: &'a [T],
    pub(super) s_out: usize,
    pub(super) s_in: usize,
    /// Whether the largest |entry| of what it is multiplied with is wanted; it is 0 otherwise.
    pub(super) watched: bool,
}

impl<T: Float> Layer<'_, T> {
    /// z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾] of every example, into rows of `z`. Gives the largest |a| if it is watched.
    pub(super) fn forward<V: Lanes<Scalar = T>>(
        self,
        a: Examples<'_, T>,
        z: &mut [T],
        stride: usize,
    ) -> T {
        self.product::<V>(a, z, stride, Finish::Bias(&self.theta[..self.s_out]))
    }

    /// z⁽ˡ⁺¹⁾ += Θ⁽ˡ⁾ [0; a⁽ˡ⁾] of every example.
    pub(super) fn add_product<V: Lanes<Scalar = T>>(
        self,
        a: Examples<'_, T>,
        z: &mut [T],
        stride: usize,
    ) {
        self.product::<V>(a, z, stride, Finish::ADD);
    }

    fn product<V: Lanes<Scalar = T>>(
        self,
        a: Examples<'_, T>,
        z: &mut [T],
        stride: usize,
        finish: Finish<'_, T>,
    ) -> T {
        product::<V>(Product {
            rows: a.count,
            columns: self.s_out,
            depth: self.s_in,
            a: Strided { entries: a.entries, row_step: a.stride, column_step: 1 },
            b: &self.theta[self.s_out..],
            b_row: self.s_out,
            c: z,
            c_row: stride,
            finish,
            watched: self.watched,
        })
    }

    /// δ⁽ˡ⁾ = Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ ∘ g′(z⁽ˡ⁾) of every example, into the rows where g′ stands. Gives the
    /// largest |δ⁽ˡ⁺¹⁾|, NaN apart, if it is watched.
    pub(super) fn delta_before<V: Lanes<Scalar = T>>(
        self,
        delta: Examples<'_, T>,
        g_prime: &mut [T],
        stride: usize,
        (transposed, transposed_stride): (&mut [T], usize),
    ) -> T {
        self.transpose::<V>(transposed, transposed_stride);
        let weights = (&*transposed, transposed_stride);
        self.pull_back::<V>(delta, g_prime, stride, weights, Finish::Hadamard)
    }

    /// The weights into rows of `to`, one for each unit.
    pub(super) fn transpose<V: Lanes<Scalar = T>>(self, to: &mut [T], to_row: usize) {
        V::transpose(&mut Transpose {
            rows: self.s_in,
            columns: self.s_out,
            from: &self.theta[self.s_out..],
            from_row: self.s_out,
            to,
            to_row,
        });
    }

    /// Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row, of every example, by way of the weights transposed.
    pub(super) fn pull_back<V: Lanes<Scalar = T>>(
        self,
        delta: Examples<'_, T>,
        to: &mut [T],
        stride: usize,
        (transposed, transposed_stride): (&[T], usize),
        finish: Finish<'_, T>,
    ) -> T {
        product::<V>(Product {
            rows: delta.count,
            columns: self.s_in,
            depth: self.s_out,
            a: Strided { entries: delta.entries, row_step: delta.stride, column_step: 1 },
            b: transposed,
            b_row: transposed_stride,
            c: to,
            c_row: stride,
            finish,
            watched: self.watched,
        })
    }
}

/// The product in registers that its rows fill; see [`Product::run`].
pub(super) fn product<V: Lanes>(mut product: Product<'_, V::Scalar>) -> V::Scalar {
    if product.columns <= V::Narrow::LANES {
        V::Narrow::product(&mut product)
    } else {
        V::product(&mut product)
    }
}

/// [`activate`] of an activation, for each kind of register.
pub(crate) type OfActivation<T> = Each<for<'a> fn(Activate<'a, T>) -> T>;

/// A block to make a = g(z) of in place, and g′(z) beside it if it is wanted.
#[derive(Debug)]
pub struct Activate<'a, T> {
    pub(super) units: usize,
    pub(super) count: usize,
    pub(super) stride: usize,
    pub(super) z: &'a mut [T],
    pub(super) g_prime: Option<&'a mut [T]>,
}

/// a = g(z) in place, and g′(z). Gives 0, or NaN if some z is not finite.
pub(crate) fn activate<V: Lanes, G: Activation>(block: Activate<'_, V::Scalar>) -> V::Scalar {
    V::call(ActivateBy { block, g: PhantomData::<G> })
}

struct ActivateBy<'a, G, T> {
    block: Activate<'a, T>,
    g: PhantomData<G>,
}

impl<G: Activation, T: Float> Task<T> for ActivateBy<'_, G, T> {
    type Output = T;

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) -> T {
        self.block.run::<V::Alone, G>()
    }
}

impl<T: Float> Activate<'_, T> {
    #[inline(always)]
    fn run<V: Lanes<Scalar = T>, G: Activation>(mut self) -> T {
        let length = self.count * self.stride;
        assert!(self.units <= self.stride && length <= self.z.len());
        assert!(self.g_prime.as_ref().is_none_or(|g_prime| length <= g_prime.len()));
        // Two sums, so that one need not wait for itself.
        let mut poison = [V::zero(); 2];
        let pairs = self.units / (2 * V::LANES);
        let gap = self.stride - 2 * pairs * V::LANES;
        // One loop over all rows: where its rows are of a few registers, a processor does not always foresee
        // when the loop over one of them ends.
        let (mut at, mut left) = (0, pairs);
        for _ in 0..self.count * pairs {
            // SAFETY: the row is in the block, and the units in the row, says the assertion.
            unsafe {
                self.register::<V, G, false>(at, V::LANES, &mut poison[0]);
                self.register::<V, G, false>(at + V::LANES, V::LANES, &mut poison[1]);
            }
            left -= 1;
            at += 2 * V::LANES + if left == 0 { gap } else { 0 };
            left = if left == 0 { pairs } else { left };
        }
        let rest = self.units - 2 * pairs * V::LANES;
        let rows_with_rest = if rest == 0 { 0 } else { self.count };
        for example in 0..rows_with_rest {
            let mut at = example * self.stride + self.units - rest;
            let mut left = rest;
            // SAFETY: as above.
            unsafe {
                if left >= V::LANES {
                    self.register::<V, G, false>(at, V::LANES, &mut poison[0]);
                    (at, left) = (at + V::LANES, left - V::LANES);
                }
                if left > 0 {
                    self.register::<V, G, true>(at, left, &mut poison[1]);
                }
            }
        }
        (poison[0] + poison[1]).total()
    }

    /// # Safety
    ///
    /// There are `n` units of a row from `at` on; `n` is `LANES`, or with `TAIL` less.
    #[inline(always)]
    unsafe fn register<V: Lanes<Scalar = T>, G: Activation, const TAIL: bool>(
        &mut self,
        at: usize,
        n: usize,
        poison: &mut V,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let to = self.z.as_mut_ptr().add(at);
            let z = if TAIL { V::load_first(to, n) } else { V::load(to) };
            *poison = z.mul_add(V::zero(), *poison);
            let a = G::g(z);
            if TAIL {
                a.store_first(to, n)
            } else {
                a.store(to)
            }
            if let Some(g_prime) = &mut self.g_prime {
                let slope = G::g_prime(z, a);
                let to = g_prime.as_mut_ptr().add(at);
                if TAIL { slope.store_first(to, n) } else { slope.store(to) }
            }
        }
    }
}

/// The largest |entry| of the units of every example; infinite if one is not a finite number.
pub(super) fn largest<V: Lanes>(rows: Examples<'_, V::Scalar>, units: usize) -> V::Scalar {
    V::Alone::call(Largest { rows, units })
}

struct Largest<'a, T> {
    rows: Examples<'a, T>,
    units: usize,
}

impl<T: Float> Task<T> for Largest<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) -> T {
        let Self { rows, units } = self;
        // A comparison would lose a NaN.
        let mut poison = [V::zero(); 4];
        let mut largest = [V::zero(); 4];
        for example in 0..rows.count {
            let row = &rows.entries[example * rows.stride..][..units];
            let mut chunks = row.chunks_exact(4 * V::LANES);
            for chunk in &mut chunks {
                for v in 0..4 {
                    // SAFETY: the chunk holds four registers.
                    let value = unsafe { V::load(chunk.as_ptr().add(v * V::LANES)) };
                    largest[v] = value.abs().max(largest[v]);
                    poison[v] = value.mul_add(V::zero(), poison[v]);
                }
            }
            for (v, chunk) in chunks.remainder().chunks(V::LANES).enumerate() {
                // SAFETY: no more than the chunk holds.
                let value = unsafe { V::load_first(chunk.as_ptr(), chunk.len()) };
                largest[v] = value.abs().max(largest[v]);
                poison[v] = value.mul_add(V::zero(), poison[v]);
            }
        }
        if !((poison[0] + poison[1]) + (poison[2] + poison[3])).total().is_finite() {
            return T::one() / T::zero();
        }
        largest[0].max(largest[1]).max(largest[2].max(largest[3])).largest()
    }
}

/// Those of our activations, compiled here: other crates take them as they are, and compile none of them again.
#[cfg(all(shared, not(test)))]
mod ours {
    use super::{OfActivation, activate};
    use crate::activation::{Elu, Gelu, Identity, LeakyRelu, Relu, Sigmoid, Silu, Softplus, Tanh};
    use crate::fast::registers::each;

    macro_rules! each_of {
        ($scalar:ty: $($g:ty),*) => { [$(each!($scalar: activate, $g)),*] };
    }

    #[used]
    static SINGLE: [OfActivation<f32>; 9] =
        each_of!(f32: Sigmoid, Tanh, Relu, LeakyRelu, Elu, Gelu, Silu, Softplus, Identity);

    #[used]
    static DOUBLE: [OfActivation<f64>; 9] =
        each_of!(f64: Sigmoid, Tanh, Relu, LeakyRelu, Elu, Gelu, Silu, Softplus, Identity);
}
