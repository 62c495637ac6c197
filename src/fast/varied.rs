//! J and ∇J of a batch with weights and dropout.

use super::ExamplesOf;
use crate::batch::Batch;
use crate::chain::Chain;
use crate::chain::end::{Costs, Varied};
use crate::chain::memory::TILE;
use crate::chain::sink::{IntoGradient, Stage};
use crate::dropout::Drops;
use crate::gradient::Workspace;
use crate::network::Network;
use crate::parameters::Parameters;
use crate::product::Before;
use crate::regularization::Regularization;
use crate::simd::{self, Float, Lanes, Task};

/// J without λ times m, and ∇J in the workspace. Everything has been checked.
pub(crate) fn varied<N: Network<Scalar: Float>>(
    net: &N,
    batch: &Batch<'_, N>,
    regularization: &Regularization<N::Scalar>,
    workspace: &mut Workspace<N>,
) -> N::Scalar {
    const { super::assert_chain::<N>() };
    let (memory, sum) = workspace.parts();
    let (inputs, targets) = (batch.inputs, batch.targets);
    simd::run(Blocks::<N::Chain, N::Scalar> {
        theta: net.parameters(),
        examples: ExamplesOf::new::<N>(inputs, targets, regularization, true),
        weights: batch.weights,
        drops: batch.drops.clone(),
        memory,
        sum: sum.parameters_mut(),
    })
}

struct Blocks<'a, C: Chain, F: Float> {
    theta: &'a [F],
    examples: ExamplesOf<'a, F>,
    weights: Option<&'a [F]>,
    drops: Option<Drops<'a>>,
    memory: &'a mut C::Memory<F>,
    sum: &'a mut [F],
}

impl<C: Chain, F: Float> Task<F> for Blocks<'_, C, F> {
    type Output = F;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> F {
        let Self { theta, examples, weights, mut drops, memory, sum } = self;
        let mut cost = F::zero();
        for first in (0..examples.m).step_by(TILE) {
            let m = TILE.min(examples.m - first);
            let (x, targets) = examples.block::<C>(first, m);
            let mut end = Varied {
                costs: Costs::new(targets, examples.scale(), true),
                weights: weights.map(|weights| &weights[first..first + m]),
                drops: drops.as_mut(),
                first,
            };
            C::forward::<V, _>(theta, x, memory, &mut end, F::zero());
            cost += end.costs.sum;
            C::deltas::<V>(theta, x, memory, None, false);
            let stage = match (first == 0, first + m == examples.m) {
                (true, true) => Stage::Last { before: Before::None },
                (true, false) => Stage::First,
                (false, false) => Stage::Middle,
                (false, true) => Stage::Last { before: Before::InPlace },
            };
            let sink = IntoGradient { theta, gradient: &mut *sum, stage, decay: examples.decay };
            C::gradients::<V, _>(sink, x, memory, &mut []);
        }
        cost
    }
}
