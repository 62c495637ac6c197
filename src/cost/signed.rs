//! A cross-entropy whose targets are any finite numbers.

use nalgebra::RealField;

use super::{Compared, Cost, Predicted, Target, each};
use crate::error::TargetFault;
use crate::output::{Output, Softmax, largest, sum};
use crate::real::Real;

/// −Σ_i y_i ln a_i on [`Softmax`] outputs, each y_i any finite number: what it is worth that the class is
/// likely. An advantage A of the action k is A where y_k is, and 0 elsewhere.
///
/// Computed from z, as Σ_i y_i (ln Σ_j e^{z_j} − z_i). Where y is a distribution it is
/// [`CategoricalCrossEntropy`], which refuses every other y. It is convex in z where Σ y ≥ 0, and without a lower
/// bound where some y_i is negative.
///
/// [`CategoricalCrossEntropy`]: crate::CategoricalCrossEntropy
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Policy(2 => 3 Softmax) minimizing SignedCategoricalCrossEntropy;
/// }
/// let policy = Policy::<f64>::seeded(1);
/// let trace = policy.forward(&[0.5, -0.5]);
/// let deltas = policy.backward(&trace, &[0.0, -2.0, 0.0]); // action 1 was worse by 2
/// assert_eq!(deltas.delta2[1], -2.0 * trace.a2[1] + 2.0);
/// assert_eq!(deltas.delta2[0], -2.0 * trace.a2[0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignedCategoricalCrossEntropy;

#[diagnostic::do_not_recommend]
impl Cost<Softmax> for SignedCategoricalCrossEntropy {
    const NAME: &'static str = "SignedCategoricalCrossEntropy";

    #[inline(always)]
    fn cost<V: Real, const S: usize>(Compared { z, y, .. }: Compared<'_, V, S>) -> V {
        // All z less their largest: no overflow. No summand cancels another one of its own sign.
        let highest = largest(z);
        let mut total = V::zero();
        for z in z {
            total = total + (z.clone() - highest.clone()).exp();
        }
        let logarithm = total.ln();
        let mut cost = V::zero();
        for (z, y) in z.iter().zip(y) {
            cost = cost + y.clone() * (logarithm.clone() - (z.clone() - highest.clone()));
        }
        cost
    }

    /// (Σ y) a − y.
    #[inline(always)]
    fn delta<V: Real, const S: usize>(Compared { a, y, .. }: Compared<'_, V, S>) -> [V; S] {
        let mut delta = a.0.clone();
        times_sum_less(&mut delta, &y);
        delta
    }

    /// (Σ y) (diag(a) − a aᵀ) v.
    #[inline(always)]
    fn curvature<V: Real, const S: usize>(
        Compared { a, y, .. }: Compared<'_, V, S>,
        v: &[V; S],
    ) -> [V; S] {
        let mut product = v.clone();
        curve_by_sum(&a, &y, &mut product);
        product
    }

    #[inline(always)]
    fn cost_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S]) -> V {
        Self::cost(Compared { z, a: Predicted(z), y: Target(y) })
    }

    #[inline(always)]
    fn delta_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S]) -> V {
        let cost = Self::cost(Compared { z, a: Predicted(z), y: Target(y) });
        Softmax::h_in_place(z);
        times_sum_less(z, y);
        cost
    }

    #[inline(always)]
    fn curvature_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S], v: &mut [V; S]) {
        Softmax::h_in_place(z);
        curve_by_sum(z, y, v);
        times_sum_less(z, y);
    }

    #[inline(always)]
    fn gauss_newton_in_place<V: Real, const S: usize>(z: &mut [V; S], y: &[V; S], v: &mut [V; S]) {
        Self::curvature_in_place(z, y, v);
    }

    fn check_target<T: RealField>(y: &[T]) -> Result<(), TargetFault> {
        each(y, T::is_finite, "finite")
    }
}

/// (Σ y) a − y in place of a.
#[inline(always)]
fn times_sum_less<V: Real, const S: usize>(a: &mut [V; S], y: &[V; S]) {
    let total = sum(y);
    for (a, y) in a.iter_mut().zip(y) {
        *a = total.clone() * a.clone() - y.clone();
    }
}

/// (Σ y) (diag(a) − a aᵀ) v in place of v.
#[inline(always)]
fn curve_by_sum<V: Real, const S: usize>(a: &[V; S], y: &[V; S], v: &mut [V; S]) {
    let total = sum(y);
    Softmax::change_of_a(a, v);
    for v in v {
        *v = total.clone() * v.clone();
    }
}
