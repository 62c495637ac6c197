//! A step of an optimizer on examples.

use core::cmp::Ordering;

use super::{
    CostAndGradient, ExamplesOf, assert_chain, floats_mut, same, same_ref, suspicious, tiny,
};
use crate::chain::Chain;
use crate::chain::end::Costs;
use crate::chain::memory::TILE;
use crate::chain::sink::{IntoGradient, IntoParameters, Stage};
use crate::gradient::Workspace;
use crate::network::Network;
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
    let (memory, sum) = workspace.parts();
    let task = Train::<N::Chain, F, K, STATE> {
        theta: floats_mut(net.parameters_mut()),
        state: state.map(|state| floats_mut(state.parameters_mut())),
        examples: ExamplesOf::new::<N>(inputs, targets, regularization, false),
        memory: same(memory),
        sum: floats_mut(sum.parameters_mut()),
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
    sum: &'a mut [F],
    rule: K,
}

impl<C: Chain, F: Float, K: Rule<F, STATE>, const STATE: usize> Task<F>
    for Train<'_, C, F, K, STATE>
{
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { theta, state, examples, memory, sum, rule } = self;
        // Constants, so that what does not apply is not compiled, nor on the stack of a build
        // without optimization.
        if const { tiny::is_tiny::<C>() } {
            let (cost, gradient) = tiny::gradient::<C, V::Narrow, F>(theta, &examples).ok()?;
            if !(gradient.is_finite() && cost.is_finite()) {
                return None;
            }
            gradient.update(theta, state, rule);
            return Some(cost);
        }
        if const { C::PARAMETERS <= IN_CACHE } {
            let gradient = None;
            let task = CostAndGradient::<C, F> { theta, examples, memory, sum, gradient };
            let cost = task.run::<V>().ok()?;
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
        let (mut cost, mut bound) = (F::zero(), F::zero());
        let mut first = 0;
        loop {
            let m = TILE.min(examples.m - first);
            let (x, targets) = examples.block::<C>(first, m);
            let mut end = Costs::<F, true>::new(targets, examples.scale(), false);
            if !C::forward::<V, _>(theta, x, memory, &mut end, F::zero()) {
                return None;
            }
            cost += end.sum;
            // Every a is finite, or some z would not be.
            bound += C::deltas::<V>(theta, x, memory, None, true) * end.largest_a * count(m);
            let decay = examples.decay;
            if first + m == examples.m {
                // No entry of the gradient can be beyond the bound. A NaN is not below it either.
                if bound.partial_cmp(&most) != Some(Ordering::Less) || !cost.is_finite() {
                    return None;
                }
                let (before, room) =
                    if first == 0 { (None, sum) } else { (Some(sum), [].as_mut_slice()) };
                let sink = IntoParameters { theta, state, before, decay, rule };
                C::gradients::<V, _>(sink, x, memory, room);
                return Some(cost);
            }
            let stage = if first == 0 { Stage::First } else { Stage::Middle };
            let sink = IntoGradient { theta: &*theta, gradient: sum, stage, decay };
            C::gradients::<V, _>(sink, x, memory, &mut []);
            first += m;
        }
    }
}
