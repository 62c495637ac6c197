//! A network swings a pendulum up and holds it: `cargo run --release --example pendulum`.
//!
//! The same policy learns it twice. First J is differentiated by hand through the dynamics, in which the network
//! is gone through step by step (`through.rs`); then by PPO, which knows of the dynamics only what it earns
//! (`ppo.rs`). Both are measured by the same 100 starts, beside the best that can be done (`optimum.rs`).

mod curve;
mod dynamics;
mod optimum;
mod options;
#[path = "../plot/mod.rs"]
mod plot;
mod policy;
mod ppo;
mod through;

use std::error::Error;
use std::panic::resume_unwind;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, ScopedJoinHandle};

use dynamics::{STEPS, State};
use optimum::CostsToGo;
use options::Options;
use policy::{Policy, Watch, fixed_starts, mean_return};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::parse(std::env::args_os().skip(1))?;
    if options.help {
        print!("{}", options::HELP);
        return Ok(());
    }
    let picture = options.picture()?;
    let starts = fixed_starts();
    println!("The best that can be done, by dynamic programming over angle and speed …");
    let costs = CostsToGo::new(STEPS);
    let optimum = costs.mean_return(&starts);
    println!("mean return of the optimum: {optimum:.1}");

    let mut all = Vec::new();
    for seed in options.all_seeds() {
        println!("\nseed {seed}: mean return of {} starts\n", starts.len());
        let trained = train_both(seed, options.percent, &starts)?;
        if all.is_empty() {
            curve::draw(&picture, &trained, &costs)
                .map_err(|error| format!("cannot draw {}: {error}", picture.display()))?;
        }
        let [through, ppo] = &trained;
        all.push([mean_return(through, &starts)?, mean_return(ppo, &starts)?]);
    }
    println!("\nangle over time, and the policies of the first seed: {}", picture.display());
    let (what, returns) = match options.seeds {
        None => ("mean return", all[0]),
        Some(_) => ("median of mean returns", medians(&all)),
    };
    println!("{what} through the dynamics: {:.1} (optimum {optimum:.1})", returns[0]);
    println!("{what} by PPO: {:.1} (optimum {optimum:.1})", returns[1]);
    Ok(())
}

/// Both trainings side by side, and a line for each twentieth of them.
fn train_both(
    seed: u64,
    percent: usize,
    starts: &[State],
) -> Result<[Box<Policy<f64>>; 2], constprop::Error> {
    thread::scope(|scope| {
        let (of_through, through_so_far) = channel();
        let (of_ppo, ppo_so_far) = channel();
        let through = scope.spawn(move || through::train(seed, percent, watch(of_through, starts)));
        let ppo = scope.spawn(move || ppo::train(seed, percent, watch(of_ppo, starts)));
        print_lines(&through_so_far, &ppo_so_far);
        Ok([joined(through)?, joined(ppo)?])
    })
}

/// Where the return of a policy so far goes, and of what starts.
fn watch(to: Sender<f64>, starts: &[State]) -> impl Watch {
    move |policy: &Policy<f64>| {
        // Nobody listens where the other training has failed.
        let _ = to.send(mean_return(policy, starts)?);
        Ok(())
    }
}

fn print_lines(through: &Receiver<f64>, ppo: &Receiver<f64>) {
    println!("trained   through the dynamics        PPO");
    let percents = (1..=policy::LOOKS).map(|look| 100 * look / policy::LOOKS);
    for ((percent, through), ppo) in percents.zip(through).zip(ppo) {
        println!("{percent:>5} %   {through:>20.1}   {ppo:>8.1}");
    }
}

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Of each by itself; of two in the middle, the lower one.
fn medians(all: &[[f64; 2]]) -> [f64; 2] {
    std::array::from_fn(|which| {
        let mut values: Vec<f64> = all.iter().map(|returns| returns[which]).collect();
        values.sort_by(f64::total_cmp);
        values[(values.len() - 1) / 2]
    })
}
