//! J and ∇J of examples, block after block or block beside block: with weights and dropout, or without.

use super::dispatch::{Data, either};
#[cfg(feature = "rayon")]
use super::elementwise::update;
use super::memory::{Examples, Room};
use super::pairwise::{Total, Waiting};
use super::passes::deltas::deltas;
use super::passes::end::{Costs, OfCosts};
use super::passes::forward::forward;
use super::passes::gradients::gradients;
#[cfg(feature = "rayon")]
use super::passes::sink::Add;
use super::passes::sink::{IntoGradient, Sink, Stage, add_in};
use super::plan::{Plan, Planned};
use super::product::Before;
use super::registers::{Each, Float, Lanes, Task, each};
use crate::batch::dropout::Drops;
use crate::real::count;

/// Examples, and what is to be computed of them.
pub(crate) struct Blocks<'a, F: 'static> {
    pub(crate) theta: &'a [F],
    pub(crate) data: Data<'a, F>,
    pub(crate) weights: Option<&'a [F]>,
    pub(crate) drops: Option<&'a Drops<'a>>,
    pub(crate) kernels: Kernels<F>,
}

/// What blocks need to know of a network.
#[derive(Clone, Copy)]
pub(crate) struct Kernels<F: 'static> {
    pub(crate) plan: Plan<F>,
    /// Costs alone, and with δ⁽ᴸ⁾.
    pub(super) costs: [OfCosts<F>; 2],
}

impl<F: Float> Kernels<F> {
    /// Those of a network.
    #[inline(always)]
    pub(crate) fn of<L: Planned>(weighted: bool) -> Self {
        let costs = if weighted {
            [L::costs::<F, false, true>(), L::costs::<F, true, true>()]
        } else {
            [L::costs::<F, false, false>(), L::costs::<F, true, false>()]
        };
        Self { plan: Plan::<F>::of::<L>(), costs }
    }
}

impl<'a, F: Float> Blocks<'a, F> {
    /// How many there are.
    pub(crate) const fn count(&self) -> usize {
        self.data.blocks()
    }

    /// J without λ times m, and ∇J, into `gradient` or without one where `waiting` begins.
    pub(crate) fn cost_and_gradient(
        &self,
        room: Room<'_, F>,
        waiting: Waiting<'_, F>,
        gradient: Option<&mut [F]>,
    ) -> Option<F> {
        shared!(F: CostAndGradient<'x, 'y>)(CostAndGradient {
            blocks: self,
            room,
            waiting,
            gradient,
        })
    }

    /// J without λ times m.
    pub(crate) fn cost(&self, room: Room<'_, F>) -> Option<F> {
        shared!(F: Cost<'x, 'y>)(Cost { blocks: self, room })
    }

    /// The sum of a block's costs, and its Δ alone.
    #[cfg(feature = "rayon")]
    pub(crate) fn gradient(&self, block: usize, room: Room<'_, F>, sum: &mut [F]) -> Option<F> {
        shared!(F: Gradient<'x, 'y>)(Gradient { blocks: self, block, room, sum })
    }

    /// The examples of a block, and all of their targets and more.
    pub(super) fn examples(&self, block: usize) -> (Examples<'a, F>, &'a [F]) {
        let Plan { s_in, s_out, .. } = self.kernels.plan;
        self.data.block([s_in, s_out], block)
    }

    /// Forward: the sum of the costs, and if it is `watched` the largest |a|, at least 1. Nothing where some z is
    /// not finite.
    #[inline(always)]
    fn forward<V: Lanes<Scalar = F>>(
        &self,
        block: usize,
        room: Room<'_, F>,
        [gradient, watched]: [bool; 2],
    ) -> Option<(F, F)> {
        let Self { theta, data, weights, drops, kernels: Kernels { plan, costs } } = self;
        let ((x, targets), first) = (self.examples(block), data.first(block));
        let mut end = Costs {
            checked: data.checked,
            gradient,
            targets,
            scale: data.scale(),
            weights: weights.map_or([].as_slice(), |weights| &weights[first..first + x.count]),
            drops: drops.cloned(),
            first,
            by: costs[usize::from(gradient)],
            sum: F::zero(),
            watched,
            largest_a: F::one(),
        };
        forward::<V>(*plan, theta, x, room, &mut end).then_some((end.sum, end.largest_a))
    }

