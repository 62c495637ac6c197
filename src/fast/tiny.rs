//! J and ∇J of networks that fit into registers.

use core::marker::PhantomData;

use super::dispatch::Data;
use super::list::Layers;
use super::memory::TILE;
use super::pairwise::{self, Total, Waiting};
use super::passes::sink::Decay;
use super::passes::tiny::{self, Finish, State, Tiny};
use super::registers::{Float, Lanes, Task};

/// Whether a network goes this way.
pub(crate) const fn is_tiny<L: Layers>() -> bool {
    L::PARAMETERS <= tiny::PARAMETERS
}

/// So many examples are summed in the lanes of a register, one after the other; then these sums are
/// added along the tree.
pub(crate) const RUN: usize = 1024;

/// How many such sums there are of m examples.
pub(super) const fn runs(m: usize) -> usize {
    m.div_ceil(RUN)
}

/// How many sums of m examples a network adds along the tree.
pub(crate) const fn sums<L: Layers>(m: usize) -> usize {
    if is_tiny::<L>() { runs(m) } else { m.div_ceil(TILE) }
}

/// J without λ times m, and ∇J, of a network that is tiny.
pub(super) struct CostAndGradient<'a, L, F> {
    pub(super) theta: &'a [F],
    pub(super) data: Data<'a, F>,
    pub(super) waiting: Waiting<'a, F>,
    /// That or the first of what waits.
    pub(super) gradient: Option<&'a mut [F]>,
    pub(super) layers: PhantomData<L>,
}

impl<L: Layers, F: Float> Task<F> for CostAndGradient<'_, L, F> {
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { theta, data, mut waiting, gradient: into, .. } = self;
        if data.m > RUN {
            return many::<L, V::Narrow, F>(theta, data, waiting, into);
        }
        let (cost, found) = gradient::<L, V::Narrow, F>(theta, &data)?;
        found.store(into.unwrap_or(waiting.first()));
        Some(cost)
    }
}

/// J without λ times m, the same bits as with its gradient, which the compiler leaves out.
pub(super) struct Cost<'a, L, F> {
    pub(super) theta: &'a [F],
    pub(super) data: Data<'a, F>,
    pub(super) layers: PhantomData<L>,
}

impl<L: Layers, F: Float> Task<F> for Cost<'_, L, F> {
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { theta, data, .. } = self;
        let mut cost = Total::new();
        for run in 0..runs(data.m) {
            cost.add(of_run::<L, V::Narrow, F>(theta, &data, run)?.0);
        }
        Some(cost.get())
    }
}

/// J without λ times m, and ∇J, of examples that are one run.
#[inline(always)]
pub(super) fn gradient<L: Layers, V: Lanes<Scalar = F>, F: Float>(
    theta: &[F],
    data: &Data<'_, F>,
) -> Option<(F, tiny::Gradient<V>)> {
    assert_sizes::<L, F>(theta, data);
    // One round of examples: no sum waits in memory for another. Half of them fit into registers, or it brings nothing.
    let is_short = V::REGISTERS >= 16 && L::PARAMETERS <= 2 * V::REGISTERS;
    let (cost, mut gradient) = if is_short && data.m <= V::LANES {
        let mut sums = Sums::<V>::new();
        sums.add::<L>(theta, data, 0, data.m);
        sums.totals::<L>(data)?
    } else {
        of_run::<L, V, F>(theta, data, 0)?
    };
    if is_more_than_sums(data) {
        let mut entries = [F::zero(); tiny::PARAMETERS];
        let entries = &mut entries[..L::PARAMETERS];
        gradient.store(entries);
        finish::<L, F>(theta, entries, data);
        gradient = tiny::Gradient::load(entries);
    }
    Some((cost, gradient))
}

/// Whether ∇J is more than sums over the examples: there is a λ, or something is frozen.
#[inline(always)]
fn is_more_than_sums<F: Float>(data: &Data<'_, F>) -> bool {
    !data.decay().weights.is_zero() || !data.frozen.is_none()
}

#[inline(always)]
fn finish<L: Layers, F: Float>(theta: &[F], gradient: &mut [F], data: &Data<'_, F>) {
    let (Decay { bias, weights }, frozen) = (data.decay(), data.frozen);
    L::walk(Finish { theta, gradient, bias, weights, frozen });
}

