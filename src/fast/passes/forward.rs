//! Forward, over a block of examples: z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾] and a⁽ˡ⁾ = g(z⁽ˡ⁾), with g′(z⁽ˡ⁾) beside it
//! where δ will be wanted; at the end what an [`End`] makes of z⁽ᴸ⁾.

use core::marker::PhantomData;

use super::end::End;
use super::layer::{Activate, Layer};
use crate::activation::Activation;
use crate::cost::Cost;
use crate::fast::list::{Keeps, Layers, Pass};
use crate::fast::memory::{Block, Examples, Room, block_mut, stride};
use crate::fast::registers::Lanes;
use crate::output::Output;

/// What forward keeps of a block, for the way back.
#[derive(Debug)]
pub struct Activations<T>(PhantomData<T>);

// SAFETY: blocks are made of `MaybeUninit<T>`.
unsafe impl<T: 'static> Keeps for Activations<T> {
    type Scalar = T;
    /// a, and g′(z), which going backward becomes δ.
    type Hidden<const S_OUT: usize, const S_IN: usize> = [Block<T, S_OUT>; 2];
    /// z⁽ᴸ⁾, which becomes δ⁽ᴸ⁾.
    type Last<const S_OUT: usize, const S_IN: usize> = Block<T, S_OUT>;
}

/// Every z and a of the block `x`, and at the end what `end` makes of z⁽ᴸ⁾. Gives whether all z are
/// finite.
pub(crate) fn forward<L: Layers, V: Lanes, E: End<V>>(
    theta: &[V::Scalar],
    x: Examples<'_, V::Scalar>,
    room: Room<'_, V::Scalar>,
    end: &mut E,
) -> bool {
    let poison = V::Scalar::default();
    L::walk(Forward { theta, a: x, blocks: room.blocks, end, layer: 2, poison })
}

struct Forward<'a, V: Lanes, E> {
    /// Θ⁽ˡ⁾ and those behind.
    theta: &'a [V::Scalar],
    /// a⁽ˡ⁾.
    a: Examples<'a, V::Scalar>,
    blocks: &'a mut [V::Scalar],
    end: &'a mut E,
    /// l + 1.
    layer: usize,
    /// 0, or NaN if some z before was not finite.
    poison: V::Scalar,
}

impl<V: Lanes, E: End<V>> Pass for Forward<'_, V, E> {
    type Output = bool;

    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(self) -> bool {
        let Self { theta, a, blocks, end, layer, poison } = self;
        let (theta, theta_rest) = theta.split_at(S_OUT * (S_IN + 1));
        let (z, blocks) = block_mut(blocks, S_OUT);
        let (g_prime, blocks) = block_mut(blocks, S_OUT);
        let (stride, count) = (stride::<V::Scalar>(S_OUT), a.count);
        end.hear(Layer { theta, s_out: S_OUT, s_in: S_IN }.forward::<V>(a, z, stride));
        let poison = poison
            + V::call(Activate {
                g: PhantomData::<G>,
                units: S_OUT,
                count,
                stride,
                z,
                g_prime: E::GRADIENT.then_some(&mut *g_prime),
            });
        end.hidden(layer, [S_OUT, stride], count, z, g_prime);
        let a = Examples { entries: z, stride, count };
        Rest::walk(Forward { theta: theta_rest, a, blocks, end, layer: layer + 1, poison })
    }

    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(self) -> bool {
        let Self { theta, a, blocks, end, poison, .. } = self;
        let (z, _) = block_mut(blocks, S_OUT);
        let stride = stride::<V::Scalar>(S_OUT);
        end.hear(Layer { theta, s_out: S_OUT, s_in: S_IN }.forward::<V>(a, z, stride));
        end.end::<H, C, S_OUT>(z, stride, a.count, poison)
    }
}
