//! Gradient, over a block of examples: Δ⁽ˡ⁾ = Σ δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ, layer by layer into a [`Sink`].

use super::sink::Sink;
use crate::fast::memory::{Examples, block, stride};
use crate::fast::plan::Plan;
use crate::fast::registers::Lanes;

/// Δ of the block `x`, of which `blocks` hold every a and δ. There is `room` for as many entries as a sink
/// asks for.
pub(crate) fn gradients<V: Lanes, K: Sink<V::Scalar>>(
    mut plan: Plan<V::Scalar>,
    mut sink: K,
    x: Examples<'_, V::Scalar>,
    mut blocks: &[V::Scalar],
    room: &mut [V::Scalar],
) {
    let mut a = x;
    while let Some((hidden, behind)) = plan.split_first() {
        let (s_out, s_in) = (hidden.s_out, plan.s_in);
        let (of_layer, rest) = sink.split_at(s_out * (s_in + 1));
        let (a_next, rest_of_blocks) = block(blocks, s_out);
        let (delta, rest_of_blocks) = block(rest_of_blocks, s_out);
        let of = |entries| Examples { entries, stride: stride::<V::Scalar>(s_out), count: x.count };
        of_layer.take::<V>(s_out, s_in, a, of(delta), room);
        (plan, sink, blocks, a) = (behind, rest, rest_of_blocks, of(a_next));
    }
    let Plan { s_out, s_in, .. } = plan;
    let (delta, _) = block(blocks, s_out);
    let stride = stride::<V::Scalar>(s_out);
    sink.take::<V>(s_out, s_in, a, Examples { entries: delta, stride, count: x.count }, room);
}
