//! One example through the layers with everything's rate of change along a direction: Pearlmutter's
//! R-operator, forward and backward, in any numbers. `curvature.rs` has the derivation.

use super::{Chain, any};
use crate::activation::Activation;
use crate::cost::Cost;
use crate::output::Output;
use crate::real::Real;

/// Forward: Θ⁽ˡ⁾ and those behind, and a⁽ˡ⁾, each with its rate of change.
#[derive(Debug)]
#[doc(hidden)]
pub struct Along<'a, V> {
    pub(crate) theta: &'a [V],
    /// v, in place of Θ.
    pub(crate) direction: &'a [V],
    pub(crate) a: &'a [V],
    /// R{a⁽ˡ⁾}.
    pub(crate) a_dot: &'a [V],
    pub(crate) matrix: Matrix,
}

/// The matrix that a direction is multiplied with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matrix {
    /// ∇²J.
    Hessian,
    /// What ∇²J would be if z⁽ᴸ⁾ were linear in Θ.
    GaussNewton,
}

/// Backward: the product, summed over the examples, and ∂J/∂a⁽ˡ⁾ with its rate of change.
#[derive(Debug)]
#[doc(hidden)]
pub struct Back<'a, V> {
    pub(crate) product: &'a mut [V],
    pub(crate) dj_da: &'a mut [V],
    /// R{∂J/∂a⁽ˡ⁾}.
    pub(crate) dj_da_dot: &'a mut [V],
}

/// R{z} = V [1; a] + W R{a}.
fn z_dot<V: Real, const S: usize>(along: &Along<'_, V>) -> [V; S] {
    let mut z_dot = any::z::<V, S>(along.direction, along.a);
    any::add_product(&mut z_dot, &along.theta[S..], along.a_dot);
    z_dot
}

pub(super) fn hidden_layer<V: Real, G: Activation, R: Chain, const S: usize>(
    along: Along<'_, V>,
    s_in: usize,
    y: &[V],
    back: Back<'_, V>,
) {
    let parameters = S * (s_in + 1);
    let (z, z_dot) = (any::z::<V, S>(along.theta, along.a), z_dot::<V, S>(&along));
    let a: [V; S] = core::array::from_fn(|unit| G::g(z[unit].clone()));
    let g_prime: [V; S] = core::array::from_fn(|unit| G::g_prime(z[unit].clone(), a[unit].clone()));
    let a_dot: [V; S] = core::array::from_fn(|unit| g_prime[unit].clone() * z_dot[unit].clone());

    let (mut dj_da, mut dj_da_dot) = (any::zeros::<V, S>(), any::zeros::<V, S>());
    R::curve_of_one(
        Along {
            theta: &along.theta[parameters..],
            direction: &along.direction[parameters..],
            a: &a,
            a_dot: &a_dot,
            matrix: along.matrix,
        },
        y,
        Back {
            product: &mut back.product[parameters..],
            dj_da: &mut dj_da,
            dj_da_dot: &mut dj_da_dot,
        },
    );

    // δ = ∂J/∂a ∘ g′, so R{δ} = R{∂J/∂a} ∘ g′ + ∂J/∂a ∘ g″ ∘ R{z}.
    let mut delta_dot = dj_da_dot;
    for unit in 0..S {
        delta_dot[unit] = delta_dot[unit].clone() * g_prime[unit].clone();
        if along.matrix == Matrix::Hessian {
            let bend = G::g_second(z[unit].clone(), a[unit].clone()) * z_dot[unit].clone();
            delta_dot[unit] = delta_dot[unit].clone() + dj_da[unit].clone() * bend;
        }
    }
    let delta: [V; S] = core::array::from_fn(|unit| dj_da[unit].clone() * g_prime[unit].clone());
    finish(&along, &delta, &delta_dot, back);
}

pub(super) fn output_layer<V: Real, H: Output, C: Cost<H>, const S: usize>(
    along: Along<'_, V>,
    y: &[V],
    back: Back<'_, V>,
) {
    let (z, z_dot) = (any::z::<V, S>(along.theta, along.a), z_dot::<V, S>(&along));
    let (a, y) = (H::h(&z), any::array::<V, S>(y));
    let delta = C::delta(&z, &a, y);
    let delta_dot = match along.matrix {
        Matrix::Hessian => C::curvature(&z, &a, y, &z_dot),
        Matrix::GaussNewton => C::gauss_newton(&z, &a, y, &z_dot),
    };
    finish(&along, &delta, &delta_dot, back);
}

/// R{δ [1; a]ᵀ} = R{δ} [1; a]ᵀ + δ [0; R{a}]ᵀ, and R{Θᵀδ} = Vᵀδ + Θᵀ R{δ}; the Gauss–Newton
/// matrix knows R{δ} alone.
fn finish<V: Real>(along: &Along<'_, V>, delta: &[V], delta_dot: &[V], back: Back<'_, V>) {
    any::add_outer_product(back.product, delta_dot, along.a);
    any::add_pull_back(back.dj_da_dot, along.theta, delta_dot);
    if along.matrix == Matrix::Hessian {
        any::add_outer_product_of_weights(back.product, delta, along.a_dot);
        any::add_pull_back(back.dj_da_dot, along.direction, delta);
        any::add_pull_back(back.dj_da, along.theta, delta);
    }
}
