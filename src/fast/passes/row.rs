//! One row of ∂a⁽ᴸ⁾/∂Θ, of one example in any numbers: the unit vector e_k backpropagated from output k.
//!
//! δ⁽ᴸ⁾ = Dᵀ e_k with D the Jacobian of h;  δ⁽ˡ⁾ = (Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row) ∘ g′(z⁽ˡ⁾);
//! ∂a⁽ᴸ⁾_k/∂Θ⁽ˡ⁾ = δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ.

use super::any;
use crate::activation::Activation;
use crate::cost::Cost;
use crate::fast::list::{Layers, Pass};
use crate::output::Output;
use crate::real::Real;

/// The row of one output.
#[derive(Debug)]
pub(crate) struct Row<'a, V> {
    pub(crate) theta: &'a [V],
    /// a⁽ˡ⁾.
    pub(crate) a: &'a [V],
    /// k of a⁽ᴸ⁾_k.
    pub(crate) unit: usize,
    /// a⁽ᴸ⁾.
    pub(crate) output: &'a mut [V],
    /// ∂a⁽ᴸ⁾_k/∂Θ of these layers is added here.
    pub(crate) row: &'a mut [V],
    /// ∂a⁽ᴸ⁾_k/∂a of the layer in front is added here.
    pub(crate) back: &'a mut [V],
}

impl<V: Real> Pass for Row<'_, V> {
    type Output = ();

    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(self) {
        let Self { theta, a, unit, output, row, back } = self;
        let (theta, theta_rest) = theta.split_at(S_OUT * (S_IN + 1));
        let (row, row_rest) = row.split_at_mut(theta.len());
        let z = any::z::<V, S_OUT>(theta, a);
        let a_next: [V; S_OUT] = core::array::from_fn(|unit| G::g(z[unit].clone()));
        let mut delta = any::zeros::<V, S_OUT>();
        Rest::walk(Row {
            theta: theta_rest,
            a: &a_next,
            unit,
            output,
            row: row_rest,
            back: &mut delta,
        });
        for ((delta, z), a) in delta.iter_mut().zip(z).zip(a_next) {
            *delta = delta.clone() * G::g_prime(z, a);
        }
        any::add_outer_product(row, &delta, a);
        any::add_pull_back(back, theta, &delta);
    }

    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(self) {
        let Self { theta, a, unit, output, row, back } = self;
        let z = any::z::<V, S_OUT>(theta, a);
        let a_last = H::h(&z);
        let e = core::array::from_fn(|other| if other == unit { V::one() } else { V::zero() });
        let delta: [V; S_OUT] = H::pull_back(&z, &a_last, &e);
        any::add_outer_product(row, &delta, a);
        any::add_pull_back(back, theta, &delta);
        output.clone_from_slice(&a_last);
    }
}
