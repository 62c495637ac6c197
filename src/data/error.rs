//! Why a file was not read, and where it went wrong.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{fmt, io};

#[cfg(feature = "csv")]
use super::csv::CsvFault;
use super::idx::IdxFault;
use crate::error::debug_is_display;

/// Why a file was not read: what is wrong with it, where, and in which file. Nothing of it was
/// handed on.
///
/// ```
/// let error = constprop::data::idx::labels(&b"\x1f\x8b\x08\x00\x00\x00\x00\x00"[..]).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "begins with 0x1f8b0800, which is gzip's, to be unpacked first; labels begin with 0x00000801",
/// );
/// ```
pub struct DataError {
    path: Option<PathBuf>,
    fault: DataFault,
}

/// What is wrong with a file.
#[derive(Debug)]
#[non_exhaustive]
pub enum DataFault {
    /// It could not be read on.
    Io {
        /// After so many bytes.
        byte: u64,
        /// Why.
        error: io::Error,
    },
    /// Examples were asked for that it does not have, or a range of them that ends before it begins.
    Part {
        /// Which, counted from 0.
        part: Range<usize>,
        /// How many it has.
        examples: u64,
    },
    /// It is no IDX file of what was asked for.
    Idx(IdxFault),
    /// It is no CSV file of what was asked for.
    #[cfg(feature = "csv")]
    Csv(CsvFault),
}

impl DataError {
    /// The file, if it was named.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// What is wrong with it.
    #[must_use]
    pub const fn fault(&self) -> &DataFault {
        &self.fault
    }

    pub(super) fn io(byte: u64, error: io::Error) -> Self {
        DataFault::Io { byte, error }.into()
    }

    pub(super) fn in_file(self, path: &Path) -> Self {
        Self { path: Some(path.to_path_buf()), ..self }
    }
}

impl From<DataFault> for DataError {
    fn from(fault: DataFault) -> Self {
        Self { path: None, fault }
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}: ", path.display())?;
        }
        self.fault.fmt(f)
    }
}

impl fmt::Display for DataFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { byte: 0, error } => error.fmt(f),
            Self::Io { byte, error } => write!(f, "after byte {byte}: {error}"),
            Self::Part { part, examples } => {
                write!(f, "examples {part:?} are asked for, where there are {examples}")
            }
            Self::Idx(fault) => fault.fmt(f),
            #[cfg(feature = "csv")]
            Self::Csv(fault) => fault.fmt(f),
        }
    }
}

debug_is_display!(DataError);

impl std::error::Error for DataError {
    // The message has the whole of an io::Error: behind it comes what that one stems from.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.fault {
            DataFault::Io { error, .. } => error.source(),
            _ => None,
        }
    }
}
