//! Which of `f32` and `f64` a scalar is, and m examples as slices of it.

use core::any::TypeId;

use super::memory::{Examples, TILE};
use super::passes::sink::Decay;
use super::plan::Frozen;
use super::registers::{Float, as_floats, as_floats_mut, same};

use crate::real::count;

/// `$call::<F>` for the F among `f32` and `f64` that the scalar is, if it is one.
///
/// Sizes are constants, so that of the two only the one is compiled that it can be.
macro_rules! as_float {
    ($scalar:ty, $call:ident::<$($layers:ty),*>($($argument:expr),* $(,)?)) => {
        if const { as_large::<$scalar, f32>() } {
            if is::<$scalar, f32>() { $call::<$($layers,)* f32>($($argument),*) } else { None }
        } else if const { as_large::<$scalar, f64>() } {
            if is::<$scalar, f64>() { $call::<$($layers,)* f64>($($argument),*) } else { None }
        } else {
            None
        }
    };
}

/// Whether a scalar has this path: a workspace is worth making then.
pub(crate) fn has_path<T: 'static>() -> bool {
    is::<T, f32>() || is::<T, f64>()
}

/// Where examples stand in a batch, of which they are all or a part.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// How many are in front of them.
    pub first: usize,
    /// How many the batch has.
    pub of: usize,
}

/// m examples, one behind the other, and what λ makes of Θ in ∂J/∂Θ.
#[derive(Clone, Copy)]
pub(crate) struct Data<'a, T> {
    pub(crate) inputs: &'a [T],
    pub(crate) targets: &'a [T],
    pub(crate) m: usize,
    /// Where they stand in a batch of more, over which the mean is taken.
    pub(crate) place: Place,
    /// Of weights, and of biases.
    pub(crate) decays: &'a (T, T),
    /// Which Θ⁽ˡ⁾ have no ∂J/∂Θ⁽ˡ⁾.
    pub(crate) frozen: Frozen,
    /// Every number has been looked at.
    pub(crate) checked: bool,
}

impl<'a, T: 'static> Data<'a, T> {
    /// The same, where T is F.
    #[inline(always)]
    pub(super) fn of<F: Float>(&self) -> Data<'a, F> {
        let Self { inputs, targets, m, place, decays, frozen, checked } = *self;
        let (inputs, targets, decays) = (floats(inputs), floats(targets), same(decays));
        Data { inputs, targets, m, place, decays, frozen, checked }
    }
}

impl<T> Data<'_, T> {
    /// The same, as a part of a batch.
    pub(crate) fn at(self, place: Place) -> Self
    where
        T: 'static,
    {
        Self { place, ..self }
    }

    /// How many blocks they are.
    pub(crate) const fn blocks(&self) -> usize {
        self.m.div_ceil(TILE)
    }
}

impl<'a, F: Float> Data<'a, F> {
    /// The inputs of a block, and all targets from its first one on; of s₁ and s_L.
    #[inline(always)]
    pub(super) fn block(
        &self,
        [s_in, s_out]: [usize; 2],
        block: usize,
    ) -> (Examples<'a, F>, &'a [F]) {
        let first = self.first(block);
        let count = TILE.min(self.m - first);
        let entries = &self.inputs[first * s_in..(first + count) * s_in];
        (Examples { entries, stride: s_in, count }, &self.targets[first * s_out..])
    }

    /// The first example of a block.
    pub(super) const fn first(&self, block: usize) -> usize {
        block * TILE
    }

    /// 1/m of the batch.
    pub(super) fn scale(&self) -> F {
        F::one() / count(self.place.of)
    }

    pub(super) const fn decay(&self) -> Decay<F> {
        Decay { weights: self.decays.0, bias: self.decays.1 }
    }
}

#[inline(always)]
pub(super) fn is<A: 'static, B: 'static>() -> bool {
    TypeId::of::<A>() == TypeId::of::<B>()
}

const SAME: &str = "the scalar has been found to be this type";

#[inline(always)]
pub(super) fn floats<T: 'static, F: Float>(slice: &[T]) -> &[F] {
    as_floats(slice).expect(SAME)
}

#[inline(always)]
pub(super) fn floats_mut<T: 'static, F: Float>(slice: &mut [T]) -> &mut [F] {
    as_floats_mut(slice).expect(SAME)
}
