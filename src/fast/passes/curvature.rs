//! Curvature, over a block of examples: the lines of `rates.rs` in tiles of registers, for as many
//! examples as a block has.
//!
//! R{z⁽ˡ⁺¹⁾} = V⁽ˡ⁾ [1; a⁽ˡ⁾] + Θ⁽ˡ⁾ [0; R{a⁽ˡ⁾}],  R{a⁽ˡ⁾} = g′(z⁽ˡ⁾) ∘ R{z⁽ˡ⁾};
//! R{δ⁽ˡ⁾} = R{c⁽ˡ⁾} ∘ g′(z⁽ˡ⁾) + c⁽ˡ⁾ ∘ g″(z⁽ˡ⁾) ∘ R{z⁽ˡ⁾} with c⁽ˡ⁾ = Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row,
//! R{Δ⁽ˡ⁾} = Σ R{δ⁽ˡ⁺¹⁾} [1; a⁽ˡ⁾]ᵀ + δ⁽ˡ⁺¹⁾ [0; R{a⁽ˡ⁾}]ᵀ.

mod end;

#[cfg(feature = "alloc")]
mod pieces;

mod rowwise;

mod shares;

use core::marker::PhantomData;

use super::rates::Matrix;
use super::sink::{IntoGradient, Sink};
use crate::activation::Activation;
use crate::cost::Cost;
use crate::fast::crew::Crew;
use crate::fast::list::{Keeps, Layers, Pass};
#[cfg(feature = "std")]
use crate::fast::memory::KeepsBlocks;
use crate::fast::memory::{Block, Examples, Layered, Room, stride};
use crate::fast::registers::{Float, Lanes};
use crate::output::Output;
use end::DeltaAndRate;
#[cfg(feature = "alloc")]
pub(crate) use pieces::{Apart, Entries};
use rowwise::{Activate, Rowwise};
pub(crate) use shares::Line;
use shares::{Front, Kept, backward, forward, several};

/// What is kept of a block.
#[derive(Debug)]
pub struct Rates<T>(PhantomData<T>);

// SAFETY: blocks are made of `MaybeUninit<T>`.
unsafe impl<T: Send + Sync + 'static> Keeps for Rates<T> {
    type Scalar = T;
    /// z, then a, and going backward δ; beside it its rate of change; g′(z); g″(z) ∘ R{z}.
    type Hidden<const S_OUT: usize, const S_IN: usize> = [Block<T, S_OUT>; 4];
    /// z⁽ᴸ⁾, which becomes δ⁽ᴸ⁾, and its rate of change.
    type Last<const S_OUT: usize, const S_IN: usize> = [Block<T, S_OUT>; 2];
}

#[cfg(feature = "std")]
impl<T: Send + Sync + 'static> KeepsBlocks for Rates<T> {
    const COUNTS: [usize; 2] = [4, 2];
}

/// When R{Δ} is summed.
#[derive(Debug)]
pub(crate) enum Summed<'a, T> {
    /// Layer by layer on the way back, into the sink.
    Now(IntoGradient<'a, T>),
    /// By [`Entries`], in any order: δ and R{δ} of hidden layers go there, and nothing that they are summed of is lost.
    #[cfg_attr(not(feature = "alloc"), expect(dead_code, reason = "room for it is on the heap"))]
    Later(Layered<'a, T>),
}

impl<'a, T: Float> Summed<'a, T> {
    /// Takes off the sink of a layer, or where δ and R{δ} of its units go.
    #[inline(always)]
    fn split_off(
        &mut self,
        [s_out, s_in]: [usize; 2],
    ) -> (Option<IntoGradient<'a, T>>, Option<[&'a mut [T]; 2]>) {
        match self {
            Self::Now(sink) => (Some(sink.split_off(s_out * (s_in + 1))), None),
            Self::Later(apart) => (None, Some([apart.split_off(s_out), apart.split_off(s_out)])),
        }
    }
}

/// What the block `x` adds to the product of a curvature matrix with a direction.
pub(crate) fn curvature<L: Layers, V: Lanes>(
    line: Line<'_, V::Scalar>,
    x: Examples<'_, V::Scalar>,
    targets: &[V::Scalar],
    summed: Summed<'_, V::Scalar>,
    room: Room<'_, V::Scalar>,
    crew: Crew<'_, V::Scalar>,
) {
    let Room { blocks, weights } = room;
    let blocks = Layered::new(blocks);
    L::walk(Curvature::<V> {
        line,
        targets,
        summed,
        front: Front::Inputs(x),
        blocks,
        weights,
        crew,
    });
}

