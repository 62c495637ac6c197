//! What a gradient from outside takes beside that of the network's own cost, on the shapes of W3 and W5:
//! `cargo bench -p constprop-benches --bench inside`. Steps take turns.

#[path = "../examples/workloads/data.rs"]
#[allow(dead_code, reason = "more workloads have their data there")]
mod data;
#[path = "../examples/workloads/networks.rs"]
#[allow(dead_code, reason = "more workloads have their networks there")]
mod networks;
mod turns;

use std::hint::black_box;

use constprop::prelude::*;
use constprop::{Aligned, Sample, rng};

use data::Pool;
use networks::{Images, Imitator};
use turns::{Found, turns};

fn main() {
    let rng = &mut rng(1);
    let policy = data::policy(32, 32, rng);
    compare::<Imitator<f32>>("W3", policy, |a, y| a - y);
    let classes = data::classes(32, 64, rng).expect("there is a class for each label");
    compare::<Images<f32>>("W5", classes, |a, y| if y == 0.0 { 0.0 } else { -y / a });
}

/// Prints nanoseconds for an example, and shares. `slope` is ∂cost/∂a of an entry, from a and y.
fn compare<N: FloatNetwork<Scalar = f32>>(
    name: &str,
    mut pool: Pool<N::Input, N::Target>,
    slope: impl Fn(f32, f32) -> f32 + Copy,
) {
    let mut net = Aligned::<N>::boxed();
    net.randomize(&mut rng(2));
    let (net, none, finite) = (&**net, Regularization::none(), "every number is finite");
    let mut gradient = Gradient::<N>::boxed();
    let (mut workspace, mut inside) = (Workspace::boxed(), InsideWorkspace::boxed());
    let mut dj_dx = pool.next().0.to_vec();
    let batch = pool.batch();
    let step = |which: usize| {
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
    let Found { nanoseconds, times } = turns::<3>(step);
    let [cost, outside, with_x] = nanoseconds.map(|nanoseconds| nanoseconds / batch as f64);
    println!(
        "{name}: cost and gradient {cost:.1} ns an example; from outside {outside:.1} ({:.3} times), with \
         dJ/dx {with_x:.1} ({:.3} times)",
        times[1], times[2]
    );
}
