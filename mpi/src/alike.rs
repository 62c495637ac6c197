//! What has to be the same on every rank, and whether it is.

use std::fmt::Write;

use constprop::train::Fit;
use constprop::{InstructionSet, Optimizer, ScalarOf};

use crate::RanksNetwork;
use crate::company::to_f64;
use crate::error::Error;
use crate::wire::Wire;

/// What has to be the same on every rank, a line each.
pub fn describe<N: RanksNetwork, O: Optimizer<N> + ?Sized>(
    wire: &Wire,
    fit: &Fit<'_, N>,
    net: &N,
    optimizer: &mut O,
    block: Option<usize>,
) -> String {
    let mut state = Hash::new();
    // Of what it remembers for each entry of Θ, a rank may have its own alone.
    optimizer.visit_state(&mut |_, numbers| {
        if numbers.len() != N::PARAMETERS {
            state.of(numbers);
        }
    });
    let mut text = describe_network(net);
    // Writing into a String does not fail.
    let _ = writeln!(text, "ranks: {}", wire.size);
    for (what, word) in fit.words(optimizer, [0; 2]) {
        let _ = writeln!(text, "{what}: {}", word.replace('\n', " "));
    }
    let _ = writeln!(text, "end: {}", fit.told_end());
    let _ = writeln!(text, "metrics, and whether those of training: {:?}", fit.told_metrics());
    let _ = writeln!(text, "block: {block:?}");
    let _ = writeln!(text, "optimizer's state: {:016x}", state.0);
    text
}

/// The machine, the crate, the network.
pub fn describe_network<N: RanksNetwork>(net: &N) -> String {
    let (mut text, bits) = (String::new(), 8 * size_of::<ScalarOf<N>>());
    let names = [std::any::type_name::<N::Hypothesis>(), std::any::type_name::<N::Cost>()];
    // Writing into a String does not fail.
    for (what, word) in [
        ("version of constprop", constprop::VERSION.to_owned()),
        ("version of constprop-mpi", env!("CARGO_PKG_VERSION").to_owned()),
        ("architecture", std::env::consts::ARCH.to_owned()),
        ("instruction set", InstructionSet::current().name().to_owned()),
        ("network", format!("{} of f{bits}, {:?}, {}, {}", N::NAME, N::SHAPES, names[0], names[1])),
        ("Θ, as a hash", hash(net.parameters())),
    ] {
        let _ = writeln!(text, "{what}: {word}");
    }
    text
}

/// What stands in front of an error, behind what has to be the same.
const BEHIND: &str = "\n\n";

/// What was found here, if all ranks are alike and found nothing wrong; the same error on all, if not.
pub fn agree<R>(wire: &Wire, text: &str, found: Result<R, constprop::Error>) -> Result<R, Error> {
    let said = match &found {
        Ok(_) => text.to_owned(),
        Err(error) => format!("{}{BEHIND}{error}", text.trim_end()),
    };
    let all = wire.all_bytes(said.as_bytes());
    let all: Vec<_> = all.iter().map(|bytes| String::from_utf8_lossy(bytes)).collect();
    compare(&all)?;
    Ok(found?)
}

/// The error of what all ranks have said: in what the first one differs from rank 0, or else what the first one has found.
fn compare(said: &[impl AsRef<str>]) -> Result<(), Error> {
    let of = |said: &str| {
        let (text, error) = said.split_once(BEHIND).unwrap_or((said, ""));
        let lines = text.lines().map(str::to_owned);
        (lines.collect::<Vec<_>>(), error.to_owned())
    };
    let all: Vec<_> = said.iter().map(|said| of(said.as_ref())).collect();
    for (rank, (lines, _)) in all.iter().enumerate().skip(1) {
        let mut pairs = lines.iter().zip(&all[0].0);
        if let Some((found, expected)) = pairs.find(|(found, expected)| found != expected) {
            let word = |line: &str| line.split_once(": ").map_or("", |(_, word)| word).to_owned();
            let what = expected.split(": ").next().unwrap_or_default().to_owned();
            let (found, expected) = (word(found), word(expected));
            return Err(Error::Differs { rank, what, found, expected });
        }
    }
    match all.into_iter().enumerate().find(|(_, (_, error))| !error.is_empty()) {
        Some((rank, (_, error))) => Err(Error::Share { rank, error }),
        None => Ok(()),
    }
}

/// Numbers as a hash.
pub fn hash<T: constprop::Float>(numbers: &[T]) -> String {
    let mut hash = Hash::new();
    hash.of(numbers);
    format!("{:016x}", hash.0)
}

/// A hash of numbers, for comparison: FNV-1a of their bits.
struct Hash(u64);

impl Hash {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn of<T: constprop::Float>(&mut self, numbers: &[T]) {
        for &number in numbers {
            self.0 = (self.0 ^ to_f64(number).to_bits()).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use constprop::prelude::*;

    network! {
        struct Net(2 => 3 Tanh => 1 Identity) minimizing HalfSquaredError;
    }

    /// Of ranks whose programs are of other builds, the first one that differs is named, and in what first.
    #[test]
    fn another_version_or_architecture_is_named() {
        let ours = describe_network(&Net::<f32>::seeded(1));
        assert!(compare(&[&ours, &ours, &ours]).is_ok());
        let mut theirs = ours.clone();
        for (what, word) in [
            ("network", "Net of f32"),
            ("instruction set", InstructionSet::current().name()),
            ("architecture", std::env::consts::ARCH),
            ("version of constprop-mpi", env!("CARGO_PKG_VERSION")),
            ("version of constprop", constprop::VERSION),
        ] {
            // Everything behind it differs as well.
            let line = format!("{what}: {word}");
            assert_eq!(theirs.matches(&line).count(), 1, "{line} in {theirs}");
            theirs = theirs.replace(&line, &format!("{what}: none {word}"));
            let error = compare(&[&ours, &ours, &theirs, &theirs]).unwrap_err().to_string();
            let [found, expected] = [&theirs, &ours].map(|text| {
                let mut lines = text.lines().filter_map(|line| line.strip_prefix(what));
                lines.find_map(|line| line.strip_prefix(": ")).unwrap()
            });
            assert_eq!(error, format!("rank 2: {what} is {found}; that of rank 0 is {expected}"));
        }
    }

    /// What a rank has found is told where all are alike.
    #[test]
    fn an_error_comes_behind_what_differs() {
        let ours = describe_network(&Net::<f32>::seeded(1));
        let failed = format!("{}{BEHIND}input: there is none", ours.trim_end());
        let error = compare(&[&ours, &failed, &failed]).unwrap_err();
        assert_eq!(error.to_string(), "rank 1: input: there is none");
        let other = describe_network(&Net::<f64>::seeded(1));
        let error = compare(&[&ours, &failed, &other]).unwrap_err().to_string();
        assert!(error.starts_with("rank 2: network is Net of f64"), "{error}");
    }
}
