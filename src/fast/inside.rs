//! ∇J of all examples, and ∂J/∂x, where ∂J/∂a⁽ᴸ⁾ is asked for, block after block.

use super::dispatch::Data;
use super::memory::{Layered, Room, TILE};
use super::pairwise::Waiting;
use super::passes::deltas::deltas;
use super::passes::end::{OfOutputs, OfPullBacks, Predictions};
use super::passes::forward::forward;
use super::passes::gradients::Gradients;
use super::passes::outer::{Traced, dj_dx, of_block, split};
use super::passes::sink::{IntoGradient, Stage, add_in};
use super::plan::{Plan, Planned};
use super::product::Before;
use super::registers::{Each, Float, Lanes, Task, each, either, shared};
use super::values::AllFinite;
use crate::error::Error;
use crate::real::{count, to_f64};

/// What knows ∂J/∂a⁽ᴸ⁾.
pub(crate) trait Outer<F> {
    /// Writes it over zeros, for the outputs of the examples from `first` on.
    fn write(&mut self, first: usize, outputs: &[F], dj_da: &mut [F]);

    /// Whether all parameters and inputs are finite: asked where some z is not.
    fn check(&self) -> Result<(), Error>;
}

/// Examples without targets, in a larger computation.
pub(crate) struct Inside<'a, F: 'static> {
    theta: &'a [F],
    data: Data<'a, F>,
    plan: Plan<F>,
    outputs: OfOutputs<F>,
    pull_backs: OfPullBacks<F>,
}

impl<'a, F: Float> Inside<'a, F> {
    /// Those of a network; `data` have no targets.
    #[inline(always)]
    pub(crate) fn of<L: Planned>(theta: &'a [F], data: Data<'a, F>) -> Self {
        Self {
            theta,
            data,
            plan: Plan::<F>::of::<L>(),
            outputs: L::outputs(),
            pull_backs: L::pull_backs(),
        }
    }

    /// ∇J where `waiting` begins, and if it is wanted ∂J/∂x: that is as it was where the first block is
    /// refused, and NaN where another one is.
    pub(crate) fn gradient(
        &self,
        room: Room<'_, F>,
        waiting: Waiting<'_, F>,
        dj_dx: Option<&mut [F]>,
        outer: &mut dyn Outer<F>,
    ) -> Result<(), Error> {
        shared!(F: Gradient<'x, 'y>)(Gradient { of: self, room, waiting, dj_dx, outer })
    }
}

struct Gradient<'a, 'b, F: 'static> {
    of: &'b Inside<'a, F>,
    room: Room<'b, F>,
    waiting: Waiting<'b, F>,
    dj_dx: Option<&'b mut [F]>,
    outer: &'b mut (dyn Outer<F> + 'b),
}

impl<F: Float> Task<F> for Gradient<'_, '_, F> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(mut self) -> Result<(), Error> {
        let mut checked = self.of.data.checked;
        for block in 0..self.of.data.blocks() {
            if let Err(error) = self.there_and_back::<V>(block, &mut checked) {
                if let Some(dj_dx) = self.dj_dx.filter(|_| block > 0) {
                    dj_dx.fill(F::zero() / F::zero());
                }
                return Err(error);
            }
            self.add_gradient::<V>(block);
            self.write_dj_dx::<V>(block);
        }
        Ok(())
    }
}

impl<F: Float> Gradient<'_, '_, F> {
    /// Every a and every δ of a block.
    #[inline(always)]
    fn there_and_back<V: Lanes<Scalar = F>>(
        &mut self,
        block: usize,
        checked: &mut bool,
    ) -> Result<(), Error> {
        let &Inside { theta, data, plan, outputs: by, ref pull_backs } = self.of;
        let outer = &mut *self.outer;
        let ((x, _), first) = (data.block([plan.s_in, 0], block), data.first(block));
        let (blocks, outputs_and_dj_da) = split(&mut *self.room.blocks, plan.s_out);
        let [outputs, dj_da] = outputs_and_dj_da.map(|room| &mut room[..x.count * plan.s_out]);
        let (mut blocks, weights) = (Layered::new(blocks), &mut *self.room.weights);
        loop {
            let predictions = Predictions { checked: *checked, outputs: &mut *outputs, by };
            let mut end = Traced(predictions);
            if forward::<V>(plan, theta, x, blocks.reborrow(), &mut end) {
                break;
            }
            outer.check()?;
            // Finite numbers that overflow on the way: that is the answer, then.
            *checked = true;
        }
        dj_da.fill(F::zero());
        outer.write(first, outputs, dj_da);
        if !V::call(AllFinite(dj_da))
            && let Some(index) = dj_da.iter().position(|value| !value.is_finite())
        {
            let (example, entry) = (first + index / plan.s_out, index % plan.s_out);
            return Err(Error::DjDa { example, entry, value: to_f64(&dj_da[index]) });
        }
        let of = [&*outputs, &*dj_da];
        V::of(pull_backs)(of_block(plan, blocks.reborrow(), of, data.scale()));
        deltas::<V>(plan, theta, x.count, blocks, weights, false);
        Ok(())
    }

    /// Δ of a block to those of the blocks before; the last makes ∂J/∂Θ of them.
    #[inline(always)]
    fn add_gradient<V: Lanes<Scalar = F>>(&mut self, block: usize) {
        let (&Inside { theta, data, plan, .. }, waiting) = (self.of, &mut self.waiting);
        let ((x, _), adds) = (data.block([plan.s_in, 0], block), waiting.adds(block));
        let is_last = block + 1 == data.blocks();
        let (gradient, stage) = if is_last {
            let before = if adds { Before::InPlace } else { Before::None };
            let (gradient, above) = waiting.end(block);
            (gradient, Stage::Last { before, above })
        } else {
            (waiting.first(), if adds { Stage::Middle } else { Stage::First })
        };
        let sink = IntoGradient { theta, gradient, stage, decay: data.decay() };
        let (entries, blocks) = (0..theta.len(), &*self.room.blocks);
        V::call(Gradients { plan, sink, entries, x, blocks, room: &mut [] });
        if !is_last {
            waiting.carry(block, add_in::<V>);
        }
    }

    /// ∂J/∂x of a block whose Δ has been taken.
    #[inline(always)]
    fn write_dj_dx<V: Lanes<Scalar = F>>(&mut self, block: usize) {
        let &Inside { theta, data, plan, .. } = self.of;
        if let Some(of_all) = &mut self.dj_dx {
            let (s_in, first) = (plan.s_in, data.first(block));
            let examples = TILE.min(data.m - first);
            let of_block = &mut of_all[first * s_in..(first + examples) * s_in];
            dj_dx::<V>(plan, theta, examples, self.room.blocks, count(data.m), of_block);
        }
    }
}
