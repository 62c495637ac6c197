//! Times the workloads that this crate is compared with other libraries on:
//! `cargo run --release --example workloads -- all 1`.
//!
//! `networks.rs` has the networks, `data.rs` their random data, `steps.rs` what is timed: the same
//! calls as a user makes. Prints one line of JSON for each workload; `--help` says how to choose.

mod catalog;
mod data;
mod networks;
mod options;
mod steps;
mod timing;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use catalog::Id;
use constprop::Threads;
use options::Options;
use steps::Workload;
use timing::Times;

fn main() -> ExitCode {
    let options = match Options::read(std::env::args_os().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("error: {error}\n\n{}", options::USAGE);
            return ExitCode::FAILURE;
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    if options.help {
        writeln!(io::stdout(), "{}", options::USAGE)?;
        return Ok(());
    }
    let threads = Threads::new(options.threads)?;
    for &id in &options.workloads {
        let mut workload = id.workload(options.seed, &threads)?;
        let first = workload.run(1)?;
        let times = timing::time(options.time, |steps| workload.run(steps))?;
        let last = workload.loss_at_end()?;
        writeln!(io::stdout(), "{}", line(id, options, &*workload, &times, (first, last)))?;
    }
    Ok(())
}

/// The line of JSON that tells of one workload; times are nanoseconds for each sample.
fn line(
    id: Id,
    options: &Options,
    workload: &dyn Workload,
    times: &Times,
    (first, last): (Option<f64>, Option<f64>),
) -> String {
    let per_sample = |step: f64| step / workload.samples() as f64;
    let median = per_sample(times.median);
    // JSON has no word for what is not finite.
    let loss = |loss: Option<f64>| {
        loss.filter(|loss| loss.is_finite()).map_or("null".into(), |loss| format!("{loss:.6}"))
    };
    format!(
        "{{\"peer\":\"constprop\",\"workload\":\"{}\",\"threads\":{},\"target\":\"{}\",\
         \"ns_per_sample_median\":{median:.3},\"ns_min\":{:.3},\"ns_cpu_median\":{:.3},\
         \"gflops\":{:.3},\"loss_first\":{},\"loss_last\":{}}}",
        id.name(),
        options.threads,
        options.target,
        per_sample(times.min),
        per_sample(times.cpu_median),
        workload.flops_per_sample() as f64 / median,
        loss(first),
        loss(last),
    )
}
