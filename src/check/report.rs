//! What a check found: as data, and as a table.

use core::fmt;

use alloc::string::String;
use alloc::vec::Vec;

use super::ladder::Outcome;

/// What a check found. `Display` prints it as a table, its worst entry first.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was checked: a network's, an activation's or a cost's name.
    pub subject: String,
    /// The method, in words.
    pub method: &'static str,
    /// What follows.
    pub verdict: Verdict,
    /// One for each Θ⁽ˡ⁾, or each function.
    pub parts: Vec<Part>,
}

/// What follows from a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every entry that was judged agrees. Entries at kinks and lost ones are in the report.
    Correct,
    /// Some entry does not agree.
    Wrong,
    /// Nothing can be said.
    CannotJudge(Reason),
}

/// Why nothing can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Every analytic entry is 0, and none is seen to be wrong: a missing gradient looks the same.
    AllZero,
    /// The cost is not finite.
    CostNotFinite,
    /// Every entry lies at a kink or was lost in rounding.
    NothingResolved,
}

/// What was found of one Θ⁽ˡ⁾, or one function.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name: `theta1`, `g′`.
    pub name: String,
    /// How many entries were looked at.
    pub entries: usize,
    /// How many agree.
    pub agree: usize,
    /// How many do not.
    pub differ: usize,
    /// How many lie at a kink, where a difference quotient says nothing about either side.
    pub at_kinks: usize,
    /// How many were lost in rounding.
    pub unresolved: usize,
    /// The largest entry.
    pub largest: f64,
    /// The entry that is farthest off, measured by what it may be off; none where none was judged.
    pub worst: Option<Entry>,
    /// Whether every analytic entry is 0.
    pub all_zero: bool,
    /// How the remainder falls with the step (the method of Taylor alone): 2 where the gradient is
    /// right, 1 where it is wrong, nothing where no remainder stands out from rounding.
    pub slope: Option<f64>,
}

/// An entry, and what was expected of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// What is checked.
    pub analytic: f64,
    /// What it is checked against.
    pub numerical: f64,
    /// How far apart the two may be for what rounding and the method account for.
    pub tolerance: f64,
}

/// Where an entry stands. Everything is counted from 0, Θ⁽ˡ⁾ as the article numbers it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Place {
    /// In Θ⁽ˡ⁾.
    Parameter {
        /// l.
        theta: usize,
        /// The row.
        row: usize,
        /// The column; 0 is the bias.
        column: usize,
    },
    /// In Θ⁽ˡ⁾ of a network in a computation.
    OfNetwork {
        /// The network's name there.
        network: &'static str,
        /// l.
        theta: usize,
        /// The row.
        row: usize,
        /// The column; 0 is the bias.
        column: usize,
    },
    /// In x of a computation.
    Input {
        /// The input's name there.
        name: &'static str,
        /// Which entry of x.
        entry: usize,
    },
    /// Somewhere in Θ⁽ˡ⁾: along a direction.
    Direction {
        /// l.
        theta: usize,
    },
    /// An entry of a flat slice.
    Index(usize),
    /// Somewhere in a flat slice: along a direction.
    Everywhere,
    /// At a number.
    At(f64),
    /// At a number where g′ jumps, though [`KINKS`](crate::Activation::KINKS) does not name it.
    UnnamedKink(f64),
}

impl Entry {
    /// |analytic − numerical| as a share of the larger of them.
    #[must_use]
    pub fn relative(&self) -> f64 {
        let larger = self.analytic.abs().max(self.numerical.abs());
        if self.analytic == self.numerical { 0.0 } else { self.difference() / larger }
    }

    fn difference(&self) -> f64 {
        (self.analytic - self.numerical).abs()
    }

    /// How far off, as a multiple of what may be; a NaN is as far off as can be.
    fn severity(&self) -> f64 {
        if matches!(self.place, Place::UnnamedKink(_)) {
            return f64::INFINITY;
        }
        let severity = self.difference() / self.tolerance.max(f64::MIN_POSITIVE);
        if severity.is_nan() { f64::INFINITY } else { severity }
    }
}

impl Report {
    pub(super) fn new(subject: String, method: &'static str, parts: Vec<Part>) -> Self {
        let any = |count: fn(&Part) -> usize| parts.iter().any(|part| count(part) > 0);
        let verdict = if any(|part| part.differ) {
            Verdict::Wrong
        } else if parts.iter().all(|part| part.all_zero) {
            Verdict::CannotJudge(Reason::AllZero)
        } else if any(|part| part.agree) {
            Verdict::Correct
        } else {
            Verdict::CannotJudge(Reason::NothingResolved)
        };
        Self { subject, method, verdict, parts }
    }

    pub(super) const fn without_a_cost(subject: String, method: &'static str) -> Self {
        let verdict = Verdict::CannotJudge(Reason::CostNotFinite);
        Self { subject, method, verdict, parts: Vec::new() }
    }

    /// Whether every entry that was judged agrees, and some were.
    #[must_use]
    pub fn is_correct(&self) -> bool {
        self.verdict == Verdict::Correct
    }

