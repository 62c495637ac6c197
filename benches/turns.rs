//! Groups of steps that take turns, each compared with its neighbours, so that what else runs on the machine
//! slows all of them down. What is found are medians over the rounds.

use std::time::Instant;

const ROUNDS: usize = 1000;

/// Long enough for the clock, short enough to fall between two interruptions.
const MICROSECONDS: f64 = 200.0;

/// Of each way: nanoseconds for a step, and how many times the first way's that is.
pub struct Found<const WAYS: usize> {
    pub nanoseconds: [f64; WAYS],
    pub times: [f64; WAYS],
}

/// `step` of each way, by its number.
pub fn turns<const WAYS: usize>(mut step: impl FnMut(usize)) -> Found<WAYS> {
    let mut time = |which: usize, steps: usize| {
        // Caches, and threads that sleep, are as the way before has left them.
        (0..steps / 2).for_each(|_| step(which));
        let start = Instant::now();
        for _ in 0..steps {
            step(which);
        }
        start.elapsed().as_secs_f64() / steps as f64
    };
    let warm = (0..WAYS).map(|which| time(which, 200)).fold(f64::INFINITY, f64::min);
    let steps = (MICROSECONDS * 1e-6 / warm).ceil() as usize;
    let rounds: Vec<[f64; WAYS]> =
        (0..ROUNDS).map(|_| std::array::from_fn(|which| time(which, steps))).collect();
    let nanoseconds = |which: usize| 1e9 * median(rounds.iter().map(|round| round[which]));
    // Both neighbours in time, so that a machine that speeds up or slows down does neither any good.
    let times = |which: usize| {
        let pairs = rounds.windows(2).map(|two| two[0][which] / (0.5 * (two[0][0] + two[1][0])));
        median(pairs)
    };
    Found { nanoseconds: std::array::from_fn(nanoseconds), times: std::array::from_fn(times) }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
