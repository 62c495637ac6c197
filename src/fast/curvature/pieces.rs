//! The same product in pieces, each told as soon as it is there.

use core::marker::PhantomData;

use super::all_but_the_last;
use crate::fast::blocks::Pieces;
use crate::fast::crew::Crew;
use crate::fast::dispatch::Data;
use crate::fast::list::Layers;
use crate::fast::memory::{Layered, Memory, Room};
use crate::fast::pairwise::Waiting;
use crate::fast::passes::curvature::{Entries, Line, Rates, Summed, curvature};
use crate::fast::passes::rates::Matrix;
use crate::fast::passes::sink::Stage;
use crate::fast::plan::{Frozen, Plan, Planned};
use crate::fast::product::Before;
use crate::fast::registers::{self, Float, Lanes, Task};

/// [`multiply`](super::multiply) in pieces. There are rows for a block on its way, and for those that wait, if there are several.
pub(crate) fn multiply_in_pieces<L: Planned, F: Float>(
    [theta, direction]: [&[F]; 2],
    matrix: Matrix,
    data: Data<'_, F>,
    memory: &mut Memory<L, Rates<F>>,
    [apart, rows]: [&mut [F]; 2],
    pieces: Pieces<'_, '_, F>,
    crew: Crew<'_, F>,
) -> Option<()> {
    registers::run(InPieces {
        line: Line { theta, direction, matrix, scale: data.scale() },
        plan: Plan::of::<L>(Frozen::NONE),
        data,
        room: memory.room()?,
        apart,
        rows,
        pieces,
        crew,
        layers: PhantomData::<L>,
    });
    Some(())
}

struct InPieces<'a, 'p, 's, L, F: Float> {
    line: Line<'a, F>,
    plan: Plan<F>,
    data: Data<'a, F>,
    room: Room<'a, F>,
    apart: &'a mut [F],
    rows: &'a mut [F],
    pieces: Pieces<'p, 's, F>,
    crew: Crew<'a, F>,
    layers: PhantomData<L>,
}

impl<L: Layers, F: Float> Task<F> for InPieces<'_, '_, '_, L, F> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) {
        let Self { line, plan, data, mut room, apart, rows, pieces, mut crew, .. } = self;
        let (last, all) = (data.blocks() - 1, line.theta.len().min(rows.len()));
        let (product, rows) = rows.split_at_mut(all);
        let (first, above) = rows.split_at_mut(all);
        let mut waiting = Waiting::new(first, above);
        let (here, ahead) = (room.reborrow(), Some(&mut waiting));
        all_but_the_last::<L, V>(line, data, here, ahead, product, crew.reborrow());
        let (x, targets) = data.block([L::S_IN, L::S_OUT], last);
        let summed = Summed::Later(Layered::new(apart));
        curvature::<L, V>(line, x, targets, summed, room.reborrow(), crew.reborrow());
        let (blocks, apart, matrix) = (&*room.blocks, &*apart, line.matrix);
        let stage = Stage::Last { before: Before::None, above: waiting.all(last) };
        pieces.sum(line.direction, stage, data.decay(), |entries, sink| {
            Entries { plan, matrix, sink, entries, x, blocks, apart }.sum::<V>(&crew);
        });
    }
}
