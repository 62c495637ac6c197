//! J and ∇J of examples, block after block: with weights and dropout, or without.

use core::ops::Range;
use core::{iter, mem};

use super::crew::{Crew, cut, size};
use super::dispatch::Data;
use super::memory::{Examples, Layered, Room, TILE};
use super::pairwise::{Total, Waiting};
use super::passes::deltas::deltas;
use super::passes::end::{Costs, OfCosts};
use super::passes::forward::forward;
use super::passes::gradients::{Compiled, Gradients};
use super::passes::sink::{Decay, IntoGradient, Stage};
use super::plan::{Frozen, Plan, Planned};
use super::product::Before;
use super::registers::{Each, Float, Lanes, Task, each, either, once, shared};
use crate::batch::dropout::Drops;
use crate::real::count;
use crate::threads::{Apart, MOST};

/// So many scalars each of the others has room for in front of transposed weights: the cost of each of its examples.
pub(crate) const COSTS: usize = TILE;

/// Examples, and what is to be computed of them.
pub(crate) struct Blocks<'a, F: 'static> {
    pub(crate) theta: &'a [F],
    pub(crate) data: Data<'a, F>,
    pub(crate) weights: Option<&'a [F]>,
    pub(crate) drops: Option<&'a Drops<'a>>,
    pub(crate) kernels: Kernels<F>,
}

/// What blocks need to know of a network.
#[derive(Clone, Copy)]
pub(crate) struct Kernels<F: 'static> {
    pub(crate) plan: Plan<F>,
    /// Costs alone, and with δ⁽ᴸ⁾.
    pub(super) costs: [OfCosts<F>; 2],
}

impl<F: Float> Kernels<F> {
    /// Those of a network of which this is frozen.
    #[inline(always)]
    pub(crate) fn of<L: Planned>(frozen: Frozen) -> Self {
        Self {
            plan: Plan::<F>::of::<L>(frozen),
            costs: [L::costs::<F, false>(), L::costs::<F, true>()],
        }
    }
}

impl<'a, F: Float> Blocks<'a, F> {
    /// How many there are.
    pub(crate) const fn count(&self) -> usize {
        self.data.blocks()
    }

    /// J without λ times m, and ∇J, into `gradient` or without one where `waiting` begins.
    pub(crate) fn cost_and_gradient(
        &self,
        room: Room<'_, F>,
        waiting: Waiting<'_, F>,
        gradient: Option<&mut [F]>,
        crew: Crew<'_, F>,
    ) -> Option<F> {
        type Of<'x, 'y, F> =
            (&'x Blocks<'y, F>, Room<'x, F>, Waiting<'x, F>, Option<&'x mut [F]>, Crew<'x, F>);
        fn run<F: Float>((blocks, room, waiting, gradient, crew): Of<'_, '_, F>) -> Option<F> {
            blocks.cost_and_gradient_by(room, waiting, gradient, crew)
        }
        once!(F: run(Of<'x, 'y>) -> Option<T>)((self, room, waiting, gradient, crew))
    }

