//! The path of `f32` and `f64`: all examples, block by block, through a network's
//! [`Chain`](crate::chain::Chain) in registers.
//!
//! Every function here gives `None` for other scalars, which take the readable path. Checking
//! values costs next to nothing: a number that is not finite, in x or in Θ, makes some z not
//! finite, and only then is looked for. Nothing is written before the last block is known to be
//! right.

use core::any::Any;

use nalgebra::RealField;

use crate::chain::end::{Costs, Predictions};
use crate::chain::memory::{Examples, TILE};
use crate::chain::{Chain, Rule};
use crate::error::Error;
use crate::gradient::{Gradient, Workspace};
use crate::input::{Sample, check_inputs, check_targets};
use crate::network::Network;
use crate::parameters::Parameters;
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

/// Whether the scalar has this path.
pub(crate) fn has_path<T: 'static>() -> bool {
    is::<T, f32>() || is::<T, f64>()
}

/// J without λ times m, and ∇J, as [`Network::cost_and_gradient_into`].
#[inline(always)]
pub(crate) fn cost_and_gradient<N: Network>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
    regularization: &Regularization<N::Scalar>,
    gradient: &mut Gradient<N>,
    workspace: &mut Workspace<N>,
) -> Option<Result<N::Scalar, Error>> {
    as_float!(
        N::Scalar,
        cost_and_gradient_of(net, inputs, targets, regularization, gradient, workspace)
    )
}

fn cost_and_gradient_of<N: Network, F: Float>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
    regularization: &Regularization<N::Scalar>,
    gradient: &mut Gradient<N>,
    workspace: &mut Workspace<N>,
) -> Result<N::Scalar, Error> {
    let check = || net.check_examples(inputs, targets, regularization);
    let mut checked = false;
    if suspicious::<N>(inputs, targets, regularization) {
        check()?;
        checked = true;
    }
    let m = inputs.len();
    let (decay, bias_decay) = regularization.decays(m);
    loop {
        let (memory, sum) = workspace.parts();
        let task = CostAndGradient::<N::Chain, F> {
            theta: floats(net.parameters()),
            inputs: floats(Sample::flat(inputs)),
            targets: floats(Sample::flat(targets)),
            m,
            memory: same(memory),
            sum: floats_mut(sum.parameters_mut()),
            gradient: floats_mut(gradient.parameters_mut()),
            decay: *same_ref(&decay),
            bias_decay: *same_ref(&bias_decay),
            checked,
        };
        match simd::run(task) {
            Ok(cost) => return Ok(same_ref::<F, N::Scalar>(&cost).clone()),
            Err(NotFinite) => check()?,
        }
        // Finite numbers that overflow on the way: that is the answer, then.
        checked = true;
    }
}

/// Some z is not finite.
struct NotFinite;

struct CostAndGradient<'a, C: Chain, F: Float> {
    theta: &'a [F],
    inputs: &'a [F],
    targets: &'a [F],
    m: usize,
    memory: &'a mut C::Memory<F>,
    sum: &'a mut [F],
    gradient: &'a mut [F],
    decay: F,
    bias_decay: F,
    checked: bool,
}

impl<C: Chain, F: Float> Task<F> for CostAndGradient<'_, C, F> {
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
            let mut costs = Costs::<F, true> { checked: self.checked, targets, sum: F::zero() };
            if !C::forward::<V, _>(self.theta, x, self.memory, &mut costs, F::zero()) {
                return Err(NotFinite);
            }
            cost += costs.sum;
            if first + m < self.m {
                let rule = if first == 0 { Rule::Store } else { Rule::Add };
                C::backward::<V>(self.theta, x, self.memory, self.sum, rule, None);
            } else {
                let rule = Rule::Finish {
                    sum: (first > 0).then_some(&*self.sum),
                    scale: F::one() / count(self.m),
                    decay: self.decay,
                    bias_decay: self.bias_decay,
                };
                C::backward::<V>(self.theta, x, self.memory, self.gradient, rule, None);
            }
            first += m;
        }
        Ok(cost)
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
            let mut costs = Costs::<F, false> { checked: self.checked, targets, sum: F::zero() };
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
        let poison = (poisons[0] + poisons[1]) + (poisons[2] + poisons[3]);
        let rest = chunks.remainder().iter().fold(F::zero(), |sum, &value| sum + value * F::zero());
        (poison.total() + rest).is_finite()
    }
}

/// Whether every value is finite.
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
        chain: core::marker::PhantomData,
    });
    output
}

struct PredictOne<'a, C, F> {
    theta: &'a [F],
    x: &'a [F],
    output: &'a mut [F],
    chain: core::marker::PhantomData<C>,
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

fn is<A: 'static, B: 'static>() -> bool {
    core::any::TypeId::of::<A>() == core::any::TypeId::of::<B>()
}

const SAME: &str = "the scalar has been found to be this type";

fn floats<T: 'static, F: Float>(slice: &[T]) -> &[F] {
    as_floats(slice).expect(SAME)
}

fn floats_mut<T: 'static, F: Float>(slice: &mut [T]) -> &mut [F] {
    as_floats_mut(slice).expect(SAME)
}

fn same<A: 'static, B: 'static>(value: &mut A) -> &mut B {
    (value as &mut dyn Any).downcast_mut().expect(SAME)
}

fn same_ref<A: 'static, B: 'static>(value: &A) -> &B {
    (value as &dyn Any).downcast_ref().expect(SAME)
}
