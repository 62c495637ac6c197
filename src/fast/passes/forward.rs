//! Forward, over a block of examples: z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾] and a⁽ˡ⁾ = g(z⁽ˡ⁾), with g′(z⁽ˡ⁾) beside it
//! where δ will be wanted; at the end what an [`End`] makes of z⁽ᴸ⁾.

use core::marker::PhantomData;

use super::end::End;
use super::layer::{Activate, Layer};
use crate::fast::list::Keeps;
#[cfg(feature = "std")]
use crate::fast::memory::KeepsBlocks;
use crate::fast::memory::{Block, Examples, Layered, stride};
use crate::fast::plan::Plan;
use crate::fast::registers::Lanes;

/// What forward keeps of a block, for the way back.
#[derive(Debug)]
pub struct Activations<T>(PhantomData<T>);

// SAFETY: blocks are made of `MaybeUninit<T>`.
unsafe impl<T: Send + Sync + 'static> Keeps for Activations<T> {
    type Scalar = T;
    /// a, and g′(z), which going backward becomes δ.
    type Hidden<const S_OUT: usize, const S_IN: usize> = [Block<T, S_OUT>; 2];
    /// z⁽ᴸ⁾, which becomes δ⁽ᴸ⁾.
    type Last<const S_OUT: usize, const S_IN: usize> = Block<T, S_OUT>;
}

#[cfg(feature = "std")]
impl<T: Send + Sync + 'static> KeepsBlocks for Activations<T> {
    const COUNTS: [usize; 2] = [2, 1];
}

/// Every z and a of the block `x`, or of some of its rows, and at the end what `end` makes of z⁽ᴸ⁾. Gives whether all z are
/// finite.
pub(crate) fn forward<V: Lanes>(
    mut plan: Plan<V::Scalar>,
    mut theta: &[V::Scalar],
    x: Examples<'_, V::Scalar>,
    mut blocks: Layered<'_, V::Scalar>,
    end: &mut impl End<V>,
) -> bool {
    let watched = end.wants_largest();
    // a⁽ˡ⁾, l + 1, and 0 or NaN if some z was not finite.
    let (mut a, mut layer, mut poison) = (x, 2, V::Scalar::default());
    // Whether there will be a δ here: something in front of it learns.
    let mut learns = false;
    while let Some((hidden, behind)) = plan.split_first() {
        let (s_out, s_in, stride) = (hidden.s_out, plan.s_in, stride::<V::Scalar>(hidden.s_out));
        let (of_layer, rest) = theta.split_at(s_out * (s_in + 1));
        let (z, rest_of_blocks) = blocks.next(s_out);
        let (g_prime, rest_of_blocks) = rest_of_blocks.next(s_out);
        end.hear(Layer { theta: of_layer, s_out, s_in, watched }.forward::<V>(a, z, stride));
        learns |= plan.learns();
        let units = Activate {
            units: s_out,
            count: a.count,
            stride,
            z: &mut *z,
            g_prime: (learns && end.wants_gradient()).then_some(&mut *g_prime),
        };
        poison += V::of(&hidden.activate)(units);
        end.hidden(layer, [s_out, stride], a.count, z, g_prime);
        a = Examples { entries: z, stride, count: a.count };
        (plan, theta, blocks, layer) = (behind, rest, rest_of_blocks, layer + 1);
    }
    let Plan { s_out, s_in, .. } = plan;
    let (stride, (z, _)) = (stride::<V::Scalar>(s_out), blocks.next(s_out));
    end.hear(Layer { theta, s_out, s_in, watched }.forward::<V>(a, z, stride));
    end.end(z, [s_out, stride], a.count, poison)
}
