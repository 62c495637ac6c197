//! The path of `f32` and `f64`: all examples, block by block, through a network's
//! [`Chain`](crate::chain::Chain) in registers.
//!
//! Every function here gives `None` for other scalars, which take the readable path. Checking
//! values costs next to nothing: a number that is not finite, in x or in Θ, makes some z not
//! finite, and only then is looked for. Nothing is written before the last block is known to be
//! right.

use core::any::Any;
use core::marker::PhantomData;

use crate::chain::Chain;
use crate::chain::end::Costs;
use crate::chain::memory::{Examples, TILE};
use crate::chain::sink::{Decay, IntoGradient, Stage, add_in};
use crate::error::Error;
use crate::gradient::{Gradient, Workspace};
use crate::input::{Sample, check_targets};
use crate::network::Network;
use crate::pairwise::{Total, Waiting};
use crate::parameters::Parameters;
use crate::product::Before;
use crate::real::count;
use crate::regularization::Regularization;
use crate::simd::{self, Float, Lanes, Task, as_floats, as_floats_mut};

/// `$call::<F>` for the F among `f32` and `f64` that the scalar is, if it is one.
macro_rules! as_float {
    ($scalar:ty, $call:ident($($argument:expr),* $(,)?)) => {
        if is::<$scalar, f32>() {
            Some($call::<_, f32>($($argument),*))
        } else if is::<$scalar, f64>() {
            Some($call::<_, f64>($($argument),*))
        } else {
            None
        }
    };
}

// Behind the macro, which they use.
mod curvature;

mod predict;

mod tiny;

mod train;

mod varied;

pub(crate) use curvature::multiply;
pub(crate) use predict::{predict, predict_one};
pub(crate) use train::train;
#[cfg(feature = "rayon")]
pub(crate) use varied::{Blocks, add};
pub(crate) use varied::{varied, varied_cost};

/// A network by hand may name a chain of other sizes: that stops the build.
const fn assert_chain<N: Network>() {
    assert!(
        <N::Chain as Chain>::PARAMETERS == N::PARAMETERS
            && <N::Chain as Chain>::S_IN == <N::Input as Sample<N::Scalar>>::SIZE
            && <N::Chain as Chain>::S_OUT == <N::Target as Sample<N::Scalar>>::SIZE,
        "`Chain` has other sizes than the network"
    );
}

/// Whether the scalar has this path: a workspace is worth making then.
#[cfg(feature = "alloc")]
pub(crate) fn has_path<T: 'static>() -> bool {
    is::<T, f32>() || is::<T, f64>()
}

/// J without λ times m, and ∇J, as [`Network::cost_and_gradient_into`]; without a `gradient` into
/// that of the workspace.
#[inline(always)]
pub(crate) fn cost_and_gradient<N: Network>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
    regularization: &Regularization<N::Scalar>,
    gradient: Option<&mut Gradient<N>>,
    workspace: &mut Workspace<N>,
) -> Option<Result<N::Scalar, Error>> {
    as_float!(
        N::Scalar,
        cost_and_gradient_of(net, inputs, targets, regularization, gradient, workspace)
    )
}

#[inline(always)]
fn cost_and_gradient_of<N: Network, F: Float>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
    regularization: &Regularization<N::Scalar>,
    mut gradient: Option<&mut Gradient<N>>,
    workspace: &mut Workspace<N>,
) -> Result<N::Scalar, Error> {
    const { assert_chain::<N>() };
    let check = || net.check_examples(inputs, targets, regularization);
    let mut checked = false;
    if suspicious::<N>(inputs, targets, regularization) {
        check()?;
        checked = true;
    }
    loop {
        let gradient =
            gradient.as_deref_mut().map(|gradient| floats_mut(gradient.parameters_mut()));
        let examples = ExamplesOf::new::<N>(inputs, targets, regularization, checked);
        let theta = floats(net.parameters());
        let (memory, sum, above) = workspace.parts(tiny::sums::<N::Chain>(examples.m));
        let waiting = Waiting::new(floats_mut(sum.parameters_mut()), floats_mut(above));
        let result = if const { tiny::is_tiny::<N::Chain>() } {
            let chain = PhantomData::<N::Chain>;
            simd::run(tiny::CostAndGradient { theta, examples, waiting, gradient, chain })
        } else {
            let memory = same(memory);
            let task =
                CostAndGradient::<N::Chain, F> { theta, examples, memory, waiting, gradient };
            simd::run(task)
        };
        match result {
            Ok(cost) => return Ok(same_ref::<F, N::Scalar>(&cost).clone()),
            Err(NotFinite) => check()?,
        }
        // Finite numbers that overflow on the way: that is the answer, then.
        checked = true;
    }
}

