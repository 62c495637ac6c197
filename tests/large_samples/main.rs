//! Samples that a small stack holds once or twice: x of 224 · 224 · 3 numbers, on a thread of 2 MiB.
//!
//! To be run unoptimized, where everything that is passed by value is copied:
//! `cargo test --profile dev --test large_samples`.

#![cfg(feature = "std")]

mod data;

mod train;

mod wide;

/// Runs a test where a default thread of the standard library would.
fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    on_a_stack_of(2 << 20, test);
}

fn on_a_stack_of(bytes: usize, test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(bytes).spawn(test).unwrap();
    thread.join().unwrap();
}
