//! The gradient of 784-512-512-10 over a batch of 128 or 256, on one thread and on two, and what it takes to
//! begin and to end together, the constant of the model in docs/performance.md:
//! `cargo bench -p constprop-benches --bench threads`.

use std::thread::available_parallelism;
use std::time::Duration;

use constprop::prelude::*;
use constprop::{Batch, Threads};
use criterion::{Criterion, criterion_group, criterion_main};

network! {
    pub struct Large(784 => 512 Relu => 512 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    /// So small that a phase is nothing but its beginning and its end.
    pub struct Small(2 => 4 Tanh => 1 Identity) minimizing HalfSquaredError;
}

/// One phase for each call: what it takes on n threads is that on one, and what beginning and ending together takes.
fn phases(criterion: &mut Criterion) {
    let (net, x) = (Small::<f32>::seeded(1), [[0.5; 2]; 64]);
    let cores = available_parallelism().map_or(1, usize::from);
    let mut group = criterion.benchmark_group("a phase of next to nothing");
    for count in [1, 2, 4, 8, 16, 32, 64].into_iter().filter(|&count| count <= cores) {
        let (mut workspace, mut outputs) = (Workspace::boxed(), [[0.0; 1]; 64]);
        let threads = Threads::new(count).expect("no more threads than cores");
        workspace.set_threads(&threads.with_grain(0));
        group.bench_function(format!("threads: {count}"), |bencher| {
            bencher.iter(|| net.predict_with(&x, &mut outputs, &mut workspace));
        });
    }
    group.finish();
}

fn gradients(criterion: &mut Criterion) {
    let x: Vec<[f32; 784]> =
        (0..256).map(|i| std::array::from_fn(|j| ((31 * i + 7 * j) % 17) as f32 / 17.0)).collect();
    let y: Vec<[f32; 10]> = (0..256).map(|i| one_hot(i % 10).expect("below 10")).collect();
    let (net, none) = (Large::<f32>::boxed_seeded(1), Regularization::none());
    let finite = "every number is finite";
    for m in [128, 256] {
        let mut group = criterion.benchmark_group(format!("gradient of a batch of {m}"));
        let batch = Batch::new(&x[..m], &y[..m]);
        for count in [1, 2] {
            let mut workspace = Workspace::boxed();
            workspace.set_threads(&Threads::new(count).expect("the system gives two threads"));
            group.bench_function(format!("threads: {count}"), |bencher| {
                bencher.iter(|| {
                    batch.cost_and_gradient(&*net, &none, &mut workspace).expect(finite).0
                });
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    targets = phases, gradients
}
criterion_main!(benches);
