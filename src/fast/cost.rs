//! J and ∇J, and J alone, of all examples.

use core::marker::PhantomData;

use super::dispatch::{Data, as_large, floats, floats_mut, is, same};
use super::list::Layers;
use super::memory::{Memory, Room};
use super::pairwise::{Total, Waiting};
use super::passes::deltas::deltas;
use super::passes::end::Costs;
use super::passes::forward::{Activations, forward};
use super::passes::gradients::gradients;
use super::passes::sink::{IntoGradient, Stage, add_in};
use super::product::Before;
use super::registers::{self, Float, Lanes, Task};
use super::tiny;

/// J without λ times m; ∇J goes into `gradient`, or without one where `waiting` begins.
#[inline(always)]
pub(crate) fn cost_and_gradient<L: Layers, T: Clone + 'static>(
    theta: &[T],
    data: Data<'_, T>,
    memory: &mut Memory<L, Activations<T>>,
    waiting: [&mut [T]; 2],
    gradient: Option<&mut [T]>,
) -> Option<T> {
    as_float!(T, cost_and_gradient_of::<L, T>(theta, data, memory, waiting, gradient))
}

#[inline(always)]
fn cost_and_gradient_of<L: Layers, T: Clone + 'static, F: Float>(
    theta: &[T],
    data: Data<'_, T>,
    memory: &mut Memory<L, Activations<T>>,
    [first, above]: [&mut [T]; 2],
    gradient: Option<&mut [T]>,
) -> Option<T> {
    let (theta, data) = (floats(theta), data.of::<F>());
    let gradient = gradient.map(floats_mut);
    let waiting = Waiting::new(floats_mut(first), floats_mut(above));
    let cost = if const { tiny::is_tiny::<L>() } {
        let layers = PhantomData::<L>;
        registers::run(tiny::CostAndGradient { theta, data, waiting, gradient, layers })
    } else {
        let (room, layers) = (memory.room::<F>()?, PhantomData::<L>);
        registers::run(CostAndGradient { theta, data, room, waiting, gradient, layers })
    };
    cost.map(|cost| same::<F, T>(&cost).clone())
}

pub(super) struct CostAndGradient<'a, L, F: Float> {
    pub(super) theta: &'a [F],
    pub(super) data: Data<'a, F>,
    pub(super) room: Room<'a, F>,
    pub(super) waiting: Waiting<'a, F>,
    pub(super) gradient: Option<&'a mut [F]>,
    pub(super) layers: PhantomData<L>,
}

impl<L: Layers, F: Float> Task<F> for CostAndGradient<'_, L, F> {
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { theta, data, mut room, mut waiting, gradient, .. } = self;
        let decay = data.decay();
        let mut cost = Total::new();
        let last = data.blocks() - 1;
        for block in 0..=last {
            let (x, targets) = data.block::<L>(block);
            let mut end = Costs::<F, true>::new(targets, data.scale(), data.checked);
            if !forward::<L, V, _>(theta, x, room.reborrow(), &mut end) {
                return None;
            }
            cost.add(end.sum);
            deltas::<L, V>(theta, x.count, room.reborrow(), false);
            if block < last {
                let stage = if waiting.adds(block) { Stage::Middle } else { Stage::First };
                let sink = IntoGradient { theta, gradient: waiting.first(), stage, decay };
                gradients::<L, V, _>(sink, x, room.blocks, &mut []);
                waiting.carry(block, add_in::<V>);
            }
        }
        let adds = waiting.adds(last);
        let (first, above) = waiting.end(last);
        let (before, gradient) = match gradient {
            Some(gradient) if adds => (Before::At(first), gradient),
            Some(gradient) => (Before::None, gradient),
            None if adds => (Before::InPlace, first),
            None => (Before::None, first),
        };
        let sink = IntoGradient { theta, gradient, stage: Stage::Last { before, above }, decay };
        gradients::<L, V, _>(sink, data.block::<L>(last).0, room.blocks, &mut []);
        Some(cost.get())
    }
}

/// J without λ times m.
#[inline(always)]
pub(crate) fn cost<L: Layers, T: Clone + 'static>(
    theta: &[T],
    data: Data<'_, T>,
    memory: &mut Memory<L, Activations<T>>,
) -> Option<T> {
    as_float!(T, cost_of::<L, T>(theta, data, memory))
}

#[inline]
fn cost_of<L: Layers, T: Clone + 'static, F: Float>(
    theta: &[T],
    data: Data<'_, T>,
    memory: &mut Memory<L, Activations<T>>,
) -> Option<T> {
    let (theta, data, layers) = (floats(theta), data.of::<F>(), PhantomData::<L>);
    let cost = if const { tiny::is_tiny::<L>() } {
        registers::run(tiny::Cost { theta, data, layers })
    } else {
        registers::run(Cost { theta, data, room: memory.room::<F>()?, layers })
    };
    cost.map(|cost| same::<F, T>(&cost).clone())
}

struct Cost<'a, L, F: Float> {
    theta: &'a [F],
    data: Data<'a, F>,
    room: Room<'a, F>,
    layers: PhantomData<L>,
}

impl<L: Layers, F: Float> Task<F> for Cost<'_, L, F> {
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { theta, data, mut room, .. } = self;
        let mut cost = Total::new();
        for block in 0..data.blocks() {
            let (x, targets) = data.block::<L>(block);
            let mut end = Costs::<F, false>::new(targets, F::one(), data.checked);
            if !forward::<L, V, _>(theta, x, room.reborrow(), &mut end) {
                return None;
            }
            cost.add(end.sum);
        }
        Some(cost.get())
    }
}
