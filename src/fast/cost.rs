//! J and ∇J, and J alone, of all examples.

use core::marker::PhantomData;

use super::blocks::{Blocks, Kernels};
use super::crew::Crew;
use super::dispatch::{Data, floats, floats_mut, is};
use super::memory::Memory;
use super::pairwise::Waiting;
use super::passes::forward::Activations;
use super::plan::Planned;
use super::registers::{self, Float, as_large, same};
use super::tiny;

/// J without λ times m; ∇J goes into `gradient`, or without one where `waiting` begins.
#[inline(always)]
pub(crate) fn cost_and_gradient<L: Planned, T: Clone + Send + Sync + 'static>(
    theta: &[T],
    data: Data<'_, T>,
    memory: &mut Memory<L, Activations<T>>,
    waiting: [&mut [T]; 2],
    gradient: Option<&mut [T]>,
    crew: Crew<'_, T>,
) -> Option<T> {
    as_float!(T, cost_and_gradient_of::<L, T>(theta, data, memory, waiting, gradient, crew))
}

#[inline(always)]
fn cost_and_gradient_of<L: Planned, T: Clone + Send + Sync + 'static, F: Float>(
    theta: &[T],
    data: Data<'_, T>,
    memory: &mut Memory<L, Activations<T>>,
    [first, above]: [&mut [T]; 2],
    gradient: Option<&mut [T]>,
    crew: Crew<'_, T>,
) -> Option<T> {
    let (theta, data) = (floats(theta), data.of::<F>());
    let gradient = gradient.map(floats_mut);
    let waiting = Waiting::new(floats_mut(first), floats_mut(above));
    let cost = if const { tiny::is_tiny::<L>() } {
        let layers = PhantomData::<L>;
        registers::run(tiny::CostAndGradient { theta, data, waiting, gradient, layers })
    } else {
        let (room, crew) = (memory.room()?, crew.of());
        all_alike::<L, F>(theta, data).cost_and_gradient(room, waiting, gradient, crew)
    };
    cost.map(|cost| same::<F, T>(&cost).clone())
}

/// J without λ times m.
#[inline(always)]
pub(crate) fn cost<L: Planned, T: Clone + Send + Sync + 'static>(
    theta: &[T],
    data: Data<'_, T>,
    memory: &mut Memory<L, Activations<T>>,
    crew: Crew<'_, T>,
) -> Option<T> {
    as_float!(T, cost_of::<L, T>(theta, data, memory, crew))
}

#[inline]
fn cost_of<L: Planned, T: Clone + Send + Sync + 'static, F: Float>(
    theta: &[T],
    data: Data<'_, T>,
    memory: &mut Memory<L, Activations<T>>,
    crew: Crew<'_, T>,
) -> Option<T> {
    let (theta, data) = (floats(theta), data.of::<F>());
    let cost = if const { tiny::is_tiny::<L>() } {
        registers::run(tiny::Cost { theta, data, layers: PhantomData::<L> })
    } else {
        all_alike::<L, F>(theta, data).cost(memory.room()?, crew.of())
    };
    cost.map(|cost| same::<F, T>(&cost).clone())
}

/// Without weights and dropout.
#[inline(always)]
pub(super) fn all_alike<'a, L: Planned, F: Float>(
    theta: &'a [F],
    data: Data<'a, F>,
) -> Blocks<'a, F> {
    let kernels = Kernels::of::<L>(data.frozen);
    Blocks { theta, data, weights: None, drops: None, kernels }
}
