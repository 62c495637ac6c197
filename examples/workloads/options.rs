//! The command line, and what the environment adds to it.

use std::env;
use std::ffi::OsString;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lexopt::prelude::*;

use crate::catalog::Id;

pub const USAGE: &str = "\
Usage: workloads WORKLOADS SECONDS

  WORKLOADS  some of W1 W2 W3 W4 W5 W6 W7-b1 W7-b256, separated by spaces or commas, or all
  SECONDS    how long to time each of them

Environment:
  BENCH_THREADS  how many threads [1], up to 64; W1, W2 and W7-b1 use one in any case
  BENCH_TARGET   what the lines of output are to call this build [baseline]
  BENCH_SEED     the seed of all random numbers [from the clock]";

pub struct Options {
    pub workloads: Vec<Id>,
    /// How long to time each workload.
    pub time: Duration,
    pub threads: usize,
    pub target: String,
    pub seed: u64,
    pub help: bool,
}

impl Options {
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let (mut words, mut help) = (Vec::new(), false);
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Value(word) => words.push(word.string()?),
                Long("help") | Short('h') => help = true,
                other => return Err(other.unexpected()),
            }
        }
        let (workloads, time) = match words.split_last() {
            None if help => Default::default(),
            None => return Err("no workloads and no seconds".into()),
            Some((seconds, names)) => (workloads(names)?, time(seconds)?),
        };
        let [threads, seed] = ["BENCH_THREADS", "BENCH_SEED"].map(number);
        let threads = threads?.map_or(Ok(1), usize::try_from).map_err(|e| e.to_string())?;
        let seed = seed?.unwrap_or_else(seed_of_the_clock);
        Ok(Self { workloads, time, threads, target: target()?, seed, help })
    }
}

/// The workloads that are named, each once, in their own order.
fn workloads(names: &[String]) -> Result<Vec<Id>, lexopt::Error> {
    let names = names.iter().flat_map(|names| names.split([' ', ',']));
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        return Err("the last argument is the seconds; name workloads before it".into());
    }
    let unknown = |name: &&str| *name != "all" && Id::ALL.iter().all(|id| id.name() != *name);
    if let Some(name) = names.iter().copied().find(unknown) {
        return Err(format!("no workload is called {name}").into());
    }
    let wanted = |id: &Id| names.iter().any(|name| *name == "all" || *name == id.name());
    Ok(Id::ALL.into_iter().filter(wanted).collect())
}

fn time(seconds: &str) -> Result<Duration, lexopt::Error> {
    let time = seconds.parse().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
    time.filter(|time| !time.is_zero()).ok_or_else(|| {
        format!("{seconds}: the last argument is the seconds, a number greater than 0").into()
    })
}

fn number(variable: &str) -> Result<Option<u64>, lexopt::Error> {
    let Some(value) = env::var_os(variable) else { return Ok(None) };
    let number = value.to_str().and_then(|value| value.parse().ok());
    number.map(Some).ok_or_else(|| format!("{variable} must be a whole number, from 0 on").into())
}

/// A word that needs no escapes in JSON.
fn target() -> Result<String, lexopt::Error> {
    let target = env::var_os("BENCH_TARGET").unwrap_or("baseline".into()).string()?;
    if target.contains(|c: char| c.is_control() || c == '"' || c == '\\') {
        return Err(
            "BENCH_TARGET must be without quotes, backslashes and control characters".into()
        );
    }
    Ok(target)
}

fn seed_of_the_clock() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // The low bits are the ones that differ from run to run.
    now.as_nanos() as u64
}