    /// The same in pieces.
    pub(crate) fn cost_and_gradient_in_pieces<'s>(
        &self,
        room: Room<'_, F>,
        waiting: Waiting<'_, F>,
        pieces: Pieces<'_, 's, F>,
        crew: Crew<'_, F>,
    ) -> Option<F> {
        type Of<'x, 'y, 'z, 's, F> =
            (&'x Blocks<'y, F>, Room<'x, F>, Waiting<'x, F>, Pieces<'z, 's, F>, Crew<'x, F>);
        fn run<F: Float>(of: Of<'_, '_, '_, '_, F>) -> Option<F> {
            let (blocks, room, waiting, pieces, crew) = of;
            blocks.cost_and_gradient_in_pieces_by(room, waiting, pieces, crew)
        }
        once!(F: run(Of<'x, 'y, 'z, 's>) -> Option<T>)((self, room, waiting, pieces, crew))
    }

    fn cost_and_gradient_in_pieces_by(
        &self,
        mut room: Room<'_, F>,
        mut waiting: Waiting<'_, F>,
        pieces: Pieces<'_, '_, F>,
        mut crew: Crew<'_, F>,
    ) -> Option<F> {
        let (cost, _) =
            self.all_but_the_last_gradient(room.reborrow(), &mut waiting, false, crew.reborrow())?;
        let last = self.count() - 1;
        let adds = waiting.adds(last);
        let (first, above) = waiting.end(last);
        let before = if adds { Before::At(first) } else { Before::None };
        let (theta, decay, stage) = (self.theta, self.data.decay(), Stage::Last { before, above });
        let ((x, _), blocks, plan) = (self.examples(last), &*room.blocks, self.kernels.plan);
        pieces.sum(theta, stage, decay, |entries, sink| {
            gradient_of_some(Gradients { plan, sink, entries, x, blocks, room: &mut [] }, &crew);
        });
        Some(cost)
    }

    #[inline(always)]
    pub(super) fn cost_and_gradient_by(
        &self,
        mut room: Room<'_, F>,
        mut waiting: Waiting<'_, F>,
        gradient: Option<&mut [F]>,
        mut crew: Crew<'_, F>,
    ) -> Option<F> {
        let (cost, _) =
            self.all_but_the_last_gradient(room.reborrow(), &mut waiting, false, crew.reborrow())?;
        let last = self.count() - 1;
        let adds = waiting.adds(last);
        let (first, above) = waiting.end(last);
        let (before, gradient) = match gradient {
            Some(gradient) if adds => (Before::At(first), gradient),
            Some(gradient) => (Before::None, gradient),
            None if adds => (Before::InPlace, first),
            None => (Before::None, first),
        };
        let (theta, decay, stage) = (self.theta, self.data.decay(), Stage::Last { before, above });
        let sink = IntoGradient { theta, gradient, stage, decay };
        self.gradient_of(last, sink, room.blocks, &crew);
        Some(cost)
    }

    /// J without λ times m.
    pub(crate) fn cost(&self, room: Room<'_, F>, crew: Crew<'_, F>) -> Option<F> {
        type Of<'x, 'y, F> = (&'x Blocks<'y, F>, Room<'x, F>, Crew<'x, F>);
        fn run<F: Float>((blocks, room, crew): Of<'_, '_, F>) -> Option<F> {
            blocks.cost_by(room, crew)
        }
        once!(F: run(Of<'x, 'y>) -> Option<T>)((self, room, crew))
    }

    fn cost_by(&self, mut room: Room<'_, F>, mut crew: Crew<'_, F>) -> Option<F> {
        let mut cost = Total::new();
        for block in 0..self.count() {
            let (of_block, _) =
                self.there_and_back(block, room.reborrow(), [false; 2], crew.reborrow())?;
            cost.add(of_block);
        }
        Some(cost.get())
    }

    /// The examples of a block, and all of their targets and more.
    fn examples(&self, block: usize) -> (Examples<'a, F>, &'a [F]) {
        let Plan { s_in, s_out, .. } = self.kernels.plan;
        self.data.block([s_in, s_out], block)
    }

    /// Every block forward, and back where something learns, and all but the last into `waiting`: Δ of that
    /// is for who calls. Gives J without λ times m, and if it is `wanted` a bound of every |entry| of ∇J, not
    /// finite where one is not.
    #[inline(always)]
    pub(super) fn all_but_the_last_gradient(
        &self,
        mut room: Room<'_, F>,
        waiting: &mut Waiting<'_, F>,
        wanted: bool,
        mut crew: Crew<'_, F>,
    ) -> Option<(F, F)> {
        let (mut cost, mut bound, last) = (Total::new(), F::zero(), self.count() - 1);
        let asked = [self.kernels.plan.learning(self.theta.len()) > 0, wanted];
        let mut take = |(of_block, of_slopes)| {
            cost.add(of_block);
            bound += of_slopes;
        };
        let (threads, mut block) = (crew.whole(2 * TILE * self.theta.len()), 0);
        while threads > 1 && block + 2 * threads <= last {
            let blocks = (block, threads);
            let found = self.pairs(blocks, room.reborrow(), waiting, asked, crew.reborrow());
            for Apart(found) in &found[..threads] {
                found.as_ref()?.iter().copied().for_each(&mut take);
            }
            block += 2 * threads;
        }
        for block in block..=last {
            take(self.there_and_back(block, room.reborrow(), asked, crew.reborrow())?);
            if block < last {
                let adds = waiting.adds(block);
                self.add_gradient(block, room.blocks, waiting.first(), adds, &crew);
                crew.carry(waiting, block, &[]);
            }
        }
        Some((cost.get(), bound))
    }

    /// Blocks from this one on, a pair of them whole by each thread, so that nothing is exchanged inside a block: their sums
    /// into `waiting`. Gives of each what [`there_and_back`](Self::there_and_back) does.
    #[inline(never)]
    fn pairs(
        &self,
        (first, threads): (usize, usize),
        room: Room<'_, F>,
        waiting: &mut Waiting<'_, F>,
        asked: [bool; 2],
        crew: Crew<'_, F>,
    ) -> OfPairs<F> {
        let (mut found, each) = ([Apart(None); MOST], crew.of_one());
        let entries = self.theta.len();
        let (Crew { threads: who, whole, .. }, mut room_of_another) = crew.apart();
        let crew = Crew { threads: who, ..Crew::alone() };
        let whole = &mut whole[..(threads - 1) * each];
        let own = Pair { first, room, sum: waiting.first() };
        let pairs = (1..).zip(whole.chunks_exact_mut(each)).map(|(index, room)| {
            let (blocks, sum) = room.split_at_mut(each - entries);
            let room = Room { blocks, weights: &mut room_of_another()[COSTS..] };
            Pair { first: first + 2 * index, room, sum }
        });
        let pairs = iter::once(own).chain(pairs).zip(&mut found);
        crew.deal(pairs, |(pair, Apart(found))| *found = pair.run(self, asked));
        let mut sums = [[].as_slice(); MOST];
        for (sum, room) in sums.iter_mut().zip(whole.chunks_exact(each)) {
            *sum = &room[each - entries..];
        }
        crew.carry(waiting, first + 1, &sums[..threads - 1]);
        found
    }

    /// Δ of a block alone, or added to what is in `gradient`.
    #[inline(always)]
    fn add_gradient(
        &self,
        block: usize,
        blocks: &[F],
        gradient: &mut [F],
        adds: bool,
        crew: &Crew<'_, F>,
    ) {
        let stage = if adds { Stage::Middle } else { Stage::First };
        let sink = IntoGradient { theta: self.theta, gradient, stage, decay: self.data.decay() };
        self.gradient_of(block, sink, blocks, crew);
    }

    /// A block forward, and with a gradient back. Gives the sum of its costs, and if it is `wanted` a bound
    /// of every |entry| of its Δ. Nothing where some z is not finite.
    fn there_and_back(
        &self,
        block: usize,
        room: Room<'_, F>,
        [gradient, wanted]: [bool; 2],
        crew: Crew<'_, F>,
    ) -> Option<(F, F)> {
        let (x, targets) = self.examples(block);
        let Room { blocks, weights } = room;
        let costs = &mut [F::zero(); TILE];
        let all = Share {
            blocks: self,
            first: self.data.first(block),
            x,
            targets,
            room: Layered::new(blocks),
            weights,
            costs: &mut costs[..x.count],
            gradient,
            wanted,
        };
        let parts = crew.parts(self.theta.len() * x.count, x.count);
        let (largest_a, largest_delta) =
            if parts == 1 { shared!(F: Share<'x, 'y>)(all)? } else { in_parts(all, parts, crew)? };
        let sum = costs[..x.count].iter().fold(F::zero(), |sum, &cost| sum + cost);
        Some((sum, largest_delta * largest_a * count(x.count)))
    }

    /// [`gradient_of`] a block that has been gone through.
    #[inline(always)]
    fn gradient_of(
        &self,
        block: usize,
        sink: IntoGradient<'_, F>,
        blocks: &[F],
        crew: &Crew<'_, F>,
    ) {
        let ((x, _), all) = (self.examples(block), self.theta.len());
        let plan = self.kernels.plan;
        gradient_of(Gradients { plan, sink, entries: 0..all, x, blocks, room: &mut [] }, crew);
    }
}

