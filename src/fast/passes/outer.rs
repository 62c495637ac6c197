//! What comes from outside and goes there, over a block of examples: δ⁽ᴸ⁾ = ∂J/∂a⁽ᴸ⁾ ∘ g′(z⁽ᴸ⁾), or
//! Dᵀ ∂J/∂a⁽ᴸ⁾, of a ∂J/∂a⁽ᴸ⁾ that is given; and ∂J/∂x = Θ⁽¹⁾ᵀ δ⁽²⁾ without its bias row. Between the two
//! go [deltas](super::deltas) and [gradients](super::gradients), as with a cost.

use core::marker::PhantomData;
use core::mem::MaybeUninit;

use super::end::{End, Predictions, PullBacks};
use super::layer::Layer;
use crate::fast::list::Keeps;
#[cfg(feature = "std")]
use crate::fast::memory::KeepsBlocks;
use crate::fast::memory::{Block, Examples, Layered, TILE, block_mut, stride};
use crate::fast::plan::Plan;
use crate::fast::product::Finish;
use crate::fast::registers::{Float, Lanes, Task};
use crate::threads::at_a_line;

/// What is kept of a block: as forward does, and of its outputs a⁽ᴸ⁾ and ∂J/∂a⁽ᴸ⁾ too.
#[derive(Debug)]
pub struct WithOutputs<T>(PhantomData<T>);

/// z⁽ᴸ⁾, which becomes δ⁽ᴸ⁾, and behind it what the caller sees, one example behind the other.
#[doc(hidden)]
#[repr(C)]
#[derive(Debug)]
pub struct OfOutputLayer<T, const S: usize> {
    z: Block<T, S>,
    outputs_and_dj_da: [[[MaybeUninit<T>; S]; TILE]; 2],
}

// SAFETY: blocks are made of `MaybeUninit<T>`, and so is what stands behind them, `repr(C)`.
unsafe impl<T: Send + Sync + 'static> Keeps for WithOutputs<T> {
    type Scalar = T;
    /// a, and g′(z), which going backward becomes δ.
    type Hidden<const S_OUT: usize, const S_IN: usize> = [Block<T, S_OUT>; 2];
    type Last<const S_OUT: usize, const S_IN: usize> = OfOutputLayer<T, S_OUT>;
}

#[cfg(feature = "std")]
impl<T: Send + Sync + 'static> KeepsBlocks for WithOutputs<T> {
    const COUNTS: [usize; 2] = [2, 1];
    const BEHIND: usize = 2;
}

/// The layers' blocks, and room for a⁽ᴸ⁾ and ∂J/∂a⁽ᴸ⁾ of a block of s_L units.
pub(crate) fn split<T>(blocks: &mut [T], s_out: usize) -> (&mut [T], [&mut [T]; 2]) {
    let entries = TILE * s_out;
    let (blocks, outputs_and_dj_da) = blocks.split_at_mut(blocks.len() - 2 * entries);
    let (outputs, dj_da) = outputs_and_dj_da.split_at_mut(entries);
    (blocks, [outputs, dj_da])
}

/// [`Predictions`] on the way to a gradient: z⁽ᴸ⁾ stays where it is, and g′ is wanted.
pub(crate) struct Traced<'a, T>(pub(crate) Predictions<'a, T>);

impl<V: Lanes> End<V> for Traced<'_, V::Scalar> {
    fn wants_gradient(&self) -> bool {
        true
    }

    fn end(
        &mut self,
        z: &mut [V::Scalar],
        units_and_stride: [usize; 2],
        count: usize,
        poison: V::Scalar,
    ) -> bool {
        End::<V>::end(&mut self.0, z, units_and_stride, count, poison)
    }
}

/// What [`pull_backs`](super::end::pull_backs) takes, of a block that has gone forward.
pub(crate) fn of_block<'a, T>(
    mut plan: Plan<T>,
    mut blocks: Layered<'a, T>,
    [outputs, dj_da]: [&'a [T]; 2],
    scale: T,
) -> PullBacks<'a, T> {
    while let Some((hidden, behind)) = plan.split_first() {
        let (_a, rest) = blocks.next(hidden.s_out);
        let (_g_prime, rest) = rest.next(hidden.s_out);
        (plan, blocks) = (behind, rest);
    }
    let (z, _) = blocks.next(plan.s_out);
    PullBacks { stride: stride::<T>(plan.s_out), z, outputs, dj_da, scale }
}

