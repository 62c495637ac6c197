//! Gradient, over a block of examples: Δ⁽ˡ⁾ = Σ δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ, layer by layer into a [`Sink`].

use super::sink::Sink;
use crate::activation::Activation;
use crate::cost::Cost;
use crate::fast::list::{Layers, Pass};
use crate::fast::memory::{Examples, block, stride};
use crate::fast::registers::Lanes;
use crate::output::Output;

/// Δ of the block `x`, of which `blocks` hold every a and δ. There is `room` for as many entries as a sink
/// asks for.
pub(crate) fn gradients<L: Layers, V: Lanes, K: Sink<V::Scalar>>(
    sink: K,
    x: Examples<'_, V::Scalar>,
    blocks: &[V::Scalar],
    room: &mut [V::Scalar],
) {
    L::walk(Gradients::<V, K> { sink, a: x, blocks, room });
}

struct Gradients<'a, V: Lanes, K> {
    /// Where Δ⁽ˡ⁾ and those behind go.
    sink: K,
    /// a⁽ˡ⁾.
    a: Examples<'a, V::Scalar>,
    blocks: &'a [V::Scalar],
    room: &'a mut [V::Scalar],
}

impl<V: Lanes, K: Sink<V::Scalar>> Pass for Gradients<'_, V, K> {
    type Output = ();

    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(self) {
        let Self { sink, a, blocks, room } = self;
        let (sink, sink_rest) = sink.split_at(S_OUT * (S_IN + 1));
        let (stride, count) = (stride::<V::Scalar>(S_OUT), a.count);
        let (a_next, blocks) = block(blocks, S_OUT);
        let (delta, blocks) = block(blocks, S_OUT);
        let of = |entries| Examples { entries, stride, count };
        sink.take::<V>(S_OUT, S_IN, a, of(delta), room);
        Rest::walk(Gradients::<V, K> { sink: sink_rest, a: of(a_next), blocks, room });
    }

    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(self) {
        let Self { sink, a, blocks, room } = self;
        let (delta, _) = block(blocks, S_OUT);
        let delta = Examples { entries: delta, stride: stride::<V::Scalar>(S_OUT), count: a.count };
        sink.take::<V>(S_OUT, S_IN, a, delta, room);
    }
}
