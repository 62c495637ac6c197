//! J and ∇J of a batch with weights and dropout, block after block or block beside block.

use super::ExamplesOf;
use crate::batch::Batch;
use crate::chain::Chain;
use crate::chain::end::{Costs, Varied};
use crate::chain::sink::{Add, IntoGradient, Stage};
use crate::dropout::Drops;
use crate::gradient::Workspace;
use crate::network::Network;
use crate::pairwise::{Total, Waiting};
use crate::parameters::Parameters;
use crate::product::Before;
use crate::regularization::Regularization;
use crate::simd::{self, Float, Lanes, Task};
use crate::update::elementwise::update;

/// J without λ times m, and ∇J in the workspace; nothing where some z is not finite, unless all
/// numbers have been `checked`.
pub(crate) fn varied<N: Network<Scalar: Float>>(
    net: &N,
    batch: &Batch<'_, N>,
    regularization: &Regularization<N::Scalar>,
    workspace: &mut Workspace<N>,
    checked: bool,
) -> Option<N::Scalar> {
    let task = Blocks { net, batch, regularization, checked };
    let blocks = task.count();
    let (memory, sum, above) = workspace.parts(blocks);
    let mut waiting = Waiting::new(sum.parameters_mut(), above);
    let mut cost = Total::new();
    for block in 0..blocks - 1 {
        let stage = if waiting.adds(block) { Stage::Middle } else { Stage::First };
        cost.add(task.gradient(block, memory, waiting.first(), stage)?);
        waiting.carry(block, add);
    }
    let before = if waiting.adds(blocks - 1) { Before::InPlace } else { Before::None };
    let (sum, above) = waiting.end(blocks - 1);
    cost.add(task.gradient(blocks - 1, memory, sum, Stage::Last { before, above })?);
    Some(cost.get())
}

/// J without λ times m, as [`varied`].
pub(crate) fn varied_cost<N: Network<Scalar: Float>>(
    net: &N,
    batch: &Batch<'_, N>,
    regularization: &Regularization<N::Scalar>,
    workspace: &mut Workspace<N>,
    checked: bool,
) -> Option<N::Scalar> {
    let task = Blocks { net, batch, regularization, checked };
    let mut cost = Total::new();
    for block in 0..task.count() {
        cost.add(task.cost(block, workspace.memory())?);
    }
    Some(cost.get())
}

/// sum ← sum + term.
pub(crate) fn add<T: Float>(sum: &mut [T], term: &[T]) {
    update::<_, T, _, 0>(sum, [], term, Add);
}

/// A batch, to be computed block by block.
pub(crate) struct Blocks<'a, N: Network> {
    pub(crate) net: &'a N,
    pub(crate) batch: &'a Batch<'a, N>,
    pub(crate) regularization: &'a Regularization<N::Scalar>,
    /// All numbers have been looked at.
    pub(crate) checked: bool,
}

type MemoryOf<N> = <<N as Network>::Chain as Chain>::Memory<<N as Parameters>::Scalar>;

impl<N: Network<Scalar: Float>> Blocks<'_, N> {
    /// How many blocks there are.
    pub(crate) fn count(&self) -> usize {
        self.examples().blocks()
    }

    /// The sum of a block's costs, and its Δ as the stage says; nothing where some z is not finite,
    /// unless all has been looked at.
    pub(crate) fn gradient(
        &self,
        block: usize,
        memory: &mut MemoryOf<N>,
        sum: &mut [N::Scalar],
        stage: Stage<'_, N::Scalar>,
    ) -> Option<N::Scalar> {
        self.run::<true>(block, memory, sum, stage)
    }

    /// The same without Δ.
    fn cost(&self, block: usize, memory: &mut MemoryOf<N>) -> Option<N::Scalar> {
        self.run::<false>(block, memory, &mut [], Stage::First)
    }

    fn run<const GRADIENT: bool>(
        &self,
        block: usize,
        memory: &mut MemoryOf<N>,
        sum: &mut [N::Scalar],
        stage: Stage<'_, N::Scalar>,
    ) -> Option<N::Scalar> {
        const { super::assert_chain::<N>() };
        simd::run(Block::<N::Chain, N::Scalar, GRADIENT> {
            theta: self.net.parameters(),
            examples: self.examples(),
            weights: self.batch.weights,
            drops: self.batch.drops.clone(),
            memory,
            sum,
            block,
            stage,
        })
    }

    /// What λ makes of weights, and of the bias, in ∂J/∂Θ⁽ˡ⁾.
    #[cfg(feature = "rayon")]
    pub(crate) fn decays(&self) -> (N::Scalar, N::Scalar) {
        self.regularization.decays(self.batch.inputs.len())
    }

    fn examples(&self) -> ExamplesOf<'_, N::Scalar> {
        let Batch { inputs, targets, .. } = self.batch;
        ExamplesOf::new::<N>(inputs, targets, self.regularization, self.checked)
    }
}

struct Block<'a, C: Chain, F: Float, const GRADIENT: bool> {
    theta: &'a [F],
    examples: ExamplesOf<'a, F>,
    weights: Option<&'a [F]>,
    drops: Option<Drops<'a>>,
    memory: &'a mut C::Memory<F>,
    sum: &'a mut [F],
    block: usize,
    stage: Stage<'a, F>,
}

impl<C: Chain, F: Float, const GRADIENT: bool> Task<F> for Block<'_, C, F, GRADIENT> {
    type Output = Option<F>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<F> {
        let Self { theta, examples, weights, mut drops, memory, sum, block, stage } = self;
        let (x, targets) = examples.block::<C>(block);
        let first = examples.first(block);
        let mut end = Varied::<_, GRADIENT> {
            costs: Costs::new(targets, examples.scale(), examples.checked),
            weights: weights.map(|weights| &weights[first..first + x.count]),
            drops: drops.as_mut(),
            first,
        };
        if !C::forward::<V, _>(theta, x, memory, &mut end, F::zero()) {
            return None;
        }
        let cost = end.costs.sum;
        if GRADIENT {
            C::deltas::<V>(theta, x, memory, None, false);
            let sink = IntoGradient { theta, gradient: sum, stage, decay: examples.decay };
            C::gradients::<V, _>(sink, x, memory, &mut []);
        }
        Some(cost)
    }
}
