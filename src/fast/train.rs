//! A step of an optimizer on examples.

use core::cmp::Ordering;
use core::marker::PhantomData;

use super::blocks::{Blocks, Kernels, gradient_of};
use super::crew::Crew;
use super::dispatch::{Data, floats_mut};
use super::elementwise::{Compiled, Rule, resized};
use super::list::Layers;
use super::memory::{Memory, Room};
use super::pairwise::Waiting;
use super::passes::forward::Activations;
use super::passes::gradients::Gradients;
use super::passes::sink::{IntoParameters, Moves};
use super::plan::{MOST_THETAS, Plan, Planned};
use super::registers::{self, Float, Lanes, Task, either, once, same};
use super::tiny;

/// What a step moves, what it keeps for each parameter, and by which rule: one for all Θ⁽ˡ⁾, or one for
/// each.
pub(crate) struct OneStep<'a, T, K, const STATE: usize> {
    pub(crate) theta: &'a mut [T],
    pub(crate) state: [&'a mut [T]; STATE],
    pub(crate) rules: &'a [K],
}

/// One step of an optimizer on examples: what [`Optimizer::train`](crate::Optimizer::train) does,
/// where that can be done with the gradient still in the cache. Gives J without λ times m, or
/// nothing: then nothing has been done, and the step is to be taken one by one. T is F.
#[inline(always)]
pub(crate) fn train<
    L: Planned,
    T: Clone + Send + Sync + 'static,
    F: Float,
    K: Compiled<F, STATE>,
    const STATE: usize,
>(
    step: OneStep<'_, T, K, STATE>,
    data: Data<'_, T>,
    memory: &mut Memory<L, Activations<T>>,
    [first, above]: [&mut [T]; 2],
    crew: Crew<'_, T>,
) -> Option<T> {
    let OneStep { theta, state, rules } = step;
    let (of_all, of_each);
    let constants: &[&[F]] = if let [rule] = rules {
        of_all = [rule.constants()];
        &of_all
    } else {
        of_each = core::array::from_fn::<_, MOST_THETAS, _>(|theta| rules[theta].constants());
        &of_each
    };
    let moves = Moves {
        theta: floats_mut(theta),
        state: resized(state.map(floats_mut)),
        rule: K::kernel(),
        constants,
        descends: K::DESCENDS,
    };
    let (data, waiting) = (data.of::<F>(), Waiting::new(floats_mut(first), floats_mut(above)));
    let cost = if const { tiny::is_tiny::<L>() } {
        registers::run(TrainTiny { moves, data, waiting, layers: PhantomData::<L> })
    } else {
        let (kernels, room) = (Kernels::of::<L>(data.frozen), memory.room::<F>()?);
        let train = Train { moves, data, kernels, room, waiting, crew: crew.of() };
        once!(F: train_blocks(Train<'a>) -> Option<T>)(train)
    };
    cost.map(|cost| same::<F, T>(&cost).clone())
}

/// The same for a tiny network that learns alike, and one run of examples: the step stays in registers.
#[inline(always)]
pub(crate) fn train_in_registers<
    L: Layers,
    T: Clone + Send + Sync + 'static,
    F: Float,
    K: Rule<F, STATE>,
    const STATE: usize,
>(
    step: OneStep<'_, T, K, STATE>,
    data: Data<'_, T>,
) -> Option<T> {
    let OneStep { theta, state, rules } = step;
    let step = OneStep { theta: floats_mut(theta), state: state.map(floats_mut), rules };
    let task = TrainInRegisters { step, data: data.of::<F>(), layers: PhantomData::<L> };
    registers::run(task).map(|cost| same::<F, T>(&cost).clone())
}

struct TrainInRegisters<'a, L, F: Float, K, const STATE: usize> {
    step: OneStep<'a, F, K, STATE>,
    data: Data<'a, F>,
    layers: PhantomData<L>,
}

impl<L: Layers, F: Float, K: Rule<F, STATE>, const STATE: usize> Task<F>
    for TrainInRegisters<'_, L, F, K, STATE>
{
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { step: OneStep { theta, state, rules }, data, .. } = self;
        let (cost, gradient) = tiny::gradient::<L, V::Narrow, F>(theta, &data)?;
        if !(gradient.is_finite() && cost.is_finite()) {
            return None;
        }
        gradient.update(theta, state, rules[0]);
        Some(cost)
    }
}

/// A tiny network and several runs, or one that does not learn alike.
struct TrainTiny<'a, L, F: Float> {
    moves: Moves<'a, F>,
    data: Data<'a, F>,
    waiting: Waiting<'a, F>,
    layers: PhantomData<L>,
}

impl<L: Planned, F: Float> Task<F> for TrainTiny<'_, L, F> {
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { moves, data, mut waiting, .. } = self;
        let cost = tiny::many::<L, V::Narrow, F>(moves.theta, data, waiting.reborrow(), None)?;
        let plan = Plan::of::<L>(data.frozen);
        moves.run_if_finite(plan, waiting.first(), cost)
    }
}

/// A gradient of so many entries stays in the cache whole: to look at it is cheaper than to know
/// beforehand that it is finite.
const IN_CACHE: usize = 8 * 1024;

struct Train<'a, F: 'static> {
    moves: Moves<'a, F>,
    data: Data<'a, F>,
    kernels: Kernels<F>,
    room: Room<'a, F>,
    waiting: Waiting<'a, F>,
    crew: Crew<'a, F>,
}

fn train_blocks<F: Float>(of: Train<'_, F>) -> Option<F> {
    let Train { moves, data, kernels, mut room, mut waiting, mut crew } = of;
    let (last, decay, whole) = (data.blocks() - 1, data.decay(), moves.theta.len() <= IN_CACHE);
    // Half of what an F can be for λ Θ, a quarter for the rest: a sum of the two is finite.
    let most = F::max_value()? / nalgebra::convert(4.0);
    if !whole && decay.weights > nalgebra::convert(0.5) {
        return None;
    }
    let blocks = Blocks { theta: &*moves.theta, data, weights: None, drops: None, kernels };
    if whole {
        let cost = blocks.cost_and_gradient_by(room, waiting.reborrow(), None, crew)?;
        return moves.run_if_finite(kernels.plan, waiting.first(), cost);
    }
    // Every a is finite, or some z would not be.
    let (cost, bound) =
        blocks.all_but_the_last_gradient(room.reborrow(), &mut waiting, true, crew.reborrow())?;
    // No entry of the gradient can be beyond the bound. A NaN is not below it either.
    if bound.partial_cmp(&most) != Some(Ordering::Less) || !cost.is_finite() {
        return None;
    }
    let plan = kernels.plan;
    let (x, _) = data.block([plan.s_in, plan.s_out], last);
    let adds = waiting.adds(last);
    let (first, above) = waiting.end(last);
    let (before, part) = if adds { (Some(first), [].as_mut_slice()) } else { (None, first) };
    let all = moves.theta.len();
    let sink = IntoParameters { moves, before, above, decay };
    let (blocks, entries) = (&*room.blocks, 0..all);
    gradient_of(Gradients { plan, sink, entries, x, blocks, room: part }, &crew);
    Some(cost)
}
