//! Threads that wait for work and do it together with who has it: fork and join, and nothing else.
//!
//! Each thread has a post, at which the part of its number is announced and where it says that it is done.
//! Who has called does part 0, then every part whose thread has not started: one that sleeps, or has no core, is not
//! waited for. What has been started is.

use std::any::Any;
use std::boxed::Box;
use std::cell::UnsafeCell;
use std::hint;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::vec::Vec;

use super::lines::Apart;
use crate::files::process;

/// What a thread spins, waiting, before it sleeps: about 50 microseconds. Between the phases of a step it
/// waits for less; to wake up from sleep takes as long.
const SPINS: usize = 2_000;

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
    /// One of each thread.
    posts: Box<[Apart<Post>]>,
    /// Whether who has called sleeps, and who that is.
    waits: Apart<AtomicBool>,
    caller: Mutex<Option<Thread>>,
    /// Whether a part has panicked, and what the first one has said.
    panicked: AtomicBool,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    spins: usize,
}

/// Where a thread and who calls meet.
#[derive(Debug)]
struct Post {
    /// One of the four below.
    state: AtomicU8,
    /// Whether the thread sleeps.
    asleep: AtomicBool,
    work: UnsafeCell<Option<*const (dyn Fn(usize) + Sync)>>,
}

/// Nothing is to be done.
const DONE: u8 = 0;
/// There is work, which nobody has started: whoever makes it [`STARTED`] or [`DONE`] does it.
const OPEN: u8 = 1;
/// The thread does it.
const STARTED: u8 = 2;
/// No work will come.
const ENDED: u8 = 3;

// SAFETY: `work` is written by who has the team, while the state is `DONE`, and read by the thread that has
// made it `STARTED` of `OPEN`, which orders the two. What it points to is `Sync`, and alive until the state is
// `DONE` again.
unsafe impl Sync for Post {}

// SAFETY: as above; a pointer is what keeps it from being so by itself.
unsafe impl Send for Post {}

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
            posts: (0..others).map(|_| Apart(Post::new())).collect(),
            waits: Apart::default(),
            caller: Mutex::default(),
            panicked: AtomicBool::new(false),
            panic: Mutex::default(),
            // Who spins where others wait for a core keeps them waiting.
            spins: if others < cores { SPINS } else { 0 },
        });
        let mut team = Self { shared, handles: Vec::new(), process: process() };
        for index in 0..others {
            let shared = Arc::clone(&team.shared);
            let builder = thread::Builder::new().name("constprop".into());
            // Where it fails, `team` is dropped, and so the threads end that have begun.
            team.handles.push(builder.spawn(move || shared.serve(index))?);
        }
        Ok(team)
    }

    /// `work` of every number below `parts`, each once, at the same time; if there are more than
    /// threads, or others have the threads, one after the other. `in_place` each by the thread of its number, also if that
    /// has to be woken. Panics if a part does, after all have ended.
    pub(super) fn run(&self, parts: usize, work: Work<'_>, in_place: bool) {
        // A process that was forked has no threads.
        let in_place = in_place && self.process == process();
        let shared = &*self.shared;
        let several = parts > 1 && parts <= shared.posts.len() + 1;
        if !several || shared.taken.0.swap(true, Ordering::Acquire) {
            return (0..parts).for_each(work);
        }
        let _taken = Taken(shared);
        let posts = &shared.posts[..parts - 1];
        self.announce(posts, work);
        shared.do_part(0, work);
        for (part, post) in (1..).zip(posts) {
            // In place a part waits for its own thread. Else what has not been started is done here: in a process that was
            // forked, which has no threads, all of it.
            if !in_place && post.0.take_back() {
                shared.do_part(part, work);
            }
        }
        shared.await_all(posts);
        if shared.panicked.load(Ordering::Relaxed) {
            shared.panicked.store(false, Ordering::Relaxed);
            if let Some(panic) = locked(&shared.panic).take() {
                resume_unwind(panic);
            }
        }
    }

    fn announce(&self, posts: &[Apart<Post>], work: Work<'_>) {
        // SAFETY: the lifetime of `work` is forgotten while threads may call it: `run` returns, and unwinds,
        // only after the last of them has.
        let work = unsafe { std::mem::transmute::<Work<'_>, *const (dyn Fn(usize) + Sync)>(work) };
        for Apart(post) in posts {
            // SAFETY: the team is taken, and nothing is to be done here.
            unsafe { *post.work.get() = Some(work) };
            post.state.store(OPEN, Ordering::Release);
        }
        // Here and in `await_call`: either the thread sees that there is work, or it is seen to sleep.
        fence(Ordering::SeqCst);
        for (Apart(post), handle) in posts.iter().zip(&self.handles) {
            if post.asleep.load(Ordering::Relaxed) {
                handle.thread().unpark();
            }
        }
    }
}

