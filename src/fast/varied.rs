//! J and ∇J of a batch with weights and dropout, block after block or block beside block.

use core::marker::PhantomData;

use super::dispatch::Data;
use super::elementwise::update;
use super::list::Layers;
use super::memory::{Memory, Room};
use super::pairwise::{Total, Waiting};
use super::passes::deltas::deltas;
use super::passes::end::{self, Costs};
use super::passes::forward::{Activations, forward};
use super::passes::gradients::gradients;
use super::passes::sink::{Add, IntoGradient, Stage};
use super::product::Before;
use super::registers::{self, Float, Lanes, Task};
use crate::batch::dropout::Drops;

/// A batch, to be computed block by block.
pub(crate) struct Varied<'a, F, L> {
    pub(crate) theta: &'a [F],
    pub(crate) data: Data<'a, F>,
    pub(crate) weights: Option<&'a [F]>,
    pub(crate) drops: Option<&'a Drops<'a>>,
    pub(crate) layers: PhantomData<fn() -> L>,
}

type MemoryOf<L, F> = Memory<L, Activations<F>>;

impl<F: Float, L: Layers> Varied<'_, F, L> {
    /// J without λ times m, and ∇J where `waiting` begins.
    pub(crate) fn cost_and_gradient(
        &self,
        memory: &mut MemoryOf<L, F>,
        mut waiting: Waiting<'_, F>,
    ) -> Option<F> {
        let (last, mut cost) = (self.blocks() - 1, Total::new());
        for block in 0..last {
            let stage = if waiting.adds(block) { Stage::Middle } else { Stage::First };
            cost.add(self.gradient(block, memory, waiting.first(), stage)?);
            waiting.carry(block, add);
        }
        let before = if waiting.adds(last) { Before::InPlace } else { Before::None };
        let (sum, above) = waiting.end(last);
        cost.add(self.gradient(last, memory, sum, Stage::Last { before, above })?);
        Some(cost.get())
    }

    /// J without λ times m.
    pub(crate) fn cost(&self, memory: &mut MemoryOf<L, F>) -> Option<F> {
        let mut cost = Total::new();
        for block in 0..self.blocks() {
            cost.add(self.run::<false>(block, memory, &mut [], Stage::First)?);
        }
        Some(cost.get())
    }

    /// How many blocks there are.
    pub(crate) const fn blocks(&self) -> usize {
        self.data.blocks()
    }

    /// The sum of a block's costs, and its Δ as the stage says.
    pub(crate) fn gradient(
        &self,
        block: usize,
        memory: &mut MemoryOf<L, F>,
        sum: &mut [F],
        stage: Stage<'_, F>,
    ) -> Option<F> {
        self.run::<true>(block, memory, sum, stage)
    }

    fn run<const GRADIENT: bool>(
        &self,
        block: usize,
        memory: &mut MemoryOf<L, F>,
        sum: &mut [F],
        stage: Stage<'_, F>,
    ) -> Option<F> {
        let (room, drops) = (memory.room::<F>()?, self.drops.cloned());
        registers::run(Block::<L, F, GRADIENT> { of: self, block, room, drops, sum, stage })
    }
}

/// sum ← sum + term.
pub(crate) fn add<T: Float>(sum: &mut [T], term: &[T]) {
    update::<_, T, _, 0>(sum, [], term, Add);
}

struct Block<'a, L, F: Float, const GRADIENT: bool> {
    of: &'a Varied<'a, F, L>,
    block: usize,
    room: Room<'a, F>,
    drops: Option<Drops<'a>>,
    sum: &'a mut [F],
    stage: Stage<'a, F>,
}

impl<L: Layers, F: Float, const GRADIENT: bool> Task<F> for Block<'_, L, F, GRADIENT> {
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { of, block, mut room, mut drops, sum, stage } = self;
        let &Varied { theta, data, weights, .. } = of;
        let (x, targets) = data.block::<L>(block);
        let first = data.first(block);
        let mut end = end::Varied::<_, GRADIENT> {
            costs: Costs::new(targets, data.scale(), data.checked),
            weights: weights.map(|weights| &weights[first..first + x.count]),
            drops: drops.as_mut(),
            first,
        };
        if !forward::<L, V, _>(theta, x, room.reborrow(), &mut end) {
            return None;
        }
        let cost = end.costs.sum;
        if GRADIENT {
            deltas::<L, V>(theta, x.count, room.reborrow(), false);
            let sink = IntoGradient { theta, gradient: sum, stage, decay: data.decay() };
            gradients::<L, V, _>(sink, x, room.blocks, &mut []);
        }
        Some(cost)
    }
}