struct Curvature<'a, V: Lanes> {
    /// Of Θ⁽ˡ⁾ and those behind.
    line: Line<'a, V::Scalar>,
    targets: &'a [V::Scalar],
    summed: Summed<'a, V::Scalar>,
    front: Front<'a, V::Scalar>,
    blocks: Layered<'a, V::Scalar>,
    weights: &'a mut [V::Scalar],
    crew: Crew<'a, V::Scalar>,
}

impl<V: Lanes> Pass for Curvature<'_, V> {
    type Output = ();

    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(self) {
        let Self { line, targets, mut summed, front, blocks, weights, mut crew } = self;
        let (line, line_rest) = line.split_at(S_OUT * (S_IN + 1));
        let (sink, apart) = summed.split_off([S_OUT, S_IN]);
        let (count, stride) = (front.a().count, stride::<V::Scalar>(S_OUT));
        let (a, blocks) = blocks.next(S_OUT);
        let (a_dot, blocks) = blocks.next(S_OUT);
        let (g_prime, blocks) = blocks.next(S_OUT);
        let (bend, blocks) = blocks.next(S_OUT);
        let mut kept = Kept { a, a_dot, g_prime, bend, apart, stride, count };

        let sizes = [S_OUT, S_IN];
        let (several, then) = (several::<_, S_OUT, S_IN>, activate::<V, G, S_OUT>);
        forward::<V>(line, sizes, &front, kept.reborrow(), &[], then, several(&mut crew));
        Rest::walk(Curvature::<V> {
            line: line_rest,
            targets,
            summed,
            front: Front::Layer(kept.reborrow()),
            blocks,
            weights: &mut *weights,
            crew: crew.reborrow(),
        });
        backward::<V>(line, sizes, kept.deltas(), sink, front, weights, several(&mut crew));
    }

    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(self) {
        let Self { line, targets, summed, front, blocks, weights, mut crew } = self;
        let (count, stride) = (front.a().count, stride::<V::Scalar>(S_OUT));
        let (a, blocks) = blocks.next(S_OUT);
        let (a_dot, _) = blocks.next(S_OUT);
        let [g_prime, bend]: [&mut [_]; 2] = Default::default();
        let mut kept = Kept { a, a_dot, g_prime, bend, apart: None, stride, count };
        let sink = match summed {
            Summed::Now(sink) => Some(sink),
            Summed::Later(_) => None,
        };

        let (sizes, targets) = ([S_OUT, S_IN], &targets[..count * S_OUT]);
        let (several, end) = (several::<_, S_OUT, S_IN>, end::<V, H, C, S_OUT>);
        forward::<V>(line, sizes, &front, kept.reborrow(), targets, end, several(&mut crew));
        backward::<V>(line, sizes, kept.deltas(), sink, front, weights, several(&mut crew));
    }
}

/// a = g(z) and R{a}, with g′ and g″ ∘ R{z} beside them.
fn activate<V: Lanes, G: Activation, const S_OUT: usize>(
    line: Line<'_, V::Scalar>,
    rows: Kept<'_, V::Scalar>,
    _: &[V::Scalar],
) {
    let Kept { a, a_dot, g_prime, bend, stride, count, .. } = rows;
    let bend = (line.matrix == Matrix::Hessian).then_some(bend);
    let kernel = Activate { g: PhantomData::<G>, z: a, rate: a_dot, g_prime, bend };
    V::call(Rowwise { units: S_OUT, count, stride, kernel });
}

/// δ⁽ᴸ⁾ and R{δ⁽ᴸ⁾}.
fn end<V: Lanes, H: Output, C: Cost<H>, const S_OUT: usize>(
    line: Line<'_, V::Scalar>,
    rows: Kept<'_, V::Scalar>,
    targets: &[V::Scalar],
) {
    let Kept { a: z, a_dot: z_dot, stride, .. } = rows;
    let Line { matrix, scale, .. } = line;
    let kind = PhantomData::<(H, C)>;
    V::call(DeltaAndRate::<H, C, _, S_OUT> { kind, matrix, stride, z, z_dot, targets, scale });
}
