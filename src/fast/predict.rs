//! h_Θ(x) of many examples, and of one.

use core::marker::PhantomData;

use super::dispatch::{either, floats, floats_mut, is};
use super::list::Layers;
use super::memory::{Examples, Memory, Room, TILE};
use super::passes::end::{OfOutputs, Predictions};
use super::passes::forward::{Activations, forward};
use super::passes::predict;
use super::plan::{Plan, Planned};
use super::registers::{self, Each, Float, Lanes, Task, as_large, each};
use super::values::all_finite;

/// h_Θ(x) of as many examples as there is room for outputs.
#[inline(always)]
pub(crate) fn predict<L: Planned, T: Send + Sync + 'static>(
    theta: &[T],
    inputs: &[T],
    outputs: &mut [T],
    memory: &mut Memory<L, Activations<T>>,
    checked: bool,
) -> Option<()> {
    as_float!(T, predict_of::<L, T>(theta, inputs, outputs, memory, checked))
}

#[inline]
fn predict_of<L: Planned, T: Send + Sync + 'static, F: Float>(
    theta: &[T],
    inputs: &[T],
    outputs: &mut [T],
    memory: &mut Memory<L, Activations<T>>,
    checked: bool,
) -> Option<()> {
    let inputs = floats::<T, F>(inputs);
    // Of several blocks the first would be written before the last one's inputs are seen.
    if inputs.len() > TILE * L::S_IN && !checked && !all_finite(inputs) {
        return None;
    }
    let (theta, outputs, room) = (floats(theta), floats_mut(outputs), memory.room::<F>()?);
    let (plan, by) = (Plan::<F>::of::<L>(), L::outputs());
    let task = Predict { plan, by, theta, inputs, outputs, room, checked };
    shared!(F: Predict<'a>)(task)
}

struct Predict<'a, F: Float> {
    plan: Plan<F>,
    by: OfOutputs<F>,
    theta: &'a [F],
    inputs: &'a [F],
    outputs: &'a mut [F],
    room: Room<'a, F>,
    checked: bool,
}

impl<F: Float> Task<F> for Predict<'_, F> {
    type Output = Option<()>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<()> {
        let Self { plan, by, theta, inputs, outputs, mut room, checked } = self;
        let Plan { s_in, s_out, .. } = plan;
        for (entries, outputs) in inputs.chunks(TILE * s_in).zip(outputs.chunks_mut(TILE * s_out)) {
            let x = Examples { entries, stride: s_in, count: outputs.len() / s_out };
            let mut end = Predictions { checked, outputs, by };
            if !forward::<V>(plan, theta, x, room.reborrow(), &mut end) {
                return None;
            }
        }
        Some(())
    }
}

/// h_Θ(x) of one example into `output`, where the scalar has this path.
#[inline(always)]
pub(crate) fn predict_one<L: Layers, T: 'static>(
    theta: &[T],
    x: &[T],
    output: &mut [T],
) -> Option<()> {
    as_float!(T, predict_one_of::<L, T>(theta, x, output))
}

#[inline(always)]
fn predict_one_of<L: Layers, T: 'static, F: Float>(
    theta: &[T],
    x: &[T],
    output: &mut [T],
) -> Option<()> {
    registers::run(PredictOne {
        theta: floats::<T, F>(theta),
        x: floats(x),
        output: floats_mut(output),
        layers: PhantomData::<L>,
    });
    Some(())
}

struct PredictOne<'a, L, F> {
    theta: &'a [F],
    x: &'a [F],
    output: &'a mut [F],
    layers: PhantomData<L>,
}

impl<L: Layers, F: Float> Task<F> for PredictOne<'_, L, F> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) {
        let Self { theta, x, output, .. } = self;
        L::walk(predict::Predict::<V> { theta, a: x, output });
    }
}
