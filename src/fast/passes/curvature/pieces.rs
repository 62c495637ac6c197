//! R{Δ} of some entries, of what a block has kept.

use core::marker::PhantomData;
use core::ops::Range;

use super::shares::Sums;
use crate::fast::crew::Crew;
use crate::fast::list::Keeps;
use crate::fast::memory::{Block, Examples, block, stride};
use crate::fast::passes::rates::Matrix;
use crate::fast::passes::sink::{IntoGradient, Sink};
use crate::fast::plan::Plan;
use crate::fast::registers::{Float, Lanes};

/// What is kept of a block besides where [`Summed::Later`](super::Summed::Later) is.
#[derive(Debug)]
pub struct Apart<T>(PhantomData<T>);

// SAFETY: blocks are made of `MaybeUninit<T>`.
unsafe impl<T: Send + Sync + 'static> Keeps for Apart<T> {
    type Scalar = T;
    /// δ and its rate of change.
    type Hidden<const S_OUT: usize, const S_IN: usize> = [Block<T, S_OUT>; 2];
    type Last<const S_OUT: usize, const S_IN: usize> = [Block<T, S_OUT>; 0];
}

/// These entries of R{Δ} of the block `x`, of which this is the sink; rows of [bias | weights]ᵀ are whole. `blocks` hold
/// every a and R{a}, and δ and R{δ} of the last layer, those `apart` the others.
pub(crate) struct Entries<'a, T: 'static> {
    pub(crate) plan: Plan<T>,
    pub(crate) matrix: Matrix,
    pub(crate) sink: IntoGradient<'a, T>,
    pub(crate) entries: Range<usize>,
    pub(crate) x: Examples<'a, T>,
    pub(crate) blocks: &'a [T],
    pub(crate) apart: &'a [T],
}

impl<T: Float> Entries<'_, T> {
    /// By whoever it is worth.
    pub(crate) fn sum<V: Lanes<Scalar = T>>(self, crew: &Crew<'_, T>) {
        let products = if self.matrix == Matrix::Hessian { 2 } else { 1 };
        let (plan, first, count) = (self.plan, self.entries.start, self.entries.len());
        let parts = crew.parts(products * count * self.x.count, count);
        let end = plan.ends((first, count), parts, (first, self.sink.begin()));
        crew.share(self, parts, |all, part| all.split_at(end(part)), Self::run::<V>);
    }

    fn run<V: Lanes<Scalar = T>>(self) {
        let Self { mut plan, matrix, mut sink, mut entries, x, mut blocks, mut apart } = self;
        let mut front = (x, None);
        loop {
            let (hidden, s_in) = (plan.split_first(), plan.s_in);
            let s_out = hidden.map_or(plan.s_out, |(hidden, _)| hidden.s_out);
            let kept = two(&mut blocks, s_out, x.count);
            let deltas = if hidden.is_some() { two(&mut apart, s_out, x.count) } else { kept };
            let all = s_out * (s_in + 1);
            let rows = entries.start.min(all) / s_out..entries.end.min(all) / s_out;
            let sink = sink.split_off(rows.len() * s_out);
            if !rows.is_empty() {
                Sums::of(matrix, s_out, rows, front, deltas, sink).run::<V>();
            }
            let Some((_, behind)) = hidden else { return };
            // g′ and what bends have done their work.
            two(&mut blocks, s_out, x.count);
            entries = entries.start.saturating_sub(all)..entries.end.saturating_sub(all);
            front = (kept[0], Some(kept[1]));
            plan = behind;
        }
    }

    /// The rows up to an entry of Θ, and the others.
    fn split_at(self, entry: usize) -> (Self, Self) {
        let Self { mut sink, entries: Range { start, end }, .. } = self;
        let first = sink.split_off(entry - start);
        (
            Self { sink: first, entries: start..entry, ..self },
            Self { sink, entries: entry..end, ..self },
        )
    }
}

/// The next two blocks of a layer with `s` units.
fn two<'a, T>(blocks: &mut &'a [T], s: usize, count: usize) -> [Examples<'a, T>; 2] {
    [(); 2].map(|()| {
        let (entries, behind) = block(blocks, s);
        *blocks = behind;
        Examples { entries, stride: stride::<T>(s), count }
    })
}
