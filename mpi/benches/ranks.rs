//! What ranks cost: the messages of a step beside `MPI_Allreduce`, and whole steps.
//!
//! `mpirun -n 2 target/release/deps/ranks-… --bench`. Messages and `MPI_Allreduce` take turns, and times are medians. A word
//! behind that asks for what is hidden alone, and of what has this word in its name: `Δ`, `G v of 512`, `half`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use constprop::prelude::*;
use constprop::train::Fit;
use constprop::{AdamSettings, Batch, Place};
use constprop_mpi::measured::{Delta, Exchange, Product};
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
    if let Some(asked) = std::env::args().skip(1).find(|argument| argument != "--bench") {
        return all_hidden(&ranks, &world, &asked);
    }
    messages(&ranks, &world);
    latency(&ranks, &world);
    all_hidden(&ranks, &world, "");
    steps(&ranks);
}

/// The messages of a step beside those of MPI's own sum.
fn messages<C: CommunicatorCollectives>(ranks: &Ranks, world: &C) {
    let barrier = || world.barrier();
    for batch in [512, 2048] {
        let mut exchange = Exchange::new(ranks, batch, 128);
        let (mut home, mut theta) = (vec![1.0_f32; ENTRIES], vec![1.0_f32; ENTRIES]);
        let (summands, mut sums) = (vec![1.0_f32; ENTRIES], vec![0.0_f32; ENTRIES]);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..200 {
            exchange.fill(&mut home, 1.0);
            ours.push(timed(barrier, || exchange.run(ranks, &mut home, &mut theta)));
            let sum = SystemOperation::sum();
            theirs
                .push(timed(barrier, || world.all_reduce_into(&summands[..], &mut sums[..], sum)));
            black_box((&home, &theta, &sums));
        }
        let [ours, theirs] = [ours, theirs].map(|times| slowest(world, median(times)));
        if ranks.rank() == 0 {
            let ratio = ours / theirs;
            let nodes = exchange.nodes();
            println!(
                "batch {batch}, {nodes} nodes: messages {ours:.0} µs, MPI_Allreduce {theirs:.0} µs, {ratio:.2} times"
            );
        }
    }
}

/// What is hidden, where the name of it is asked for; one rank has nothing to hide.
fn all_hidden<C: CommunicatorCollectives>(ranks: &Ranks, world: &C, asked: &str) {
    if ranks.rank() == 0 && "half".contains(asked) {
        behind_a_half();
    }
    if ranks.size() == 1 {
        return;
    }
    let net = Large::<f32>::boxed_seeded(1);
    let example = ([0.5; 784], one_hot(3).expect("of ten"));
    for batch in [512, 2048] {
        for block in [128, 32] {
            let name = format!("Δ of {batch} in blocks of {block}");
            if name.contains(asked) {
                let mut delta = Delta::<Large<f32>>::new(ranks, batch, block, example);
                let run = |early| delta.run(ranks, &net, early);
                hidden(ranks, world, [batch, block], &name, run);
            }
        }
        for (product, gauss_newton) in [("∇²J v", false), ("G v", true)] {
            let name = format!("{product} of {batch}");
            if name.contains(asked) {
                let mut product = Product::<Large<f32>>::new(ranks, batch, gauss_newton, example);
                let run = |early| product.run(ranks, &net, early);
                hidden(ranks, world, [batch, 128], &name, run);
            }
        }
    }
}

/// Whole steps.
fn steps(ranks: &Ranks) {
    for batch in [128, 256] {
        for shuffled in [false, true] {
            let step = step(Some(ranks), batch, shuffled);
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

/// How often what is hidden is measured, with batches of 512.
const TURNS: usize = 200;

/// How much of the messages of Δ, or of a product, is hidden where what others own goes off as soon as it is there, while
/// the rest is computed: messages alone, `run` with messages behind it, and with messages on the way take turns. Others
/// use the machine, too: the middle half of the differences between neighbours says how far to trust their median.
fn hidden<C: CommunicatorCollectives>(
    ranks: &Ranks,
    world: &C,
    [batch, block]: [usize; 2],
    name: &str,
    mut run: impl FnMut(bool),
) {
    let (mut exchange, mut home) = (Exchange::new(ranks, batch, block), vec![1.0_f32; ENTRIES]);
    let mut times: [Vec<f64>; 3] = Default::default();
    let barrier = || world.barrier();
    let slowest = |time: f64| slowest(world, time);
    for turn in 0..TURNS * 512 / batch {
        exchange.fill(&mut home, 1.0);
        times[0].push(slowest(timed(barrier, || exchange.join(ranks, &mut home))));
        for early in [turn % 2 == 0, turn % 2 == 1] {
            times[1 + usize::from(early)].push(slowest(timed(barrier, || run(early))));
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
            "{name}: {messages:.0} µs of messages; {behind:.0} µs with them behind, {early:.0} µs early: {middle:.0} % are hidden ({low:.0} to {high:.0} %); of the least {:.0} %",
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

/// How long before the end the half of a block's sums goes off that one of two ranks sends, on one thread: what a
/// message has to go on by itself.
fn behind_a_half() {
    let (x, y) = (vec![[0.5_f32; 784]; 128], vec![one_hot(3).expect("of ten"); 128]);
    let (net, place): (&Large<f32>, _) = (&Large::boxed_seeded(1), Place { first: 0, of: 128 });
    let mut v = Gradient::<Large<f32>>::boxed();
    v.parameters_mut().fill(1.0);
    let (mut workspace, mut rooms) = (Workspace::boxed(), CurvatureWorkspace::boxed());
    // A row of the first Θ begins there.
    let half = ENTRIES / 2 / 512 * 512;
    let mut sums = vec![0.0_f32; ENTRIES];
    for (name, gauss_newton) in [("Δ", None), ("∇²J v", Some(false)), ("G v", Some(true))] {
        let mut once = || {
            let (second, first) = sums.split_at_mut(half);
            let (pieces, mut told) = (&mut [(half, first), (0, second)], Vec::new());
            let mut tell = |_: usize, _: &mut [f32]| told.push(Instant::now());
            let found = match gauss_newton {
                None => {
                    let batch = Batch::new(&x, &y).at(place);
                    batch.sums_in_pieces(net, pieces, &mut workspace, &mut tell).map(drop)
                }
                Some(matrix) => {
                    let (product, all) = (constprop::curvature::product_of_part, (&x[..], &y[..]));
                    product(net, matrix, all, place, &v, pieces, &mut rooms, &mut tell)
                }
            };
            found.expect("it is finite");
            micros(told[1] - told[0])
        };
        let time = median((0..100).map(|_| once()).collect());
        println!("half of {name} of a block goes off {time:.0} µs before the other half is there");
    }
}
