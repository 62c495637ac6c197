//! Backward: δ⁽ᴸ⁾ from the cost, then δ⁽ˡ⁾ = (Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row) ∘ g′(z⁽ˡ⁾).

use core::ops::Mul;

use nalgebra::RealField;

use crate::activation::Hidden;
use crate::cost::{Compared, CostOn, Predicted, Target};
use crate::output::Output;
use crate::shapes::layer::Before;
use crate::shapes::roles::{A, Delta, DjDa, GPrime, OutputBy, Z};
use crate::shapes::theta::Theta;
use crate::shapes::{HoldsGPrime, MadeBy, OutputOf};

impl<L, T: RealField, const S: usize> Z<L, T, S> {
    /// δ⁽ᴸ⁾ = ∂J/∂z⁽ᴸ⁾ of one example with the target y: a⁽ᴸ⁾ − y for a matched pair of cost and
    /// output activation, the chain rule for every other; see [`Cost`](crate::Cost).
    ///
    /// ```
    /// use constprop::prelude::*;
    /// use constprop::{layer::L4, Z};
    ///
    /// let z4 = Z::<L4, f64, 2>::from([0.3, -0.7]);
    /// let a4 = z4.output::<Sigmoid>();
    /// let delta4 = z4.delta::<CrossEntropy, Sigmoid>(&a4, &[1.0, 0.0]);
    /// assert_eq!(delta4.array(), &[a4[0] - 1.0, a4[1] - 0.0]);
    /// ```
    #[must_use]
    pub fn delta<C: CostOn<H, Proof: Sized>, H>(
        &self,
        a: &dyn OutputOf<H, L, T, S>,
        y: &[T; S],
    ) -> Delta<L, T, S> {
        C::delta_on(Compared { z: self.array(), a: Predicted(a.held().array()), y: Target(y) })
            .into()
    }

    /// δ⁽ᴸ⁾ = ∂J/∂a⁽ᴸ⁾ ∘ g′(z⁽ᴸ⁾) of a ∂J/∂a⁽ᴸ⁾ that is given; of an output that mixes its units Dᵀ ∂J/∂a⁽ᴸ⁾,
    /// with D_ij = ∂a_i/∂z_j.
    ///
    /// Shapes: s_L, as those of z⁽ᴸ⁾, a⁽ᴸ⁾ and ∂J/∂a⁽ᴸ⁾.
    ///
    /// ```
    /// use constprop::prelude::*;
    /// use constprop::{DjDa, Z, layer::L3};
    ///
    /// let z3 = Z::<L3, f64, 2>::from([0.0, 0.0]);
    /// let (by_unit, mixing) = (z3.output::<Sigmoid>(), z3.output::<Softmax>());
    /// let dj_da3 = DjDa::from([4.0, 0.0]);
    /// assert_eq!(z3.delta_from(&by_unit, &dj_da3).array(), &[1.0, 0.0]); // g′(0) = ¼
    /// assert_eq!(z3.delta_from(&mixing, &dj_da3).array(), &[1.0, -1.0]); // a ∘ (c − ⟨a, c⟩)
    /// ```
    #[must_use]
    pub fn delta_from<H: Output>(
        &self,
        a: &A<L, T, S, OutputBy<H>>,
        dj_da: &DjDa<L, T, S>,
    ) -> Delta<L, T, S> {
        H::pull_back(self.array(), a.array(), dj_da.array()).into()
    }

    /// g′(z⁽ˡ⁾), entry by entry, given a⁽ˡ⁾ = g(z⁽ˡ⁾).
    ///
    /// ```
    /// use constprop::prelude::*;
    /// use constprop::{layer::L2, Z};
    ///
    /// let z2 = Z::<L2, f64, 1>::from([0.0]);
    /// let a2 = z2.activate::<Sigmoid>();
    /// assert_eq!(z2.g_prime::<Sigmoid>(&a2).array(), &[0.25]);
    /// ```
    #[must_use]
    pub fn g_prime<G: Hidden<Proof: Sized>>(&self, a: &dyn MadeBy<G, L, T, S>) -> GPrime<L, T, S> {
        let a = a.held();
        core::array::from_fn(|i| G::g_prime(self.array()[i].clone(), a.array()[i].clone())).into()
    }
}