/// All of Δ of a block, of what learns.
#[inline(always)]
pub(super) fn gradient_of<F: Float, K: Compiled<F> + Send>(
    of: Gradients<'_, F, K>,
    crew: &Crew<'_, F>,
) {
    let learning = of.plan.learning(of.entries.len());
    let (plan, parts) = (of.plan, crew.parts(learning * of.x.count, learning));
    if parts == 1 {
        K::gradients(of)
    } else {
        in_parts_of_rows(of, (plan, 0, learning), parts, crew)
    }
}

/// The same in parts: where the rows of a plan with so many entries that learn, from some on, are cut.
#[inline(never)]
fn in_parts_of_rows<F: Float, K: Compiled<F> + Send>(
    of: Gradients<'_, F, K>,
    (plan, first, learning): (Plan<F>, usize, usize),
    parts: usize,
    crew: &Crew<'_, F>,
) {
    let end = plan.ends((first, learning), parts, (of.entries.start, of.sink.begin()));
    crew.share(of, parts, |of, part| of.split_at(end(part)), K::gradients);
}

/// Some rows of Δ of a block.
fn gradient_of_some<F: Float>(of: Gradients<'_, F, IntoGradient<'_, F>>, crew: &Crew<'_, F>) {
    // What is frozen takes as much of a part as if it learned.
    let mut plan = of.plan;
    plan.frozen = Frozen::NONE;
    let (first, count) = (of.entries.start, of.entries.len());
    let parts = crew.parts(count * of.x.count, count);
    in_parts_of_rows(of, (plan, first, count), parts, crew);
}

