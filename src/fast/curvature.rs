//! The product of a curvature matrix with a direction, block by block.

#[cfg(feature = "alloc")]
mod pieces;

use core::marker::PhantomData;

use super::crew::Crew;
use super::dispatch::{Data, floats, floats_mut, is};
use super::list::Layers;
use super::memory::{Memory, Room};
use super::pairwise::{Above, Waiting};
use super::passes::curvature::{Line, Rates, Summed, curvature};
use super::passes::rates::Matrix;
use super::passes::sink::{IntoGradient, Stage};
use super::product::Before;
use super::registers::{self, Float, Lanes, Task, as_large};
#[cfg(feature = "alloc")]
pub(crate) use pieces::multiply_in_pieces;

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
        let ahead = apart.then_some(&mut waiting);
        all_but_the_last::<L, V>(line, data, room.reborrow(), ahead, product, crew.reborrow());
        let before = if apart || last == 0 { Before::None } else { Before::InPlace };
        let above = if apart { waiting.all(last) } else { Above::none() };
        // λ multiplies Θ in ∇J, and so v here.
        let (theta, decay, stage) = (line.direction, data.decay(), Stage::Last { before, above });
        let sink = IntoGradient { theta, gradient: product, stage, decay };
        let (x, targets) = data.block([L::S_IN, L::S_OUT], last);
        curvature::<L, V>(line, x, targets, Summed::Now(sink), room, crew);
    }
}

/// Every block but the last, each by way of `product` into what is `waiting`. A block comes as two sums, so that it
/// cannot be added to another on its way; where there is no heap for that other one, it is.
fn all_but_the_last<L: Layers, V: Lanes>(
    line: Line<'_, V::Scalar>,
    data: Data<'_, V::Scalar>,
    mut room: Room<'_, V::Scalar>,
    mut waiting: Option<&mut Waiting<'_, V::Scalar>>,
    product: &mut [V::Scalar],
    mut crew: Crew<'_, V::Scalar>,
) {
    for block in 0..data.blocks() - 1 {
        let alone = waiting.is_some() || block == 0;
        let stage = if alone { Stage::First } else { Stage::Middle };
        let (theta, decay) = (line.direction, data.decay());
        let sink = IntoGradient { theta, gradient: &mut *product, stage, decay };
        let (x, targets) = data.block([L::S_IN, L::S_OUT], block);
        let summed = Summed::Now(sink);
        curvature::<L, V>(line, x, targets, summed, room.reborrow(), crew.reborrow());
        if let Some(waiting) = &mut waiting {
            crew.push(waiting, block, product);
        }
    }
}
