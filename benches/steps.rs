//! The steps of the workloads of `examples/workloads`: `cargo bench -p constprop-benches --bench steps`.
//!
//! An element is a floating point operation, so that Gelem/s are GFLOP/s.

#[path = "../examples/workloads/catalog.rs"]
mod catalog;
#[path = "../examples/workloads/data.rs"]
mod data;
#[path = "../examples/workloads/networks.rs"]
mod networks;
#[path = "../examples/workloads/steps.rs"]
#[allow(dead_code, reason = "losses are for the example to print")]
mod steps;

use std::time::{Duration, Instant};

use constprop::Threads;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use catalog::Id;

fn workloads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("steps");
    let alone = Threads::new(1).expect("that is the caller's own");
    for id in Id::ALL {
        let mut workload = id.workload(1, &alone).expect("every setting is within its range");
        let flops = workload.samples() * workload.flops_per_sample();
        group.throughput(Throughput::Elements(flops as u64));
        group.bench_function(id.name(), |bencher| {
            bencher.iter_custom(|steps| {
                let start = Instant::now();
                workload.run(steps as usize).expect("every number stays finite");
                start.elapsed()
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2));
    targets = workloads
}
criterion_main!(benches);
