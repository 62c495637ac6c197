//! What happened, epoch by epoch.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

/// One epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Epoch {
    /// Its number, from 1 on.
    pub number: usize,
    /// The learning rate of its last step.
    pub rate: f64,
    /// J of the examples trained with, λ included: the mean over the batches, by their sizes, each as
    /// it was before its step. It is counted in `f64`.
    pub j: f64,
    /// J of the examples that validate, with their weights and without λ, behind the epoch's last
    /// step; if there are any.
    pub validation_j: Option<f64>,
}

impl Epoch {
    /// What early stopping and a plateau look at.
    pub(super) fn watched(&self) -> f64 {
        self.validation_j.unwrap_or(self.j)
    }
}

/// All epochs, and the metrics that were asked for.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::train::{Fit, accuracy};
///
/// network! {
///     pub struct Tiny(1 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
/// }
/// let x: Vec<[f64; 1]> = (0..40).map(|i| [f64::from(i) / 20.0 - 1.0]).collect();
/// let y: Vec<[f64; 1]> = x.iter().map(|x| [f64::from(u8::from(x[0] > 0.0))]).collect();
/// let (mut net, mut adam) = (Tiny::seeded(1), Adam::new(AdamSettings::default())?);
/// let fit = Fit::new().epochs(2).validation_split(0.25).metric("accuracy", accuracy);
/// let history = fit.run(&mut net, &mut adam, &x, &y)?;
/// assert_eq!(history.epochs().len(), 2);
/// assert!(history.metric("accuracy", 1).is_some());
/// assert!(history.to_csv().starts_with("epoch,rate,j,validation_j,validation_accuracy\n1,"));
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    pub(crate) epochs: Vec<Epoch>,
    pub(crate) names: Vec<Cow<'static, str>>,
    /// Of the examples trained with and of those that validate, a row of names for each epoch.
    pub(crate) values: Vec<[Option<f64>; 2]>,
    pub(crate) best: Option<usize>,
    pub(crate) end: End,
}

/// Why training ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// All epochs are over.
    #[default]
    Epochs,
    /// J no longer became smaller: [`Fit::early_stopping`](super::Fit::early_stopping).
    Early,
    /// A callback asked for it.
    Callback,
    /// It failed: [`FitError`](super::FitError) says why.
    Failure,
}

impl History {
    /// Every epoch, the first one first.
    #[must_use]
    pub fn epochs(&self) -> &[Epoch] {
        &self.epochs
    }

    /// Why training ended.
    #[must_use]
    pub const fn end(&self) -> End {
        self.end
    }

    /// The number of the epoch whose J was least, from 1 on, the first of equals: of the examples that
    /// validate, or where there are none of those trained with. A J that is not finite is none.
    #[must_use]
    pub const fn best(&self) -> Option<usize> {
        self.best
    }

    /// What progress is measured by: the magnitude of the first J that was watched and is finite.
    pub(super) fn unit(&self) -> f64 {
        let j = self.epochs.iter().map(Epoch::watched).find(|j| j.is_finite());
        j.map_or(0.0, f64::abs)
    }

    /// With another J: so many times that of before.
    pub(super) fn scaled(mut self, factor: f64) -> Self {
        for epoch in &mut self.epochs {
            epoch.j *= factor;
            epoch.validation_j = epoch.validation_j.map(|j| j * factor);
        }
        self
    }

    /// The same, of a training that failed.
    pub(super) fn failed(self) -> Self {
        Self { end: End::Failure, ..self }
    }

    /// The metric of this name behind epoch `number`, from 1 on: of the examples that validate, or
    /// where there are none of those trained with.
    #[must_use]
    pub fn metric(&self, name: &str, number: usize) -> Option<f64> {
        let [training, validation] = self.both(name, number)?;
        validation.or(training)
    }

    /// The metric of the examples trained with, if [`Fit::watch_training`](super::Fit::watch_training)
    /// asked for it, or there are no others.
    #[must_use]
    pub fn training_metric(&self, name: &str, number: usize) -> Option<f64> {
        self.both(name, number)?[0]
    }

    fn both(&self, name: &str, number: usize) -> Option<[Option<f64>; 2]> {
        let column = self.names.iter().position(|other| *other == name)?;
        let row = number.checked_sub(1)?.checked_mul(self.names.len())?;
        self.values.get(row + column).copied()
    }

    /// A table with a line for each epoch, as CSV: a column for each metric of each kind of
    /// examples that was computed. What is missing in a line is empty; a name with a comma stands in
    /// quotes.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut csv = String::from("epoch,rate,j,validation_j");
        let computed = |kind: usize, column: usize| {
            let rows = self.values.chunks_exact(self.names.len().max(1));
            rows.clone().any(|row| row[column][kind].is_some())
        };
        let mut columns = Vec::new();
        for (column, name) in self.names.iter().enumerate() {
            for (kind, prefix) in ["", VALIDATION].into_iter().enumerate() {
                if computed(kind, column) {
                    columns.push((column, kind));
                    csv.push(',');
                    push_field(&mut csv, prefix, name);
                }
            }
        }
        csv.push('\n');
        for (row, epoch) in self.epochs.iter().enumerate() {
            // Writing into a String does not fail.
            let _ = write!(csv, "{},{},{},", epoch.number, epoch.rate, epoch.j);
            if let Some(j) = epoch.validation_j {
                let _ = write!(csv, "{j}");
            }
            for &(column, kind) in &columns {
                csv.push(',');
                if let Some(value) = self.values[row * self.names.len() + column][kind] {
                    let _ = write!(csv, "{value}");
                }
            }
            csv.push('\n');
        }
        csv
    }
}

/// A name as a field of CSV, in quotes where it would end too early (RFC 4180).
fn push_field(csv: &mut String, prefix: &str, name: &str) {
    if name.contains([',', '"']) {
        // Writing into a String does not fail.
        let _ = write!(csv, "\"{prefix}{}\"", name.replace('"', "\"\""));
    } else {
        csv.push_str(prefix);
        csv.push_str(name);
    }
}

/// What stands in the table before all metrics, and in front of those that validate.
const COLUMNS: [&str; 3] = ["epoch", "rate", "j"];
const VALIDATION: &str = "validation_";

/// The first name by which a metric could not be told apart, in the table too, and what it must be.
pub(crate) fn faulty_name(names: &[Cow<'static, str>]) -> Option<(usize, &'static str)> {
    for (place, name) in names.iter().enumerate() {
        let is_plain = name.trim() == *name && !name.contains(char::is_control);
        let expected = if name.is_empty() || !is_plain {
            "not empty, without control characters, or white space at an end"
        } else if COLUMNS.contains(&name.as_ref()) || name.starts_with(VALIDATION) {
            "none of epoch, rate, j, and without validation_ in front"
        } else if names[..place].contains(name) {
            "another than those before it"
        } else {
            continue;
        };
        return Some((place, expected));
    }
    None
}
