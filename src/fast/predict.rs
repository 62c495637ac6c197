//! h_Θ(x) of one example, and of many.

use core::marker::PhantomData;

use super::{NotFinite, assert_chain, examples, floats, floats_mut, is, same};
use crate::chain::Chain;
use crate::chain::end::Predictions;
use crate::chain::memory::TILE;
use crate::error::Error;
use crate::gradient::Workspace;
use crate::input::{Sample, check_inputs};
use crate::network::Network;
use crate::simd::{self, Float, Lanes, Task};
use crate::values::all_finite;

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
    const { assert_chain::<N>() };
    let entries: &[F] = floats(Sample::flat(inputs));
    // Of several blocks the first would be written before the last one's inputs are seen.
    let mut checked = inputs.len() > TILE && !all_finite(entries);
    if checked {
        check()?;
    }
    loop {
        let task = Predict::<N::Chain, F> {
            theta: floats(net.parameters()),
            inputs: entries,
            outputs: floats_mut(Sample::flat_mut(outputs)),
            m: inputs.len(),
            memory: same(workspace.memory()),
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
        for first in (0..self.m).step_by(TILE) {
            let m = TILE.min(self.m - first);
            let x = examples(self.inputs, C::S_IN, first, m);
            let outputs = &mut self.outputs[first * C::S_OUT..];
            let mut end = Predictions { checked: self.checked, outputs };
            if !C::forward::<V, _>(self.theta, x, self.memory, &mut end, F::zero()) {
                return Err(NotFinite);
            }
        }
        Ok(())
    }
}

/// h_Θ(x) of one example into `output`, where the scalar has this path.
#[inline(always)]
pub(crate) fn predict_one<N: Network>(net: &N, x: &N::Input, output: &mut N::Target) -> Option<()> {
    as_float!(N::Scalar, predict_one_of(net, x, output))
}

#[inline(always)]
fn predict_one_of<N: Network, F: Float>(net: &N, x: &N::Input, output: &mut N::Target) {
    const { assert_chain::<N>() };
    simd::run(PredictOne::<N::Chain, F> {
        theta: floats(net.parameters()),
        x: floats(x.as_ref()),
        output: floats_mut(output.as_mut()),
        chain: PhantomData,
    });
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
