//! Threads that wait for work and do it together with who has it: fork and join, and nothing else.
//!
//! A piece of work is announced by a number that grows by one; each thread does the part of its own
//! number, and counts down; who has called does part 0, and waits until none is left.

use std::any::Any;
use std::boxed::Box;
use std::cell::UnsafeCell;
use std::hint;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::vec::Vec;

/// What a thread spins, waiting, before it sleeps: about 50 microseconds. Between the phases of a step it
/// waits for less; to wake up from sleep takes as long.
const SPINS: usize = 2_000;

/// Two cache lines, which processors fetch in pairs: what stands here shares none with others.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Apart<T>(T);

/// A part of what is to be done, by number.
type Work<'a> = &'a (dyn Fn(usize) + Sync);

#[derive(Debug)]
pub(super) struct Team {
    shared: Arc<Shared>,
    handles: Vec<JoinHandle<()>>,
    /// Whose threads they are: a process that is forked has this value, and none of them.
    process: u32,
}

#[derive(Debug)]
struct Shared {
    /// Whether somebody's work is being done.
    taken: Apart<AtomicBool>,
    /// How often work has been announced.
    announced: Apart<AtomicUsize>,
    /// How many threads have not done their part yet.
    left: Apart<AtomicUsize>,
    work: Apart<UnsafeCell<Announced>>,
    /// Of each thread, whether it sleeps.
    asleep: Box<[Apart<AtomicBool>]>,
    /// Whether who has called sleeps, and who that is.
    waits: Apart<AtomicBool>,
    caller: Mutex<Option<Thread>>,
    /// What the first part that panicked has said.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    spins: usize,
}

#[derive(Clone, Copy, Debug)]
struct Announced {
    /// None ends the threads.
    work: Option<*const (dyn Fn(usize) + Sync)>,
    parts: usize,
}

// SAFETY: `work` is written by who has `taken` the team, before it announces it and after `left` is
// 0; threads read it in between, after the announcement, which orders the two. What it points to is
// `Sync`, and alive meanwhile.
unsafe impl Sync for Shared {}

// SAFETY: as above; a pointer is what keeps it from being so by itself.
unsafe impl Send for Shared {}

impl Team {
    /// So many threads besides who calls.
    ///
    /// # Errors
    ///
    /// If the system gives fewer: then those that were there have ended.
    pub(super) fn new(others: usize) -> io::Result<Self> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let shared = Arc::new(Shared {
            taken: Apart::default(),
            announced: Apart::default(),
            left: Apart::default(),
            work: Apart(UnsafeCell::new(Announced { work: None, parts: 0 })),
            asleep: (0..others).map(|_| Apart::default()).collect(),
            waits: Apart::default(),
            caller: Mutex::default(),
            panic: Mutex::default(),
            // Who spins where others wait for a core keeps them waiting.
            spins: if others < cores { SPINS } else { 0 },
        });
        let mut team = Self { shared, handles: Vec::new(), process: process::id() };
        for index in 0..others {
            let shared = Arc::clone(&team.shared);
            let builder = thread::Builder::new().name("constprop".into());
            // Where it fails, `team` is dropped, and so the threads end that have begun.
            team.handles.push(builder.spawn(move || shared.serve(index))?);
        }
        Ok(team)
    }

    /// `work` of every number below `parts`, each once, at the same time; if there are more than
    /// threads, or others have the threads, one after the other. Panics if a part does, after all have ended.
    pub(super) fn run(&self, parts: usize, work: Work<'_>) {
        let several = parts > 1 && parts <= self.handles.len() + 1;
        if !several || !self.take() {
            return (0..parts).for_each(work);
        }
        let _taken = Taken(&self.shared);
        // SAFETY: the team is taken, and nobody works. The lifetime of `work` is forgotten while
        // threads may call it: `work_with` returns, and unwinds, only after the last of them has.
        unsafe {
            *self.shared.work.0.get() = Announced {
                work: Some(std::mem::transmute::<Work<'_>, *const (dyn Fn(usize) + Sync)>(work)),
                parts,
            };
        }
        self.work_with(work);
    }

    /// Takes the team, if nobody has it, and if it is of this process.
    fn take(&self) -> bool {
        self.process == process::id() && !self.shared.taken.0.swap(true, Ordering::Acquire)
    }

    /// Announces the work, does part 0, and waits for the others.
    fn work_with(&self, work: Work<'_>) {
        let shared = &*self.shared;
        shared.left.0.store(self.handles.len(), Ordering::Relaxed);
        self.announce();
        shared.do_part(0, work);
        shared.await_all();
        if let Some(panic) = locked(&shared.panic).take() {
            resume_unwind(panic);
        }
    }

    fn announce(&self) {
        // Sequentially consistent here and in `sleep`: either the thread sees the announcement, or it is
        // seen to sleep.
        self.shared.announced.0.fetch_add(1, Ordering::SeqCst);
        for (asleep, handle) in self.shared.asleep.iter().zip(&self.handles) {
            if asleep.0.load(Ordering::SeqCst) {
                handle.thread().unpark();
            }
        }
    }
}

