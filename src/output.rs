//! The output layer: a⁽ᴸ⁾ = h_Θ(x), and how ∂J/∂a⁽ᴸ⁾ goes back through it.

use crate::activation::Activation;
use crate::real::Real;
use crate::shapes::init::Init;

/// The activation of an output layer, a⁽ᴸ⁾ = h(z⁽ᴸ⁾), which may mix the units.
///
/// Every [`Activation`] is one, unit by unit; [`Softmax`] is one that mixes. With the Jacobian
/// D_ij = ∂a_i/∂z_j, what a cost needs of it is Dᵀc and how that changes.
///
/// What ends in `_in_place` does the same in the memory where z lies: that is how layers are computed
/// that are too wide for registers. The methods that are provided go by those above, and have a few
/// arrays of s_L numbers on the stack; who has outputs of a hundred thousand units writes them too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an activation of an output layer",
    label = "neither an `Activation` nor an `Output`, as Sigmoid, Identity and \
             Softmax are"
)]
pub trait Output: Send + Sync + 'static {
    /// The name, for summaries and messages.
    const NAME: &'static str;

    /// The numbers of the type, as an [`Activation`] has them.
    const NUMBERS: &'static [i64] = &[];

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

    /// a = h(z) in place of z: [`h`](Self::h).
    #[inline(always)]
    fn h_in_place<V: Real, const S: usize>(z: &mut [V; S]) {
        *z = Self::h(z);
    }

    /// ∂J/∂z in place of z, and J back, where J = Σ_i C(a_i, y_i), and `c(a_i, y_i)` is that term with
    /// its slope c_i: [`pull_back`](Self::pull_back).
    #[inline(always)]
    fn pull_back_in_place<V: Real, const S: usize>(
        z: &mut [V; S],
        y: &[V; S],
        c: impl Fn(&V, &V) -> (V, V),
    ) -> V {
        let a = Self::h(z);
        let mut sum = V::zero();
        let mut slopes = a.clone();
        for (slope, y) in slopes.iter_mut().zip(y) {
            let (term, of_a) = c(slope, y);
            sum = sum + term;
            *slope = of_a;
        }
        *z = Self::pull_back(z, &a, &slopes);
        sum
    }

    /// In place of v the product of ∂²J/∂z² with it, where `c(a_i, y_i)` is c_i and c′_i:
    /// [`curve`](Self::curve); and ∂J/∂z in place of z.
    #[inline(always)]
    fn curve_in_place<V: Real, const S: usize>(
        z: &mut [V; S],
        y: &[V; S],
        v: &mut [V; S],
        c: impl Fn(&V, &V) -> (V, V),
    ) {
        let a = Self::h(z);
        let (mut slopes, mut bends) = (a.clone(), a.clone());
        for i in 0..S {
            (slopes[i], bends[i]) = c(&a[i], &y[i]);
        }
        *v = Self::curve(z, &a, &slopes, &bends, v);
        *z = Self::pull_back(z, &a, &slopes);
    }
}

#[diagnostic::do_not_recommend]
impl<G: Activation> Output for G {
    const NAME: &'static str = G::NAME;
    const NUMBERS: &'static [i64] = G::NUMBERS;
    const KINKS: &'static [f64] = G::KINKS;
    const INIT: Init = G::INIT;

    /// a_i = g(z_i).
    #[inline(always)]
    fn h<V: Real, const S: usize>(z: &[V; S]) -> [V; S] {
        let mut a = z.clone();
        Self::h_in_place(&mut a);
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
            product[i] = bend::<G, V>(&z[i], &a[i], (&c[i], &c_prime[i])) * product[i].clone();
        }
        product
    }

    #[inline(always)]
    fn h_in_place<V: Real, const S: usize>(z: &mut [V; S]) {
        for unit in z {
            *unit = G::g(unit.clone());
        }
    }

    #[inline(always)]
    fn pull_back_in_place<V: Real, const S: usize>(
        z: &mut [V; S],
        y: &[V; S],
        c: impl Fn(&V, &V) -> (V, V),
    ) -> V {
        let mut sum = V::zero();
        for (z, y) in z.chunks_mut(UNITS).zip(y.chunks(UNITS)) {
            let a = &units::<G, V>(z)[..z.len()];
            for (a, y) in a.iter().zip(y) {
                sum = sum + c(a, y).0;
            }
            for ((z, y), a) in z.iter_mut().zip(y).zip(a) {
                *z = c(a, y).1 * G::g_prime(z.clone(), a.clone());
            }
        }
        sum
    }

    #[inline(always)]
    fn curve_in_place<V: Real, const S: usize>(
        z: &mut [V; S],
        y: &[V; S],
        v: &mut [V; S],
        c: impl Fn(&V, &V) -> (V, V),
    ) {
        let rows = z.chunks_mut(UNITS).zip(y.chunks(UNITS)).zip(v.chunks_mut(UNITS));
        for ((z, y), v) in rows {
            let a = &units::<G, V>(z)[..z.len()];
            for (((z, y), v), a) in z.iter_mut().zip(y).zip(v).zip(a) {
                let (slope, c_prime) = c(a, y);
                *v = bend::<G, V>(z, a, (&slope, &c_prime)) * v.clone();
                *z = slope * G::g_prime(z.clone(), a.clone());
            }
        }
    }
}

