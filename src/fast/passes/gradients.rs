//! Gradient, over a block of examples: Δ⁽ˡ⁾ = Σ δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ, layer by layer into a [`Sink`], of the layers
//! that learn.

use core::ops::Range;

use super::sink::{IntoGradient, IntoParameters, Sink};
use crate::fast::memory::{Examples, block, stride};
use crate::fast::plan::Plan;
use crate::fast::registers::{Each, Float, Lanes, Task, each, either, shared};

/// Δ of the block `x`, of which `blocks` hold every a and δ: of it those rows, each the products with one of
/// [1; a⁽ˡ⁾], whose entries in Θ these are, and of which this is the sink. There is `room` for as many entries as
/// a sink asks for.
#[derive(Debug)]
pub struct Gradients<'a, T: 'static, K> {
    pub(crate) plan: Plan<T>,
    pub(crate) sink: K,
    pub(crate) entries: Range<usize>,
    pub(crate) x: Examples<'a, T>,
    pub(crate) blocks: &'a [T],
    pub(crate) room: &'a mut [T],
}

impl<T: Float, K: Sink<T>> Gradients<'_, T, K> {
    /// The rows up to an entry of Θ, and the others.
    pub(crate) fn split_at(self, entry: usize) -> (Self, Self) {
        let Self { plan, mut sink, entries: Range { start, end }, x, blocks, room } = self;
        let first = sink.split_off(entry - start);
        let (room, room_rest) = room.split_at_mut(room.len().min(entry - start));
        let of = |sink, entries, room| Self { plan, sink, entries, x, blocks, room };
        (of(first, start..entry, room), of(sink, entry..end, room_rest))
    }
}

impl<T: Float, K: Sink<T>> Task<T> for Gradients<'_, T, K> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) {
        let Self { mut plan, mut sink, mut entries, x, mut blocks, room } = self;
        let mut a = x;
        loop {
            let (hidden, s_in) = (plan.split_first(), plan.s_in);
            let s_out = hidden.map_or(plan.s_out, |(hidden, _)| hidden.s_out);
            let of = |entries| Examples { entries, stride: stride::<T>(s_out), count: x.count };
            let (a_next, rest) =
                if hidden.is_some() { block(blocks, s_out) } else { blocks.split_at(0) };
            let (delta, rest) = block(rest, s_out);
            let all = s_out * (s_in + 1);
            let rows = entries.start.min(all) / s_out..entries.end.min(all) / s_out;
            let of_layer = sink.split_off(rows.len() * s_out);
            if !plan.learns() {
                of_layer.skip();
            } else if !rows.is_empty() {
                of_layer.take::<V>(s_out, rows, a, of(delta), room);
            }
            let Some((_, next)) = hidden else { return };
            entries = entries.start.saturating_sub(all)..entries.end.saturating_sub(all);
            sink.pass_layer();
            (plan, blocks, a) = (next, rest, of(a_next));
        }
    }
}

/// A [`Sink`] that Δ goes into by a function which is compiled in this crate.
pub(crate) trait Compiled<T: Float>: Sink<T> {
    /// All of it, in the current registers.
    fn gradients(of: Gradients<'_, T, Self>);
}

impl<T: Float> Compiled<T> for IntoGradient<'_, T> {
    fn gradients(of: Gradients<'_, T, Self>) {
        type Of<'x, 'y, T> = Gradients<'x, T, IntoGradient<'y, T>>;
        shared!(T: Of<'x, 'y>)(of);
    }
}

impl<T: Float> Compiled<T> for IntoParameters<'_, T> {
    fn gradients(of: Gradients<'_, T, Self>) {
        type Of<'x, 'y, T> = Gradients<'x, T, IntoParameters<'y, T>>;
        shared!(T: Of<'x, 'y>)(of);
    }
}
