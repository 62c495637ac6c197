//! What both Rust programs share: data, and how calls are timed. `constants.cc` does the same.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Examples to go through again and again.
pub const POOL: usize = 1024;
/// After so many steps the programs have to agree on J.
pub const STEPS: usize = 200;

/// The same numbers in every program: xorshift64*.
pub struct Random(u64);

impl Random {
    pub fn new() -> Self {
        Self(88_172_645_463_325_252)
    }

    /// From `-bound` to `bound`.
    pub fn next(&mut self, bound: f64) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(2_685_821_657_736_338_717) >> 11;
        bound * (2.0 * (bits as f64 / 9_007_199_254_740_992.0) - 1.0)
    }

    /// Bias and weights of a layer, as they lie in memory.
    pub fn layer(&mut self, inputs: usize, outputs: usize) -> Vec<f32> {
        let bound = (6.0 / (inputs + outputs) as f64).sqrt();
        let mut theta = vec![0.0; outputs];
        theta.extend((0..inputs * outputs).map(|_| self.next(bound) as f32));
        theta
    }

    /// Inputs, and tanh of a random linear map of them.
    pub fn examples(&mut self, inputs: usize, outputs: usize) -> (Vec<f32>, Vec<f32>) {
        let map: Vec<f32> = (0..inputs * outputs).map(|_| self.next(0.7) as f32).collect();
        let x: Vec<f32> = (0..POOL * inputs).map(|_| self.next(1.0) as f32).collect();
        let rows = x.chunks(inputs).flat_map(|x| map.chunks(inputs).map(move |map| (x, map)));
        let y = rows.map(|(x, map)| map.iter().zip(x).map(|(a, x)| a * x).sum::<f32>().tanh());
        let y = y.collect();
        (x, y)
    }
}

/// Half the mean squared error, from all outputs and targets.
pub fn cost(outputs: &[f32], targets: &[f32]) -> f64 {
    let squares = outputs.iter().zip(targets).map(|(h, y)| f64::from(h - y).powi(2));
    squares.sum::<f64>() / (2 * POOL) as f64
}

/// Nanoseconds for a call: the median over groups of about 0.2 ms, for `time` after a warm-up.
pub fn time(time: Duration, mut call: impl FnMut(usize)) -> f64 {
    let (start, mut calls) = (Instant::now(), 0);
    while start.elapsed() < time / 4 || calls < 3 {
        call(calls);
        calls += 1;
    }
    let group = (2e-4 * calls as f64 / start.elapsed().as_secs_f64()).ceil() as usize;
    let (start, mut groups) = (Instant::now(), Vec::new());
    while start.elapsed() < time || groups.len() < 5 {
        let start = Instant::now();
        for i in 0..group {
            call(i);
        }
        groups.push(start.elapsed().as_nanos() as f64 / group as f64);
    }
    groups.sort_by(f64::total_cmp);
    groups[groups.len() / 2]
}

/// Prints p50, p99, p99.9 and the maximum of so many calls in nanoseconds, less what the clock takes.
pub fn delays(what: &str, calls: usize, mut call: impl FnMut(usize)) {
    let measure = |call: &mut dyn FnMut(usize)| {
        let mut times = vec![0; calls];
        for (i, time) in times.iter_mut().enumerate() {
            let start = Instant::now();
            call(i);
            *time = start.elapsed().as_nanos() as i64;
        }
        times.sort_unstable();
        times
    };
    let clock = measure(&mut |i| {
        black_box(i);
    })[calls / 2];
    measure(&mut call);
    let times = measure(&mut call);
    let at = |part: f64| times[((calls as f64 * part) as usize).min(calls - 1)] - clock;
    println!("{what} {} {} {} {} {clock}", at(0.5), at(0.99), at(0.999), at(1.0));
}
