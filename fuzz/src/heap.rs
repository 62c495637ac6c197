//! How much of the heap is taken.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, which counts what this thread holds.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: everything is handed on to the system's allocator; the trait's `realloc` calls these, so that
// while it copies both blocks count.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller's promise, handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: the caller's promise, handed on.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs what is given `length` bytes, and holds that it takes at most `times` as many of the heap at any
/// moment, and `beside` whatever the length.
#[track_caller]
pub fn at_most<R>(length: usize, times: usize, beside: usize, run: impl FnOnce() -> R) -> R {
    let before = HELD.get();
    MOST.set(before);
    let result = run();
    let taken = (MOST.get() - before).cast_unsigned();
    assert!(
        taken <= times * length + beside,
        "{taken} bytes of the heap for {length} bytes; {times} times and {beside} are the most"
    );
    result
}