/// J without λ times m, and ∇J, of several runs: a function of its own, so that one run alone stays in
/// registers. It goes into `gradient`, or without one where `waiting` begins.
#[inline(always)]
pub(super) fn many<L: Layers, V: Lanes<Scalar = F>, F: Float>(
    theta: &[F],
    data: Data<'_, F>,
    waiting: Waiting<'_, F>,
    gradient: Option<&mut [F]>,
) -> Option<F> {
    V::call(Runs { theta, data, waiting, gradient, layers: PhantomData::<L> })
}

struct Runs<'a, L, F> {
    theta: &'a [F],
    data: Data<'a, F>,
    waiting: Waiting<'a, F>,
    gradient: Option<&'a mut [F]>,
    layers: PhantomData<L>,
}

impl<L: Layers, F: Float> Task<F> for Runs<'_, L, F> {
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { theta, data, mut waiting, gradient, .. } = self;
        let (last, mut total) = (runs(data.m) - 1, Total::new());
        let mut sum = [F::zero(); tiny::PARAMETERS];
        let sum = &mut sum[..L::PARAMETERS];
        for run in 0..=last {
            let (cost, of_run) = of_run::<L, V, F>(theta, &data, run)?;
            total.add(cost);
            of_run.store(sum);
            if run < last {
                waiting.push(run, sum, pairwise::add);
            }
        }
        waiting.all(last).add_to(sum, pairwise::add);
        if is_more_than_sums(&data) {
            finish::<L, F>(theta, sum, &data);
        }
        gradient.unwrap_or(waiting.first()).copy_from_slice(sum);
        Some(total.get())
    }
}

/// The sum of the costs of a run, and what its examples add to ∇J.
#[inline(always)]
fn of_run<L: Layers, V: Lanes<Scalar = F>, F: Float>(
    theta: &[F],
    data: &Data<'_, F>,
    run: usize,
) -> Option<(F, tiny::Gradient<V>)> {
    assert_sizes::<L, F>(theta, data);
    let mut first = run * RUN;
    let end = data.m.min(first + RUN);
    let mut sums = Sums::<V>::new();
    while first < end {
        sums.add::<L>(theta, data, first, end);
        first += V::LANES;
    }
    sums.totals::<L>(data)
}

#[inline(always)]
fn assert_sizes<L: Layers, F: Float>(theta: &[F], data: &Data<'_, F>) {
    let &Data { inputs, targets, m, .. } = data;
    assert!(inputs.len() == m * L::S_IN && targets.len() == m * L::S_OUT);
    assert!(theta.len() == L::PARAMETERS);
}

/// What examples add up to, of a register's lanes each by itself.
struct Sums<V> {
    gradient: [V; tiny::PARAMETERS],
    cost: V,
    poison: V,
}

impl<V: Lanes<Scalar = F>, F: Float> Sums<V> {
    #[inline(always)]
    fn new() -> Self {
        let zero = V::zero();
        Self { gradient: [zero; tiny::PARAMETERS], cost: zero, poison: zero }
    }

    /// Adds the examples from `first` on, before `end`, as many as there are lanes.
    #[inline(always)]
    fn add<L: Layers>(&mut self, theta: &[F], data: &Data<'_, F>, first: usize, end: usize) {
        let (&Data { inputs, targets, .. }, zero) = (data, V::zero());
        let lanes = V::LANES.min(end - first);
        let (mut x, mut y) = ([zero; tiny::PARAMETERS], [zero; tiny::PARAMETERS]);
        tiny::gather(&inputs[first * L::S_IN..], L::S_IN, lanes, &mut x);
        tiny::gather(&targets[first * L::S_OUT..], L::S_OUT, lanes, &mut y);
        let (present, sums) = (tiny::present(lanes), &mut self.gradient);
        let mut state = State { sums, y: &y, present, cost: self.cost, poison: self.poison };
        L::walk(Tiny { theta, a: &x[..L::S_IN], state: &mut state, dj_da: None });
        (self.cost, self.poison) = (state.cost, state.poison);
    }

    /// The sum of the costs and ∇J, if all z were finite.
    #[inline(always)]
    fn totals<L: Layers>(&self, data: &Data<'_, F>) -> Option<(F, tiny::Gradient<V>)> {
        if !data.checked && !self.poison.total().is_finite() {
            return None;
        }
        let gradient = tiny::Gradient::totals(&self.gradient, L::PARAMETERS, data.scale());
        Some((self.cost.total(), gradient))
    }
}
