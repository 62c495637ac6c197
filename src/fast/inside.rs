//! ∇J of all examples, and ∂J/∂x, where ∂J/∂a⁽ᴸ⁾ is asked for, block after block.

use super::blocks::gradient_of;
use super::crew::{Crew, size};
use super::dispatch::Data;
use super::memory::{Examples, Layered, Room, TILE};
use super::pairwise::Waiting;
use super::passes::deltas::deltas;
use super::passes::end::{OfOutputs, OfPullBacks, Predictions};
use super::passes::forward::forward;
use super::passes::gradients::Gradients;
use super::passes::outer::{DjDx, Traced, of_block, split};
use super::passes::sink::{IntoGradient, Stage};
use super::plan::{Frozen, Plan, Planned};
use super::product::Before;
use super::registers::{Each, Float, Lanes, Task, each, either, once, shared};
use super::values::all_finite;
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
            plan: Plan::of::<L>(data.frozen),
            outputs: L::outputs(),
            pull_backs: L::pull_backs(),
        }
    }

    /// ∇J where `waiting` begins, and if it is wanted ∂J/∂x: that is as it was where the first block is
    /// refused, and NaN where another one is. `outer` is called by this thread.
    pub(crate) fn gradient(
        &self,
        room: Room<'_, F>,
        waiting: Waiting<'_, F>,
        dj_dx: Option<&mut [F]>,
        outer: &mut dyn Outer<F>,
        crew: Crew<'_, F>,
    ) -> Result<(), Error> {
        let gradient = Gradient { of: self, room, waiting, dj_dx, outer, crew };
        once!(F: run(Gradient<'x, 'y>) -> Result<(), Error>)(gradient)
    }
}

struct Gradient<'a, 'b, F: 'static> {
    of: &'b Inside<'a, F>,
    room: Room<'b, F>,
    waiting: Waiting<'b, F>,
    dj_dx: Option<&'b mut [F]>,
    outer: &'b mut (dyn Outer<F> + 'b),
    crew: Crew<'b, F>,
}

fn run<F: Float>(mut gradient: Gradient<'_, '_, F>) -> Result<(), Error> {
    let data = gradient.of.data;
    let mut checked = data.checked;
    for block in 0..data.blocks() {
        if let Err(error) = gradient.there_and_back(block, &mut checked) {
            if let Some(dj_dx) = gradient.dj_dx.filter(|_| block > 0) {
                dj_dx.fill(F::zero() / F::zero());
            }
            return Err(error);
        }
        gradient.add_gradient(block);
        gradient.write_dj_dx(block);
    }
    Ok(())
}

