//! J and ∇J of networks that fit into registers.

use core::marker::PhantomData;

use super::{ExamplesOf, NotFinite};
use crate::chain::Chain;
use crate::chain::memory::TILE;
use crate::chain::tiny::{self, Pass};
use crate::pairwise::{self, Total, Waiting};
use crate::simd::{Float, Lanes, Task};

/// Whether a network goes this way.
pub(super) const fn is_tiny<C: Chain>() -> bool {
    C::PARAMETERS <= tiny::PARAMETERS
}

/// So many examples are summed in the lanes of a register, one after the other; then these sums are
/// added along the tree.
const RUN: usize = 1024;

/// How many such sums there are of m examples.
pub(super) const fn runs(m: usize) -> usize {
    m.div_ceil(RUN)
}

/// How many sums of m examples a network adds along the tree.
pub(super) const fn sums<C: Chain>(m: usize) -> usize {
    if is_tiny::<C>() { runs(m) } else { m.div_ceil(TILE) }
}

/// J without λ times m, and ∇J, of a network that is tiny.
pub(super) struct CostAndGradient<'a, C, F> {
    pub(super) theta: &'a [F],
    pub(super) examples: ExamplesOf<'a, F>,
    pub(super) waiting: Waiting<'a, F>,
    /// That or the first of what waits.
    pub(super) gradient: Option<&'a mut [F]>,
    pub(super) chain: PhantomData<C>,
}

impl<C: Chain, F: Float> Task<F> for CostAndGradient<'_, C, F> {
    type Output = Result<F, NotFinite>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Result<F, NotFinite> {
        let Self { theta, examples, mut waiting, gradient: into, .. } = self;
        let (cost, found) = gradient::<C, V::Narrow, F>(theta, &examples, &mut waiting)?;
        found.store(into.unwrap_or(waiting.first()));
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
        let Self { theta, examples, .. } = self;
        let mut cost = Total::new();
        for run in 0..runs(examples.m) {
            cost.add(of_run::<C, V::Narrow, F>(theta, &examples, run)?.0);
        }
        Ok(cost.get())
    }
}

/// J without λ times m, and ∇J.
#[inline(always)]
pub(super) fn gradient<C: Chain, V: Lanes<Scalar = F>, F: Float>(
    theta: &[F],
    examples: &ExamplesOf<'_, F>,
    waiting: &mut Waiting<'_, F>,
) -> Result<(F, tiny::Gradient<V>), NotFinite> {
    let &ExamplesOf { inputs, targets, m, decay, .. } = examples;
    assert!(inputs.len() == m * C::S_IN && targets.len() == m * C::S_OUT);
    assert!(theta.len() == C::PARAMETERS);
    let (cost, mut gradient) = if m <= RUN {
        of_run::<C, V, F>(theta, examples, 0)?
    } else {
        let mut sum = [F::zero(); tiny::PARAMETERS];
        let sum = &mut sum[..C::PARAMETERS];
        let waiting = waiting.reborrow();
        let chain = PhantomData::<C>;
        let cost = V::call(Runs { theta, examples: *examples, waiting, sum: &mut *sum, chain })?;
        (cost, tiny::Gradient::load(sum))
    };
    if !decay.weights.is_zero() {
        let mut entries = [F::zero(); tiny::PARAMETERS];
        let entries = &mut entries[..C::PARAMETERS];
        gradient.store(entries);
        C::add_decay(theta, entries, [decay.bias, decay.weights]);
        gradient = tiny::Gradient::load(entries);
    }
    Ok((cost, gradient))
}

/// J without λ times m of several runs, and ∇J without λ into `sum`: a function of its own, so that a run
/// alone stays in registers.
struct Runs<'a, C, F> {
    theta: &'a [F],
    examples: ExamplesOf<'a, F>,
    waiting: Waiting<'a, F>,
    sum: &'a mut [F],
    chain: PhantomData<C>,
}

impl<C: Chain, F: Float> Task<F> for Runs<'_, C, F> {
    type Output = Result<F, NotFinite>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Result<F, NotFinite> {
        let Self { theta, examples, mut waiting, sum, .. } = self;
        let (last, mut total) = (runs(examples.m) - 1, Total::new());
        for run in 0..=last {
            let (cost, gradient) = of_run::<C, V, F>(theta, &examples, run)?;
            total.add(cost);
            gradient.store(sum);
            if run < last {
                waiting.push(run, sum, pairwise::add);
            }
        }
        waiting.all(last).add_to(sum, pairwise::add);
        Ok(total.get())
    }
}

/// The sum of the costs of a run, and what its examples add to ∇J.
#[inline(always)]
fn of_run<C: Chain, V: Lanes<Scalar = F>, F: Float>(
    theta: &[F],
    examples: &ExamplesOf<'_, F>,
    run: usize,
) -> Result<(F, tiny::Gradient<V>), NotFinite> {
    let &ExamplesOf { inputs, targets, m, checked, .. } = examples;
    let mut first = run * RUN;
    let end = m.min(first + RUN);
    let zero = V::zero();
    let mut sums = [zero; tiny::PARAMETERS];
    let (mut cost, mut poison) = (zero, zero);
    while first < end {
        let lanes = V::LANES.min(end - first);
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
    let gradient = tiny::Gradient::totals(&sums, C::PARAMETERS, examples.scale());
    Ok((cost.total(), gradient))
}
