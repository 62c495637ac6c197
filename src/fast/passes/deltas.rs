//! Backward, over a block of examples: δ⁽ˡ⁾ = (Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row) ∘ g′(z⁽ˡ⁾), from δ⁽ᴸ⁾,
//! which [forward](super::forward) has left in place of z⁽ᴸ⁾, to δ⁽²⁾, or to δ⁽ˡ⁺¹⁾ of the first Θ⁽ˡ⁾ that learns.

use super::layer::{Layer, largest};
use crate::fast::memory::{Examples, Layered, stride};
use crate::fast::plan::Plan;
use crate::fast::registers::Lanes;

/// Every δ of `count` examples of a block, in place of g′. Gives a bound of every |δ|, if that is
/// `wanted`: not finite if some δ is not.
pub(crate) fn deltas<V: Lanes>(
    plan: Plan<V::Scalar>,
    theta: &[V::Scalar],
    count: usize,
    blocks: Layered<'_, V::Scalar>,
    weights: &mut [V::Scalar],
    wanted: bool,
) -> V::Scalar {
    Deltas::<V> { plan, theta, count, weights, g_prime: None, wanted }.run(blocks)
}

struct Deltas<'a, V: Lanes> {
    plan: Plan<V::Scalar>,
    /// Θ⁽ˡ⁾ and those behind.
    theta: &'a [V::Scalar],
    count: usize,
    weights: &'a mut [V::Scalar],
    /// g′(z⁽ˡ⁾), to be made δ⁽ˡ⁾ for what learns in front; of the input there is none.
    g_prime: Option<&'a mut [V::Scalar]>,
    wanted: bool,
}

impl<V: Lanes> Deltas<'_, V> {
    /// Behind the layer first, then in front of it.
    fn run(self, blocks: Layered<'_, V::Scalar>) -> V::Scalar {
        let Some((hidden, plan)) = self.plan.split_first() else {
            let s_out = self.plan.s_out;
            let (delta, _) = blocks.next(s_out);
            return self.before(s_out, delta);
        };
        let (s_out, theta) = (hidden.s_out, &self.theta[hidden.s_out * (self.plan.s_in + 1)..]);
        let (_, blocks) = blocks.next(s_out);
        let (g_prime, blocks) = blocks.next(s_out);
        let behind = Deltas::<V> {
            plan,
            theta,
            count: self.count,
            weights: &mut *self.weights,
            g_prime: (self.g_prime.is_some() || self.plan.learns()).then_some(&mut *g_prime),
            wanted: self.wanted,
        };
        behind.run(blocks) + self.before(s_out, g_prime)
    }

    /// δ of the layer in front, where it is needed. Gives the largest |δ⁽ˡ⁺¹⁾| if it is `wanted`: a
    /// δ that is not finite is seen in the first layer that learns, as each δ makes all δ of its example
    /// in front not finite.
    fn before(self, s_out: usize, delta: &[V::Scalar]) -> V::Scalar {
        let Self { plan, theta, count, weights, g_prime, wanted } = self;
        let s_in = plan.s_in;
        let delta = Examples { entries: delta, stride: stride::<V::Scalar>(s_out), count };
        if let Some(g_prime) = g_prime {
            let (theta, stride) = (&theta[..s_out * (s_in + 1)], stride::<V::Scalar>(s_in));
            let layer = Layer { theta, s_out, s_in, watched: wanted };
            layer.delta_before::<V>(delta, g_prime, stride, (weights, stride))
        } else if wanted && plan.learns() {
            largest::<V>(delta, s_out)
        } else {
            V::Scalar::default()
        }
    }
}
