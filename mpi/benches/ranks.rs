//! What ranks cost: the messages of a step beside `MPI_Allreduce`, and whole steps.
//!
//! `mpirun -n 2 target/release/deps/ranks-… --bench`. Messages and `MPI_Allreduce` take turns, and times are medians.

use std::hint::black_box;
use std::time::{Duration, Instant};

use constprop::prelude::*;
use constprop::train::Fit;
use constprop::{AdamSettings, Batch};
use constprop_mpi::measured::Exchange;
use constprop_mpi::mpi::collective::SystemOperation;
use constprop_mpi::mpi::traits::*;
use constprop_mpi::mpi::{self, Threading, request};
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
    hidden(&ranks, &world);
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

/// How much of half of all entries, out and in, is hidden behind half a millisecond of work: messages that are begun before
/// it and awaited behind it, with MPI asked in between how they are, or not.
fn hidden<C: CommunicatorCollectives>(ranks: &Ranks, world: &C) {
    let partner = ranks.rank() ^ 1;
    if ranks.size() != 2 {
        return;
    }
    let partner = world.process_at_rank(partner as i32);
    let (out, mut into) = (vec![1.0_f32; ENTRIES / 2], vec![0.0_f32; ENTRIES / 2]);
    let mut times: [Vec<f64>; 4] = Default::default();
    let mut messages = |work: &mut dyn FnMut(&mut dyn FnMut())| {
        request::scope(|scope| {
            let receive = partner.immediate_receive_into(scope, &mut into[..]);
            let send = partner.immediate_send(scope, &out[..]);
            work(&mut || {
                let _ = world.any_process().immediate_probe();
            });
            receive.wait_without_status();
            send.wait_without_status();
        });
    };
    for _ in 0..200 {
        let barrier = || world.barrier();
        times[0].push(timed(barrier, || messages(&mut |_| ())));
        times[1].push(timed(barrier, || (0..10).for_each(|_| busy())));
        times[2].push(timed(barrier, || messages(&mut |_| (0..10).for_each(|_| busy()))));
        let asking = |ask: &mut dyn FnMut()| {
            for _ in 0..10 {
                busy();
                ask();
            }
        };
        times[3].push(timed(barrier, || messages(&mut { asking })));
    }
    let [alone, work, silent, asking] = times.map(|times| slowest(world, median(times)));
    if ranks.rank() == 0 {
        let share = |both: f64| 100.0 * (alone + work - both) / alone;
        println!(
            "half of all, out and in: {alone:.0} µs; behind {work:.0} µs of work {:.0} % is hidden, with MPI asked ten times {:.0} %",
            share(silent),
            share(asking)
        );
    }
}

/// 50 microseconds of work.
fn busy() {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_micros(50) {
        std::hint::spin_loop();
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
