//! The output layer: a⁽ᴸ⁾ = h_Θ(x), and how ∂J/∂a⁽ᴸ⁾ goes back through it.

use crate::activation::Activation;
use crate::real::Real;
use crate::shapes::init::Init;

/// The activation of an output layer, a⁽ᴸ⁾ = h(z⁽ᴸ⁾), which may mix the units.
///
/// Every [`Activation`] is one, unit by unit; [`Softmax`] is one that mixes. With the Jacobian
/// D_ij = ∂a_i/∂z_j, what a cost needs of it is Dᵀc and how that changes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an activation of an output layer",
    label = "neither an `Activation` nor an `Output`, as Sigmoid Tanh Relu LeakyRelu Elu Gelu \
             Silu Softplus Identity Softmax are"
)]
pub trait Output: Copy + Default + core::fmt::Debug + Send + Sync + 'static {
    /// The name, for summaries and messages.
    const NAME: &'static str;

    /// Every z_i where a derivative jumps.
    const KINKS: &'static [f64];

    /// How Θ⁽ᴸ⁻¹⁾ is initialized unless somebody says otherwise.
    const INIT: Init;

    /// a = h(z).
    fn h<V: Real, const S: usize>(z: &[V; S]) -> [V; S];

    /// ∂J/∂z = Dᵀ c, with c = ∂J/∂a.
    fn pull_back<V: Real, const S: usize>(z: &[V; S], a: &[V; S], c: &[V; S]) -> [V; S];

    /// The change of Dᵀ c(a) as z moves along v, where c_i depends on a_i alone with the slope
    /// `c_prime[i]` = ∂²J/∂a_i²: the product of ∂²J/∂z² with v.
    fn curve<V: Real, const S: usize>(
        z: &[V; S],
        a: &[V; S],
        c: &[V; S],
        c_prime: &[V; S],
        v: &[V; S],
    ) -> [V; S];
}

#[diagnostic::do_not_recommend]
impl<G: Activation> Output for G {
    const NAME: &'static str = G::NAME;
    const KINKS: &'static [f64] = G::KINKS;
    const INIT: Init = G::INIT;

    /// a_i = g(z_i).
    #[inline(always)]
    fn h<V: Real, const S: usize>(z: &[V; S]) -> [V; S] {
        let mut a = z.clone();
        for unit in &mut a {
            *unit = G::g(unit.clone());
        }
        a
    }

    /// c_i g′(z_i).
    #[inline(always)]
    fn pull_back<V: Real, const S: usize>(z: &[V; S], a: &[V; S], c: &[V; S]) -> [V; S] {
        let mut delta = c.clone();
        for i in 0..S {
            delta[i] = delta[i].clone() * G::g_prime(z[i].clone(), a[i].clone());
        }
        delta
    }

    /// (c′_i g′(z_i)² + c_i g″(z_i)) v_i.
    #[inline(always)]
    fn curve<V: Real, const S: usize>(
        z: &[V; S],
        a: &[V; S],
        c: &[V; S],
        c_prime: &[V; S],
        v: &[V; S],
    ) -> [V; S] {
        let mut product = v.clone();
        for i in 0..S {
            let slope = G::g_prime(z[i].clone(), a[i].clone());
            let bend = G::g_second(z[i].clone(), a[i].clone());
            let along_a = c_prime[i].clone() * slope.clone() * slope;
            product[i] = (along_a + c[i].clone() * bend) * product[i].clone();
        }
        product
    }
}

/// a_i = e^{z_i} / Σ_j e^{z_j}: positive, summing to 1, a probability for each class.
///
/// Source: Bridle 1990.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softmax;

#[diagnostic::do_not_recommend]
impl Output for Softmax {
    const NAME: &'static str = "Softmax";
    const KINKS: &'static [f64] = &[];
    const INIT: Init = Init::XAVIER;

    /// a_i = e^{z_i − M} / Σ_j e^{z_j − M}, M = max z: no overflow.
    #[inline(always)]
    fn h<V: Real, const S: usize>(z: &[V; S]) -> [V; S] {
        let highest = largest(z);
        let mut a = z.clone();
        for unit in &mut a {
            *unit = (unit.clone() - highest.clone()).exp();
        }
        let share = V::one() / sum(&a);
        for unit in &mut a {
            *unit = unit.clone() * share.clone();
        }
        a
    }

    /// D = diag(a) − a aᵀ, so Dᵀc = a ∘ (c − ⟨a, c⟩).
    #[inline(always)]
    fn pull_back<V: Real, const S: usize>(_z: &[V; S], a: &[V; S], c: &[V; S]) -> [V; S] {
        let mean = dot(a, c);
        let mut delta = a.clone();
        for (delta, c) in delta.iter_mut().zip(c) {
            *delta = delta.clone() * (c.clone() - mean.clone());
        }
        delta
    }

    /// With ȧ = Dv and ċ = c′ ∘ ȧ: ȧ ∘ (c − ⟨a, c⟩) + a ∘ (ċ − ⟨ȧ, c⟩ − ⟨a, ċ⟩).
    #[inline(always)]
    fn curve<V: Real, const S: usize>(
        z: &[V; S],
        a: &[V; S],
        c: &[V; S],
        c_prime: &[V; S],
        v: &[V; S],
    ) -> [V; S] {
        let a_dot = Self::pull_back(z, a, v);
        let mut c_dot = c_prime.clone();
        for (c_dot, a_dot) in c_dot.iter_mut().zip(&a_dot) {
            *c_dot = c_dot.clone() * a_dot.clone();
        }
        let mean = dot(a, c);
        let mean_dot = dot(&a_dot, c) + dot(a, &c_dot);
        let mut product = a_dot.clone();
        for i in 0..S {
            product[i] = a_dot[i].clone() * (c[i].clone() - mean.clone())
                + a[i].clone() * (c_dot[i].clone() - mean_dot.clone());
        }
        product
    }
}

/// max_i v_i.
#[inline(always)]
pub(crate) fn largest<V: Real, const S: usize>(values: &[V; S]) -> V {
    const { assert!(S > 0, "a layer has at least one unit") };
    let mut largest = values[0].clone();
    for value in &values[1..] {
        largest = largest.larger(value.clone());
    }
    largest
}

/// Σ_i v_i, in order.
#[inline(always)]
pub(crate) fn sum<V: Real, const S: usize>(values: &[V; S]) -> V {
    let mut sum = V::zero();
    for value in values {
        sum = sum + value.clone();
    }
    sum
}

/// ⟨v, w⟩ = Σ_i v_i w_i, in order.
#[inline(always)]
pub(crate) fn dot<V: Real, const S: usize>(v: &[V; S], w: &[V; S]) -> V {
    let mut sum = V::zero();
    for (v, w) in v.iter().zip(w) {
        sum = sum + v.clone() * w.clone();
    }
    sum
}
