//! h_Θ(x) of many examples, and of one.

use core::marker::PhantomData;

use super::crew::{Crew, size};
use super::dispatch::{floats, floats_mut, is};
use super::list::Layers;
use super::memory::{Examples, Layered, Memory, TILE};
use super::passes::end::{OfOutputs, Predictions};
use super::passes::forward::{Activations, forward};
use super::passes::predict;
use super::plan::{Frozen, Plan, Planned};
use super::registers::{self, Each, Float, Lanes, Task, as_large, each, either, once, shared};
use super::values::all_finite;

/// h_Θ(x) of as many examples as there is room for outputs. What lies `aside` is written over.
#[inline(always)]
pub(crate) fn predict<L: Planned, T: Send + Sync + 'static>(
    theta: &[T],
    inputs: &[T],
    outputs: &mut [T],
    memory: &mut Memory<L, Activations<T>>,
    aside: &mut [T],
    checked: bool,
    crew: Crew<'_, T>,
) -> Option<()> {
    as_float!(T, predict_of::<L, T>(theta, inputs, outputs, memory, aside, checked, crew))
}

#[inline]
fn predict_of<L: Planned, T: Send + Sync + 'static, F: Float>(
    theta: &[T],
    inputs: &[T],
    outputs: &mut [T],
    memory: &mut Memory<L, Activations<T>>,
    aside: &mut [T],
    checked: bool,
    crew: Crew<'_, T>,
) -> Option<()> {
    let (theta, inputs, outputs) = (floats(theta), floats(inputs), floats_mut(outputs));
    let (plan, by, room) = (Plan::<F>::of::<L>(Frozen::NONE), L::outputs(), memory.room::<F>()?);
    let room = Layered::new(room.blocks);
    let all = Predict { plan, by, theta, inputs, outputs, room, rows: TILE, checked };
    once!(F: run(Of<'x>) -> Option<()>)((all, floats_mut(aside), crew.of()))
}

type Of<'x, F> = (Predict<'x, F>, &'x mut [F], Crew<'x, F>);

fn run<F: Float>((all, aside, crew): Of<'_, F>) -> Option<()> {
    let (m, count) = (all.outputs.len() / all.plan.s_out, all.outputs.len());
    let parts = crew.parts(all.theta.len() * m, m.min(TILE));
    if all.checked || m <= TILE && parts == 1 {
        return in_parts(all, parts, &crew);
    }
    // Of several blocks or parts the first would be written before the last one's inputs are seen. Where there
    // is room, and outputs are no more than inputs, they are all written there first: that costs less than to look at
    // the inputs beforehand.
    match aside.get_mut(..count) {
        Some(aside) if count <= all.inputs.len() => {
            let Predict { outputs, .. } = all;
            in_parts(Predict { outputs: aside, ..all }, parts, &crew)?;
            outputs.copy_from_slice(aside);
            Some(())
        }
        _ if all_finite(all.inputs) => in_parts(all, parts, &crew),
        _ => None,
    }
}

/// All of it, in so many parts.
fn in_parts<F: Float>(all: Predict<'_, F>, parts: usize, crew: &Crew<'_, F>) -> Option<()> {
    let kernel = shared!(F: Predict<'a>);
    if parts == 1 {
        return kernel(all);
    }
    let m = all.outputs.len() / all.plan.s_out;
    let of = |part| [m, TILE].map(|all| size(all, parts, part));
    let found = crew.ask(all, parts, |all, part| all.split_at(of(part)), kernel);
    found[..parts].iter().copied().collect()
}

struct Predict<'a, F: 'static> {
    plan: Plan<F>,
    by: OfOutputs<F>,
    theta: &'a [F],
    inputs: &'a [F],
    outputs: &'a mut [F],
    room: Layered<'a, F>,
    /// So many examples there is room for at a time.
    rows: usize,
    checked: bool,
}

impl<F: Float> Predict<'_, F> {
    /// The first `m` examples with so many of the rows, and the others.
    fn split_at(self, [m, rows]: [usize; 2]) -> (Self, Self) {
        let Self { inputs, outputs, room, .. } = self;
        let (inputs, inputs_rest) = inputs.split_at(m * self.plan.s_in);
        let (outputs, outputs_rest) = outputs.split_at_mut(m * self.plan.s_out);
        let (room, room_rest) = room.split_at(rows);
        let first = Self { inputs, outputs, room, rows, ..self };
        let rows = self.rows - rows;
        (first, Self { inputs: inputs_rest, outputs: outputs_rest, room: room_rest, rows, ..self })
    }
}

impl<F: Float> Task<F> for Predict<'_, F> {
    type Output = Option<()>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Option<()> {
        let Self { plan, by, theta, inputs, outputs, mut room, rows, checked } = self;
        let Plan { s_in, s_out, .. } = plan;
        for (entries, outputs) in inputs.chunks(rows * s_in).zip(outputs.chunks_mut(rows * s_out)) {
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
        L::walk(predict::Predict::<V::Alone> { theta, a: x, output });
    }
}
