//! What ranks cost: the messages of a step beside `MPI_Allreduce`, and whole steps.
//!
//! `mpirun -n 2 target/release/deps/ranks-… --bench`. Messages and `MPI_Allreduce` take turns, and times are medians.

use std::hint::black_box;
use std::time::{Duration, Instant};

use constprop::prelude::*;
use constprop::train::Fit;
use constprop::{AdamSettings, Batch};
use constprop_mpi::measured::{Delta, Exchange};
use constprop_mpi::mpi::collective::SystemOperation;
use constprop_mpi::mpi::traits::*;
use constprop_mpi::mpi::{self, Threading};
use constprop_mpi::{OverRanks, Ranks};

network! {
    /// 669,706 parameters.
    pub struct Large(784 => 512 Relu => 512 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

const ENTRIES: usize = Large::<f32>::PARAMETERS;

fn main() {
    // `cargo test` runs benches without `--bench`: then there is nothing to measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let (universe, _) = mpi::initialize_with_threading(Threading::Funneled).expect("MPI begins");
    let world = universe.world();
    let ranks = Ranks::of(&world);
    if ranks.rank() == 0 {
        println!("{} ranks, {ENTRIES} parameters of f32", ranks.size());
    }
    let barrier = || world.barrier();
    for batch in [512, 2048] {
        let mut exchange = Exchange::new(&ranks, batch, 128);
        let (mut home, mut theta) = (vec![1.0_f32; ENTRIES], vec![1.0_f32; ENTRIES]);
        let (summands, mut sums) = (vec![1.0_f32; ENTRIES], vec![0.0_f32; ENTRIES]);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..200 {
            exchange.fill(&mut home, 1.0);
            ours.push(timed(barrier, || exchange.run(&ranks, &mut home, &mut theta)));
            let sum = SystemOperation::sum();
            theirs
                .push(timed(barrier, || world.all_reduce_into(&summands[..], &mut sums[..], sum)));
            black_box((&home, &theta, &sums));
        }
        let [ours, theirs] = [ours, theirs].map(|times| slowest(&world, median(times)));
        if ranks.rank() == 0 {
            let ratio = ours / theirs;
            let nodes = exchange.nodes();
            println!(
                "batch {batch}, {nodes} nodes: messages {ours:.0} µs, MPI_Allreduce {theirs:.0} µs, {ratio:.2} times"
            );
        }
    }
    latency(&ranks, &world);
    for batch in [512, 2048] {
        hidden(&ranks, &world, batch);
    }
    for batch in [128, 256] {
        for shuffled in [false, true] {
            let step = step(Some(&ranks), batch, shuffled);
            let order = if shuffled { "shuffled" } else { "in order" };
            if ranks.rank() == 0 {
                println!("batch {batch}, {order}: {step:.0} µs a step");
            }
        }
    }
    if ranks.rank() == 0 {
        println!("a block alone: {:.0} µs", block());
        if ranks.size() == 1 {
            for batch in [128, 256] {
                println!("batch {batch}, without ranks: {:.0} µs a step", step(None, batch, false));
            }
        }
    }
}

/// Microseconds of one call, which all begin together.
fn timed(barrier: impl Fn(), call: impl FnOnce()) -> f64 {
    barrier();
    let begun = Instant::now();
    call();
    micros(begun.elapsed())
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// That of the rank that has the most.
fn slowest<C: CommunicatorCollectives>(world: &C, time: f64) -> f64 {
    let mut most = 0.0;
    world.all_reduce_into(&time, &mut most, SystemOperation::max());
    most
}

/// Messages of one number.
fn latency<C: CommunicatorCollectives>(ranks: &Ranks, world: &C) {
    let mut exchange = Exchange::new(ranks, ranks.size(), 1);
    let (mut home, mut theta) = (vec![1.0_f32; 1], vec![1.0_f32; 1]);
    exchange.fill(&mut home, 1.0);
    let times =
        (0..500).map(|_| timed(|| world.barrier(), || exchange.run(ranks, &mut home, &mut theta)));
    let small = slowest(world, median(times.collect()));
    if ranks.rank() == 0 {
        println!("the messages of one parameter: {small:.1} µs");
    }
}

/// How much of the messages of Δ is hidden where what others own goes off as soon as it is there, while the rest is computed:
/// messages alone, Δ with messages behind it, and with messages on the way take turns. Others use the machine, too:
/// the middle half of the differences between neighbours says how far to trust their median.
fn hidden<C: CommunicatorCollectives>(ranks: &Ranks, world: &C, batch: usize) {
    let net = Large::<f32>::boxed_seeded(1);
    let y = one_hot(3).expect("of ten");
    let mut delta = Delta::<Large<f32>>::new(ranks, batch, [0.5; 784], y);
    let (mut exchange, mut home) = (Exchange::new(ranks, batch, 128), vec![1.0_f32; ENTRIES]);
    let mut times: [Vec<f64>; 3] = Default::default();
    let barrier = || world.barrier();
    let slowest = |time: f64| slowest(world, time);
    for turn in 0..400 {
        exchange.fill(&mut home, 1.0);
        times[0].push(slowest(timed(barrier, || exchange.join(ranks, &mut home))));
        for early in [turn % 2 == 0, turn % 2 == 1] {
            let time = timed(barrier, || delta.run(ranks, &net, early));
            times[1 + usize::from(early)].push(slowest(time));
        }
    }
    let mut saved: Vec<_> =
        times[1].iter().zip(&times[2]).map(|(end, early)| end - early).collect();
    saved.sort_by(f64::total_cmp);
    let least = times.each_ref().map(|times| times.iter().copied().fold(f64::INFINITY, f64::min));
    let [messages, behind, early] = times.map(median);
    if ranks.rank() == 0 {
        let share = |saved: f64| 100.0 * saved / messages;
        let [low, middle, high] = [1, 2, 3].map(|quarter| share(saved[quarter * saved.len() / 4]));
        println!(
            "batch {batch}, Δ: {messages:.0} µs of messages; {behind:.0} µs with them behind, {early:.0} µs early: {middle:.0} % are hidden ({low:.0} to {high:.0} %); of the least {:.0} %",
            100.0 * (least[1] - least[2]) / least[0]
        );
    }
}

/// Microseconds of a step of Adam on batches of so many examples, the least of many: others use the machine, too.
/// Each is an epoch, at whose beginning parameters and moments are copied.
fn step(ranks: Option<&Ranks>, batch: usize, shuffled: bool) -> f64 {
    let all = batch;
    let part = ranks.map_or(0..all, |ranks| ranks.part(all));
    let x: Vec<[f32; 784]> =
        part.map(|i| std::array::from_fn(|s| ((i * 31 + s * 17) % 97) as f32 / 97.0)).collect();
    let y: Vec<[f32; 10]> = (0..x.len()).map(|i| one_hot(i % 10).expect("of ten")).collect();
    let mut net = Large::<f32>::boxed_seeded(1);
    let mut adam = Adam::<Large<f32>>::new(AdamSettings::default()).expect("it is in range");
    let (mut times, mut begun) = (Vec::new(), Instant::now());
    let fit = Fit::<Large<f32>>::new().epochs(250).batch(batch);
    let fit = if shuffled { fit } else { fit.in_order() };
    // Asked on rank 0.
    let fit = fit.on_epoch(|_| {
        times.push(micros(begun.elapsed()));
        begun = Instant::now();
        constprop::train::Control::Continue
    });
    match ranks {
        Some(ranks) => drop(fit.over(ranks).run(&mut net, &mut adam, &x, &y).expect("it trains")),
        None => drop(fit.run(&mut net, &mut adam, &x, &y).expect("it trains")),
    }
    times.into_iter().fold(f64::INFINITY, f64::min)
}

/// Microseconds of J and ∇J of a block of 128 examples, on one thread.
fn block() -> f64 {
    let x = vec![[0.5_f32; 784]; 128];
    let y: Vec<[f32; 10]> = (0..128).map(|i| one_hot(i % 10).expect("of ten")).collect();
    let (net, none) = (Large::<f32>::boxed_seeded(1), Regularization::none());
    let mut workspace = Workspace::boxed();
    let mut once = || {
        let begun = Instant::now();
        let batch = Batch::new(&x, &y);
        black_box(batch.cost_and_gradient(&net, &none, &mut workspace).expect("it is finite").0);
        micros(begun.elapsed())
    };
    (0..100).map(|_| once()).fold(f64::INFINITY, f64::min)
}
