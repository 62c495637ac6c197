//! The product of a curvature matrix with a direction, block by block.

use core::marker::PhantomData;

use super::crew::Crew;
use super::dispatch::{Data, floats, floats_mut, is};
use super::list::Layers;
use super::memory::{Memory, Room};
use super::pairwise::{Above, Waiting};
use super::passes::curvature::{Line, Rates, curvature};
use super::passes::rates::Matrix;
use super::passes::sink::{IntoGradient, Stage};
use super::product::Before;
use super::registers::{self, Float, Lanes, Task, as_large};

/// The product of the `matrix` at `theta` with `direction`, of which everything has been checked. Sums of
/// blocks that wait are kept in `rows`.
#[inline(always)]
pub(crate) fn multiply<L: Layers, T: Send + Sync + 'static>(
    [theta, direction]: [&[T]; 2],
    matrix: Matrix,
    data: Data<'_, T>,
    memory: &mut Memory<L, Rates<T>>,
    rows: &mut [T],
    product: &mut [T],
    crew: Crew<'_, T>,
) -> Option<()> {
    as_float!(T, multiply_of::<L, T>([theta, direction], matrix, data, memory, rows, product, crew))
}

#[inline]
fn multiply_of<L: Layers, T: Send + Sync + 'static, F: Float>(
    [theta, direction]: [&[T]; 2],
    matrix: Matrix,
    data: Data<'_, T>,
    memory: &mut Memory<L, Rates<T>>,
    rows: &mut [T],
    product: &mut [T],
    crew: Crew<'_, T>,
) -> Option<()> {
    let (theta, direction, data) = (floats(theta), floats(direction), data.of::<F>());
    registers::run(Multiply {
        line: Line { theta, direction, matrix, scale: data.scale() },
        data,
        room: memory.room::<F>()?,
        rows: floats_mut(rows),
        product: floats_mut(product),
        crew: crew.of(),
        layers: PhantomData::<L>,
    });
    Some(())
}

struct Multiply<'a, L, F: Float> {
    line: Line<'a, F>,
    data: Data<'a, F>,
    room: Room<'a, F>,
    rows: &'a mut [F],
    product: &'a mut [F],
    crew: Crew<'a, F>,
    layers: PhantomData<L>,
}

impl<L: Layers, F: Float> Task<F> for Multiply<'_, L, F> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) {
        let Self { line, data, mut room, rows, product, mut crew, .. } = self;
        let (last, apart) = (data.blocks() - 1, !rows.is_empty());
        let (first, above) = rows.split_at_mut(if apart { product.len() } else { 0 });
        let mut waiting = Waiting::new(first, above);
        for block in 0..=last {
            // A block comes as two sums, so that it cannot be added to another on its way; where there
            // is no heap for that other one, it is.
            let alone = apart || block == 0;
            let stage = if block == last {
                let before = if alone { Before::None } else { Before::InPlace };
                let above = if apart { waiting.all(block) } else { Above::none() };
                Stage::Last { before, above }
            } else if alone {
                Stage::First
            } else {
                Stage::Middle
            };
            // λ multiplies Θ in ∇J, and so v here.
            let (theta, decay) = (line.direction, data.decay());
            let sink = IntoGradient { theta, gradient: &mut *product, stage, decay };
            let (x, targets) = data.block([L::S_IN, L::S_OUT], block);
            curvature::<L, V>(line, x, targets, sink, room.reborrow(), crew.reborrow());
            if apart && block < last {
                waiting.push(block, product, |sum, term| crew.add(sum, term));
            }
        }
    }
}