    /// Whether some entry is wrong.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.verdict == Verdict::Wrong
    }

    /// Whether no entry was left out: none at a kink, none lost in rounding.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.parts.iter().all(|part| part.at_kinks == 0 && part.unresolved == 0)
    }

    /// The entry that is farthest off, measured by what it may be off.
    #[must_use]
    pub fn worst(&self) -> Option<&Entry> {
        let entries = self.parts.iter().filter_map(|part| part.worst.as_ref());
        entries.max_by(|a, b| a.severity().total_cmp(&b.severity()))
    }

    /// Stops a test that is not correct, with the report as its message.
    ///
    /// # Panics
    ///
    /// Unless the report [`is_correct`](Self::is_correct).
    #[track_caller]
    pub fn assert_correct(&self) {
        assert!(self.is_correct(), "{self}");
    }
}

impl Part {
    pub(super) const fn new(name: String) -> Self {
        Self {
            name,
            entries: 0,
            agree: 0,
            differ: 0,
            at_kinks: 0,
            unresolved: 0,
            largest: 0.0,
            worst: None,
            all_zero: true,
            slope: None,
        }
    }

    pub(super) fn add(&mut self, outcome: Outcome, entry: Entry) {
        self.entries += 1;
        self.all_zero &= entry.analytic == 0.0;
        let count = match outcome {
            Outcome::Agrees => &mut self.agree,
            Outcome::Differs => &mut self.differ,
            Outcome::Kink => &mut self.at_kinks,
            Outcome::Unresolved => &mut self.unresolved,
        };
        *count += 1;
        // What was not resolved is noise.
        if outcome != Outcome::Unresolved {
            self.largest = self.largest.max(entry.analytic.abs()).max(entry.numerical.abs());
        }
        let judged = matches!(outcome, Outcome::Agrees | Outcome::Differs);
        if judged && self.worst.is_none_or(|worst| entry.severity() > worst.severity()) {
            self.worst = Some(entry);
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Correct => "correct",
            Self::Wrong => "WRONG",
            Self::CannotJudge(Reason::AllZero) => {
                "cannot judge: every entry is 0, as those of a missing gradient are"
            }
            Self::CannotJudge(Reason::CostNotFinite) => "cannot judge: the cost is not finite",
            Self::CannotJudge(Reason::NothingResolved) => {
                "cannot judge: every entry lies at a kink or is lost in rounding"
            }
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Parameter { theta, row, column } => {
                let bias = if column == 0 { " (bias)" } else { "" };
                write!(f, "theta{theta}, row {row}, column {column}{bias}")
            }
            Self::OfNetwork { network, theta, row, column } => {
                write!(f, "{network}: {}", Self::Parameter { theta, row, column })
            }
            Self::Input { name, entry } => write!(f, "{name}, entry {entry}"),
            Self::Direction { theta } => write!(f, "theta{theta}, along a random direction"),
            Self::Index(index) => write!(f, "entry {index}"),
            Self::Everywhere => f.write_str("along a random direction"),
            Self::At(z) => write!(f, "at {z:e}"),
            Self::UnnamedKink(z) => write!(f, "at {z:e}, a kink that KINKS does not name"),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Self { place, analytic, numerical, .. } = self;
        write!(
            f,
            "{place}: analytic {}, numerical {}, relative {:.0e}",
            Number(analytic),
            Number(numerical),
            self.relative()
        )
    }
}

/// Seven digits, without an exponent where it reads better.
struct Number(f64);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = *self;
        if value == 0.0 || (1e-3..1e4).contains(&value.abs()) {
            write!(f, "{value:.7}")
        } else {
            write!(f, "{value:.6e}")
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, by {}: {}", self.subject, self.method, self.verdict)?;
        if self.is_wrong()
            && let Some(worst) = self.worst()
        {
            writeln!(f, "  {worst}")?;
        }
        if self.parts.is_empty() {
            return Ok(());
        }
        let sloped = self.parts.iter().any(|part| part.slope.is_some());
        let longest = self.parts.iter().map(|part| part.name.chars().count()).max();
        let width = longest.unwrap_or(0).max(8);
        write!(f, "  {:<width$} {:>7} {:>7} {:>7}", "", "entries", "agree", "differ")?;
        write!(f, " {:>7} {:>7} {:>10}", "at kink", "lost", "largest")?;
        writeln!(f, "{}  farthest off", if sloped { "  slope" } else { "" })?;
        for part in &self.parts {
            write!(f, "  {:<width$} {:>7} {:>7}", part.name, part.entries, part.agree)?;
            write!(f, " {:>7} {:>7} {:>7}", part.differ, part.at_kinks, part.unresolved)?;
            write!(f, " {:>10.3e}", part.largest)?;
            match part.slope {
                Some(slope) => write!(f, "  {slope:>5.2}")?,
                None if sloped => write!(f, "      -")?,
                None => {}
            }
            match &part.worst {
                Some(entry) => writeln!(f, "  {:.0e}, {}", entry.relative(), entry.place)?,
                None => writeln!(f, "  -")?,
            }
        }
        Ok(())
    }
}
