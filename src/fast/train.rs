//! A step of an optimizer on examples.

use core::cmp::Ordering;

use super::{
    CostAndGradient, ExamplesOf, assert_chain, floats_mut, same, same_ref, suspicious, tiny,
};
use crate::chain::Chain;
use crate::chain::end::Costs;
use crate::chain::sink::{IntoGradient, IntoParameters, Stage, add_in};
use crate::gradient::Workspace;
use crate::network::Network;
use crate::pairwise::{Total, Waiting};
use crate::parameters::Parameters;
use crate::real::count;
use crate::regularization::Regularization;
use crate::simd::{self, Float, Lanes, Task};
use crate::update::elementwise::{Rule, update_in};
use crate::values::AllFinite;

/// One step of an optimizer on examples: what [`Optimizer::train`](crate::Optimizer::train) does,
/// where that can be done with the gradient still in the cache. Gives J without λ times m, or
/// nothing: then nothing has been done, and the step is to be taken one by one.
#[inline(always)]
pub(crate) fn train<N: Network, F: Float, K: Rule<F, STATE>, const STATE: usize>(
    net: &mut N,
    state: [&mut N; STATE],
    inputs: &[N::Input],
    targets: &[N::Target],
    regularization: &Regularization<N::Scalar>,
    workspace: &mut Workspace<N>,
    rule: K,
) -> Option<N::Scalar> {
    const { assert_chain::<N>() };
    if suspicious::<N>(inputs, targets, regularization) {
        return None;
    }
    let examples = ExamplesOf::new::<N>(inputs, targets, regularization, false);
    let (memory, sum, above) = workspace.parts(tiny::sums::<N::Chain>(examples.m));
    let task = Train::<N::Chain, F, K, STATE> {
        theta: floats_mut(net.parameters_mut()),
        state: state.map(|state| floats_mut(state.parameters_mut())),
        examples,
        memory: same(memory),
        waiting: Waiting::new(floats_mut(sum.parameters_mut()), floats_mut(above)),
        rule,
    };
    simd::run(task).map(|cost| same_ref::<F, N::Scalar>(&cost).clone())
}

/// A gradient of so many entries stays in the cache whole: to look at it is cheaper than to know
/// beforehand that it is finite.
const IN_CACHE: usize = 8 * 1024;

struct Train<'a, C: Chain, F: Float, K, const STATE: usize> {
    theta: &'a mut [F],
    state: [&'a mut [F]; STATE],
    examples: ExamplesOf<'a, F>,
    memory: &'a mut C::Memory<F>,
    waiting: Waiting<'a, F>,
    rule: K,
}

impl<C: Chain, F: Float, K: Rule<F, STATE>, const STATE: usize> Task<F>
    for Train<'_, C, F, K, STATE>
{
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { theta, state, examples, memory, mut waiting, rule } = self;
        // Constants, so that what does not apply is not compiled, nor on the stack of a build
        // without optimization.
        if const { tiny::is_tiny::<C>() } {
            let (cost, gradient) =
                tiny::gradient::<C, V::Narrow, F>(theta, &examples, &mut waiting).ok()?;
            if !(gradient.is_finite() && cost.is_finite()) {
                return None;
            }
            gradient.update(theta, state, rule);
            return Some(cost);
        }
        if const { C::PARAMETERS <= IN_CACHE } {
            let (gradient, room) = (None, waiting.reborrow());
            let task = CostAndGradient::<C, F> { theta, examples, memory, waiting: room, gradient };
            let cost = task.run::<V>().ok()?;
            let sum = &*waiting.first();
            if !(cost.is_finite() && AllFinite(sum).run::<V>()) {
                return None;
            }
            update_in::<V, K, STATE>(theta, state, sum, rule);
            return Some(cost);
        }
        // Half of what an F can be for λ Θ, a quarter for the rest: a sum of the two is finite.
        let most = F::max_value()? / nalgebra::convert(4.0);
        if examples.decay.weights > nalgebra::convert(0.5) {
            return None;
        }
        let (mut cost, mut bound) = (Total::new(), F::zero());
        let (last, decay) = (examples.blocks() - 1, examples.decay);
        for block in 0..=last {
            let (x, targets) = examples.block::<C>(block);
            let mut end = Costs::<F, true>::new(targets, examples.scale(), false);
            if !C::forward::<V, _>(theta, x, memory, &mut end, F::zero()) {
                return None;
            }
            cost.add(end.sum);
            // Every a is finite, or some z would not be.
            bound += C::deltas::<V>(theta, x, memory, None, true) * end.largest_a * count(x.count);
            if block < last {
                let stage = if waiting.adds(block) { Stage::Middle } else { Stage::First };
                let sink = IntoGradient { theta: &*theta, gradient: waiting.first(), stage, decay };
                C::gradients::<V, _>(sink, x, memory, &mut []);
                waiting.carry(block, add_in::<V>);
            }
        }
        // No entry of the gradient can be beyond the bound. A NaN is not below it either.
        let cost = cost.get();
        if bound.partial_cmp(&most) != Some(Ordering::Less) || !cost.is_finite() {
            return None;
        }
        let adds = waiting.adds(last);
        let (first, above) = waiting.end(last);
        let (before, room) = if adds { (Some(first), [].as_mut_slice()) } else { (None, first) };
        let sink = IntoParameters { theta, state, before, above, decay, rule };
        C::gradients::<V, _>(sink, examples.block::<C>(last).0, memory, room);
        Some(cost)
    }
}
