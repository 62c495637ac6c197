//! Who computes a block: one thread, or several side by side, each by a function that has been chosen for the
//! registers.

use core::{iter, mem};

use super::elementwise::update;
use super::pairwise::{Carried, Waiting};
use super::passes::sink::{Add, first_mut};
use super::registers::{Float, as_floats_mut};
use super::values::all_finite;
use crate::threads::{Apart, LINES, MOST, Threads, at_a_line, split_up};
pub(crate) use crate::threads::{cut, size};

use nalgebra::RealField;

/// The caller's thread, and others where there are any.
pub(crate) struct Crew<'a, T> {
    pub(crate) threads: Option<&'a Threads>,
    /// Room for transposed weights, for each of the others, behind what else it writes by itself.
    pub(crate) weights: &'a mut [T],
    /// Room for a block and for a sum of blocks, for each of the others, where blocks are computed whole.
    pub(crate) whole: &'a mut [T],
}

impl<'a, T> Crew<'a, T> {
    /// The same for a while.
    pub(crate) const fn reborrow(&mut self) -> Crew<'_, T> {
        Crew { threads: self.threads, weights: self.weights, whole: self.whole }
    }

    /// The caller's thread.
    pub(crate) const fn alone() -> Self {
        Self { threads: None, weights: &mut [], whole: &mut [] }
    }

    /// How many others there are, and at least 1.
    fn others(&self) -> usize {
        self.threads.map_or(1, |threads| threads.count() - 1).max(1)
    }

    /// How many threads compute whole blocks, where each is to have so much work: 1 where blocks are shared row by row.
    pub(crate) fn whole(&self, work: usize) -> usize {
        let all = 1 + self.others();
        if self.whole.is_empty() { 1 } else { self.parts(all * work, all) }
    }

    /// Without that room, and what gives each part but the first its own: of nothing where nothing is needed.
    pub(crate) fn apart(self) -> (Self, impl FnMut() -> &'a mut [T]) {
        let others = self.others();
        let Self { threads, weights, whole } = self;
        let mut rooms = weights.chunks_mut((weights.len() / others).max(1));
        (Self { threads, weights: &mut [], whole }, move || rooms.next().unwrap_or_default())
    }

    /// What the room for whole blocks of one of the others has.
    pub(crate) fn of_one(&self) -> usize {
        self.whole.len() / self.others()
    }

    /// How many threads work of so many multiply-adds is worth, that falls into so many pieces.
    #[inline(always)]
    pub(crate) fn parts(&self, work: usize, pieces: usize) -> usize {
        self.parts_of::<T>(work, pieces)
    }

    /// The same in other scalars.
    #[inline(always)]
    pub(crate) fn parts_of<E>(&self, work: usize, pieces: usize) -> usize {
        self.threads.map_or(1, |threads| threads.worth::<E>(work).min(pieces.max(1)))
    }

    /// `work` of each item, as many as `parts` has said or fewer, at the same time.
    pub(crate) fn deal<I: Send>(
        &self,
        items: impl IntoIterator<Item = I>,
        work: impl Fn(I) + Sync,
    ) {
        match self.threads {
            Some(threads) => threads.deal(items, work, false),
            None => items.into_iter().for_each(work),
        }
    }
}

impl<T> Crew<'_, T> {
    /// `work` of `all` in so many parts at the same time; `split` gives the part of a number, from 1 on, and
    /// what is behind it.
    #[inline(always)]
    pub(crate) fn share<I: Send>(
        &self,
        all: I,
        parts: usize,
        split: impl FnMut(I, usize) -> (I, I),
        work: impl Fn(I) + Sync,
    ) {
        if parts == 1 { work(all) } else { self.share_among(all, parts, split, work) }
    }

    /// A function of its own, for its room on the stack, which one thread does without.
    #[inline(never)]
    fn share_among<I: Send>(
        &self,
        all: I,
        parts: usize,
        split: impl FnMut(I, usize) -> (I, I),
        work: impl Fn(I) + Sync,
    ) {
        self.deal(split_up(all, parts, split), work);
    }
}

/// What an entry by itself takes, in multiply-adds of a product, less what it costs to share it: from 65,536 on, of `f64`
/// 43,691, two threads are as fast with steps of any optimizer, and mostly faster. Measured.
const fn of_an_entry<T>() -> usize {
    if size_of::<T>() > size_of::<f32>() { 3 } else { 4 }
}

/// The same of an entry of a sum over blocks, which others have in their caches.
const OF_A_SUM: usize = 32;

impl<'a> Crew<'a, ()> {
    /// The caller's thread and these, for what needs no room.
    pub(crate) const fn with(threads: Option<&'a Threads>) -> Self {
        Self { threads, weights: &mut [], whole: &mut [] }
    }

    /// `work` of every entry of slices of one length, in pieces: of parameters, of what is kept for each, of a gradient.
    pub(crate) fn share_entries<T: Send + Sync, const STATE: usize>(
        &self,
        theta: &mut [T],
        state: [&mut [T]; STATE],
        gradient: &[T],
        work: impl Fn(&mut [T], [&mut [T]; STATE], &[T]) + Sync,
    ) {
        let (parts, end) = self.pieces(theta, of_an_entry::<T>());
        let all = Entries { first: 0, theta, state, gradient };
        let split = |all, part| Entries::split_at(all, end(part));
        self.share(all, parts, split, |of| work(of.theta, of.state, of.gradient));
    }

