//! Weights in files.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::{fs, io};

use super::error::{Told, WeightsError, WriteError};
use super::fault::Fault;
use super::write::{Weights, write};
use crate::error::debug_is_display;
use crate::fast::registers::Float;
use crate::files;

/// Why a file of weights is not read, or not written.
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
            message: Told(error).to_string(),
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

debug_is_display!(FileError);

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

/// Writes the file at `path`, whole or not at all.
pub(super) fn save<T: Float>(path: &Path, weights: &Weights<'_, T>) -> Result<(), FileError> {
    weights.check().map_err(|error| FileError::Write { path: path.into(), error })?;
    files::write(path, |out| write(weights, |bytes| out.write_all(bytes)).unwrap_or_else(no_name))
        .map_err(|error| FileError::File { path: path.into(), error })
}

/// Writes bytes as they are, such as packed weights, to the file at `path`: whole or not at all, as
/// [`Weights::save`](super::Weights::save) does.
///
/// # Errors
///
/// [`FileError::File`], also where what is there is no file, or must not be written to. A file that was there
/// is then as it was.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::weights::{Packed, save_bytes};
///
/// network! {
///     pub struct Policy(4 => 8 Tanh => 2 Identity) minimizing HalfSquaredError;
/// }
/// # let folder = std::env::temp_dir().join(format!("constprop-bytes-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let mut packed = [0; Policy::<f32>::PACKED];
/// Policy::<f32>::seeded(1).pack(&mut packed)?;
/// save_bytes(folder.join("policy.bin"), &packed)?;
/// # assert_eq!(std::fs::read(folder.join("policy.bin"))?, packed);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn save_bytes(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), FileError> {
    let path = path.as_ref();
    files::write(path, |out| out.write_all(bytes))
        .map_err(|error| FileError::File { path: path.into(), error })
}

/// A function of names that gives one at one time, and none at another.
fn no_name(error: core::fmt::Error) -> io::Result<()> {
    Err(io::Error::other(error))
}
