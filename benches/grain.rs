//! From how much work in one phase on two threads are faster than one, by turns: the measure of what
//! `Threads::with_grain` is told. `cargo bench -p constprop-benches --bench grain`, with nothing else running.
//!
//! Predictions are one phase. Cost and gradient of a block are two of as much work each, and what one thread has
//! written in the first the other reads in the second.

mod turns;

use std::hint::black_box;

use constprop::prelude::*;
use constprop::{Error, Float, Threads};
use turns::{Found, turns};

network! {
    /// 8,256 parameters, and next to nothing that is no multiply-add.
    pub struct Net(128 => 64 Identity) minimizing HalfSquaredError;
}

/// 33,024 to 1,056,768 multiply-adds a phase.
const EXAMPLES: [usize; 6] = [4, 8, 16, 32, 64, 128];

/// What a phase is of.
#[derive(Clone, Copy)]
enum Kind {
    Predictions,
    Gradient,
}

fn main() -> Result<(), Error> {
    let two = Threads::new(2)?.with_grain(0);
    for (kind, what) in [
        (Kind::Predictions, "Predictions, one phase"),
        (Kind::Gradient, "Cost and gradient, two phases"),
    ] {
        println!("{what}; nanoseconds, and how many times as fast two threads are\n");
        println!("| multiply-adds a phase | f32, one thread | two | | f64, one thread | two | |");
        println!("| --- | --- | --- | --- | --- | --- | --- |");
        for m in EXAMPLES {
            let single = measured::<f32>(kind, &vec![[0.5; 128]; m], &vec![[1.0; 64]; m], &two)?;
            let double = measured::<f64>(kind, &vec![[0.5; 128]; m], &vec![[1.0; 64]; m], &two)?;
            println!("| {} | {single} | {double} |", m * Net::<f32>::PARAMETERS);
        }
        println!();
    }
    Ok(())
}

/// Three cells of the table.
fn measured<T: Float>(
    kind: Kind,
    x: &[[T; 128]],
    y: &[[T; 64]],
    two: &Threads,
) -> Result<String, Error> {
    let (net, none) = (Net::<T>::boxed_seeded(1), Regularization::none());
    let mut workspaces = [Workspace::boxed(), Workspace::boxed_on(two)];
    let mut outputs = y.to_vec();
    let mut failed = None;
    let Found { nanoseconds: [one, both], times: [_, times] } = turns::<2>(|which| {
        let workspace = &mut workspaces[which];
        let done = match kind {
            Kind::Predictions => net.predict_with(x, &mut outputs, workspace),
            Kind::Gradient => net.cost_and_gradient_in(x, y, &none, workspace).map(|found| {
                black_box(found);
            }),
        };
        failed = failed.take().or(done.err());
    });
    failed.map_or(Ok(format!("{one:.0} | {both:.0} | {:.2}", 1.0 / times)), Err)
}
