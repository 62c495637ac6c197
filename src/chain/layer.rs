//! One layer over a block of examples: z, a with g′, and going back δ of the layer in front and Δ.

use core::marker::PhantomData;

use super::memory::Examples;
use crate::activation::Activation;
use crate::product::{Finish, Product, Strided, Transpose};
use crate::simd::{Float, Lanes, Task};

/// What becomes of a block's Δ.
#[derive(Clone, Copy, Debug)]
pub enum Rule<'a, T> {
    /// It is the first block of several.
    Store,
    /// It is one more, and not the last.
    Add,
    /// It is the last: ∂J/∂Θ = (`sum` + Δ) · `scale` + decay · Θ, with a decay for weights and
    /// one for biases. `sum` is there if there were blocks before.
    Finish {
        /// Δ of the blocks before.
        sum: Option<&'a [T]>,
        /// 1/m.
        scale: T,
        /// λ, or λ/m.
        decay: T,
        /// The same for biases, or 0.
        bias_decay: T,
    },
}

impl<'a, T: Float> Rule<'a, T> {
    /// For the first `parameters`, and for those behind.
    #[inline(always)]
    pub(super) fn split_at(self, parameters: usize) -> (Self, Self) {
        match self {
            Self::Finish { sum: Some(sum), scale, decay, bias_decay } => {
                let (first, rest) = sum.split_at(parameters);
                let of = |sum| Self::Finish { sum: Some(sum), scale, decay, bias_decay };
                (of(first), of(rest))
            }
            other => (other, other),
        }
    }

    fn finish(self, theta: &'a [T], is_bias: bool) -> Finish<'a, T> {
        match self {
            Self::Store => Finish::Store,
            Self::Add => Finish::Add,
            Self::Finish { sum, scale, decay, bias_decay } => {
                let decay = if is_bias { bias_decay } else { decay };
                Finish::Gradient { sum, scale, theta: (!decay.is_zero()).then_some((decay, theta)) }
            }
        }
    }
}

/// Θ⁽ˡ⁾ of `s_out` × (`s_in` + 1).
#[derive(Clone, Copy)]
pub(super) struct Layer<'a, T> {
    pub(super) theta: &'a [T],
    pub(super) s_out: usize,
    pub(super) s_in: usize,
}

impl<T: Float> Layer<'_, T> {
    /// z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾] of every example, into rows of `z`.
    pub(super) fn forward<V: Lanes<Scalar = T>>(
        self,
        a: Examples<'_, T>,
        z: &mut [T],
        stride: usize,
    ) {
        let (bias, weights) = self.theta.split_at(self.s_out);
        product::<V>(Product {
            rows: a.count,
            columns: self.s_out,
            depth: self.s_in,
            a: Strided { entries: a.entries, row_step: a.stride, column_step: 1 },
            b: weights,
            b_row: self.s_out,
            c: z,
            c_row: stride,
            finish: Finish::Bias(bias),
        });
    }

    /// δ⁽ˡ⁾ = Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ ∘ g′(z⁽ˡ⁾) of every example, into the rows where g′ stands.
    pub(super) fn delta_before<V: Lanes<Scalar = T>>(
        self,
        delta: Examples<'_, T>,
        g_prime: &mut [T],
        stride: usize,
        (transposed, transposed_stride): (&mut [T], usize),
    ) {
        V::transpose(&mut Transpose {
            rows: self.s_in,
            columns: self.s_out,
            from: &self.theta[self.s_out..],
            from_row: self.s_out,
            to: transposed,
            to_row: transposed_stride,
        });
        product::<V>(Product {
            rows: delta.count,
            columns: self.s_in,
            depth: self.s_out,
            a: Strided { entries: delta.entries, row_step: delta.stride, column_step: 1 },
            b: transposed,
            b_row: transposed_stride,
            c: g_prime,
            c_row: stride,
            finish: Finish::Hadamard,
        });
    }

    /// Δ⁽ˡ⁾ = Σ δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ of the block, and what becomes of it by the `rule`.
    pub(super) fn gradient<V: Lanes<Scalar = T>>(
        self,
        a: Examples<'_, T>,
        delta: Examples<'_, T>,
        gradient: &mut [T],
        rule: Rule<'_, T>,
    ) {
        let (bias, weights) = self.theta.split_at(self.s_out);
        let (gradient_of_bias, gradient) = gradient.split_at_mut(self.s_out);
        let (rule_of_bias, rule) = rule.split_at(self.s_out);
        product::<V>(Product {
            rows: self.s_in,
            columns: self.s_out,
            depth: delta.count,
            a: Strided { entries: a.entries, row_step: 1, column_step: a.stride },
            b: delta.entries,
            b_row: delta.stride,
            c: gradient,
            c_row: self.s_out,
            finish: rule.finish(weights, false),
        });
        // The constant 1 in front of the bias is an input like the others.
        product::<V>(Product {
            rows: 1,
            columns: self.s_out,
            depth: delta.count,
            a: Strided { entries: &[T::one()], row_step: 0, column_step: 0 },
            b: delta.entries,
            b_row: delta.stride,
            c: gradient_of_bias,
            c_row: self.s_out,
            finish: rule_of_bias.finish(bias, true),
        });
    }
}

