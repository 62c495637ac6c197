//! Several threads for one batch: which of them does what, and how much must be done for that to pay.

mod lines;
#[cfg(feature = "std")]
mod team;

#[cfg(feature = "std")]
use alloc::sync::Arc;
#[cfg(feature = "std")]
use core::mem::MaybeUninit;

#[cfg(feature = "std")]
use crate::error::Error;
#[cfg(feature = "alloc")]
pub(crate) use lines::Lined;
pub(crate) use lines::{Apart, LINE, LINES, at_a_line};
#[cfg(feature = "std")]
use team::Team;

/// Threads that a [`Workspace`](crate::Workspace) shares its work with.
///
/// Every entry of a product is one chain of multiply-adds, whoever computes it. So the examples of a block are
/// dealt out for the way forward and back, the rows of Δ and the parameters for gradient and update. Of many blocks
/// each thread has whole ones, two at a time, which the tree of sums adds first. The result is the same **to the last
/// bit** for any number of threads, and as without any.
///
/// On a machine with several memory nodes, [`Workspace::boxed_on`](crate::Workspace::boxed_on), those of the other workspaces
/// and [`boxed_clone_on`](crate::Parameters::boxed_clone_on) lay each thread's part on its own.
///
/// Each phase ends when its last part does. A part whose thread has not started, since it sleeps or other programs have
/// its core, is done by the caller; one that has been started is waited for. So threads are for cores that are free;
/// beside other programs they cost processor time, and bring less.
///
/// The threads live as long as the last clone of this value. They wait awake for some microseconds, then
/// asleep. They do nothing else: no jobs of a caller's pool, under whose lock or on whose stack it might wait. While
/// they work for one caller, another computes alone, and so does who calls from within, and a process that was forked. A
/// panic in an activation or a cost of the user's reaches the caller.
///
/// ```
/// use constprop::Threads;
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Net(8 => 64 Tanh => 1 Identity) minimizing HalfSquaredError;
/// }
/// let net = Net::<f32>::seeded(1);
/// let (x, y) = (vec![[0.5; 8]; 300], vec![[1.0]; 300]);
/// let lambda = Regularization::article(0.1);
/// let mut alone = Workspace::boxed();
/// let mut shared = Workspace::boxed();
/// shared.set_threads(&Threads::new(2)?);
/// let (j, gradient) = net.cost_and_gradient_in(&x, &y, &lambda, &mut alone)?;
/// let (same, slopes) = net.cost_and_gradient_in(&x, &y, &lambda, &mut shared)?;
/// assert!(j == same && gradient.parameters() == slopes.parameters());
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Debug)]
#[cfg(feature = "std")]
pub struct Threads {
    team: Arc<Team>,
    count: usize,
    grain: usize,
}

/// Without threads nobody has any.
#[derive(Clone, Debug)]
#[cfg(not(feature = "std"))]
pub(crate) enum Threads {}

/// More are of no use to a block of examples.
pub(crate) const MOST: usize = 64;

/// Where the `part` of so many `parts` of `all` begins.
pub(crate) const fn cut(all: usize, parts: usize, part: usize) -> usize {
    all * part / parts
}

/// How many of `all` the `part` has, from 1 on, of so many `parts`.
pub(crate) const fn size(all: usize, parts: usize, part: usize) -> usize {
    cut(all, parts, part) - cut(all, parts, part - 1)
}

/// `all` in so many parts; `split` gives the part of a number, from 1 on, and what is behind it.
pub(crate) fn split_up<I>(
    all: I,
    parts: usize,
    mut split: impl FnMut(I, usize) -> (I, I),
) -> impl Iterator<Item = I> {
    let mut rest = Some(all);
    (1..=parts).filter_map(move |part| {
        let all = rest.take()?;
        if part == parts {
            return Some(all);
        }
        let (first, behind) = split(all, part);
        rest = Some(behind);
        Some(first)
    })
}

/// The least work for one thread, in multiply-adds of `f32`.
#[cfg(feature = "std")]
const GRAIN: usize = 128 * 1024;

/// What one of such scalars counts as: of `f64` registers hold half as many.
#[cfg(feature = "std")]
const fn weight<T>() -> usize {
    if size_of::<T>() > size_of::<f32>() { 2 } else { 1 }
}

