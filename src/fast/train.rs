//! A step of an optimizer on examples.

use core::cmp::Ordering;
use core::marker::PhantomData;

use super::cost::CostAndGradient;
use super::dispatch::{Data, floats_mut, same};
use super::elementwise::{Rule, update_in};
use super::list::Layers;
use super::memory::{Memory, Room};
use super::pairwise::{Total, Waiting};
use super::passes::deltas::deltas;
use super::passes::end::Costs;
use super::passes::forward::{Activations, forward};
use super::passes::gradients::gradients;
use super::passes::sink::{IntoGradient, IntoParameters, Stage, add_in};
use super::registers::{self, Float, Lanes, Task};
use super::tiny;
use super::values::AllFinite;
use crate::real::count;

/// What a step moves, what it keeps for each parameter, and by which rule.
pub(crate) struct Step<'a, T, K, const STATE: usize> {
    pub(crate) theta: &'a mut [T],
    pub(crate) state: [&'a mut [T]; STATE],
    pub(crate) rule: K,
}

/// One step of an optimizer on examples: what [`Optimizer::train`](crate::Optimizer::train) does,
/// where that can be done with the gradient still in the cache. Gives J without λ times m, or
/// nothing: then nothing has been done, and the step is to be taken one by one. T is F.
#[inline(always)]
pub(crate) fn train<
    L: Layers,
    T: Clone + 'static,
    F: Float,
    K: Rule<F, STATE>,
    const STATE: usize,
>(
    step: Step<'_, T, K, STATE>,
    data: Data<'_, T>,
    memory: &mut Memory<L, Activations<T>>,
    [first, above]: [&mut [T]; 2],
) -> Option<T> {
    let Step { theta, state, rule } = step;
    let task = Train {
        step: Step { theta: floats_mut(theta), state: state.map(floats_mut), rule },
        data: data.of::<F>(),
        room: memory.room::<F>()?,
        waiting: Waiting::new(floats_mut(first), floats_mut(above)),
        layers: PhantomData::<L>,
    };
    registers::run(task).map(|cost| same::<F, T>(&cost).clone())
}

/// The same for a tiny network and one run of examples: the step stays in registers.
#[inline(always)]
pub(crate) fn train_in_registers<
    L: Layers,
    T: Clone + 'static,
    F: Float,
    K: Rule<F, STATE>,
    const STATE: usize,
>(
    step: Step<'_, T, K, STATE>,
    data: Data<'_, T>,
) -> Option<T> {
    let Step { theta, state, rule } = step;
    let step = Step { theta: floats_mut(theta), state: state.map(floats_mut), rule };
    let task = TrainInRegisters { step, data: data.of::<F>(), layers: PhantomData::<L> };
    registers::run(task).map(|cost| same::<F, T>(&cost).clone())
}

struct TrainInRegisters<'a, L, F: Float, K, const STATE: usize> {
    step: Step<'a, F, K, STATE>,
    data: Data<'a, F>,
    layers: PhantomData<L>,
}

impl<L: Layers, F: Float, K: Rule<F, STATE>, const STATE: usize> Task<F>
    for TrainInRegisters<'_, L, F, K, STATE>
{
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { step: Step { theta, state, rule }, data, .. } = self;
        let (cost, gradient) = tiny::gradient::<L, V::Narrow, F>(theta, &data)?;
        if !(gradient.is_finite() && cost.is_finite()) {
            return None;
        }
        gradient.update(theta, state, rule);
        Some(cost)
    }
}

/// A gradient of so many entries stays in the cache whole: to look at it is cheaper than to know
/// beforehand that it is finite.
const IN_CACHE: usize = 8 * 1024;

struct Train<'a, L, F: Float, K, const STATE: usize> {
    step: Step<'a, F, K, STATE>,
    data: Data<'a, F>,
    room: Room<'a, F>,
    waiting: Waiting<'a, F>,
    layers: PhantomData<L>,
}

impl<L: Layers, F: Float, K: Rule<F, STATE>, const STATE: usize> Task<F>
    for Train<'_, L, F, K, STATE>
{
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { step: Step { theta, state, rule }, data, mut room, mut waiting, layers } = self;
        // Constants, so that what does not apply is not compiled, nor on the stack of a build
        // without optimization.
        if const { L::PARAMETERS <= IN_CACHE } {
            let (gradient, waits) = (None, waiting.reborrow());
            let cost = if const { tiny::is_tiny::<L>() } {
                tiny::many::<L, V::Narrow, F>(theta, data, waits, gradient)?
            } else {
                let task = CostAndGradient {
                    theta: &*theta,
                    data,
                    room,
                    waiting: waits,
                    gradient,
                    layers,
                };
                task.run::<V>()?
            };
            let sum = &*waiting.first();
            if !(cost.is_finite() && AllFinite(sum).run::<V>()) {
                return None;
            }
            update_in::<V, K, STATE>(theta, state, sum, rule);
            return Some(cost);
        }
        // Half of what an F can be for λ Θ, a quarter for the rest: a sum of the two is finite.
        let most = F::max_value()? / nalgebra::convert(4.0);
        if data.decay().weights > nalgebra::convert(0.5) {
            return None;
        }
        let (mut cost, mut bound) = (Total::new(), F::zero());
        let (last, decay) = (data.blocks() - 1, data.decay());
        for block in 0..=last {
            let (x, targets) = data.block::<L>(block);
            let mut end = Costs::<F, true>::new(targets, data.scale(), false);
            if !forward::<L, V, _>(theta, x, room.reborrow(), &mut end) {
                return None;
            }
            cost.add(end.sum);
            // Every a is finite, or some z would not be.
            let largest_delta = deltas::<L, V>(theta, x.count, room.reborrow(), true);
            bound += largest_delta * end.largest_a * count(x.count);
            if block < last {
                let stage = if waiting.adds(block) { Stage::Middle } else { Stage::First };
                let sink = IntoGradient { theta: &*theta, gradient: waiting.first(), stage, decay };
                gradients::<L, V, _>(sink, x, room.blocks, &mut []);
                waiting.carry(block, add_in::<V>);
            }
        }
        // No entry of the gradient can be beyond the bound. A NaN is not below it either.
        let cost = cost.get();
        if bound.partial_cmp(&most) != Some(Ordering::Less) || !cost.is_finite() {
            return None;
        }
        let adds = waiting.adds(last);
        let (first, above) = waiting.end(last);
        let (before, part) = if adds { (Some(first), [].as_mut_slice()) } else { (None, first) };
        let sink = IntoParameters { theta, state, before, above, decay, rule };
        gradients::<L, V, _>(sink, data.block::<L>(last).0, room.blocks, part);
        Some(cost)
    }
}
