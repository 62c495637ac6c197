//! Cost and gradient, of one example in any numbers that are [`Real`]: dual numbers, numbers that keep
//! account of rounding, plain ones. What proves gradients runs here.
//!
//! z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾],  a⁽ˡ⁾ = g(z⁽ˡ⁾);  δ⁽ˡ⁾ = (Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row) ∘ g′(z⁽ˡ⁾),
//! Δ⁽ˡ⁾ += δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ.

use super::any;
use crate::activation::Activation;
use crate::cost::{Cost, Predicted, Target};
use crate::fast::list::{Layers, Pass};
use crate::output::Output;
use crate::real::Real;

/// The cost of the example; `see` is shown every z, and where the activation of its layer has kinks.
pub(crate) struct CostOfOne<'a, 's, V> {
    pub(crate) theta: &'a [V],
    pub(crate) a: &'a [V],
    pub(crate) y: &'a [V],
    pub(crate) see: &'a mut (dyn FnMut(&V, &'static [f64]) + 's),
}

impl<V: Real> Pass for CostOfOne<'_, '_, V> {
    type Output = V;

    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(self) -> V {
        let Self { theta, a, y, see } = self;
        let (theta, theta_rest) = theta.split_at(S_OUT * (S_IN + 1));
        let mut a_next = any::z::<V, S_OUT>(theta, a);
        for unit in &mut a_next {
            see(unit, G::KINKS);
            *unit = G::g(unit.clone());
        }
        Rest::walk(CostOfOne { theta: theta_rest, a: &a_next, y, see })
    }

    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(self) -> V {
        let Self { theta, a, y, see } = self;
        let z = any::z::<V, S_OUT>(theta, a);
        for z in &z {
            see(z, H::KINKS);
        }
        C::cost(&z, Predicted(&H::h(&z)), Target(any::array::<V, S_OUT>(y)))
    }
}

/// The cost of the example, its Δ added to `sums`, and ∂J/∂a⁽ˡ⁾ added to `dj_da`.
pub(crate) struct GradientOfOne<'a, V> {
    pub(crate) theta: &'a [V],
    pub(crate) a: &'a [V],
    pub(crate) y: &'a [V],
    pub(crate) sums: &'a mut [V],
    pub(crate) dj_da: &'a mut [V],
}

impl<V: Real> Pass for GradientOfOne<'_, V> {
    type Output = V;

    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(self) -> V {
        let Self { theta, a, y, sums, dj_da } = self;
        let (theta, theta_rest) = theta.split_at(S_OUT * (S_IN + 1));
        let (sums, sums_rest) = sums.split_at_mut(theta.len());
        let z = any::z::<V, S_OUT>(theta, a);
        let a_next: [V; S_OUT] = core::array::from_fn(|unit| G::g(z[unit].clone()));
        let mut delta = any::zeros::<V, S_OUT>();
        let cost = Rest::walk(GradientOfOne {
            theta: theta_rest,
            a: &a_next,
            y,
            sums: sums_rest,
            dj_da: &mut delta,
        });
        for ((delta, z), a) in delta.iter_mut().zip(z).zip(a_next) {
            *delta = delta.clone() * G::g_prime(z, a);
        }
        any::add_outer_product(sums, &delta, a);
        any::add_pull_back(dj_da, theta, &delta);
        cost
    }

    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(self) -> V {
        let Self { theta, a, y, sums, dj_da } = self;
        let z = any::z::<V, S_OUT>(theta, a);
        let a_last = H::h(&z);
        let (a_last, y) = (Predicted(&a_last), Target(any::array::<V, S_OUT>(y)));
        let delta = C::delta(&z, a_last, y);
        any::add_outer_product(sums, &delta, a);
        any::add_pull_back(dj_da, theta, &delta);
        C::cost(&z, a_last, y)
    }
}
