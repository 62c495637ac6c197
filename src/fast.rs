//! The path of `f32` and `f64`: all examples, block by block, through a network's
//! [`Chain`](crate::chain::Chain) in registers.
//!
//! Every function here gives `None` for other scalars, which take the readable path. Checking
//! values costs next to nothing: a number that is not finite, in x or in Θ, makes some z not
//! finite, and only then is looked for. Nothing is written before the last block is known to be
//! right.

use core::any::Any;
use core::marker::PhantomData;

use nalgebra::RealField;

use crate::chain::Chain;
use crate::chain::end::{Costs, Predictions};
use crate::chain::memory::{Examples, TILE};
use crate::chain::sink::{Decay, IntoGradient, IntoParameters, Stage};
use crate::chain::tiny::{self, Pass};
use crate::error::Error;
use crate::gradient::{Gradient, Workspace};
use crate::input::{Sample, check_inputs, check_targets};
use crate::network::Network;
use crate::parameters::Parameters;
use crate::product::Before;
use crate::real::count;
use crate::regularization::Regularization;
use crate::simd::{self, Float, Lanes, Task, as_floats, as_floats_mut};
use crate::update::elementwise::Rule;

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

/// Whether the scalar has this path.
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
    let check = || net.check_examples(inputs, targets, regularization);
    let mut checked = false;
    if suspicious::<N>(inputs, targets, regularization) {
        check()?;
        checked = true;
    }
    loop {
        let (memory, sum) = workspace.parts();
        let sum = floats_mut(sum.parameters_mut());
        let gradient =
            gradient.as_deref_mut().map(|gradient| floats_mut(gradient.parameters_mut()));
        let examples = ExamplesOf {
            inputs: floats(Sample::flat(inputs)),
            targets: floats(Sample::flat(targets)),
            m: inputs.len(),
            decay: decay_of(regularization, inputs.len()),
            checked,
        };
        let theta = floats(net.parameters());
        let result = if <N::Chain as Chain>::PARAMETERS <= tiny::PARAMETERS {
            let gradient = gradient.unwrap_or(sum);
            let chain = PhantomData::<N::Chain>;
            simd::run(TinyCostAndGradient { theta, examples, gradient, chain })
        } else {
            let memory = same(memory);
            simd::run(CostAndGradient::<N::Chain, F> { theta, examples, memory, sum, gradient })
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

impl<F: Float> ExamplesOf<'_, F> {
    /// `m` examples' inputs from `first` on, and all targets from there on.
    #[inline(always)]
    fn block<C: Chain>(&self, first: usize, m: usize) -> (Examples<'_, F>, &[F]) {
        (examples(self.inputs, C::S_IN, first, m), &self.targets[first * C::S_OUT..])
    }

    fn scale(&self) -> F {
        F::one() / count(self.m)
    }
}

/// Some z is not finite.
struct NotFinite;

fn decay_of<T: RealField, F: Float>(regularization: &Regularization<T>, m: usize) -> Decay<F> {
    let (weights, bias) = regularization.decays(m);
    Decay { weights: *same_ref(&weights), bias: *same_ref(&bias) }
}

struct CostAndGradient<'a, C: Chain, F: Float> {
    theta: &'a [F],
    examples: ExamplesOf<'a, F>,
    memory: &'a mut C::Memory<F>,
    sum: &'a mut [F],
    gradient: Option<&'a mut [F]>,
}

impl<C: Chain, F: Float> Task<F> for CostAndGradient<'_, C, F> {
    type Output = Result<F, NotFinite>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Result<F, NotFinite> {
        let Self { theta, examples, memory, sum, gradient } = self;
        let decay = examples.decay;
        let mut cost = F::zero();
        let mut first = 0;
        loop {
            let m = TILE.min(examples.m - first);
            let (x, targets) = examples.block::<C>(first, m);
            let mut end = Costs::<F, true>::new(targets, examples.checked);
            if !C::forward::<V, _>(theta, x, memory, &mut end, F::zero()) {
                return Err(NotFinite);
            }
            cost += end.sum;
            C::deltas::<V>(theta, x, memory, None, false);
            if first + m == examples.m {
                let scale = examples.scale();
                let (before, gradient) = match gradient {
                    _ if first == 0 => (Before::None, gradient.unwrap_or(sum)),
                    Some(gradient) => (Before::At(&*sum), gradient),
                    None => (Before::InPlace, sum),
                };
                let sink =
                    IntoGradient { theta, gradient, stage: Stage::Last { before, scale }, decay };
                C::gradients::<V, _>(sink, x, memory, &mut []);
                return Ok(cost);
            }
            let stage = if first == 0 { Stage::First } else { Stage::Middle };
            let sink = IntoGradient { theta, gradient: sum, stage, decay };
            C::gradients::<V, _>(sink, x, memory, &mut []);
            first += m;
        }
    }
}

