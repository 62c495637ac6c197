//! Curvature, of one example in any numbers: everything with its rate of change along a direction v, by
//! Pearlmutter's R-operator, forward and backward. `second_order/curvature.rs` has the derivation.
//!
//! R{z⁽ˡ⁺¹⁾} = V⁽ˡ⁾ [1; a⁽ˡ⁾] + Θ⁽ˡ⁾ [0; R{a⁽ˡ⁾}],  R{a⁽ˡ⁾} = g′(z⁽ˡ⁾) ∘ R{z⁽ˡ⁾};
//! R{δ⁽ˡ⁾} = R{c⁽ˡ⁾} ∘ g′(z⁽ˡ⁾) + c⁽ˡ⁾ ∘ g″(z⁽ˡ⁾) ∘ R{z⁽ˡ⁾} with c⁽ˡ⁾ = Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row,
//! R{Δ⁽ˡ⁾} += R{δ⁽ˡ⁺¹⁾} [1; a⁽ˡ⁾]ᵀ + δ⁽ˡ⁺¹⁾ [0; R{a⁽ˡ⁾}]ᵀ.

use super::any;
use crate::activation::Activation;
use crate::cost::{Compared, Cost, Predicted, Target};
use crate::fast::list::{Layers, Pass};
use crate::output::Output;
use crate::real::Real;

/// What one example adds to the product of a curvature matrix with v.
#[derive(Debug)]
pub(crate) struct RatesOfOne<'a, V> {
    pub(crate) along: Along<'a, V>,
    pub(crate) y: &'a [V],
    pub(crate) back: Back<'a, V>,
}

/// Forward: Θ⁽ˡ⁾ and those behind, and a⁽ˡ⁾, each with its rate of change.
#[derive(Debug)]
pub(crate) struct Along<'a, V> {
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
pub(crate) struct Back<'a, V> {
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

impl<V: Real> Pass for RatesOfOne<'_, V> {
    type Output = ();

    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(self) {
        let Self { along, y, back } = self;
        let parameters = S_OUT * (S_IN + 1);
        let (z, z_dot) = (any::z::<V, S_OUT>(along.theta, along.a), z_dot::<V, S_OUT>(&along));
        let a: [V; S_OUT] = core::array::from_fn(|unit| G::g(z[unit].clone()));
        let g_prime: [V; S_OUT] =
            core::array::from_fn(|unit| G::g_prime(z[unit].clone(), a[unit].clone()));
        let a_dot: [V; S_OUT] =
            core::array::from_fn(|unit| g_prime[unit].clone() * z_dot[unit].clone());

        let (mut dj_da, mut dj_da_dot) = (any::zeros::<V, S_OUT>(), any::zeros::<V, S_OUT>());
        Rest::walk(RatesOfOne {
            along: Along {
                theta: &along.theta[parameters..],
                direction: &along.direction[parameters..],
                a: &a,
                a_dot: &a_dot,
                matrix: along.matrix,
            },
            y,
            back: Back {
                product: &mut back.product[parameters..],
                dj_da: &mut dj_da,
                dj_da_dot: &mut dj_da_dot,
            },
        });

        // δ = ∂J/∂a ∘ g′, so R{δ} = R{∂J/∂a} ∘ g′ + ∂J/∂a ∘ g″ ∘ R{z}.
        let mut delta_dot = dj_da_dot;
        for unit in 0..S_OUT {
            delta_dot[unit] = delta_dot[unit].clone() * g_prime[unit].clone();
            if along.matrix == Matrix::Hessian {
                let bend = G::g_second(z[unit].clone(), a[unit].clone()) * z_dot[unit].clone();
                delta_dot[unit] = delta_dot[unit].clone() + dj_da[unit].clone() * bend;
            }
        }
        let delta: [V; S_OUT] =
            core::array::from_fn(|unit| dj_da[unit].clone() * g_prime[unit].clone());
        finish(&along, &delta, &delta_dot, back);
    }

    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(self) {
        let Self { along, y, back } = self;
        let (z, z_dot) = (any::z::<V, S_OUT>(along.theta, along.a), z_dot::<V, S_OUT>(&along));
        let a = H::h(&z);
        let compared = Compared { z: &z, a: Predicted(&a), y: Target(any::array::<V, S_OUT>(y)) };
        let delta = C::delta(compared);
        let delta_dot = match along.matrix {
            Matrix::Hessian => C::curvature(compared, &z_dot),
            Matrix::GaussNewton => C::gauss_newton(compared, &z_dot),
        };
        finish(&along, &delta, &delta_dot, back);
    }
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
