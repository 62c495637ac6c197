//! J and ∇J of networks that fit into registers.

use core::marker::PhantomData;

use super::{ExamplesOf, NotFinite};
use crate::chain::Chain;
use crate::chain::tiny::{self, Pass};
use crate::simd::{Float, Lanes, Task};

/// Whether a network goes this way.
pub(super) const fn is_tiny<C: Chain>() -> bool {
    C::PARAMETERS <= tiny::PARAMETERS
}

/// J without λ times m, and ∇J, of a network that is tiny.
pub(super) struct CostAndGradient<'a, C, F> {
    pub(super) theta: &'a [F],
    pub(super) examples: ExamplesOf<'a, F>,
    pub(super) gradient: &'a mut [F],
    pub(super) chain: PhantomData<C>,
}

impl<C: Chain, F: Float> Task<F> for CostAndGradient<'_, C, F> {
    type Output = Result<F, NotFinite>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Result<F, NotFinite> {
        let (cost, gradient) = gradient::<C, V::Narrow, F>(self.theta, &self.examples)?;
        gradient.store(self.gradient);
        Ok(cost)
    }
}

/// J without λ times m, the same bits as with its gradient, which the compiler leaves out.
pub(super) struct Cost<'a, C, F> {
    pub(super) theta: &'a [F],
    pub(super) examples: ExamplesOf<'a, F>,
    pub(super) chain: PhantomData<C>,
}

impl<C: Chain, F: Float> Task<F> for Cost<'_, C, F> {
    type Output = Result<F, NotFinite>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Result<F, NotFinite> {
        Ok(gradient::<C, V::Narrow, F>(self.theta, &self.examples)?.0)
    }
}

/// J without λ times m, and ∇J.
#[inline(always)]
pub(super) fn gradient<C: Chain, V: Lanes<Scalar = F>, F: Float>(
    theta: &[F],
    examples: &ExamplesOf<'_, F>,
) -> Result<(F, tiny::Gradient<V>), NotFinite> {
    let &ExamplesOf { inputs, targets, m, decay, checked } = examples;
    assert!(inputs.len() == m * C::S_IN && targets.len() == m * C::S_OUT);
    assert!(theta.len() == C::PARAMETERS);
    let zero = V::zero();
    let mut sums = [zero; tiny::PARAMETERS];
    let (mut cost, mut poison) = (zero, zero);
    let mut first = 0;
    while first < m {
        let lanes = V::LANES.min(m - first);
        let (mut x, mut y) = ([zero; tiny::PARAMETERS], [zero; tiny::PARAMETERS]);
        tiny::gather(&inputs[first * C::S_IN..], C::S_IN, lanes, &mut x);
        tiny::gather(&targets[first * C::S_OUT..], C::S_OUT, lanes, &mut y);
        let present = tiny::present(lanes);
        let mut pass = Pass { sums: &mut sums, y: &y, present, cost, poison };
        C::tiny::<V>(theta, &x[..C::S_IN], &mut pass, None);
        (cost, poison) = (pass.cost, pass.poison);
        first += V::LANES;
    }
    if !checked && !poison.total().is_finite() {
        return Err(NotFinite);
    }
    let mut gradient = tiny::Gradient::totals(&sums, C::PARAMETERS, examples.scale());
    if !decay.weights.is_zero() {
        let mut entries = [F::zero(); tiny::PARAMETERS];
        let entries = &mut entries[..C::PARAMETERS];
        gradient.store(entries);
        C::add_decay(theta, entries, [decay.bias, decay.weights]);
        gradient = tiny::Gradient::load(entries);
    }
    Ok((cost.total(), gradient))
}
