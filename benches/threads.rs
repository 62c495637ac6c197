//! The gradient of 784-512-512-10 over a batch of 128 or 256, on one thread and on two, and what it takes to
//! begin and to end together: `cargo bench -p constprop-benches --bench threads`.

use std::time::Duration;

use constprop::prelude::*;
use constprop::{Batch, Threads};
use criterion::{Criterion, criterion_group, criterion_main};

network! {
    pub struct Large(784 => 512 Relu => 512 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
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
    targets = gradients
}
criterion_main!(benches);