/// Inputs and targets of m examples, one behind the other.
#[derive(Clone, Copy)]
struct ExamplesOf<'a, F> {
    inputs: &'a [F],
    targets: &'a [F],
    m: usize,
    decay: Decay<F>,
    /// Every number has been looked at.
    checked: bool,
}

impl<'a, F: Float> ExamplesOf<'a, F> {
    #[inline(always)]
    fn new<N: Network>(
        inputs: &'a [N::Input],
        targets: &'a [N::Target],
        regularization: &Regularization<N::Scalar>,
        checked: bool,
    ) -> Self {
        let m = inputs.len();
        let (weights, bias) = regularization.decays(m);
        let decay = Decay { weights: *same_ref(&weights), bias: *same_ref(&bias) };
        let (inputs, targets) = (floats(Sample::flat(inputs)), floats(Sample::flat(targets)));
        Self { inputs, targets, m, decay, checked }
    }

    /// The inputs of a block, and all targets from its first one on.
    #[inline(always)]
    fn block<C: Chain>(&self, block: usize) -> (Examples<'a, F>, &'a [F]) {
        let first = self.first(block);
        let m = TILE.min(self.m - first);
        (examples(self.inputs, C::S_IN, first, m), &self.targets[first * C::S_OUT..])
    }

    /// How many blocks they are.
    fn blocks(&self) -> usize {
        self.m.div_ceil(TILE)
    }

    /// The first example of a block.
    const fn first(&self, block: usize) -> usize {
        block * TILE
    }

    /// 1/m.
    fn scale(&self) -> F {
        F::one() / count(self.m)
    }
}

/// Some z is not finite.
struct NotFinite;

struct CostAndGradient<'a, C: Chain, F: Float> {
    theta: &'a [F],
    examples: ExamplesOf<'a, F>,
    memory: &'a mut C::Memory<F>,
    waiting: Waiting<'a, F>,
    gradient: Option<&'a mut [F]>,
}

impl<C: Chain, F: Float> Task<F> for CostAndGradient<'_, C, F> {
    type Output = Result<F, NotFinite>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Result<F, NotFinite> {
        let Self { theta, examples, memory, mut waiting, gradient } = self;
        let decay = examples.decay;
        let mut cost = Total::new();
        let last = examples.blocks() - 1;
        for block in 0..=last {
            let (x, targets) = examples.block::<C>(block);
            let mut end = Costs::<F, true>::new(targets, examples.scale(), examples.checked);
            if !C::forward::<V, _>(theta, x, memory, &mut end, F::zero()) {
                return Err(NotFinite);
            }
            cost.add(end.sum);
            C::deltas::<V>(theta, x, memory, None, false);
            if block < last {
                let stage = if waiting.adds(block) { Stage::Middle } else { Stage::First };
                let sink = IntoGradient { theta, gradient: waiting.first(), stage, decay };
                C::gradients::<V, _>(sink, x, memory, &mut []);
                waiting.carry(block, add_in::<V>);
            }
        }
        let (x, _) = examples.block::<C>(last);
        let adds = waiting.adds(last);
        let (first, above) = waiting.end(last);
        let (before, gradient) = match gradient {
            Some(gradient) if adds => (Before::At(first), gradient),
            Some(gradient) => (Before::None, gradient),
            None if adds => (Before::InPlace, first),
            None => (Before::None, first),
        };
        let stage = Stage::Last { before, above };
        let sink = IntoGradient { theta, gradient, stage, decay };
        C::gradients::<V, _>(sink, x, memory, &mut []);
        Ok(cost.get())
    }
}

