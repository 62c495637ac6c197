//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use lexopt::prelude::*;

pub const HELP: &str = "\
Trains a 4-layer network on 1438 real handwritten digits and tests it on 359 others.

Usage: cargo run --release --example digits -- [OPTIONS]

Options:
  --seed N      the seed of all random numbers; same seed, same output [0]
  --epochs N    how often each training image is seen, 1 to 10000 [EPOCHS]
  --out DIR     where the learning curves go, as digits.png [target/digits]
  --help        print this
";

pub struct Options {
    pub seed: u64,
    pub epochs: Option<usize>,
    pub out: PathBuf,
    pub help: bool,
}

impl Options {
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let mut options =
            Self { seed: 0, epochs: None, out: PathBuf::from("target/digits"), help: false };
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("seed") => options.seed = number("--seed", &mut parser)?,
                Long("epochs") => {
                    let epochs = number("--epochs", &mut parser)?;
                    if !(1..=10_000).contains(&epochs) {
                        return Err(format!("--epochs {epochs}: must be from 1 to 10000").into());
                    }
                    options.epochs = Some(epochs);
                }
                Long("out") => options.out = parser.value()?.into(),
                Long("help") | Short('h') => options.help = true,
                other => return Err(other.unexpected()),
            }
        }
        Ok(options)
    }

    /// Where the picture goes. The folder is made, and tried, before anything is trained.
    pub fn picture(&self) -> Result<PathBuf, String> {
        if self.out.as_os_str().is_empty() {
            return Err("--out: must name a folder".into());
        }
        let refused = |error| format!("cannot write into --out {}: {error}", self.out.display());
        std::fs::create_dir_all(&self.out).map_err(refused)?;
        let picture = self.out.join("digits.png");
        std::fs::OpenOptions::new().append(true).create(true).open(&picture).map_err(refused)?;
        Ok(picture)
    }
}

fn number<T: FromStr>(option: &str, parser: &mut lexopt::Parser) -> Result<T, lexopt::Error> {
    let value = parser.value()?.string()?;
    value.parse().map_err(|_| format!("{option} {value}: must be a whole number, from 0 on").into())
}