/// Inputs whose ∂J/∂x is computed at a time: a transposed part of Θ⁽¹⁾ of so many fits where the block's
/// a⁽²⁾ was, or where there is none, its outputs.
const PANEL: usize = TILE / 2;

/// Sides of the squares that are transposed in registers, or a multiple of it.
const SQUARE: usize = 8;

/// ∂J/∂x = m Θ⁽¹⁾ᵀ δ⁽²⁾ of the examples of a block, or of some of them, one behind the other.
#[derive(Debug)]
pub(crate) struct DjDx<'a, T> {
    s_in: usize,
    s_out: usize,
    theta: &'a [T],
    /// δ⁽²⁾/m.
    delta: Examples<'a, T>,
    /// Room for a transposed part of Θ⁽¹⁾.
    transposed: &'a mut [T],
    dj_dx: &'a mut [T],
    m: T,
}

impl<'a, T: Float> DjDx<'a, T> {
    /// So many examples have room enough of their own.
    pub(crate) const FEWEST: usize = 2 * SQUARE;

    /// Of a block: what `blocks` hold besides δ⁽²⁾/m is lost.
    pub(crate) fn of_block(
        plan: Plan<T>,
        theta: &'a [T],
        blocks: &'a mut [T],
        dj_dx: &'a mut [T],
        m: T,
    ) -> Self {
        let s_in = plan.s_in;
        let s_out = plan.split_first().map_or(plan.s_out, |(hidden, _)| hidden.s_out);
        let (first, rest) = block_mut(blocks, s_out);
        let (transposed, entries) = match plan.split_first() {
            Some(_) => (first, block_mut(rest, s_out).0),
            None => (rest, first),
        };
        let delta = Examples { entries, stride: stride::<T>(s_out), count: dj_dx.len() / s_in };
        Self { s_in, s_out, theta, delta, transposed, dj_dx, m }
    }

    /// How many there are in it.
    pub(crate) const fn multiply_adds(&self) -> usize {
        self.s_in * self.s_out * self.delta.count
    }

    /// The first `count` examples with their share of the room, which ends at a cache line, and the others.
    pub(crate) fn split_at(self, count: usize) -> (Self, Self) {
        let room = self.transposed.len() / self.delta.count * count;
        let room = at_a_line(self.transposed.as_ptr(), room);
        let (transposed, transposed_rest) = self.transposed.split_at_mut(room);
        let (delta, delta_rest) = self.delta.split_at(count);
        let (dj_dx, dj_dx_rest) = self.dj_dx.split_at_mut(count * self.s_in);
        (
            Self { delta, transposed, dj_dx, ..self },
            Self { delta: delta_rest, transposed: transposed_rest, dj_dx: dj_dx_rest, ..self },
        )
    }
}

impl<T: Float> Task<T> for DjDx<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) {
        let Self { s_in, s_out, theta, delta, transposed, dj_dx, m } = self;
        let panel = PANEL.min(transposed.len() / s_out / SQUARE * SQUARE);
        for first in (0..s_in).step_by(panel) {
            let columns = panel.min(s_in - first);
            let theta = &theta[first * s_out..];
            // Whole squares are fast: what stands behind Θ⁽¹⁾ may be transposed with it, and is not looked at.
            let squares = columns.next_multiple_of(SQUARE).min(panel);
            let stride = if theta.len() >= (1 + squares) * s_out { squares } else { columns };
            let layer = Layer { theta, s_out, s_in: columns, watched: false };
            Layer { s_in: stride, ..layer }.transpose::<V>(transposed, stride);
            let weights = (&*transposed, stride);
            layer.pull_back::<V>(delta, &mut dj_dx[first..], s_in, weights, Finish::Store);
        }
        for entry in dj_dx {
            *entry *= m;
        }
    }
}
