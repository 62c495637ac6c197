//! h_Θ(x) of one example in any numbers that are [`Real`]: a⁽ᴸ⁾, by z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾] and a⁽ˡ⁾ = g(z⁽ˡ⁾).

use alloc::vec::Vec;

use super::any;
use crate::activation::Activation;
use crate::cost::Cost;
use crate::fast::list::{Layers, Pass};
use crate::output::Output;
use crate::real::Real;

/// h_Θ(x) of the layers `L`.
pub(crate) fn output<L: Layers, V: Real>(theta: &[V], x: &[V]) -> Vec<V> {
    L::walk(OutputOfOne { theta, a: x })
}

struct OutputOfOne<'a, V> {
    theta: &'a [V],
    /// a⁽ˡ⁾.
    a: &'a [V],
}

impl<V: Real> Pass for OutputOfOne<'_, V> {
    type Output = Vec<V>;

    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(self) -> Vec<V> {
        let (theta, rest) = self.theta.split_at(S_OUT * (S_IN + 1));
        let a: [V; S_OUT] = any::z::<V, S_OUT>(theta, self.a).map(G::g);
        Rest::walk(OutputOfOne { theta: rest, a: &a })
    }

    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(self) -> Vec<V> {
        H::h(&any::z::<V, S_OUT>(self.theta, self.a)).into()
    }
}
