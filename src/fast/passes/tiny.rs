//! Forward, backward and gradient of networks so small that all of it fits into registers: one example
//! in each lane, all sizes known, every loop unrolled.
//!
//! z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾],  a⁽ˡ⁾ = g(z⁽ˡ⁾);  δ⁽ˡ⁾ = (Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row) ∘ g′(z⁽ˡ⁾),
//! Δ⁽ˡ⁾ += δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ.

use nalgebra::ComplexField;

use crate::activation::Activation;
use crate::cost::{Compared, Cost, Predicted, Target};
use crate::fast::elementwise::{Rule, Update};
use crate::fast::list::{Layers, Pass};
use crate::fast::plan::Frozen;
use crate::fast::registers::{Float, Lanes, WIDEST};
use crate::output::Output;

/// Networks of up to so many parameters come here.
pub(crate) const PARAMETERS: usize = 64;

/// Forward and backward of as many examples as there are lanes; where it is wanted, ∂J/∂a of the layer in
/// front.
pub(crate) struct Tiny<'a, 's, V: Lanes> {
    pub(crate) theta: &'a [V::Scalar],
    pub(crate) a: &'a [V],
    pub(crate) state: &'a mut State<'s, V>,
    pub(crate) dj_da: Option<&'a mut [V]>,
}

/// What goes through all layers.
pub(crate) struct State<'a, V> {
    /// Δ, an example in each lane.
    pub(crate) sums: &'a mut [V],
    /// y.
    pub(crate) y: &'a [V],
    /// 1 in the lanes that hold an example, else 0.
    pub(crate) present: V,
    /// Σ of the costs.
    pub(crate) cost: V,
    /// 0, or NaN where some z is not finite.
    pub(crate) poison: V,
}

impl<V: Lanes> Pass for Tiny<'_, '_, V> {
    type Output = ();

    #[inline(always)]
    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(self) {
        let Self { theta, a, state, dj_da } = self;
        let (theta, theta_rest) = theta.split_at(S_OUT * (S_IN + 1));
        let z = z::<V, S_OUT, S_IN>(theta, a, state);
        let (a_next, g_prime) = activate::<V, G, S_OUT>(&z);
        let mut delta = [V::zero(); S_OUT];
        let (sums, sums_rest) = core::mem::take(&mut state.sums).split_at_mut(theta.len());
        state.sums = sums_rest;
        Rest::walk(Tiny { theta: theta_rest, a: &a_next, state, dj_da: Some(&mut delta) });
        for unit in 0..S_OUT {
            delta[unit] = delta[unit] * g_prime[unit];
        }
        backward::<V, S_OUT, S_IN>(theta, a, &delta, sums, dj_da);
    }

    #[inline(always)]
    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(self) {
        let Self { theta, a, state, dj_da } = self;
        let z = z::<V, S_OUT, S_IN>(theta, a, state);
        let delta = end::<V, H, C, S_OUT>(&z, state);
        backward::<V, S_OUT, S_IN>(theta, a, &delta, state.sums, dj_da);
    }
}

/// z = Θ [1; a].
#[inline(always)]
fn z<V: Lanes, const S_OUT: usize, const S_IN: usize>(
    theta: &[V::Scalar],
    a: &[V],
    state: &mut State<'_, V>,
) -> [V; S_OUT] {
    let mut z = [V::zero(); S_OUT];
    for unit in 0..S_OUT {
        z[unit] = V::splat(theta[unit]);
        for input in 0..S_IN {
            let weight = V::splat(theta[(input + 1) * S_OUT + unit]);
            z[unit] = weight.mul_add(a[input], z[unit]);
        }
        state.poison = z[unit].mul_add(V::zero(), state.poison);
    }
    z
}

/// a = g(z), and g′(z).
#[inline(always)]
fn activate<V: Lanes, G: Activation, const S: usize>(z: &[V; S]) -> ([V; S], [V; S]) {
    let (mut a, mut g_prime) = (*z, *z);
    for unit in 0..S {
        a[unit] = G::g(z[unit]);
        g_prime[unit] = G::g_prime(z[unit], a[unit]);
    }
    (a, g_prime)
}

/// The cost, and δ⁽ᴸ⁾.
#[inline(always)]
fn end<V: Lanes, H: Output, C: Cost<H>, const S: usize>(
    z: &[V; S],
    state: &mut State<'_, V>,
) -> [V; S] {
    let mut y = [V::zero(); S];
    y.copy_from_slice(&state.y[..S]);
    let a = H::h(z);
    let compared = Compared { z, a: Predicted(&a), y: Target(&y) };
    // A choice and no product: what is infinite would not become 0.
    let zero = V::zero();
    let cost = C::cost(compared);
    state.cost = state.cost + state.present.select_gt(zero, cost, zero);
    let mut delta = C::delta(compared);
    for delta in &mut delta {
        *delta = state.present.select_gt(zero, *delta, zero);
    }
    delta
}

/// Δ += δ [1; a]ᵀ, and ∂J/∂a = Θᵀ δ without its bias row.
#[inline(always)]
fn backward<V: Lanes, const S_OUT: usize, const S_IN: usize>(
    theta: &[V::Scalar],
    a: &[V],
    delta: &[V; S_OUT],
    sums: &mut [V],
    dj_da: Option<&mut [V]>,
) {
    for unit in 0..S_OUT {
        sums[unit] = sums[unit] + delta[unit];
        for input in 0..S_IN {
            let sum = &mut sums[(input + 1) * S_OUT + unit];
            *sum = delta[unit].mul_add(a[input], *sum);
        }
    }
    if let Some(dj_da) = dj_da {
        for input in 0..S_IN {
            let mut slope = V::zero();
            for unit in 0..S_OUT {
                let weight = V::splat(theta[(input + 1) * S_OUT + unit]);
                slope = weight.mul_add(delta[unit], slope);
            }
            dj_da[input] = slope;
        }
    }
}

