//! One row of ∂a⁽ᴸ⁾/∂Θ: backpropagation of a unit vector from one output, in any numbers.

use super::{Chain, any};
use crate::activation::Activation;
use crate::output::Output;
use crate::real::Real;

/// Where the row of one output goes.
#[derive(Debug)]
#[doc(hidden)]
pub struct Row<'a, V> {
    /// k of a⁽ᴸ⁾_k.
    pub(crate) unit: usize,
    /// a⁽ᴸ⁾.
    pub(crate) output: &'a mut [V],
    /// ∂a⁽ᴸ⁾_k/∂Θ of these layers is added here.
    pub(crate) row: &'a mut [V],
    /// ∂a⁽ᴸ⁾_k/∂a of the layer in front is added here.
    pub(crate) back: &'a mut [V],
}

pub(super) fn hidden_layer<V: Real, G: Activation, R: Chain, const S: usize>(
    theta: &[V],
    a: &[V],
    into: Row<'_, V>,
) {
    let (theta, theta_rest) = theta.split_at(S * (a.len() + 1));
    let (row, row_rest) = into.row.split_at_mut(theta.len());
    let z = any::z::<V, S>(theta, a);
    let a_next: [V; S] = core::array::from_fn(|unit| G::g(z[unit].clone()));
    let mut delta = any::zeros::<V, S>();
    let rest = Row { unit: into.unit, output: into.output, row: row_rest, back: &mut delta };
    R::row_of_one(theta_rest, &a_next, rest);
    for ((delta, z), a) in delta.iter_mut().zip(z).zip(a_next) {
        *delta = delta.clone() * G::g_prime(z, a);
    }
    any::add_outer_product(row, &delta, a);
    any::add_pull_back(into.back, theta, &delta);
}

/// δ⁽ᴸ⁾ = Dᵀ e_k, with D the Jacobian of h.
pub(super) fn output_layer<V: Real, H: Output, const S: usize>(
    theta: &[V],
    a: &[V],
    into: Row<'_, V>,
) {
    let z = any::z::<V, S>(theta, a);
    let output = H::h(&z);
    let e: [V; S] =
        core::array::from_fn(|unit| if unit == into.unit { V::one() } else { V::zero() });
    let delta = H::pull_back(&z, &output, &e);
    any::add_outer_product(into.row, &delta, a);
    any::add_pull_back(into.back, theta, &delta);
    into.output.clone_from_slice(&output);
}
