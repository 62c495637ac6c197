//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

pub const HELP: &str = "\
Levenberg-Marquardt beside Adam on three regressions, one of them of real data.

Usage: cargo run --release --example regression -- [OPTIONS]

Options:
  --starts N    from how many random networks, 1 to 100; medians are shown [5]
  --passes N    passes over the examples that Adam may take, 100 to 1000000 [10000]
  --out DIR     where the curves go, as regression.png [target/regression]
  --dampings F  write into F how far Levenberg-Marquardt comes by each damping, and nothing else
  --help        print this
";

pub struct Options {
    pub starts: u64,
    pub passes: usize,
    pub out: PathBuf,
    pub dampings: Option<PathBuf>,
    pub help: bool,
}

impl Options {
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let out = PathBuf::from("target/regression");
        let mut options = Self { starts: 5, passes: 10_000, out, dampings: None, help: false };
        let mut parser = lexopt::Parser::from_args(arguments);
        while let Some(argument) = parser.next()? {
            match argument {
                Long("starts") => options.starts = number("--starts", (1, 100), &mut parser)?,
                Long("passes") => {
                    let passes = number("--passes", (100, 1_000_000), &mut parser)?;
                    options.passes = usize::try_from(passes).map_err(|error| error.to_string())?;
                }
                Long("out") => options.out = parser.value()?.into(),
                Long("dampings") => options.dampings = Some(parser.value()?.into()),
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
        let picture = self.out.join("regression.png");
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
