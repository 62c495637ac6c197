//! The path of `f32` and `f64`: all examples, block by block, through the [layers](list) of a network in
//! registers. Everything here is over slices, and knows no network.
//!
//! Every function here gives `None` where some z is not finite, and then has written nothing that was not
//! its own: a number that is not finite, in x or in Θ, makes some z not finite, so that to look for one
//! costs next to nothing. Who knows that all numbers are right says so, and gets what comes of them.

/// `$call::<F>` for the F among `f32` and `f64` that the scalar is, if it is one.
macro_rules! as_float {
    ($scalar:ty, $call:ident::<$($layers:ty),*>($($argument:expr),* $(,)?)) => {
        if is::<$scalar, f32>() {
            $call::<$($layers,)* f32>($($argument),*)
        } else if is::<$scalar, f64>() {
            $call::<$($layers,)* f64>($($argument),*)
        } else {
            None
        }
    };
}

// Registers, and what is computed in them without layers.
pub(crate) mod registers;

pub(crate) mod product;

pub(crate) mod values;

pub(crate) mod elementwise;

pub(crate) mod pairwise;

// The layers, and what walks over them.
pub mod list;

pub(crate) mod memory;

pub(crate) mod passes;

// All examples, block by block.
mod cost;

mod curvature;

mod predict;

mod tiny;

mod train;

mod varied;

pub(crate) use cost::{cost, cost_and_gradient};
pub(crate) use curvature::multiply;
pub(crate) use predict::{predict, predict_one};
pub(crate) use tiny::sums;
pub(crate) use train::{Step, train};
pub(crate) use varied::Varied;
#[cfg(feature = "rayon")]
pub(crate) use varied::add;

use core::any::{Any, TypeId};

use memory::{Examples, TILE};
use passes::sink::Decay;
use registers::{Float, as_floats, as_floats_mut};

use crate::real::count;

/// Whether a scalar has this path: a workspace is worth making then.
pub(crate) fn has_path<T: 'static>() -> bool {
    is::<T, f32>() || is::<T, f64>()
}

/// m examples, one behind the other, and what λ makes of Θ in ∂J/∂Θ.
#[derive(Clone, Copy)]
pub(crate) struct Data<'a, T> {
    pub(crate) inputs: &'a [T],
    pub(crate) targets: &'a [T],
    pub(crate) m: usize,
    /// Of weights, and of biases.
    pub(crate) decays: &'a (T, T),
    /// Every number has been looked at.
    pub(crate) checked: bool,
}

impl<'a, T: 'static> Data<'a, T> {
    /// The same, where T is F.
    #[inline(always)]
    fn of<F: Float>(&self) -> Data<'a, F> {
        let Self { inputs, targets, m, decays, checked } = *self;
        Data { inputs: floats(inputs), targets: floats(targets), m, decays: same(decays), checked }
    }
}

impl<T> Data<'_, T> {
    /// How many blocks they are.
    pub(crate) const fn blocks(&self) -> usize {
        self.m.div_ceil(TILE)
    }
}

impl<'a, F: Float> Data<'a, F> {
    /// The inputs of a block, and all targets from its first one on.
    #[inline(always)]
    fn block<L: list::Layers>(&self, block: usize) -> (Examples<'a, F>, &'a [F]) {
        let first = self.first(block);
        let count = TILE.min(self.m - first);
        let entries = &self.inputs[first * L::S_IN..(first + count) * L::S_IN];
        (Examples { entries, stride: L::S_IN, count }, &self.targets[first * L::S_OUT..])
    }

    /// The first example of a block.
    const fn first(&self, block: usize) -> usize {
        block * TILE
    }

    /// 1/m.
    fn scale(&self) -> F {
        F::one() / count(self.m)
    }

    const fn decay(&self) -> Decay<F> {
        Decay { weights: self.decays.0, bias: self.decays.1 }
    }
}

#[inline(always)]
fn is<A: 'static, B: 'static>() -> bool {
    TypeId::of::<A>() == TypeId::of::<B>()
}

const SAME: &str = "the scalar has been found to be this type";

#[inline(always)]
fn floats<T: 'static, F: Float>(slice: &[T]) -> &[F] {
    as_floats(slice).expect(SAME)
}

#[inline(always)]
fn floats_mut<T: 'static, F: Float>(slice: &mut [T]) -> &mut [F] {
    as_floats_mut(slice).expect(SAME)
}

#[inline(always)]
fn same<A: 'static, B: 'static>(value: &A) -> &B {
    (value as &dyn Any).downcast_ref().expect(SAME)
}