struct TinyCostAndGradient<'a, C, F> {
    theta: &'a [F],
    examples: ExamplesOf<'a, F>,
    gradient: &'a mut [F],
    chain: PhantomData<C>,
}

impl<C: Chain, F: Float> Task<F> for TinyCostAndGradient<'_, C, F> {
    type Output = Result<F, NotFinite>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Result<F, NotFinite> {
        let (cost, gradient) = tiny_gradient::<C, V::Narrow, F>(self.theta, &self.examples)?;
        gradient.store(self.gradient);
        Ok(cost)
    }
}

/// J without λ times m, and ∇J, of a tiny network.
#[inline(always)]
fn tiny_gradient<C: Chain, V: Lanes<Scalar = F>, F: Float>(
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
    if suspicious::<N>(inputs, targets, regularization) {
        return None;
    }
    let (memory, sum) = workspace.parts();
    let task = Train::<N::Chain, F, K, STATE> {
        theta: floats_mut(net.parameters_mut()),
        state: state.map(|state| floats_mut(state.parameters_mut())),
        examples: ExamplesOf {
            inputs: floats(Sample::flat(inputs)),
            targets: floats(Sample::flat(targets)),
            m: inputs.len(),
            decay: decay_of(regularization, inputs.len()),
            checked: false,
        },
        memory: same(memory),
        sum: floats_mut(sum.parameters_mut()),
        rule,
    };
    simd::run(task).map(|cost| same_ref::<F, N::Scalar>(&cost).clone())
}

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
        if C::PARAMETERS <= tiny::PARAMETERS {
            let (cost, gradient) = tiny_gradient::<C, V::Narrow, F>(theta, &examples).ok()?;
            if !gradient.is_finite() {
                return None;
            }
            gradient.update(theta, state, rule);
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
            let mut end = Costs::<F, true>::new(targets, false);
            if !C::forward::<V, _>(theta, x, memory, &mut end, F::zero()) {
                return None;
            }
            cost += end.sum;
            bound += C::deltas::<V>(theta, x, memory, None, true) * count(m);
            let (decay, scale) = (examples.decay, examples.scale());
            if first + m == examples.m {
                // No entry of the gradient can be beyond the bound; a NaN is not below either.
                if !(bound < most) {
                    return None;
                }
                let (before, room) =
                    if first == 0 { (None, sum) } else { (Some(sum), [].as_mut_slice()) };
                let sink = IntoParameters { theta, state, before, scale, decay, rule };
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
    if suspicious::<N>(inputs, targets, regularization) {
        net.check_examples(inputs, targets, regularization)?;
    }
    let mut checked = false;
    loop {
        let task = Cost::<N::Chain, F> {
            theta: floats(net.parameters()),
            inputs: floats(Sample::flat(inputs)),
            targets: floats(Sample::flat(targets)),
            m: inputs.len(),
            memory: same(workspace.parts().0),
            checked,
        };
        match simd::run(task) {
            Ok(cost) => return Ok(same_ref::<F, N::Scalar>(&cost).clone()),
            Err(NotFinite) => net.check_examples(inputs, targets, regularization)?,
        }
        checked = true;
    }
}

struct Cost<'a, C: Chain, F: Float> {
    theta: &'a [F],
    inputs: &'a [F],
    targets: &'a [F],
    m: usize,
    memory: &'a mut C::Memory<F>,
    checked: bool,
}

impl<C: Chain, F: Float> Task<F> for Cost<'_, C, F> {
    type Output = Result<F, NotFinite>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Result<F, NotFinite> {
        let s_out = self.targets.len() / self.m;
        let mut cost = F::zero();
        let mut first = 0;
        while first < self.m {
            let m = TILE.min(self.m - first);
            let x = examples(self.inputs, C::S_IN, first, m);
            let targets = &self.targets[first * s_out..];
            let mut costs = Costs::<F, false>::new(targets, self.checked);
            if !C::forward::<V, _>(self.theta, x, self.memory, &mut costs, F::zero()) {
                return Err(NotFinite);
            }
            cost += costs.sum;
            first += m;
        }
        Ok(cost)
    }
}

/// h_Θ(x) of many examples, as [`Network::predict_with`], but for the lengths.
#[inline(always)]
pub(crate) fn predict<N: Network>(
    net: &N,
    inputs: &[N::Input],
    outputs: &mut [N::Target],
    workspace: &mut Workspace<N>,
) -> Option<Result<(), Error>> {
    as_float!(N::Scalar, predict_of(net, inputs, outputs, workspace))
}

