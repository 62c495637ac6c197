//! What a step of W3 and W5 takes where the first layer, or all but the last, does not learn, beside a whole one:
//! `cargo bench -p constprop-benches --bench learning`. Steps take turns.

#[path = "../examples/workloads/data.rs"]
#[allow(dead_code, reason = "more workloads have their data there")]
mod data;
#[path = "../examples/workloads/networks.rs"]
#[allow(dead_code, reason = "more workloads have their networks there")]
mod networks;
mod turns;

use std::hint::black_box;

use constprop::layer::{L1, L2};
use constprop::prelude::*;
use constprop::{Aligned, Error, Learning, rng};

use data::Pool;
use networks::{Images, Imitator};
use turns::{Found, turns};

fn main() -> Result<(), Error> {
    let rng = &mut rng(1);
    let policy = data::policy(32, 32, rng);
    compare::<Imitator<f32>, _>("W3, Adam", policy, || Adam::boxed(AdamSettings::default()))?;
    let classes = data::classes(32, 64, rng)?;
    compare::<Images<f32>, _>("W5, gradient descent", classes, || GradientDescent::new(0.05))
}

/// Prints nanoseconds for a step, and how many times a whole one that is.
fn compare<N: FloatNetwork<Scalar = f32>, O: constprop::ByLayer<N>>(
    name: &str,
    mut pool: Pool<N::Input, N::Target>,
    make: impl Fn() -> Result<O, Error>,
) -> Result<(), Error> {
    let mut nets = [(); 4].map(|()| {
        let mut net = Aligned::<N>::boxed();
        net.randomize(&mut rng(2));
        net
    });
    let (none, mut workspace) = (Regularization::none(), Workspace::boxed());
    let first = Learning::all().freeze::<L1>();
    let mut whole = make()?;
    let mut some =
        [Learning::all().by(make()?), first.clone().by(make()?), first.freeze::<L2>().by(make()?)];
    let Found { nanoseconds, times } = turns::<4>(|which| {
        let ((x, y), net) = (pool.next(), &mut **nets[which]);
        let j = match which {
            0 => Optimizer::train(&mut whole, net, x, y, &none, &mut workspace),
            _ => Optimizer::train(&mut some[which - 1], net, x, y, &none, &mut workspace),
        };
        black_box(j.expect("every number is finite"));
    });
    println!(
        "{name}: a step {:.0} ns; layer by layer {:.3} times; without the first layer {:.0} ns ({:.3} times), \
         the last alone {:.0} ns ({:.3} times)",
        nanoseconds[0], times[1], nanoseconds[2], times[2], nanoseconds[3], times[3]
    );
    Ok(())
}