/// Example by example to one example in each lane; lanes beyond `lanes` repeat the last one.
#[inline(always)]
pub(crate) fn gather<V: Lanes>(rows: &[V::Scalar], s: usize, lanes: usize, to: &mut [V]) {
    assert!(lanes > 0 && lanes <= V::LANES && V::LANES <= WIDEST && rows.len() >= lanes * s);
    let mut entries = [V::Scalar::default(); WIDEST];
    for (unit, register) in to[..s].iter_mut().enumerate() {
        if lanes == V::LANES {
            // Places that are known: the compiler puts the register together without memory.
            for lane in 0..V::LANES {
                entries[lane] = rows[lane * s + unit];
            }
        } else {
            for lane in 0..V::LANES {
                entries[lane] = rows[lane.min(lanes - 1) * s + unit];
            }
        }
        // SAFETY: no register is wider than the widest.
        *register = unsafe { V::load(entries.as_ptr()) };
    }
}

/// 1 in the first `lanes` lanes, 0 in the others.
#[inline(always)]
pub(crate) fn present<V: Lanes>(lanes: usize) -> V {
    if lanes == V::LANES {
        return V::one();
    }
    let mut entries = [V::Scalar::default(); WIDEST];
    for entry in &mut entries[..lanes] {
        *entry = nalgebra::one();
    }
    // SAFETY: no register is wider than the widest.
    unsafe { V::load(entries.as_ptr()) }
}

/// ∂J/∂Θ += λ Θ, with one λ for biases and one for weights; 0 where Θ is frozen.
pub(crate) struct Finish<'a, T> {
    pub(crate) theta: &'a [T],
    pub(crate) gradient: &'a mut [T],
    pub(crate) bias: T,
    pub(crate) weights: T,
    pub(crate) frozen: Frozen,
}

impl<T: Float> Pass for Finish<'_, T> {
    type Output = ();

    #[inline(always)]
    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(mut self) {
        self.layer(S_OUT, S_IN);
        Rest::walk(self);
    }

    #[inline(always)]
    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(mut self) {
        self.layer(S_OUT, S_IN);
    }
}

impl<T: Float> Finish<'_, T> {
    #[inline(always)]
    fn layer(&mut self, s_out: usize, s_in: usize) {
        let &mut Self { theta, ref mut gradient, bias, weights, frozen } = self;
        let (theta, theta_rest) = theta.split_at(s_out * (s_in + 1));
        let (gradient, rest) = core::mem::take(gradient).split_at_mut(theta.len());
        if frozen.first() {
            gradient.fill(T::zero());
        } else if !weights.is_zero() {
            for (index, (gradient, &theta)) in gradient.iter_mut().zip(theta).enumerate() {
                *gradient += if index < s_out { bias } else { weights } * theta;
            }
        }
        (self.theta, self.gradient, self.frozen) = (theta_rest, rest, frozen.behind());
    }
}

/// Registers for a gradient of [`PARAMETERS`] entries, if each holds but two.
const REGISTERS: usize = PARAMETERS / 2;

/// A gradient, as it lies in memory.
pub(crate) struct Gradient<V> {
    registers: [V; REGISTERS],
    parameters: usize,
}

impl<V: Lanes> Gradient<V> {
    /// Σ over the lanes · scale, for each of the `parameters`.
    #[inline(always)]
    pub(crate) fn totals(sums: &[V], parameters: usize, scale: V::Scalar) -> Self {
        let mut registers = [V::zero(); REGISTERS];
        for (register, sums) in registers.iter_mut().zip(sums[..parameters].chunks(V::LANES)) {
            *register = V::totals(sums) * V::splat(scale);
        }
        Self { registers, parameters }
    }

    /// Whether every entry is finite.
    #[inline(always)]
    pub(crate) fn is_finite(&self) -> bool {
        let mut poison = V::zero();
        for register in &self.registers[..self.parameters.div_ceil(V::LANES)] {
            poison = register.mul_add(V::zero(), poison);
        }
        poison.total().is_finite()
    }

    /// θ ← what the rule makes of it.
    #[inline(always)]
    pub(crate) fn update<K: Rule<V::Scalar, STATE>, const STATE: usize>(
        &self,
        theta: &mut [V::Scalar],
        state: [&mut [V::Scalar]; STATE],
        rule: K,
    ) {
        let gradient = &self.registers[..self.parameters.div_ceil(V::LANES)];
        Update { theta, state, gradient: &[], rule }.by_registers(gradient);
    }

    /// Writes it.
    #[inline(always)]
    pub(crate) fn store(&self, to: &mut [V::Scalar]) {
        for (chunk, register) in to[..self.parameters].chunks_mut(V::LANES).zip(&self.registers) {
            // SAFETY: no more than the chunk holds.
            unsafe {
                if chunk.len() == V::LANES {
                    register.store(chunk.as_mut_ptr());
                } else {
                    register.store_first(chunk.as_mut_ptr(), chunk.len());
                }
            }
        }
    }

    /// The same again, read from where it was written and changed.
    #[inline(always)]
    pub(crate) fn load(from: &[V::Scalar]) -> Self {
        let mut registers = [V::zero(); REGISTERS];
        for (register, chunk) in registers.iter_mut().zip(from.chunks(V::LANES)) {
            // SAFETY: no more than the chunk holds.
            *register = unsafe { V::load_first(chunk.as_ptr(), chunk.len()) };
        }
        Self { registers, parameters: from.len() }
    }
}