#[inline]
fn predict_of<N: Network, F: Float>(
    net: &N,
    inputs: &[N::Input],
    outputs: &mut [N::Target],
    workspace: &mut Workspace<N>,
) -> Result<(), Error> {
    let check = || {
        net.check_parameters()?;
        check_inputs(inputs)
    };
    let entries: &[F] = floats(Sample::flat(inputs));
    // Of several blocks the first would be written before the last one's inputs are seen.
    let mut checked = inputs.len() > TILE && !simd::run(AllFinite(entries));
    if checked {
        check()?;
    }
    loop {
        let task = Predict::<N::Chain, F> {
            theta: floats(net.parameters()),
            inputs: entries,
            outputs: floats_mut(Sample::flat_mut(outputs)),
            m: inputs.len(),
            memory: same(workspace.parts().0),
            checked,
        };
        match simd::run(task) {
            Ok(()) => return Ok(()),
            Err(NotFinite) => check()?,
        }
        checked = true;
    }
}

struct Predict<'a, C: Chain, F: Float> {
    theta: &'a [F],
    inputs: &'a [F],
    outputs: &'a mut [F],
    m: usize,
    memory: &'a mut C::Memory<F>,
    checked: bool,
}

impl<C: Chain, F: Float> Task<F> for Predict<'_, C, F> {
    type Output = Result<(), NotFinite>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Result<(), NotFinite> {
        let s_out = self.outputs.len() / self.m.max(1);
        let mut first = 0;
        while first < self.m {
            let m = TILE.min(self.m - first);
            let x = examples(self.inputs, C::S_IN, first, m);
            let outputs = &mut self.outputs[first * s_out..];
            let mut end = Predictions { checked: self.checked, outputs };
            if !C::forward::<V, _>(self.theta, x, self.memory, &mut end, F::zero()) {
                return Err(NotFinite);
            }
            first += m;
        }
        Ok(())
    }
}

/// Whether every entry is finite.
struct AllFinite<'a, F>(&'a [F]);

impl<F: Float> Task<F> for AllFinite<'_, F> {
    type Output = bool;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> bool {
        let zero = V::zero();
        let mut poisons = [zero; 4];
        let mut chunks = self.0.chunks_exact(4 * V::LANES);
        for chunk in &mut chunks {
            for (v, poison) in poisons.iter_mut().enumerate() {
                // SAFETY: the chunk holds four registers.
                let value = unsafe { V::load(chunk.as_ptr().add(v * V::LANES)) };
                *poison = value.mul_add(zero, *poison);
            }
        }
        let mut poison = (poisons[0] + poisons[1]) + (poisons[2] + poisons[3]);
        for chunk in chunks.remainder().chunks(V::LANES) {
            // SAFETY: no more than the chunk holds.
            let value = unsafe {
                if chunk.len() == V::LANES {
                    V::load(chunk.as_ptr())
                } else {
                    V::load_first(chunk.as_ptr(), chunk.len())
                }
            };
            poison = value.mul_add(zero, poison);
        }
        poison.total().is_finite()
    }
}

/// Whether every value is finite.
#[inline]
pub(crate) fn all_finite<T: RealField>(values: &[T]) -> bool {
    if let Some(values) = as_floats::<T, f32>(values) {
        simd::run(AllFinite(values))
    } else if let Some(values) = as_floats::<T, f64>(values) {
        simd::run(AllFinite(values))
    } else {
        values.iter().all(T::is_finite)
    }
}

/// h_Θ(x) of one example.
#[inline(always)]
pub(crate) fn predict_one<N: Network>(net: &N, x: &N::Input) -> Option<N::Target> {
    as_float!(N::Scalar, predict_one_of(net, x))
}

#[inline(always)]
fn predict_one_of<N: Network, F: Float>(net: &N, x: &N::Input) -> N::Target {
    let mut output = N::Target::from_fn(|_| nalgebra::zero());
    simd::run(PredictOne::<N::Chain, F> {
        theta: floats(net.parameters()),
        x: floats(x.as_ref()),
        output: floats_mut(output.as_mut()),
        chain: PhantomData,
    });
    output
}

struct PredictOne<'a, C, F> {
    theta: &'a [F],
    x: &'a [F],
    output: &'a mut [F],
    chain: PhantomData<C>,
}

impl<C: Chain, F: Float> Task<F> for PredictOne<'_, C, F> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) {
        C::predict::<V>(self.theta, self.x, self.output);
    }
}

/// `m` examples from `first` on, of those that lie one behind the other in `entries`.
#[inline(always)]
fn examples<F>(entries: &[F], s_in: usize, first: usize, m: usize) -> Examples<'_, F> {
    Examples { entries: &entries[first * s_in..(first + m) * s_in], stride: s_in, count: m }
}

/// Whether something is wrong that no z shows.
#[inline]
fn suspicious<N: Network>(
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