/// Units that are activated at a time in place: g, which may be a call, apart from what is computed
/// side by side.
const UNITS: usize = 64;

/// g(z) of up to `UNITS`.
#[inline(always)]
fn units<G: Activation, V: Real>(z: &[V]) -> [V; UNITS] {
    core::array::from_fn(|i| if i < z.len() { G::g(z[i].clone()) } else { V::zero() })
}

/// c′ g′(z)² + c g″(z) of one unit.
#[inline(always)]
fn bend<G: Activation, V: Real>(z: &V, a: &V, (c, c_prime): (&V, &V)) -> V {
    let slope = G::g_prime(z.clone(), a.clone());
    let bend = G::g_second(z.clone(), a.clone());
    c_prime.clone() * slope.clone() * slope + c.clone() * bend
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
        let mut a = z.clone();
        Self::h_in_place(&mut a);
        a
    }

    /// D = diag(a) − a aᵀ, so Dᵀc = a ∘ (c − ⟨a, c⟩).
    #[inline(always)]
    fn pull_back<V: Real, const S: usize>(_z: &[V; S], a: &[V; S], c: &[V; S]) -> [V; S] {
        let mut delta = c.clone();
        Self::change_of_a(a, &mut delta);
        delta
    }

    /// With ȧ = Dv and ċ = c′ ∘ ȧ: ȧ ∘ (c − ⟨a, c⟩) + a ∘ (ċ − ⟨ȧ, c⟩ − ⟨a, ċ⟩).
    #[inline(always)]
    fn curve<V: Real, const S: usize>(
        _z: &[V; S],
        a: &[V; S],
        c: &[V; S],
        c_prime: &[V; S],
        v: &[V; S],
    ) -> [V; S] {
        let mut product = v.clone();
        Self::curve_of_a(a, &mut product, |i, _| (c[i].clone(), c_prime[i].clone()));
        product
    }

    #[inline(always)]
    fn h_in_place<V: Real, const S: usize>(z: &mut [V; S]) {
        let highest = largest(z);
        for unit in &mut *z {
            *unit = (unit.clone() - highest.clone()).exp();
        }
        let share = V::one() / sum(z);
        for unit in z {
            *unit = unit.clone() * share.clone();
        }
    }

    #[inline(always)]
    fn pull_back_in_place<V: Real, const S: usize>(
        z: &mut [V; S],
        y: &[V; S],
        c: impl Fn(&V, &V) -> (V, V),
    ) -> V {
        Self::h_in_place(z);
        Self::pull_back_of_a(z, y, c)
    }

    #[inline(always)]
    fn curve_in_place<V: Real, const S: usize>(
        z: &mut [V; S],
        y: &[V; S],
        v: &mut [V; S],
        c: impl Fn(&V, &V) -> (V, V),
    ) {
        Self::h_in_place(z);
        Self::curve_of_a(z, v, |i, a| c(a, &y[i]));
        Self::pull_back_of_a(z, y, |a, y| (V::zero(), c(a, y).0));
    }
}

impl Softmax {
    /// [`Output::pull_back_in_place`] with a where z was. c is asked twice: for ⟨a, c⟩, and for each
    /// δ_i.
    #[inline(always)]
    fn pull_back_of_a<V: Real, const S: usize>(
        a: &mut [V; S],
        y: &[V; S],
        c: impl Fn(&V, &V) -> (V, V),
    ) -> V {
        let (mut sum, mut mean) = (V::zero(), V::zero());
        for (a, y) in a.iter().zip(y) {
            let (term, slope) = c(a, y);
            sum = sum + term;
            mean = mean + a.clone() * slope;
        }
        for (a, y) in a.iter_mut().zip(y) {
            let (_, slope) = c(a, y);
            *a = a.clone() * (slope - mean.clone());
        }
        sum
    }

    /// Dv in place of v; D is symmetric, so Dᵀv too.
    #[inline(always)]
    pub(crate) fn change_of_a<V: Real, const S: usize>(a: &[V; S], v: &mut [V; S]) {
        let mean = dot(a, v);
        for (v, a) in v.iter_mut().zip(a) {
            *v = a.clone() * (v.clone() - mean.clone());
        }
    }

    /// [`Output::curve`] in place of v, where ȧ stands on the way; `c(i, a_i)` is c_i and c′_i.
    #[inline(always)]
    fn curve_of_a<V: Real, const S: usize>(
        a: &[V; S],
        v: &mut [V; S],
        c: impl Fn(usize, &V) -> (V, V),
    ) {
        Self::change_of_a(a, v);
        let [mut mean, mut of_a_dot, mut of_c_dot] = [V::zero(), V::zero(), V::zero()];
        for (i, (a, a_dot)) in a.iter().zip(&*v).enumerate() {
            let (slope, c_prime) = c(i, a);
            mean = mean + a.clone() * slope.clone();
            of_a_dot = of_a_dot + a_dot.clone() * slope;
            of_c_dot = of_c_dot + a.clone() * (c_prime * a_dot.clone());
        }
        let mean_dot = of_a_dot + of_c_dot;
        for (i, (a, a_dot)) in a.iter().zip(v).enumerate() {
            let (slope, c_prime) = c(i, a);
            let c_dot = c_prime * a_dot.clone();
            *a_dot =
                a_dot.clone() * (slope - mean.clone()) + a.clone() * (c_dot - mean_dot.clone());
        }
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
