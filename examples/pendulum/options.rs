//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

pub const HELP: &str = "\
A network swings a pendulum up and holds it: by backpropagation through its dynamics, and by PPO.

Usage: cargo run --release --example pendulum -- [OPTIONS]

Options:
  --seed N      the seed of all random numbers; same seed, same output [0]
  --seeds N     train with each of the seeds 0 to N - 1, 1 to 100, and print medians
  --percent N   how much of the training is done, 1 to 100 [100]
  --out DIR     where the picture goes, as pendulum.png [target/pendulum]
  --help        print this
";

pub struct Options {
    pub seed: u64,
    pub seeds: Option<u64>,
    pub percent: usize,
    pub out: PathBuf,
    pub help: bool,
}

impl Options {
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let out = PathBuf::from("target/pendulum");
        let mut options = Self { seed: 0, seeds: None, percent: 100, out, help: false };
        let mut parser = lexopt::Parser::from_args(arguments);
        let mut has_seed = false;
        while let Some(argument) = parser.next()? {
            match argument {
                Long("seed") => {
                    options.seed = number("--seed", (0, u64::MAX), &mut parser)?;
                    has_seed = true;
                }
                Long("seeds") => {
                    options.seeds = Some(number("--seeds", (1, 100), &mut parser)?);
                }
                Long("percent") => {
                    let percent = number("--percent", (1, 100), &mut parser)?;
                    options.percent =
                        usize::try_from(percent).map_err(|error| error.to_string())?;
                }
                Long("out") => options.out = parser.value()?.into(),
                Long("help") | Short('h') => options.help = true,
                other => return Err(other.unexpected()),
            }
        }
        if has_seed && options.seeds.is_some() {
            return Err("--seed and --seeds: must not be given both".into());
        }
        Ok(options)
    }

    /// The seeds to train with.
    pub fn all_seeds(&self) -> Vec<u64> {
        self.seeds.map_or_else(|| vec![self.seed], |seeds| (0..seeds).collect())
    }

    /// Where the picture goes. The folder is made, and tried, before anything is trained.
    pub fn picture(&self) -> Result<PathBuf, String> {
        if self.out.as_os_str().is_empty() {
            return Err("--out: must name a folder".into());
        }
        let refused = |error| format!("cannot write into --out {}: {error}", self.out.display());
        std::fs::create_dir_all(&self.out).map_err(refused)?;
        let picture = self.out.join("pendulum.png");
        std::fs::OpenOptions::new().append(true).create(true).open(&picture).map_err(refused)?;
        Ok(picture)
    }
}

fn number(
    option: &str,
    (low, high): (u64, u64),
    parser: &mut lexopt::Parser,
) -> Result<u64, lexopt::Error> {
    let value = parser.value()?.string()?;
    match value.parse() {
        Ok(number) if (low..=high).contains(&number) => Ok(number),
        _ => Err(format!("{option} {value}: must be a whole number from {low} to {high}").into()),
    }
}
