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
/// On a machine with several memory nodes, [`Workspace::boxed_on`](crate::Workspace::boxed_on) and
/// [`boxed_clone_on`](crate::Parameters::boxed_clone_on) lay each thread's part on its own.
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

#[cfg(feature = "std")]
const GRAIN: usize = 128 * 1024;

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

    /// With another least work for one thread in one phase, in multiply-adds; an entry of a step counts as 4:
    /// what is smaller is done by fewer threads. It is 131,072 unless said otherwise, some 1 to 3
    /// microseconds of a fast core, where to begin and to end together takes one and a half at most.
    #[must_use]
    pub fn with_grain(self, multiply_adds: usize) -> Self {
        Self { grain: multiply_adds, ..self }
    }

    /// How many there are, with the caller's.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// How many threads so much work is worth.
    pub(crate) fn worth(&self, work: usize) -> usize {
        self.count.min(work.checked_div(self.grain).unwrap_or(work)).max(1)
    }

    /// `work` of every number below `parts`, each once.
    pub(crate) fn run(&self, parts: usize, work: &(dyn Fn(usize) + Sync)) {
        self.team.run(parts, work);
    }
}

#[cfg(not(feature = "std"))]
impl Threads {
    pub(crate) const fn count(&self) -> usize {
        match *self {}
    }

    pub(crate) const fn worth(&self, _: usize) -> usize {
        match *self {}
    }

    pub(crate) fn run(&self, _: usize, _: &(dyn Fn(usize) + Sync)) {
        match *self {}
    }
}

#[cfg(feature = "std")]
impl Threads {
    /// `work` of every number below that of threads, each by its own thread.
    pub(crate) fn run_in_place(&self, work: impl Fn(usize) + Sync) {
        self.team.run_in_place(self.count, &work);
    }

    /// Writes every entry, each thread those that it would be dealt.
    pub(crate) fn write<T: Send>(
        &self,
        room: &mut [MaybeUninit<T>],
        entry: impl Fn(usize) -> T + Sync,
    ) {
        let (all, items) = (room.len(), Items(room.as_mut_ptr()));
        let begin = |part| at_a_line(items.at(0), cut(all, self.count, part));
        self.run_in_place(|part| {
            let end = if part + 1 == self.count { all } else { begin(part + 1) };
            for index in begin(part)..end {
                // SAFETY: parts end where the next ones begin, so nobody else writes this entry of the room.
                unsafe { (*items.at(index)).write(entry(index)) };
            }
        });
    }
}

/// The items, each of which one thread has for itself.
pub(crate) struct Items<T>(pub(crate) *mut T);

// SAFETY: an item is taken by one thread, and `T` may go there.
unsafe impl<T: Send> Sync for Items<T> {}

impl<T> Items<T> {
    pub(crate) const fn at(&self, index: usize) -> *mut T {
        self.0.wrapping_add(index)
    }
}

impl Threads {
    /// `work` of every item, at most as many as there are threads, at the same time.
    pub(crate) fn each<T: Send>(&self, items: &mut [T], work: impl Fn(&mut T) + Sync) {
        let (count, items) = (items.len(), Items(items.as_mut_ptr()));
        // SAFETY: `run` gives each number below `count` once, so nobody else has this item, and returns
        // when all are done.
        self.run(count, &|index| work(unsafe { &mut *items.at(index) }));
    }
}