/// The product in registers that its rows fill.
fn product<V: Lanes>(mut product: Product<'_, V::Scalar>) {
    if product.columns <= V::Narrow::LANES {
        V::Narrow::product(&mut product);
    } else {
        V::product(&mut product);
    }
}

/// a = g(z) in place, and g′(z) beside it if it is wanted. Gives 0, or NaN if some z is not
/// finite.
pub(super) struct Activate<'a, G, T> {
    pub(super) g: PhantomData<G>,
    pub(super) units: usize,
    pub(super) count: usize,
    pub(super) stride: usize,
    pub(super) z: &'a mut [T],
    pub(super) g_prime: Option<&'a mut [T]>,
}

impl<G: Activation, T: Float> Task<T> for Activate<'_, G, T> {
    type Output = T;

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(mut self) -> T {
        let length = self.count * self.stride;
        assert!(self.units <= self.stride && length <= self.z.len());
        assert!(self.g_prime.as_ref().is_none_or(|g_prime| length <= g_prime.len()));
        let mut poison = V::zero();
        for example in 0..self.count {
            let mut unit = 0;
            // SAFETY: the row is in the block, and the units in the row, says the assertion.
            unsafe {
                while unit + V::LANES <= self.units {
                    self.register::<V, false>(example, unit, V::LANES, &mut poison);
                    unit += V::LANES;
                }
                if unit < self.units {
                    self.register::<V, true>(example, unit, self.units - unit, &mut poison);
                }
            }
        }
        poison.total()
    }
}

impl<G: Activation, T: Float> Activate<'_, G, T> {
    /// # Safety
    ///
    /// There are `n` units from `unit` on in the row of `example`; `n` is `LANES`, or with `TAIL`
    /// less.
    #[inline(always)]
    unsafe fn register<V: Lanes<Scalar = T>, const TAIL: bool>(
        &mut self,
        example: usize,
        unit: usize,
        n: usize,
        poison: &mut V,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            let at = example * self.stride + unit;
            let to = self.z.as_mut_ptr().add(at);
            let z = if TAIL { V::load_first(to, n) } else { V::load(to) };
            *poison = z.mul_add(V::zero(), *poison);
            let a = G::g(z);
            if TAIL { a.store_first(to, n) } else { a.store(to) }
            if let Some(g_prime) = &mut self.g_prime {
                let slope = G::g_prime(z, a);
                let to = g_prime.as_mut_ptr().add(at);
                if TAIL { slope.store_first(to, n) } else { slope.store(to) }
            }
        }
    }
}