    /// Every block forward and back, and all but the last into `waiting`: Δ of that is for who calls. Gives
    /// J without λ times m, and if it is `wanted` a bound of every |entry| of ∇J, not finite where one
    /// is not.
    #[inline(always)]
    pub(super) fn all_but_the_last_gradient<V: Lanes<Scalar = F>>(
        &self,
        mut room: Room<'_, F>,
        waiting: &mut Waiting<'_, F>,
        wanted: bool,
    ) -> Option<(F, F)> {
        let Self { theta, data, kernels: Kernels { plan, .. }, .. } = self;
        let (mut cost, mut bound, last) = (Total::new(), F::zero(), self.count() - 1);
        for block in 0..=last {
            let (of_block, largest_a) =
                self.forward::<V>(block, room.reborrow(), [true, wanted])?;
            cost.add(of_block);
            let (x, _) = self.examples(block);
            let largest_delta = deltas::<V>(*plan, theta, x.count, room.reborrow(), wanted);
            bound += largest_delta * largest_a * count(x.count);
            if block < last {
                let stage = if waiting.adds(block) { Stage::Middle } else { Stage::First };
                let (gradient, decay) = (waiting.first(), data.decay());
                let sink = IntoGradient { theta, gradient, stage, decay };
                self.gradient_of::<V, _>(block, sink, room.blocks, &mut []);
                waiting.carry(block, add_in::<V>);
            }
        }
        Some((cost.get(), bound))
    }

    /// [`cost_and_gradient`](Self::cost_and_gradient), in registers `V`.
    #[inline(always)]
    pub(super) fn cost_and_gradient_in<V: Lanes<Scalar = F>>(
        &self,
        mut room: Room<'_, F>,
        mut waiting: Waiting<'_, F>,
        gradient: Option<&mut [F]>,
    ) -> Option<F> {
        let (cost, _) =
            self.all_but_the_last_gradient::<V>(room.reborrow(), &mut waiting, false)?;
        let last = self.count() - 1;
        let adds = waiting.adds(last);
        let (first, above) = waiting.end(last);
        let (before, gradient) = match gradient {
            Some(gradient) if adds => (Before::At(first), gradient),
            Some(gradient) => (Before::None, gradient),
            None if adds => (Before::InPlace, first),
            None => (Before::None, first),
        };
        let (theta, decay, stage) = (self.theta, self.data.decay(), Stage::Last { before, above });
        let sink = IntoGradient { theta, gradient, stage, decay };
        self.gradient_of::<V, _>(last, sink, room.blocks, &mut []);
        Some(cost)
    }

    /// Δ of a block that has been gone through, into a sink.
    #[inline(always)]
    pub(super) fn gradient_of<V: Lanes<Scalar = F>, K: Sink<F>>(
        &self,
        block: usize,
        sink: K,
        blocks: &[F],
        room: &mut [F],
    ) {
        gradients::<V, K>(self.kernels.plan, sink, self.examples(block).0, blocks, room);
    }
}

/// sum ← sum + term.
#[cfg(feature = "rayon")]
pub(crate) fn add<T: Float>(sum: &mut [T], term: &[T]) {
    update(sum, term, Add);
}

struct CostAndGradient<'a, 'b, F: 'static> {
    blocks: &'b Blocks<'a, F>,
    room: Room<'b, F>,
    waiting: Waiting<'b, F>,
    gradient: Option<&'b mut [F]>,
}

impl<F: Float> Task<F> for CostAndGradient<'_, '_, F> {
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { blocks, room, waiting, gradient } = self;
        blocks.cost_and_gradient_in::<V>(room, waiting, gradient)
    }
}

struct Cost<'a, 'b, F: 'static> {
    blocks: &'b Blocks<'a, F>,
    room: Room<'b, F>,
}

impl<F: Float> Task<F> for Cost<'_, '_, F> {
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { blocks, mut room } = self;
        let mut cost = Total::new();
        for block in 0..blocks.count() {
            cost.add(blocks.forward::<V>(block, room.reborrow(), [false; 2])?.0);
        }
        Some(cost.get())
    }
}

#[cfg(feature = "rayon")]
struct Gradient<'a, 'b, F: 'static> {
    blocks: &'b Blocks<'a, F>,
    block: usize,
    room: Room<'b, F>,
    sum: &'b mut [F],
}

#[cfg(feature = "rayon")]
impl<F: Float> Task<F> for Gradient<'_, '_, F> {
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { blocks, block, mut room, sum } = self;
        let (cost, _) = blocks.forward::<V>(block, room.reborrow(), [true, false])?;
        let (theta, decay) = (blocks.theta, blocks.data.decay());
        let count = blocks.examples(block).0.count;
        deltas::<V>(blocks.kernels.plan, theta, count, room.reborrow(), false);
        let sink = IntoGradient { theta, gradient: sum, stage: Stage::First, decay };
        blocks.gradient_of::<V, _>(block, sink, room.blocks, &mut []);
        Some(cost)
    }
}
