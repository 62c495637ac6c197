//! Cost and gradient, of one example in any numbers that are [`Real`]: dual numbers, numbers that keep
//! account of rounding, plain ones. What proves gradients runs here.
//!
//! z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾],  a⁽ˡ⁾ = g(z⁽ˡ⁾);  δ⁽ˡ⁾ = (Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row) ∘ g′(z⁽ˡ⁾),
//! Δ⁽ˡ⁾ += δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ.
//!
//! The layers are data here, sizes and functions, so that what goes over them is compiled once for all networks.

use alloc::vec;
use alloc::vec::Vec;

use super::any;
use crate::activation::Activation;
use crate::cost::{Compared, Cost, Predicted, Target};
use crate::fast::list::{Layers, Pass};
use crate::output::Output;
use crate::real::Real;

/// A hidden layer in the numbers `V`.
#[derive(Debug)]
struct Hidden<V> {
    s_out: usize,
    /// Where g has kinks.
    kinks: &'static [f64],
    /// Makes a of z.
    activate: fn(&mut [V]),
    /// δ ∘ g′(z), of δ, z and a.
    times_g_prime: fn(&mut [V], &[V], &[V]),
}

/// The output layer.
#[derive(Debug)]
struct End<V> {
    s_out: usize,
    kinks: &'static [f64],
    /// The cost of z⁽ᴸ⁾ and y.
    cost: fn(&[V], &[V]) -> V,
    /// Makes δ⁽ᴸ⁾ of z⁽ᴸ⁾ and y.
    delta: fn(&mut [V], &[V]),
}

/// The layers of a network in the numbers `V`.
#[derive(Debug)]
pub(crate) struct OfOne<V> {
    hidden: Vec<Hidden<V>>,
    end: End<V>,
}

impl<V: Real> OfOne<V> {
    /// Those of a network.
    pub(crate) fn of<L: Layers>() -> Self {
        L::walk(Listed(Vec::new()))
    }

    /// The cost of the example, whose x is in `a`; `a` and `z` are worked in. `see` is shown every z, and where the
    /// activation of its layer has kinks.
    pub(crate) fn cost(
        &self,
        mut theta: &[V],
        [a, z]: [&mut Vec<V>; 2],
        y: &[V],
        see: &mut dyn FnMut(&V, &'static [f64]),
    ) -> V {
        for layer in &self.hidden {
            theta = next_z(z, layer.s_out, theta, a);
            for z in z.iter() {
                see(z, layer.kinks);
            }
            (layer.activate)(z);
            core::mem::swap(a, z);
        }
        next_z(z, self.end.s_out, theta, a);
        for z in z.iter() {
            see(z, self.end.kinks);
        }
        (self.end.cost)(z, y)
    }

    /// Adds Δ of the example to `sums`.
    pub(crate) fn add_gradient(&self, theta: &[V], x: &[V], y: &[V], sums: &mut [V]) {
        // Nobody asks for ∂J/∂x.
        self.back(&self.hidden, (theta, x), y, sums, &mut []);
    }

    /// The same from one of the layers on, whose input is a; ∂J/∂a is added to `dj_da`.
    fn back(
        &self,
        layers: &[Hidden<V>],
        (theta, a): (&[V], &[V]),
        y: &[V],
        sums: &mut [V],
        dj_da: &mut [V],
    ) {
        let mut z = Vec::new();
        let s_out = layers.first().map_or(self.end.s_out, |layer| layer.s_out);
        let theta_rest = next_z(&mut z, s_out, theta, a);
        let (sums, sums_rest) = sums.split_at_mut(theta.len() - theta_rest.len());
        let delta = if let Some((layer, behind)) = layers.split_first() {
            let mut a_next = z.clone();
            (layer.activate)(&mut a_next);
            let mut delta = vec![V::zero(); s_out];
            self.back(behind, (theta_rest, &a_next), y, sums_rest, &mut delta);
            (layer.times_g_prime)(&mut delta, &z, &a_next);
            delta
        } else {
            (self.end.delta)(&mut z, y);
            z
        };
        any::add_outer_product(sums, &delta, a);
        any::add_pull_back(dj_da, &theta[..sums.len()], &delta);
    }
}

/// z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾] of `s_out` units; the parameters behind Θ⁽ˡ⁾.
fn next_z<'a, V: Real>(z: &mut Vec<V>, s_out: usize, theta: &'a [V], a: &[V]) -> &'a [V] {
    let (theta, rest) = theta.split_at(s_out * (a.len() + 1));
    let (bias, weights) = theta.split_at(s_out);
    z.clear();
    z.extend_from_slice(bias);
    any::add_product(z, weights, a);
    rest
}

/// What makes [`OfOne`] of a network's list of layers.
struct Listed<V>(Vec<Hidden<V>>);

impl<V: Real> Pass for Listed<V> {
    type Output = OfOne<V>;

    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(
        mut self,
    ) -> OfOne<V> {
        self.0.push(Hidden {
            s_out: S_OUT,
            kinks: G::KINKS,
            activate: activate::<V, G>,
            times_g_prime: times_g_prime::<V, G>,
        });
        Rest::walk(self)
    }

    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(self) -> OfOne<V> {
        let end = End {
            s_out: S_OUT,
            kinks: H::KINKS,
            cost: cost::<V, H, C, S_OUT>,
            delta: delta::<V, H, C, S_OUT>,
        };
        OfOne { hidden: self.0, end }
    }
}

fn activate<V: Real, G: Activation>(z: &mut [V]) {
    for z in z {
        *z = G::g(z.clone());
    }
}

fn times_g_prime<V: Real, G: Activation>(delta: &mut [V], z: &[V], a: &[V]) {
    for ((delta, z), a) in delta.iter_mut().zip(z).zip(a) {
        *delta = delta.clone() * G::g_prime(z.clone(), a.clone());
    }
}

fn cost<V: Real, H: Output, C: Cost<H>, const S_OUT: usize>(z: &[V], y: &[V]) -> V {
    let z = any::array::<V, S_OUT>(z);
    C::cost(Compared { z, a: Predicted(&H::h(z)), y: Target(any::array(y)) })
}

fn delta<V: Real, H: Output, C: Cost<H>, const S_OUT: usize>(z: &mut [V], y: &[V]) {
    let of = any::array::<V, S_OUT>(z);
    let delta = C::delta(Compared { z: of, a: Predicted(&H::h(of)), y: Target(any::array(y)) });
    z.clone_from_slice(&delta);
}