impl Drop for Team {
    /// Ends the threads, and waits for that. Those of another process are not there.
    fn drop(&mut self) {
        if self.process != process::id() {
            return self.handles.drain(..).for_each(std::mem::forget);
        }
        // SAFETY: nobody else has the team, so nobody works.
        unsafe { (*self.shared.work.0.get()).work = None };
        self.announce();
        for handle in self.handles.drain(..) {
            // It has caught every panic.
            let _ = handle.join();
        }
    }
}

/// Gives the team back.
struct Taken<'a>(&'a Shared);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.taken.0.store(false, Ordering::Release);
    }
}

impl Shared {
    /// What a thread does until the team is dropped.
    fn serve(&self, index: usize) {
        let mut done = 0;
        loop {
            self.await_another(done, index);
            done = done.wrapping_add(1);
            // SAFETY: it has been announced, and stays as it is until this thread counts down.
            let Announced { work, parts } = unsafe { *self.work.0.get() };
            let Some(work) = work else { return };
            if index + 1 < parts {
                // SAFETY: who has announced it is waiting for this thread, and keeps it alive.
                self.do_part(index + 1, unsafe { &*work });
            }
            // Here and in `await_all` the order is the same for all, as in `announce`.
            let last = self.left.0.fetch_sub(1, Ordering::SeqCst) == 1;
            if last
                && self.waits.0.load(Ordering::SeqCst)
                && let Some(caller) = locked(&self.caller).take()
            {
                caller.unpark();
            }
        }
    }

    /// Waits until no thread is left that has not done its part.
    fn await_all(&self) {
        let left = || self.left.0.load(Ordering::SeqCst) > 0;
        for _ in 0..self.spins {
            if !left() {
                return;
            }
            hint::spin_loop();
        }
        *locked(&self.caller) = Some(thread::current());
        self.waits.0.store(true, Ordering::SeqCst);
        while left() {
            thread::park();
        }
        self.waits.0.store(false, Ordering::SeqCst);
    }

    /// Waits until more has been announced than is done.
    fn await_another(&self, done: usize, index: usize) {
        for _ in 0..self.spins {
            if self.announced.0.load(Ordering::Acquire) != done {
                return;
            }
            hint::spin_loop();
        }
        let asleep = &self.asleep[index].0;
        asleep.store(true, Ordering::SeqCst);
        while self.announced.0.load(Ordering::SeqCst) == done {
            thread::park();
        }
        asleep.store(false, Ordering::SeqCst);
    }

    fn do_part(&self, part: usize, work: Work<'_>) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(part))) {
            locked(&self.panic).get_or_insert(panic);
        }
    }
}

/// What stands in them is whole at any time.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
