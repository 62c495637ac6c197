//! Weights in files.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::error::{Fault, WeightsError, WriteError};
use crate::files::Draft;

/// Why a file of weights is not read, or not written.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileError {
    /// The system does not allow it.
    File {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// What is in it is wrong, or of something else.
    Weights {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        fault: Fault,
        /// The tensor with which it is wrong, if it is a single one.
        tensor: Option<String>,
        /// The same in words: all of it, tensors and shapes by name.
        message: String,
    },
    /// What was to be written cannot be.
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: WriteError<Infallible>,
    },
}

impl FileError {
    pub(super) fn of(path: &Path, error: &WeightsError<'_>) -> Self {
        Self::Weights {
            path: path.into(),
            fault: error.fault(),
            tensor: error.tensor().map(|tensor| tensor.chars().collect()),
            message: error.to_string(),
        }
    }
}

impl core::fmt::Display for FileError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::File { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Weights { path, message, .. } => write!(f, "{}: {message}", path.display()),
            Self::Write { path, error } => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl core::error::Error for FileError {
    // The message has the whole of the error: behind it comes what that one stems from.
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::File { error, .. } => error.source(),
            Self::Weights { .. } | Self::Write { .. } => None,
        }
    }
}

/// What `take` makes of the bytes of the file at `path`.
pub(super) fn load<R>(
    path: &Path,
    take: impl FnOnce(&[u8]) -> Result<R, FileError>,
) -> Result<R, FileError> {
    let bytes = fs::read(path).map_err(|error| FileError::File { path: path.into(), error })?;
    take(&bytes)
}

/// What takes a few bytes at a time.
pub(super) type Put<'a> = &'a mut dyn FnMut(&[u8]) -> io::Result<()>;

/// Writes the file at `path`, whole or not at all.
pub(super) fn save(
    path: &Path,
    write: impl FnOnce(Put<'_>) -> Result<(), WriteError<io::Error>>,
) -> Result<(), FileError> {
    let wrong = |error: io::Error| FileError::File { path: path.into(), error };
    let mut draft = Draft::of(path, "").map_err(wrong)?;
    let mut kept = io::BufWriter::with_capacity(1 << 16, draft.file());
    let written = write(&mut |bytes| io::Write::write_all(&mut kept, bytes));
    written.map_err(|error| match error.of_weights() {
        Ok(error) => FileError::Write { path: path.into(), error },
        Err(error) => wrong(error),
    })?;
    io::Write::flush(&mut kept).map_err(wrong)?;
    drop(kept);
    draft.publish().map_err(wrong)
}