    /// Whether every value is finite.
    pub(crate) fn all_finite<T: RealField>(&self, values: &[T]) -> bool {
        let (parts, end) = self.pieces(values, of_an_entry::<T>());
        if parts == 1 {
            return all_finite(values);
        }
        let mut first = 0;
        let split = |values, part| {
            let before = mem::replace(&mut first, end(part));
            <[T]>::split_at(values, first - before)
        };
        let finite = self.ask(values, parts, split, |values| all_finite(values).then_some(()));
        finite[..parts].iter().all(Option::is_some)
    }
}

/// Some entries.
struct Entries<'a, T, const STATE: usize> {
    /// The number of the first.
    first: usize,
    theta: &'a mut [T],
    state: [&'a mut [T]; STATE],
    gradient: &'a [T],
}

impl<T, const STATE: usize> Entries<'_, T, STATE> {
    /// Those before the one of this number, and the others.
    fn split_at(self, end: usize) -> (Self, Self) {
        let Self { first, theta, mut state, gradient } = self;
        let count = end - first;
        let (theta, theta_rest) = theta.split_at_mut(count);
        let (gradient, gradient_rest) = gradient.split_at(count);
        let kept = state.each_mut().map(|kept| first_mut(kept, count));
        (
            Self { first, theta, state: kept, gradient },
            Self { first: end, theta: theta_rest, state, gradient: gradient_rest },
        )
    }
}

impl<T> Crew<'_, T> {
    /// In how many pieces entries that take so much are dealt out, and where each of them ends, from 1 on: at a cache
    /// line, so that no two threads write to one.
    fn pieces<E>(
        &self,
        entries: &[E],
        work: usize,
    ) -> (usize, impl Fn(usize) -> usize + use<E, T>) {
        let (begin, count) = (entries.as_ptr(), entries.len());
        let parts = self.parts_of::<E>(work * count, size_of_val(entries) / LINES);
        (parts, move |part| at_a_line(begin, cut(count, parts, part)))
    }

    /// What `work` gives for each of so many parts, from the first on; as with [`share`](Self::share).
    pub(crate) fn ask<I: Send, R: Copy + Send>(
        &self,
        all: I,
        parts: usize,
        mut split: impl FnMut(I, usize) -> (I, I),
        work: impl Fn(I) -> Option<R> + Sync,
    ) -> [Option<R>; MOST] {
        let mut found = [Apart(None); MOST];
        let split = |(all, found), part| {
            let (first, behind) = split(all, part);
            let (here, there) = <[_]>::split_at_mut(found, 1);
            ((first, here), (behind, there))
        };
        self.share((all, &mut found[..]), parts, split, |(all, found)| found[0].0 = work(all));
        found.map(|Apart(found)| found)
    }
}

impl<'a, T: 'static> Crew<'a, T> {
    /// The same, where T is F.
    pub(crate) fn of<F: Float>(self) -> Crew<'a, F> {
        let Self { threads, weights, whole } = self;
        let of = |room| as_floats_mut(room).expect("the scalar is this one");
        Crew { threads, weights: of(weights), whole: of(whole) }
    }
}

impl<F: Float> Crew<'_, F> {
    /// Takes the sum of `block`, from elsewhere, into what is `waiting`.
    pub(crate) fn push(&self, waiting: &mut Waiting<'_, F>, block: usize, sum: &[F]) {
        let (crew, adds) = (Crew::with(self.threads), waiting.adds(block));
        crew.share_entries(waiting.first(), [], sum, |first, [], sum| {
            if adds { update(first, sum, Add) } else { first.copy_from_slice(sum) }
        });
        self.carry(waiting, block, &[]);
    }

    /// Carries on the sum of the first level, in which `block` is the last, and behind it those of `others`, each of
    /// two blocks more.
    pub(crate) fn carry(&self, waiting: &mut Waiting<'_, F>, block: usize, others: &[&[F]]) {
        let add = |sum: &mut [F], term: &[F]| update(sum, term, Add);
        if self.threads.is_none() {
            return waiting.carry(block, add);
        }
        let Some((first, above)) = waiting.carried(block) else { return };
        let sums = 1 + others.len();
        let (parts, end) = self.pieces(above.lowest(), sums * OF_A_SUM);
        let split = |all, part| Carried::split_at(all, end(part));
        self.share(above, parts, split, |mut above| {
            for (block, sum) in (block..).step_by(2).zip(iter::once(&first).chain(others)) {
                above.take(block, sum, add);
            }
        });
    }
}

#[cfg(feature = "std")]
#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::vec::Vec;

    use super::*;

    /// Wherever the whole begins: what shares a line with something else is its head and its tail.
    #[test]
    fn parts_of_entries_share_no_line() {
        fn borders<T: Send + Sync + Copy>(crew: &Crew<'_, ()>, entries: &mut [T]) -> Vec<usize> {
            let (gradient, begins) = (entries.to_vec(), Mutex::new(Vec::new()));
            crew.share_entries(entries, [], &gradient, |part, [], gradient| {
                assert_eq!(part.len(), gradient.len());
                begins.lock().expect("nobody panics").push(part.as_ptr().addr());
            });
            let mut begins = begins.into_inner().expect("nobody panics");
            begins.sort_unstable();
            assert_eq!(begins.remove(0), entries.as_ptr().addr());
            begins
        }
        let threads = Threads::new(5).expect("the system gives so many").with_grain(0);
        let crew = Crew::with(Some(&threads));
        let (mut single, mut double) = ([0_f32; 1000], [0_f64; 1000]);
        for first in 0..40 {
            let borders =
                [borders(&crew, &mut single[first..]), borders(&crew, &mut double[first..])];
            for borders in borders {
                assert_eq!(borders.len(), 4, "from {first} on");
                assert!(borders.iter().all(|at| at.is_multiple_of(LINES)), "from {first} on");
            }
        }
    }
}
