//! What a gradient from outside takes beside that of the network's own cost, on the shapes of W3 and W5:
//! `cargo bench -p constprop-benches --bench inside`.
//!
//! Groups of steps take turns, and each is compared with its neighbours, so that what else runs on the machine
//! slows all of them down. Printed are medians over the rounds.

#[path = "../examples/workloads/data.rs"]
#[allow(dead_code, reason = "more workloads have their data there")]
mod data;
#[path = "../examples/workloads/networks.rs"]
#[allow(dead_code, reason = "more workloads have their networks there")]
mod networks;

use std::hint::black_box;
use std::time::Instant;

use constprop::prelude::*;
use constprop::{Aligned, Sample, rng};

use data::Pool;
use networks::{Images, Imitator};

const ROUNDS: usize = 1000;

/// Long enough for the clock, short enough to fall between two interruptions.
const MICROSECONDS: f64 = 200.0;

/// ∂cost/∂a of an entry, from a and y.
type Slope = fn(f32, f32) -> f32;

fn main() {
    let rng = &mut rng(1);
    let policy = data::policy(32, 32, rng);
    compare::<Imitator<f32>>("W3", policy, |a, y| a - y);
    let classes = data::classes(32, 64, rng).expect("there is a class for each label");
    compare::<Images<f32>>("W5", classes, |a, y| if y == 0.0 { 0.0 } else { -y / a });
}

/// Prints nanoseconds for an example, and shares.
fn compare<N: FloatNetwork<Scalar = f32>>(
    name: &str,
    mut pool: Pool<N::Input, N::Target>,
    slope: Slope,
) {
    let mut net = Aligned::<N>::boxed();
    net.randomize(&mut rng(2));
    let (net, none, finite) = (&**net, Regularization::none(), "every number is finite");
    let mut gradient = Gradient::<N>::boxed();
    let (mut workspace, mut inside) = (Workspace::boxed(), InsideWorkspace::boxed());
    let mut dj_dx = pool.next().0.to_vec();
    let batch = pool.batch();
    let mut step = |which: usize| {
        let (x, y) = pool.next();
        if which == 0 {
            let (gradient, workspace) = (&mut *gradient, &mut *workspace);
            net.cost_and_gradient_into(x, y, &none, gradient, workspace).expect(finite);
            black_box(gradient);
            return;
        }
        let of_x = (which == 2).then_some(&mut *dj_dx);
        let outer = |first: usize, outputs: &[N::Target], dj_da: &mut [N::Target]| {
            let (a, y) = (N::Target::flat(outputs), N::Target::flat(&y[first..]));
            for ((dj_da, a), y) in N::Target::flat_mut(dj_da).iter_mut().zip(a).zip(y) {
                *dj_da = slope(*a, *y);
            }
        };
        black_box(net.gradient_from(x, of_x, &none, &mut inside, outer).expect(finite));
    };
    let mut time = |which: usize, steps: usize| {
        let start = Instant::now();
        for _ in 0..steps {
            step(which);
        }
        start.elapsed().as_secs_f64() / steps as f64
    };
    let warm = (0..3).map(|which| time(which, 200)).fold(f64::INFINITY, f64::min);
    let steps = (MICROSECONDS * 1e-6 / warm).ceil() as usize;
    let rounds: Vec<[f64; 3]> =
        (0..ROUNDS).map(|_| std::array::from_fn(|which| time(which, steps))).collect();
    let nanoseconds =
        |which: usize| 1e9 * median(rounds.iter().map(|round| round[which])) / batch as f64;
    // Both neighbours in time, so that a machine that speeds up or slows down does neither any good.
    let share = |which: usize| {
        let pairs = rounds.windows(2).map(|two| two[0][which] / (0.5 * (two[0][0] + two[1][0])));
        median(pairs)
    };
    println!(
        "{name}: cost and gradient {:.1} ns an example; from outside {:.1} ({:.3} times), with \
         dJ/dx {:.1} ({:.3} times)",
        nanoseconds(0),
        nanoseconds(1),
        share(1),
        nanoseconds(2),
        share(2)
    );
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
