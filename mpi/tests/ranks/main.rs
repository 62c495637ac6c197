//! Ranks against one process, bit by bit. Without `mpirun` this program starts itself under it, with each number of
//! ranks; `RANKS=3` asks for that one alone.

mod bits;
mod faults;
mod killed;
mod memory;
mod nets;
mod resumed;

use std::env;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use constprop_mpi::Ranks;
use constprop_mpi::mpi::{self, Threading};

/// What a rank does, by name.
type Part = fn(&Ranks);

const PARTS: &[(&str, Part)] = &[
    ("bits", bits::trainings),
    ("functions", bits::functions),
    ("blocks", bits::smaller_blocks),
    ("few", bits::few_examples),
    ("alike", faults::what_differs),
    ("errors", faults::errors),
    ("diverged", faults::divergence),
    ("panics", faults::panic_on_one),
    ("resumed", resumed::train),
    ("files", resumed::files_that_fail),
    ("killed", killed::train),
    ("memory", memory::of_an_optimizer),
];

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [part, ..] = &arguments[..]
        && let Some((_, part)) = PARTS.iter().find(|(name, _)| name == part)
        && env::var_os("OMPI_COMM_WORLD_SIZE").is_some()
    {
        return as_a_rank(*part);
    }
    let asked = env::var("RANKS").ok().and_then(|ranks| ranks.parse().ok());
    let counts = asked.map_or(vec![1, 2, 3, 4, 7], |ranks: usize| vec![ranks]);
    for ranks in counts {
        for part in ["bits", "functions", "blocks", "few", "alike", "errors", "diverged", "files"] {
            assert!(run(ranks, &[part]).success(), "{part} with {ranks} ranks");
            println!("{part} with {ranks} ranks: ok");
        }
        if ranks > 1 {
            assert!(run(ranks, &["memory"]).success(), "memory with {ranks} ranks");
            assert!(!run(ranks, &["panics"]).success(), "a panic ends the job");
        }
    }
    resumed::by_other_numbers_of_ranks();
    killed::at_random_moments();
    println!("all: ok");
}

fn as_a_rank(part: Part) {
    // A failed assertion ends the job, wherever the others are.
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        told(panic);
        if panic.payload().downcast_ref::<&str>() != Some(&faults::PANIC) {
            std::process::abort();
        }
    }));
    let (universe, _) = mpi::initialize_with_threading(Threading::Funneled).unwrap();
    part(&Ranks::of(&universe.world()));
}

/// This program under `mpirun`.
fn command(ranks: usize, arguments: &[&str]) -> Command {
    let mut command = Command::new("mpirun");
    // Where a rank hangs, mpirun ends all of them.
    command.args(["--timeout", "110", "--allow-run-as-root", "--oversubscribe", "-q"]);
    command.args(["-n", &ranks.to_string()]);
    command.arg(env::current_exe().unwrap()).args(arguments);
    // What is freed goes back to the system, so that memory in use says something.
    command.env("MALLOC_MMAP_THRESHOLD_", "131072");
    command
}

/// How it ends, within two minutes.
fn run(ranks: usize, arguments: &[&str]) -> ExitStatus {
    let mut child = command(ranks, arguments).spawn().unwrap();
    for _ in 0..1200 {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    child.kill().unwrap();
    panic!("{arguments:?} with {ranks} ranks hangs");
}
