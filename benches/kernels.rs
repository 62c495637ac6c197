//! The parts of a step, each through the public API: `cargo bench -p constprop-benches --bench kernels`.
//!
//! Where products are timed an element is a floating point operation, so that Gelem/s are GFLOP/s;
//! elsewhere it is an output of the network, or a parameter.

#[path = "../examples/workloads/data.rs"]
#[allow(dead_code, reason = "the data of whole workloads is not needed here")]
mod data;

use std::hint::black_box;
use std::time::Duration;

use constprop::prelude::*;
use constprop::{Sample, ThetaShape, nalgebra, rng};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use criterion::{criterion_group, criterion_main};

use data::{Scalar, uniform};

/// Why no call here is refused.
const FINITE: &str = "every number is finite";

type Group<'a> = BenchmarkGroup<'a, WallTime>;

network! {
    /// One product and nothing behind it.
    pub struct Product<const S1: usize, const S2: usize>(S1 => S2 Identity)
        minimizing HalfSquaredError;
}

/// Runs the rest once for each of the types, as `N`, so that a list of shapes stays a list.
macro_rules! for_each {
    ($network:ident in [$($type:ty),+ $(,)?] $body:block) => {
        $({
            type $network = $type;
            $body
        })+
    };
}

/// z⁽²⁾ of one example, and of many in one call.
fn products(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("product");
    for_each!(N in [
        Product<4, 64, f32>,
        Product<64, 64, f32>,
        Product<64, 2, f32>,
        Product<784, 128, f32>,
        Product<512, 512, f32>,
        Product<64, 64, f64>,
        Product<400, 25, f64>,
    ] {
        for examples in [1, 256] {
            group.throughput(elements(examples * N::FORWARD_FLOPS));
            predict::<N>(&mut group, BenchmarkId::new(shape::<N>(), examples), examples);
        }
    });
    group.finish();
}

/// z⁽²⁾ and Δ⁽¹⁾ of a batch.
fn gradients(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gradient");
    for_each!(N in [
        Product<64, 64, f32>,
        Product<784, 128, f32>,
        Product<512, 512, f32>,
        Product<64, 64, f64>,
        Product<400, 25, f64>,
    ] {
        let net = network::<N>();
        let (inputs, targets) = examples::<N>(64);
        let (mut gradient, mut workspace) = (Gradient::boxed(), Workspace::boxed());
        group.throughput(elements(inputs.len() * N::GRADIENT_FLOPS));
        group.bench_function(BenchmarkId::new(shape::<N>(), inputs.len()), |bencher| {
            let none = Regularization::none();
            bencher.iter(|| {
                net.cost_and_gradient_into(&inputs, &targets, &none, &mut gradient, &mut workspace)
                    .expect(FINITE)
            });
        });
    });
    group.finish();
}

/// 256 activations, behind a product with one input.
fn activations(criterion: &mut Criterion) {
    macro_rules! activations {
        ($group:ident: $($g:ident)+) => {
            $({
                network! { struct N<const S: usize>(1 => S $g) minimizing HalfSquaredError; }
                predict::<N<256, f32>>(&mut $group, BenchmarkId::new(stringify!($g), "f32"), 1);
                predict::<N<256, f64>>(&mut $group, BenchmarkId::new(stringify!($g), "f64"), 1);
            })+
        };
    }
    let mut group = criterion.benchmark_group("activation");
    group.throughput(elements(256));
    activations!(group: Identity Relu LeakyRelu Sigmoid Tanh Elu Gelu Silu Softplus Softmax);
    group.finish();
}

/// J of 256 examples with ten outputs each, without its gradient.
fn costs(criterion: &mut Criterion) {
    macro_rules! costs {
        ($group:ident: $($h:ident $cost:ident),+) => {
            $({
                network! { struct N(1 => 10 $h) minimizing $cost; }
                let net = network::<N<f32>>();
                let (inputs, targets) = examples::<N<f32>>(256);
                $group.bench_function(BenchmarkId::new(stringify!($cost), "f32"), |bencher| {
                    bencher.iter(|| net.cost(&inputs, &targets, &Regularization::none()).expect(FINITE));
                });
            })+
        };
    }
    let mut group = criterion.benchmark_group("cost");
    group.throughput(elements(256 * 10));
    costs!(group: Sigmoid CrossEntropy, Softmax CategoricalCrossEntropy, Identity HalfSquaredError,
        Identity Huber);
    group.finish();
}

/// One update of all parameters.
fn updates(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("update");
    for_each!(N in [
        Product<15, 16, f32>,
        Product<255, 256, f32>,
        Product<1023, 512, f32>,
        Product<255, 256, f64>,
    ] {
        let descent = GradientDescent::new(nalgebra::convert(1e-3)).expect("a good rate");
        let adam = Adam::boxed(AdamSettings::default()).expect("good settings");
        group.throughput(elements(N::PARAMETERS));
        update::<N>(&mut group, "GradientDescent", descent);
        update::<N>(&mut group, "Adam", adam);
    });
    group.finish();
}

fn predict<N: Network<Scalar: Scalar>>(group: &mut Group<'_>, id: BenchmarkId, count: usize) {
    let net = network::<N>();
    let (inputs, mut outputs) = examples::<N>(count);
    group.bench_function(id, |bencher| {
        if let [x] = &inputs[..] {
            bencher.iter(|| net.predict(black_box(x)));
        } else {
            bencher.iter(|| net.predict_into(black_box(&inputs), &mut outputs).expect(FINITE));
        }
    });
}

fn update<N: Network<Scalar: Scalar>>(
    group: &mut Group<'_>,
    name: &str,
    mut optimizer: impl Optimizer<N>,
) {
    let mut net = network::<N>();
    let (inputs, targets) = examples::<N>(1);
    let (_, gradient) =
        net.cost_and_gradient(&inputs, &targets, &Regularization::none()).expect(FINITE);
    group.bench_function(BenchmarkId::new(name, shape::<N>()), |bencher| {
        bencher.iter(|| optimizer.step(&mut net, &gradient).expect(FINITE));
    });
}

/// A network whose z reach to where activations are no longer straight.
fn network<N: Network<Scalar: Scalar>>() -> Box<N> {
    let (mut net, mut rng) = (N::boxed(), rng(1));
    net.parameters_mut().fill_with(|| uniform(nalgebra::convert(4.0), &mut rng));
    net
}

/// Inputs from −1 to 1, each with a class as its target, which every cost can mean.
fn examples<N: Network<Scalar: Scalar>>(count: usize) -> (Vec<N::Input>, Vec<N::Target>) {
    let mut rng = rng(2);
    let one = nalgebra::one::<N::Scalar>();
    let input = |_| N::Input::from_fn(|_| uniform(one, &mut rng));
    let target = |example| {
        let class = example % N::Target::SIZE;
        N::Target::from_fn(|entry| if entry == class { one } else { nalgebra::zero() })
    };
    ((0..count).map(input).collect(), (0..count).map(target).collect())
}

/// "784x128 f32".
fn shape<N: Network>() -> String {
    let ThetaShape { s_in, s_out, .. } = N::SHAPES[0];
    format!("{s_in}x{s_out} {}", std::any::type_name::<N::Scalar>())
}

fn elements(count: usize) -> Throughput {
    Throughput::Elements(count as u64)
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(50);
    targets = products, gradients, activations, costs, updates
}
criterion_main!(benches);
