//! The command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lexopt::prelude::*;

pub const HELP: &str = "\
Trains a 4-layer network on MNIST, or on a set of its form, and tests it.

Usage: cargo run --release --example mnist -- --data DIR [OPTIONS]

Options:
  --data DIR    the folder of the four IDX files, as scripts/fetch-mnist makes two of them:
                target/data/mnist and target/data/fashion-mnist; one whose name says fashion
                is taken for Fashion-MNIST
  --seed N      the seed of all random numbers; same seed, same output [0]
  --epochs N    how often each training image is seen, 1 to 10000 [EPOCHS]
  --out DIR     where curves.png and worst.png go [target/mnist]
  --search      print the comparison that chose the settings, and stop
  --help        print this
";

pub struct Options {
    pub data: Option<PathBuf>,
    pub seed: u64,
    pub epochs: Option<usize>,
    pub out: PathBuf,
    pub search: bool,
    pub help: bool,
}

/// The files that are written.
pub struct Pictures {
    pub curves: PathBuf,
    pub worst: PathBuf,
}

impl Options {
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let mut options = Self {
            data: None,
            seed: 0,
            epochs: None,
            out: PathBuf::from("target/mnist"),
            search: false,
            help: false,
        };
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("data") => options.data = Some(parser.value()?.into()),
                Long("seed") => options.seed = number("--seed", &mut parser)?,
                Long("epochs") => {
                    let epochs = number("--epochs", &mut parser)?;
                    if !(1..=10_000).contains(&epochs) {
                        return Err(format!("--epochs {epochs}: must be from 1 to 10000").into());
                    }
                    options.epochs = Some(epochs);
                }
                Long("out") => options.out = parser.value()?.into(),
                Long("search") => options.search = true,
                Long("help") | Short('h') => options.help = true,
                other => return Err(other.unexpected()),
            }
        }
        Ok(options)
    }

    /// Where the images are.
    pub fn data(&self) -> Result<&Path, &'static str> {
        self.data.as_deref().ok_or(
            "no images: get them by `scripts/fetch-mnist`, then add `--data target/data/mnist`",
        )
    }

    /// Where the pictures go. The folder is made, and tried, before anything is trained.
    pub fn pictures(&self) -> Result<Pictures, String> {
        if self.out.as_os_str().is_empty() {
            return Err("--out: must name a folder".into());
        }
        let refused = |error| format!("cannot write into --out {}: {error}", self.out.display());
        std::fs::create_dir_all(&self.out).map_err(refused)?;
        let [curves, worst] = ["curves.png", "worst.png"].map(|name| self.out.join(name));
        for picture in [&curves, &worst] {
            std::fs::OpenOptions::new().append(true).create(true).open(picture).map_err(refused)?;
        }
        Ok(Pictures { curves, worst })
    }
}

fn number<T: FromStr>(option: &str, parser: &mut lexopt::Parser) -> Result<T, lexopt::Error> {
    let value = parser.value()?.string()?;
    value.parse().map_err(|_| format!("{option} {value}: must be a whole number, from 0 on").into())
}