impl<F: Float> Gradient<'_, '_, F> {
    /// Every a and every δ of a block.
    fn there_and_back(&mut self, block: usize, checked: &mut bool) -> Result<(), Error> {
        let &Inside { theta, data, mut plan, outputs: by, pull_backs } = self.of;
        if self.dj_dx.is_some() {
            // Every δ on the way to x is needed, whatever learns.
            plan.frozen = Frozen::NONE;
        }
        let ((x, _), first) = (data.block([plan.s_in, 0], block), data.first(block));
        let parts = self.crew.parts(theta.len() * x.count, x.count);
        let rows = |part| size(x.count, parts, part);
        let (blocks, outputs_and_dj_da) = split(&mut *self.room.blocks, plan.s_out);
        let [outputs, dj_da] = outputs_and_dj_da.map(|room| &mut room[..x.count * plan.s_out]);
        let mut blocks = Layered::new(blocks);
        loop {
            let (room, outputs) = (blocks.reborrow(), &mut *outputs);
            let all = There { plan, by, theta, x, room, outputs, checked: *checked };
            let (split, kernel) =
                (|all, part| There::split_at(all, rows(part)), shared!(F: There<'x>));
            let are_finite = if parts == 1 {
                kernel(all).is_some()
            } else {
                self.crew.ask(all, parts, split, kernel)[..parts].iter().all(Option::is_some)
            };
            if are_finite {
                break;
            }
            self.outer.check()?;
            // Finite numbers that overflow on the way: that is the answer, then.
            *checked = true;
        }
        dj_da.fill(F::zero());
        self.outer.write(first, outputs, dj_da);
        if !all_finite(dj_da)
            && let Some(index) = dj_da.iter().position(|value| !value.is_finite())
        {
            let (example, entry) = (first + index / plan.s_out, index % plan.s_out);
            return Err(Error::DjDa { example, entry, value: to_f64(&dj_da[index]) });
        }
        let (room, weights) = (blocks, &mut *self.room.weights);
        let (outputs, dj_da, scale) = (&*outputs, &*dj_da, data.scale());
        let all =
            Back { plan, pull_backs, theta, count: x.count, room, outputs, dj_da, scale, weights };
        let (crew, mut room_of_another) = self.crew.reborrow().apart();
        let split = |all, part| Back::split_at(all, rows(part), room_of_another());
        crew.share(all, parts, split, shared!(F: Back<'x>));
        Ok(())
    }

    /// Δ of a block to those of the blocks before; the last makes ∂J/∂Θ of them.
    fn add_gradient(&mut self, block: usize) {
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
        gradient_of(Gradients { plan, sink, entries, x, blocks, room: &mut [] }, &self.crew);
        if !is_last {
            self.crew.carry(waiting, block, &[]);
        }
    }

    /// ∂J/∂x of a block whose Δ has been taken.
    fn write_dj_dx(&mut self, block: usize) {
        let &Inside { theta, data, plan, .. } = self.of;
        let Some(of_all) = &mut self.dj_dx else { return };
        let (s_in, first) = (plan.s_in, data.first(block));
        let examples = TILE.min(data.m - first);
        let of_block = &mut of_all[first * s_in..(first + examples) * s_in];
        let all = DjDx::of_block(plan, theta, self.room.blocks, of_block, count(data.m));
        let parts = self.crew.parts(all.multiply_adds(), examples / DjDx::<F>::FEWEST);
        let split = |all, part| DjDx::split_at(all, size(examples, parts, part));
        self.crew.share(all, parts, split, shared!(F: DjDx<'x>));
    }
}

/// Some rows of a block, forward.
struct There<'a, F: 'static> {
    plan: Plan<F>,
    by: OfOutputs<F>,
    theta: &'a [F],
    x: Examples<'a, F>,
    room: Layered<'a, F>,
    outputs: &'a mut [F],
    checked: bool,
}

impl<F: Float> Task<F> for There<'_, F> {
    /// Nothing where some z is not finite.
    type Output = Option<()>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<()> {
        let Self { plan, by, theta, x, room, outputs, checked } = self;
        let mut end = Traced(Predictions { checked, outputs, by });
        forward::<V>(plan, theta, x, room, &mut end).then_some(())
    }
}

impl<F: Float> There<'_, F> {
    /// The first `rows`, and the others.
    fn split_at(self, rows: usize) -> (Self, Self) {
        let (x, x_rest) = self.x.split_at(rows);
        let (room, room_rest) = self.room.split_at(rows);
        let (outputs, outputs_rest) = self.outputs.split_at_mut(rows * self.plan.s_out);
        let first = Self { x, room, outputs, ..self };
        (first, Self { x: x_rest, room: room_rest, outputs: outputs_rest, ..self })
    }
}

/// Some rows of a block, backward.
struct Back<'a, F: 'static> {
    plan: Plan<F>,
    pull_backs: OfPullBacks<F>,
    theta: &'a [F],
    count: usize,
    room: Layered<'a, F>,
    outputs: &'a [F],
    dj_da: &'a [F],
    scale: F,
    /// Room for transposed weights.
    weights: &'a mut [F],
}

impl<F: Float> Task<F> for Back<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) {
        let Self { plan, pull_backs, theta, count, mut room, outputs, dj_da, scale, weights } =
            self;
        V::of(&pull_backs)(of_block(plan, room.reborrow(), [outputs, dj_da], scale));
        deltas::<V>(plan, theta, count, room, weights, false);
    }
}

impl<'a, F: Float> Back<'a, F> {
    /// The first `rows`, and the others, with other room for transposed weights.
    fn split_at(self, rows: usize, weights: &'a mut [F]) -> (Self, Self) {
        let entries = rows * self.plan.s_out;
        let (room, room_rest) = self.room.split_at(rows);
        let (outputs, outputs_rest) = self.outputs.split_at(entries);
        let (dj_da, dj_da_rest) = self.dj_da.split_at(entries);
        let count = self.count - rows;
        (
            Self { count: rows, room, outputs, dj_da, ..self },
            Self {
                count,
                room: room_rest,
                outputs: outputs_rest,
                dj_da: dj_da_rest,
                weights,
                ..self
            },
        )
    }
}
