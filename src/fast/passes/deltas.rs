//! Backward, over a block of examples: δ⁽ˡ⁾ = (Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row) ∘ g′(z⁽ˡ⁾), from δ⁽ᴸ⁾,
//! which [forward](super::forward) has left in place of z⁽ᴸ⁾, to δ⁽²⁾.

use super::layer::{Largest, Layer};
use crate::activation::Activation;
use crate::cost::Cost;
use crate::fast::list::{Layers, Pass};
use crate::fast::memory::{Examples, Room, block_mut, stride};
use crate::fast::registers::Lanes;
use crate::output::Output;

/// Every δ of a block of `count` examples, in place of g′. Gives a bound of every |δ|, if that is
/// `wanted`: not finite if some δ is not.
pub(crate) fn deltas<L: Layers, V: Lanes>(
    theta: &[V::Scalar],
    count: usize,
    room: Room<'_, V::Scalar>,
    wanted: bool,
) -> V::Scalar {
    let Room { blocks, weights } = room;
    L::walk(Deltas::<V> { theta, count, blocks, weights, g_prime: None, wanted })
}

struct Deltas<'a, V: Lanes> {
    /// Θ⁽ˡ⁾ and those behind.
    theta: &'a [V::Scalar],
    count: usize,
    blocks: &'a mut [V::Scalar],
    weights: &'a mut [V::Scalar],
    /// g′(z⁽ˡ⁾), to be made δ⁽ˡ⁾; of the input there is none.
    g_prime: Option<&'a mut [V::Scalar]>,
    wanted: bool,
}

impl<V: Lanes> Pass for Deltas<'_, V> {
    type Output = V::Scalar;

    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(
        mut self,
    ) -> V::Scalar {
        let (theta_rest, count) = (&self.theta[S_OUT * (S_IN + 1)..], self.count);
        let (_, blocks) = block_mut(core::mem::take(&mut self.blocks), S_OUT);
        let (g_prime, blocks) = block_mut(blocks, S_OUT);
        let behind = Rest::walk(Deltas::<V> {
            theta: theta_rest,
            count,
            blocks,
            weights: &mut *self.weights,
            g_prime: Some(&mut *g_prime),
            wanted: self.wanted,
        });
        behind + self.before::<S_OUT, S_IN>(g_prime)
    }

    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(mut self) -> V::Scalar {
        let (delta, _) = block_mut(core::mem::take(&mut self.blocks), S_OUT);
        self.before::<S_OUT, S_IN>(delta)
    }
}

impl<V: Lanes> Deltas<'_, V> {
    /// δ of the layer in front, where there is one. Gives the largest |δ⁽ˡ⁺¹⁾| if it is `wanted`: a
    /// δ that is not finite is seen in the first layer, as each δ makes all δ of its example in front
    /// not finite.
    fn before<const S_OUT: usize, const S_IN: usize>(self, delta: &[V::Scalar]) -> V::Scalar {
        let Self { theta, count, weights, g_prime, wanted, .. } = self;
        let delta = Examples { entries: delta, stride: stride::<V::Scalar>(S_OUT), count };
        if let Some(g_prime) = g_prime {
            let theta = &theta[..S_OUT * (S_IN + 1)];
            let stride = stride::<V::Scalar>(S_IN);
            Layer { theta, s_out: S_OUT, s_in: S_IN }.delta_before::<V>(
                delta,
                g_prime,
                stride,
                (weights, stride),
            )
        } else if wanted {
            V::call(Largest { rows: delta, units: S_OUT })
        } else {
            V::Scalar::default()
        }
    }
}