/// All pieces of a gradient in the order in which they are computed, and who is told of each as soon as it is there.
pub(crate) struct Pieces<'a, 's, F> {
    /// Where each begins, which is where a row of some [bias | weights]ᵀ does. They are taken when they are told.
    pub(crate) pieces: &'a mut [(usize, &'s mut [F])],
    pub(crate) told: &'a mut Told<'a, 's, F>,
}

impl<F: Float> Pieces<'_, '_, F> {
    /// `sum`s each of them, by its entries and where they go, and tells.
    #[inline(always)]
    pub(super) fn sum(
        self,
        theta: &[F],
        stage: Stage<'_, F>,
        decay: Decay<F>,
        mut sum: impl FnMut(Range<usize>, IntoGradient<'_, F>),
    ) {
        for (begin, piece) in self.pieces {
            let (begin, gradient) = (*begin, mem::take(piece));
            let entries = begin..begin + gradient.len();
            let (theta, stage) = (&theta[entries.clone()], stage.at(entries.clone()));
            sum(entries, IntoGradient { theta, gradient: &mut *gradient, stage, decay });
            (self.told)(begin, gradient);
        }
    }
}

/// Who is told where entries begin, and they themselves.
pub(crate) type Told<'a, 's, F> = dyn FnMut(usize, &'s mut [F]) + 'a;

/// What is found of both blocks of each pair, or nothing where some z is not finite.
type OfPairs<F> = [Apart<Option<[(F, F); 2]>>; MOST];

/// Two blocks that the tree adds first, by one thread.
struct Pair<'a, F> {
    first: usize,
    room: Room<'a, F>,
    /// Where the sum of their Δ goes.
    sum: &'a mut [F],
}

impl<F: Float> Pair<'_, F> {
    fn run(self, of: &Blocks<'_, F>, asked: [bool; 2]) -> Option<[(F, F); 2]> {
        let Self { first, mut room, sum } = self;
        let mut found = [(F::zero(), F::zero()); 2];
        for (block, found) in (first..).zip(&mut found) {
            *found = of.there_and_back(block, room.reborrow(), asked, Crew::alone())?;
            of.add_gradient(block, room.blocks, sum, block > first, &Crew::alone());
        }
        Some(found)
    }
}