/// J without λ times m, as [`Network::cost`].
#[inline(always)]
pub(crate) fn cost<N: Network>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
    regularization: &Regularization<N::Scalar>,
    workspace: &mut Workspace<N>,
) -> Option<Result<N::Scalar, Error>> {
    as_float!(N::Scalar, cost_of(net, inputs, targets, regularization, workspace))
}

#[inline]
fn cost_of<N: Network, F: Float>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
    regularization: &Regularization<N::Scalar>,
    workspace: &mut Workspace<N>,
) -> Result<N::Scalar, Error> {
    const { assert_chain::<N>() };
    if suspicious::<N>(inputs, targets, regularization) {
        net.check_examples(inputs, targets, regularization)?;
    }
    let mut checked = false;
    loop {
        let theta = floats(net.parameters());
        let examples = ExamplesOf::new::<N>(inputs, targets, regularization, checked);
        let result = if const { tiny::is_tiny::<N::Chain>() } {
            simd::run(tiny::Cost { theta, examples, chain: PhantomData::<N::Chain> })
        } else {
            let memory = same(workspace.memory());
            simd::run(Cost::<N::Chain, F> { theta, examples, memory })
        };
        match result {
            Ok(cost) => return Ok(same_ref::<F, N::Scalar>(&cost).clone()),
            Err(NotFinite) => net.check_examples(inputs, targets, regularization)?,
        }
        checked = true;
    }
}

struct Cost<'a, C: Chain, F: Float> {
    theta: &'a [F],
    examples: ExamplesOf<'a, F>,
    memory: &'a mut C::Memory<F>,
}

impl<C: Chain, F: Float> Task<F> for Cost<'_, C, F> {
    type Output = Result<F, NotFinite>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Result<F, NotFinite> {
        let Self { theta, examples, memory } = self;
        let mut cost = Total::new();
        for block in 0..examples.blocks() {
            let (x, targets) = examples.block::<C>(block);
            let mut end = Costs::<F, false>::new(targets, F::one(), examples.checked);
            if !C::forward::<V, _>(theta, x, memory, &mut end, F::zero()) {
                return Err(NotFinite);
            }
            cost.add(end.sum);
        }
        Ok(cost.get())
    }
}

/// `m` examples from `first` on, of those that lie one behind the other in `entries`.
#[inline(always)]
fn examples<F>(entries: &[F], s_in: usize, first: usize, m: usize) -> Examples<'_, F> {
    Examples { entries: &entries[first * s_in..(first + m) * s_in], stride: s_in, count: m }
}

/// Whether something is wrong that no z shows.
#[inline]
pub(crate) fn suspicious<N: Network>(
    inputs: &[N::Input],
    targets: &[N::Target],
    regularization: &Regularization<N::Scalar>,
) -> bool {
    use crate::cost::Cost;
    inputs.is_empty()
        || inputs.len() != targets.len()
        || regularization.check().is_err()
        || check_targets(targets, N::Cost::check_target).is_err()
}

#[inline(always)]
fn is<A: 'static, B: 'static>() -> bool {
    core::any::TypeId::of::<A>() == core::any::TypeId::of::<B>()
}

const SAME: &str = "the scalar has been found to be this type";

#[inline(always)]
fn floats<T: 'static, F: Float>(slice: &[T]) -> &[F] {
    as_floats(slice).expect(SAME)
}

#[inline(always)]
fn floats_mut<T: 'static, F: Float>(slice: &mut [T]) -> &mut [F] {
    as_floats_mut(slice).expect(SAME)
}

#[inline(always)]
fn same<A: 'static, B: 'static>(value: &mut A) -> &mut B {
    (value as &mut dyn Any).downcast_mut().expect(SAME)
}

#[inline(always)]
fn same_ref<A: 'static, B: 'static>(value: &A) -> &B {
    (value as &dyn Any).downcast_ref().expect(SAME)
}