// Private, so that the compiler, which finds functions of activations and costs under these names, quotes
// the line of the one that is called on an a, with what stands behind it.
#[allow(dead_code, clippy::unused_self, reason = "what is called is an error")]
impl<L, T, const S: usize, M> A<L, T, S, M> {
    fn g_prime(&self) {} // z has it: `z2.g_prime::<Sigmoid>(&a2)`
    fn cost(&self) {} // z has it: `z4.cost::<CrossEntropy, Sigmoid>(&a4, &y)`; and `trace.cost(&y)`
    fn delta(&self) {} // z has it: `z4.delta::<CrossEntropy, Sigmoid>(&a4, &y)`
}

/// Θ⁽ˡ⁾ᵀ, which takes δ⁽ˡ⁺¹⁾ back to layer l; from [`Theta::transpose`].
#[derive(Clone, Copy, Debug)]
pub struct ThetaTransposed<'a, L, T, const S_OUT: usize, const S_IN: usize>(
    &'a Theta<L, T, S_OUT, S_IN>,
);

impl<L, T, const S_OUT: usize, const S_IN: usize> Theta<L, T, S_OUT, S_IN> {
    /// Θ⁽ˡ⁾ᵀ, to multiply δ⁽ˡ⁺¹⁾ with. Nothing is moved.
    pub const fn transpose(&self) -> ThetaTransposed<'_, L, T, S_OUT, S_IN> {
        ThetaTransposed(self)
    }
}

/// ∂J/∂a⁽ˡ⁾ = Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its first row.
///
/// Shapes: ((s_l + 1) × s_{l+1}) · s_{l+1}, less the bias row, = s_l. The dropped row belongs to
/// the constant 1, which no earlier layer can change.
///
/// ```
/// use constprop::layer::{L1, L2};
/// use constprop::{Delta, DjDa, Theta};
///
/// let theta1 = Theta::<L1, f64, 2, 3>::new([0.5, -0.5], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
/// let delta2 = Delta::from([1.0, -1.0]);
/// let dj_da1: DjDa<L1, f64, 3> = theta1.transpose() * &delta2;
/// assert_eq!(dj_da1.array(), &[-3.0, -3.0, -3.0]);
/// ```
impl<L: Before, T: RealField, const S_OUT: usize, const S_IN: usize> Mul<&Delta<L::Next, T, S_OUT>>
    for ThetaTransposed<'_, L, T, S_OUT, S_IN>
{
    type Output = DjDa<L, T, S_IN>;

    fn mul(self, delta: &Delta<L::Next, T, S_OUT>) -> DjDa<L, T, S_IN> {
        self.0.weights.tr_mul(delta.vector()).into()
    }
}

impl<L, T: RealField, const S: usize> DjDa<L, T, S> {
    /// δ⁽ˡ⁾ = ∂J/∂a⁽ˡ⁾ ∘ g′(z⁽ˡ⁾): the chain rule through the activation.
    ///
    /// Shapes: s_l ∘ s_l = s_l. Source: the article's backpropagation; for l = L − 1 … 2, there
    /// is no δ⁽¹⁾.
    #[must_use]
    #[inline(always)]
    pub fn hadamard(&self, g_prime: &dyn HoldsGPrime<L, T, S>) -> Delta<L, T, S> {
        self.times(g_prime.held())
    }

    fn times(&self, g_prime: &GPrime<L, T, S>) -> Delta<L, T, S> {
        self.vector().component_mul(g_prime.vector()).into()
    }
}
