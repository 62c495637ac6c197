//! What is wrong with a CSV file, and where an editor shows it.

use std::fmt;

use super::Column;

/// What is wrong with a CSV file, or with what was asked of it.
///
/// Lines and columns are counted from 1, lines as an editor shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CsvFault {
    /// A field that does not hold what is needed there.
    Field {
        /// Where.
        place: Place,
        /// What stands there, or its beginning.
        found: String,
        /// What is wrong with it.
        fault: FieldFault,
    },
    /// A line with too few or too many fields.
    Fields {
        /// The line.
        line: u64,
        /// How many it has.
        found: usize,
        /// How many the first line has.
        expected: usize,
    },
    /// The columns are not as many as inputs, targets and skipped ones.
    Columns {
        /// How many there are.
        found: usize,
        /// How many of them are inputs.
        inputs: usize,
        /// How many of them are targets.
        targets: usize,
        /// How many of them are skipped.
        skipped: usize,
    },
    /// There is no such column, or more than one of that name.
    Column {
        /// What was asked for.
        column: Column,
        /// How many columns are called so.
        found: usize,
    },
    /// A column was asked for twice, as a target or to be skipped.
    ColumnTwice {
        /// Its number.
        column: usize,
    },
    /// Not as many target columns were named as a target has entries.
    Targets {
        /// How many were named.
        named: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A class was given twice.
    ClassTwice {
        /// Its name.
        name: String,
    },
    /// A quote that is not closed before the file ends.
    OpenQuote {
        /// The line that its record begins in.
        line: u64,
    },
    /// A header of numbers or missing values, as if it were an example.
    HeaderOfNumbers {
        /// The line.
        line: u64,
    },
    /// There is no example in the file.
    Empty,
    /// A delimiter that numbers, quotes or lines are made of, or that is not ASCII.
    Delimiter {
        /// It.
        found: u8,
    },
}

/// Where a field stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1, that the field begins in.
    pub line: u64,
    /// The number of the column, from 1.
    pub column: usize,
    /// The name that the header gives it.
    pub name: Option<String>,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldFault {
    /// It stands for a missing value.
    Missing,
    /// It is no number.
    NoNumber,
    /// It is NaN, infinite, or beyond the scalar's range.
    NotFinite,
    /// It is not UTF-8.
    NotUtf8,
    /// A quote that stands behind a space quotes nothing.
    SpaceBeforeQuote,
    /// It is empty where a class label is needed.
    NoLabel,
    /// It is a label of more than one line.
    Lines,
    /// It is none of the classes that were given.
    NoClass,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)?;
        match &self.name {
            Some(name) => write!(f, " ({name:?})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "is a missing value, unless `missing` says otherwise",
            Self::NoNumber => "is no number",
            Self::NotFinite => "is not finite",
            Self::NotUtf8 => "is not UTF-8",
            Self::SpaceBeforeQuote => "has a space in front of its quote",
            Self::NoLabel => "is no label",
            Self::Lines => "is a label of more than one line; is a quote not closed?",
            Self::NoClass => "is none of the classes",
        })
    }
}

impl fmt::Display for CsvFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field { place, found, fault } => write!(f, "{place}: {found:?} {fault}"),
            Self::Fields { line, found, expected } => {
                write!(f, "line {line}: {found} fields where {expected} are needed")
            }
            Self::Columns { found, inputs, targets, skipped } => write!(
                f,
                "{found} columns where {inputs} inputs, {targets} targets and {skipped} to skip are \
                 needed"
            ),
            Self::Column { column, found: 0 } => write!(f, "there is no {column}"),
            Self::Column { column, found } => write!(f, "there are {found} of {column}"),
            Self::ColumnTwice { column } => {
                write!(f, "column {column} is asked for twice, as a target or to be skipped")
            }
            Self::Targets { named, needed } => {
                write!(f, "{named} target columns are named where {needed} are needed")
            }
            Self::ClassTwice { name } => write!(f, "the class {name:?} is given twice"),
            Self::OpenQuote { line } => {
                write!(f, "line {line}: a quote is not closed before the file ends")
            }
            Self::HeaderOfNumbers { line } => write!(
                f,
                "line {line} is to be a header, but has numbers or missing values as an example has: \
                 say `without_header`, or `with_header` if they are names"
            ),
            Self::Empty => f.write_str("there is no example in the file"),
            Self::Delimiter { found } => {
                let found = char::from(*found);
                write!(f, "the delimiter {found:?} cannot be told from what it stands between")
            }
        }
    }
}
