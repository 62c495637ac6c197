//! J and ∇J of a batch with weights and dropout, block after block or block beside block.

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

/// J without λ times m, and ∇J in the workspace; nothing where some z is not finite, unless all
/// numbers have been `checked`.
pub(crate) fn varied<N: Network<Scalar: Float>>(
    net: &N,
    batch: &Batch<'_, N>,
    regularization: &Regularization<N::Scalar>,
    workspace: &mut Workspace<N>,
    checked: bool,
) -> Option<N::Scalar> {
    let m = batch.inputs.len();
    let mut cost = nalgebra::zero::<N::Scalar>();
    for first in (0..m).step_by(TILE) {
        let stage = match (first == 0, first + TILE >= m) {
            (true, true) => Stage::Last { before: Before::None },
            (true, false) => Stage::First,
            (false, false) => Stage::Middle,
            (false, true) => Stage::Last { before: Before::InPlace },
        };
        cost += block(net, batch, regularization, workspace, first, stage, checked)?;
    }
    Some(cost)
}

/// The same of one block, whose first example is `first`: the sum of its costs, and Δ as the stage
/// says.
pub(crate) fn block<N: Network<Scalar: Float>>(
    net: &N,
    batch: &Batch<'_, N>,
    regularization: &Regularization<N::Scalar>,
    workspace: &mut Workspace<N>,
    first: usize,
    stage: Stage<'_, N::Scalar>,
    checked: bool,
) -> Option<N::Scalar> {
    const { super::assert_chain::<N>() };
    let (memory, sum) = workspace.parts();
    simd::run(Block::<N::Chain, N::Scalar> {
        theta: net.parameters(),
        examples: ExamplesOf::new::<N>(batch.inputs, batch.targets, regularization, checked),
        weights: batch.weights,
        drops: batch.drops.clone(),
        memory,
        sum: sum.parameters_mut(),
        first,
        stage,
    })
}

struct Block<'a, C: Chain, F: Float> {
    theta: &'a [F],
    examples: ExamplesOf<'a, F>,
    weights: Option<&'a [F]>,
    drops: Option<Drops<'a>>,
    memory: &'a mut C::Memory<F>,
    sum: &'a mut [F],
    first: usize,
    stage: Stage<'a, F>,
}

impl<C: Chain, F: Float> Task<F> for Block<'_, C, F> {
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { theta, examples, weights, mut drops, memory, sum, first, stage } = self;
        let m = TILE.min(examples.m - first);
        let (x, targets) = examples.block::<C>(first, m);
        let mut end = Varied {
            costs: Costs::new(targets, examples.scale(), examples.checked),
            weights: weights.map(|weights| &weights[first..first + m]),
            drops: drops.as_mut(),
            first,
        };
        if !C::forward::<V, _>(theta, x, memory, &mut end, F::zero()) {
            return None;
        }
        C::deltas::<V>(theta, x, memory, None, false);
        let sink = IntoGradient { theta, gradient: sum, stage, decay: examples.decay };
        C::gradients::<V, _>(sink, x, memory, &mut []);
        Some(end.costs.sum)
    }
}