#[cfg(feature = "std")]
impl Threads {
    /// So many threads, the caller's own among them; up to 64.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for 0 threads, for more than 64, or more than the system gives.
    #[allow(clippy::cast_precision_loss, reason = "it is printed")]
    pub fn new(count: usize) -> Result<Self, Error> {
        let error = |expected| Error::Setting { name: "threads", value: count as f64, expected };
        if !(1..=MOST).contains(&count) {
            return Err(error("from 1 to 64"));
        }
        let team = Team::new(count - 1).map_err(|_| error("no more than the system gives"))?;
        Ok(Self { team: Arc::new(team), count, grain: GRAIN })
    }

    /// With another least work for one thread in one phase, in multiply-adds of `f32`, where one of `f64` counts as 2, an
    /// entry of a step as 4, and of `f64` as 6: what is smaller is done by fewer threads. It is 131,072 unless said
    /// otherwise, some 1 to 3 microseconds of a fast core, where to begin and to end together takes one and a half at most.
    #[must_use]
    pub fn with_grain(self, multiply_adds: usize) -> Self {
        Self { grain: multiply_adds, ..self }
    }

    /// How many there are, with the caller's.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// How many threads so many multiply-adds are worth.
    pub(crate) fn worth<T>(&self, work: usize) -> usize {
        let work = work.saturating_mul(weight::<T>());
        self.count.min(work.checked_div(self.grain).unwrap_or(work)).max(1)
    }

    fn run(&self, parts: usize, work: &(dyn Fn(usize) + Sync), in_place: bool) {
        self.team.run(parts, work, in_place);
    }
}

#[cfg(not(feature = "std"))]
impl Threads {
    pub(crate) const fn count(&self) -> usize {
        match *self {}
    }

    #[allow(clippy::extra_unused_type_parameters, reason = "as where there are threads")]
    pub(crate) const fn worth<T>(&self, _: usize) -> usize {
        match *self {}
    }

    fn run(&self, _: usize, _: &(dyn Fn(usize) + Sync), _: bool) {
        match *self {}
    }
}

#[cfg(feature = "std")]
impl Threads {
    /// `work` of `all` in so many parts, each by its own thread: for what is to be done there, not soon.
    pub(crate) fn share_in_place<I: Send>(
        &self,
        all: I,
        parts: usize,
        split: impl FnMut(I, usize) -> (I, I),
        work: impl Fn(I) + Sync,
    ) {
        self.deal(split_up(all, parts, split), work, true);
    }

    /// Writes every entry, each thread those that it would be dealt.
    pub(crate) fn write<T: Send>(
        &self,
        room: &mut [MaybeUninit<T>],
        entry: impl Fn(usize) -> T + Sync,
    ) {
        let (begin, all) = (room.as_ptr(), room.len());
        self.share_in_place(
            (0, room),
            self.count,
            |(first, room), part| {
                let end = at_a_line(begin, cut(all, self.count, part));
                let (here, behind) = room.split_at_mut(end - first);
                ((first, here), (end, behind))
            },
            |(first, room)| {
                for (index, place) in (first..).zip(room) {
                    place.write(entry(index));
                }
            },
        );
    }
}

/// The items, each of which one thread has for itself.
struct Items<T>(*mut T);

// SAFETY: an item is taken by one thread, and `T` may go there.
unsafe impl<T: Send> Sync for Items<T> {}

impl<T> Items<T> {
    const fn at(&self, index: usize) -> *mut T {
        self.0.wrapping_add(index)
    }
}

impl Threads {
    /// `work` of each item, at most as many as there are threads, at the same time; `in_place` each by the thread of its
    /// number, also if that has to be woken.
    pub(crate) fn deal<I: Send>(
        &self,
        items: impl IntoIterator<Item = I>,
        work: impl Fn(I) + Sync,
        in_place: bool,
    ) {
        let mut dealt = [const { Apart(None) }; MOST];
        let mut count = 0;
        for (item, place) in items.into_iter().zip(&mut dealt) {
            place.0 = Some(item);
            count += 1;
        }
        let items = Items(dealt.as_mut_ptr());
        let work = |index| {
            // SAFETY: `run` gives each number below `count` once, so nobody else has this item, and returns
            // when all are done.
            let Apart(item) = unsafe { &mut *items.at(index) };
            item.take().map(&work).unwrap_or_default();
        };
        self.run(count, &work, in_place);
    }
}
