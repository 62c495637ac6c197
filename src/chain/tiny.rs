//! Networks so small that a block of examples fits into registers: one example in each lane, all
//! sizes known, every loop unrolled.

use nalgebra::ComplexField;

use crate::activation::Activation;
use crate::cost::Cost;
use crate::output::Output;
use crate::simd::{Float, Lanes};
use crate::update::elementwise::{Rule, Update};

/// Networks of up to so many parameters come here.
pub(crate) const PARAMETERS: usize = 64;

/// What goes with a chain through its layers, of as many examples as there are lanes.
#[doc(hidden)]
pub struct Pass<'a, V: Lanes> {
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

/// z = Θ [1; a].
#[inline(always)]
pub(super) fn z<V: Lanes, const S_OUT: usize, const S_IN: usize>(
    theta: &[V::Scalar],
    a: &[V],
    pass: &mut Pass<'_, V>,
) -> [V; S_OUT] {
    let mut z = [V::zero(); S_OUT];
    for unit in 0..S_OUT {
        z[unit] = V::splat(theta[unit]);
        for input in 0..S_IN {
            let weight = V::splat(theta[(input + 1) * S_OUT + unit]);
            z[unit] = weight.mul_add(a[input], z[unit]);
        }
        pass.poison = z[unit].mul_add(V::zero(), pass.poison);
    }
    z
}

/// a = g(z), and g′(z).
#[inline(always)]
pub(super) fn activate<V: Lanes, G: Activation, const S: usize>(z: &[V; S]) -> ([V; S], [V; S]) {
    let (mut a, mut g_prime) = (*z, *z);
    for unit in 0..S {
        a[unit] = G::g(z[unit]);
        g_prime[unit] = G::g_prime(z[unit], a[unit]);
    }
    (a, g_prime)
}

/// The cost, and δ⁽ᴸ⁾.
#[inline(always)]
pub(super) fn end<V: Lanes, H: Output, C: Cost<H>, const S: usize>(
    z: &[V; S],
    pass: &mut Pass<'_, V>,
) -> [V; S] {
    let mut y = [V::zero(); S];
    y.copy_from_slice(&pass.y[..S]);
    let a = H::h(z);
    // A choice and no product: what is infinite would not become 0.
    let zero = V::zero();
    let cost = C::cost(z, &a, &y);
    pass.cost = pass.cost + pass.present.select_gt(zero, cost, zero);
    let mut delta = C::delta(z, &a, &y);
    for delta in &mut delta {
        *delta = pass.present.select_gt(zero, *delta, zero);
    }
    delta
}

/// Δ += δ [1; a]ᵀ, and ∂J/∂a = Θᵀ δ without its bias row.
#[inline(always)]
pub(super) fn backward<V: Lanes, const S_OUT: usize, const S_IN: usize>(
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
    assert!(lanes > 0 && lanes <= V::LANES && V::LANES <= 16 && rows.len() >= lanes * s);
    let mut entries = [V::Scalar::default(); 16];
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
        // SAFETY: no register is wider than 16 lanes.
        *register = unsafe { V::load(entries.as_ptr()) };
    }
}

/// 1 in the first `lanes` lanes, 0 in the others.
#[inline(always)]
pub(crate) fn present<V: Lanes>(lanes: usize) -> V {
    if lanes == V::LANES {
        return V::one();
    }
    let mut entries = [V::Scalar::default(); 16];
    for entry in &mut entries[..lanes] {
        *entry = nalgebra::one();
    }
    // SAFETY: no register is wider than 16 lanes.
    unsafe { V::load(entries.as_ptr()) }
}

/// ∂J/∂Θ += λ Θ, with one λ for the bias and one for the weights.
#[inline(always)]
pub(super) fn add_decay<T: Float, const S_OUT: usize>(
    theta: &[T],
    gradient: &mut [T],
    [bias, weights]: [T; 2],
) {
    for (index, (gradient, &theta)) in gradient.iter_mut().zip(theta).enumerate() {
        *gradient += if index < S_OUT { bias } else { weights } * theta;
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