impl Drop for Team {
    /// Ends the threads, and waits for that. Those of another process are not there.
    fn drop(&mut self) {
        if self.process != process() {
            return self.handles.drain(..).for_each(std::mem::forget);
        }
        // Nobody else has the team, so nobody works.
        for (Apart(post), handle) in self.shared.posts.iter().zip(&self.handles) {
            post.state.store(ENDED, Ordering::Release);
            handle.thread().unpark();
        }
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

impl Post {
    const fn new() -> Self {
        Self {
            state: AtomicU8::new(DONE),
            asleep: AtomicBool::new(false),
            work: UnsafeCell::new(None),
        }
    }

    /// Whether the part was not started: then it is the caller's.
    fn take_back(&self) -> bool {
        self.state.load(Ordering::Relaxed) == OPEN && self.makes_of_open(DONE)
    }

    /// Whether this is who has made it that.
    fn makes_of_open(&self, state: u8) -> bool {
        let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
        self.state.compare_exchange(OPEN, state, success, failure).is_ok()
    }

    /// Waits until there is work, or none will come. Gives the state.
    fn await_call(&self, spins: usize) -> u8 {
        let called = || Some(self.state.load(Ordering::Acquire)).filter(|&state| state != DONE);
        for _ in 0..spins {
            if let Some(state) = called() {
                return state;
            }
            hint::spin_loop();
        }
        self.asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        loop {
            if let Some(state) = called() {
                self.asleep.store(false, Ordering::Relaxed);
                return state;
            }
            thread::park();
        }
    }
}

impl Shared {
    /// What a thread does until the team is dropped.
    fn serve(&self, index: usize) {
        let Apart(post) = &self.posts[index];
        while post.await_call(self.spins) != ENDED {
            if !post.makes_of_open(STARTED) {
                continue;
            }
            // SAFETY: it was written before the state was `OPEN`, and stays as it is until that is `DONE`.
            let work = unsafe { *post.work.get() };
            // SAFETY: who has announced it waits for this thread, and keeps it alive.
            if let Some(work) = work.map(|work| unsafe { &*work }) {
                self.do_part(index + 1, work);
            }
            post.state.store(DONE, Ordering::Release);
            // Here and in `await_all`, as in `announce`.
            fence(Ordering::SeqCst);
            if self.waits.0.load(Ordering::Relaxed)
                && let Some(caller) = &*locked(&self.caller)
            {
                caller.unpark();
            }
        }
    }

    /// Waits until every part is done.
    fn await_all(&self, posts: &[Apart<Post>]) {
        let left = || posts.iter().any(|post| post.0.state.load(Ordering::Acquire) != DONE);
        for _ in 0..=self.spins {
            if !left() {
                return;
            }
            hint::spin_loop();
        }
        *locked(&self.caller) = Some(thread::current());
        self.waits.0.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        while left() {
            thread::park();
        }
        self.waits.0.store(false, Ordering::Relaxed);
    }

    fn do_part(&self, part: usize, work: Work<'_>) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(part))) {
            locked(&self.panic).get_or_insert(panic);
            self.panicked.store(true, Ordering::Relaxed);
        }
    }
}

/// What stands in them is whole at any time.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