/// Some rows of a block, forward and back.
struct Share<'a, 'b, F: 'static> {
    blocks: &'b Blocks<'a, F>,
    /// The number of the first example.
    first: usize,
    x: Examples<'a, F>,
    /// From the first example on.
    targets: &'a [F],
    room: Layered<'b, F>,
    weights: &'b mut [F],
    costs: &'b mut [F],
    gradient: bool,
    wanted: bool,
}

impl<F: Float> Task<F> for Share<'_, '_, F> {
    /// The largest |a|, at least 1, and the largest |δ|, if they are wanted.
    type Output = Option<(F, F)>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> Self::Output {
        let Self { blocks, first, x, targets, mut room, weights, costs, gradient, wanted } = self;
        let Blocks { theta, data, weights: of_examples, drops, kernels } = blocks;
        let &Kernels { plan, costs: by } = kernels;
        let mut end = Costs {
            checked: data.checked,
            gradient,
            targets,
            scale: data.scale(),
            weights: of_examples.map_or([].as_slice(), |all| &all[first..first + x.count]),
            drops: drops.cloned(),
            first: data.place.first + first,
            by: by[usize::from(gradient)],
            costs,
            watched: wanted,
            largest_a: F::one(),
        };
        if !forward::<V>(plan, theta, x, room.reborrow(), &mut end) {
            return None;
        }
        let largest_a = end.largest_a;
        let largest_delta = if gradient {
            deltas::<V>(plan, theta, x.count, room, weights, wanted)
        } else {
            F::zero()
        };
        Some((largest_a, largest_delta))
    }
}

impl<'a, 'b, F: Float> Share<'a, 'b, F> {
    /// The first `rows`, and the others, with other room for costs and transposed weights.
    fn split_at(self, rows: usize, other: &'b mut [F]) -> (Self, Self) {
        let Plan { s_in, s_out, .. } = self.blocks.kernels.plan;
        let Examples { entries, stride, count } = self.x;
        let (x, x_rest) = entries.split_at(rows * s_in);
        let (room, room_rest) = self.room.split_at(rows);
        let (costs_rest, weights) = other.split_at_mut(COSTS);
        let costs = &mut self.costs[..rows];
        let first = Self { x: Examples { entries: x, stride, count: rows }, room, costs, ..self };
        let rest = Self {
            first: self.first + rows,
            x: Examples { entries: x_rest, stride, count: count - rows },
            targets: &self.targets[rows * s_out..],
            room: room_rest,
            weights,
            costs: &mut costs_rest[..count - rows],
            ..self
        };
        (first, rest)
    }
}

/// All of it in so many parts: the largest of what they give, or nothing where one gives nothing.
fn in_parts<F: Float>(
    mut all: Share<'_, '_, F>,
    parts: usize,
    mut crew: Crew<'_, F>,
) -> Option<(F, F)> {
    let (kernel, count) = (shared!(F: Share<'x, 'y>), all.x.count);
    let costs = mem::take(&mut all.costs);
    let all = Share { costs: &mut *costs, ..all };
    let found = {
        let (crew, mut room) = crew.reborrow().apart();
        let split = |all, part| Share::split_at(all, size(count, parts, part), room());
        crew.ask(all, parts, split, kernel)
    };
    let (_, mut room) = crew.apart();
    for part in 1..parts {
        let of_part = &mut costs[cut(count, parts, part)..cut(count, parts, part + 1)];
        of_part.copy_from_slice(&room()[..of_part.len()]);
    }
    found[..parts].iter().try_fold((F::one(), F::zero()), |(most_a, most_delta), found| {
        found.map(|(a, delta)| (a.max(most_a), delta.max(most_delta)))
    })
}
