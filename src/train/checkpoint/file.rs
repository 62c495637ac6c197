//! The file of a checkpoint: named rows of numbers, written whole or not at all.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::error::{Error, debug_is_display};
use crate::fast::registers::Float;
use crate::files::{self, Draft};
use crate::input::first_not_finite;
use crate::network::{FloatNetwork, Holds, Network};
use crate::real::to_f64;
use crate::weights::write::{self, Row, Source};
use crate::weights::{self, Dtype, NETWORK_WORD, Told, VERSION, VERSION_WORD};

/// What is wrong with a checkpoint, or with the training that was to be resumed.
#[non_exhaustive]
pub enum CheckpointError {
    /// The file cannot be read or written.
    File {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It is no file of safetensors, or not a whole one.
    Damaged {
        /// Which one.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// It is of something else.
    Foreign {
        /// Which file.
        path: PathBuf,
        /// What differs: `network`, `training`, or the name of a row of numbers.
        what: String,
        /// What it was to be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A number in it cannot be one of a network, or of a scaling.
    Number {
        /// Which file.
        path: PathBuf,
        /// What the number is part of: `the network`, or `the scaling of x`.
        part: String,
        /// Where it is, and what it must be.
        error: Error,
    },
    /// The training itself.
    Training(Error),
}

impl Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, error } => write!(f, "checkpoint {}: {error}", path.display()),
            Self::Damaged { path, reason } => {
                write!(f, "checkpoint {} is damaged: {reason}", path.display())
            }
            Self::Foreign { path, what, expected, found } => write!(
                f,
                "checkpoint {} is of something else: {what} is {found}; it must be {expected}",
                path.display()
            ),
            Self::Number { path, part, error } => {
                write!(f, "checkpoint {}: {part}: {error}", path.display())
            }
            Self::Training(error) => error.fmt(f),
        }
    }
}

debug_is_display!(CheckpointError);

impl core::error::Error for CheckpointError {
    // The message has the whole of the error: behind it comes what that one stems from.
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::File { error, .. } => error.source(),
            Self::Number { error, .. } | Self::Training(error) => error.source(),
            Self::Damaged { .. } | Self::Foreign { .. } => None,
        }
    }
}

/// Saves the parameters of a network, whole or not at all: `theta1`, `theta2`, … of shape
/// (s_l + 1) × s_{l+1}, row 0 the bias, in the format of safetensors, and numbers as they are. In other
/// names, and rounded to other numbers, there is [`Weights::save`](crate::weights::Weights::save).
///
/// A file that was there keeps its mode, and its owner where the system allows that; of a symbolic link
/// it is the file behind it that is written. It is a new file in the place of the old one: hard links
/// keep what was in that, and access control lists and extended attributes are lost.
///
/// # Errors
///
/// [`CheckpointError::File`], also where what is there is no file, or must not be written to. A file
/// that was there is then as it was.
pub fn save<N: FloatNetwork>(
    net: &dyn Holds<N>,
    path: impl AsRef<Path>,
) -> Result<(), CheckpointError> {
    let mut contents = Contents::new(&signature::<N>());
    contents.put_network(net.held());
    contents.write(path.as_ref())
}

/// Loads what [`save`], or a training that can be resumed, has written, of `f32` or `f64`. Files of other
/// programs, and without this feature, are loaded by [`Weights::load`](crate::weights::Weights::load).
///
/// # Errors
///
/// [`CheckpointError`], if the file cannot be read, is damaged, is of another network, or has the
/// scaling of its examples with it, which [`load_scaled`](super::load_scaled) reads; `net` is then as
/// it was.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::train::{load, save};
///
/// network! {
///     pub struct Tiny(2 => 3 Tanh => 1 Sigmoid) minimizing CrossEntropy;
/// }
/// # let folder = std::env::temp_dir().join(format!("constprop-load-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let path = folder.join("tiny.safetensors");
/// let (trained, mut loaded) = (Tiny::<f32>::seeded(1), Tiny::<f32>::zeros());
/// save(&trained, &path)?;
/// load(&mut loaded, &path)?;
/// assert_eq!(loaded.parameters(), trained.parameters());
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn load<N: FloatNetwork>(
    net: &mut dyn Holds<N>,
    path: impl AsRef<Path>,
) -> Result<(), CheckpointError> {
    let contents = read_network::<N>(path.as_ref())?;
    let theta = contents.network::<N>()?;
    has_scaling(&contents, "x", 0)?;
    has_scaling(&contents, "y", 0)?;
    Ok(net.held_mut().set_parameters(&theta)?)
}

/// Whether x, or y, is scaled by so many rows of constants.
pub(super) fn has_scaling(
    contents: &Contents,
    of: &str,
    count: usize,
) -> Result<(), CheckpointError> {
    contents.has_no_more(&scaling_of(of), &format!("{of}."), count)
}

/// What the scaling of x, or of y, is called in a message.
pub(super) fn scaling_of(of: &str) -> String {
    format!("the scaling of {of}")
}

/// The file at `path`, if it is of this network.
pub(super) fn read_network<N: Network<Scalar: Float>>(
    path: &Path,
) -> Result<Contents, CheckpointError> {
    let Some(contents) = Contents::read(path)? else {
        let error = io::Error::from(io::ErrorKind::NotFound);
        return Err(CheckpointError::File { path: path.into(), error });
    };
    // Of whatever scalar, or where nothing is said of any shapes that fit.
    match contents.words.get(NETWORK_WORD) {
        Some(found) if !weights::is_architecture_of::<N>(found) => {
            Err(contents.foreign(NETWORK_WORD, &signature::<N>(), found))
        }
        _ => Ok(contents),
    }
}

/// A network's type in words: the scalar's bits, sizes, activations and cost.
pub(super) fn signature<N: Network<Scalar: Float>>() -> String {
    scalar::<N>() + &weights::architecture::<N>().to_string()
}

fn scalar<N: Network<Scalar: Float>>() -> String {
    format!("f{}: ", 8 * size_of::<N::Scalar>())
}

/// The bytes of the file at `path`, if there is one.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, CheckpointError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CheckpointError::File { path: path.into(), error }),
    }
}

/// What is in a file.
pub(super) struct Contents {
    path: PathBuf,
    words: BTreeMap<String, String>,
    rows: BTreeMap<String, Numbers>,
}

/// A tensor.
struct Numbers {
    dtype: String,
    shape: Vec<usize>,
    // The least significant one first.
    bytes: Vec<u8>,
}

impl Contents {
    pub(super) fn new(network: &str) -> Self {
        let words = [(NETWORK_WORD, network), (VERSION_WORD, VERSION)];
        let words = words.map(|(what, word)| (what.to_owned(), word.to_owned()));
        Self { path: PathBuf::new(), words: words.into(), rows: BTreeMap::new() }
    }

    pub(super) fn say(&mut self, what: &str, words: &str) {
        self.words.insert(what.to_owned(), words.to_owned());
    }

    pub(super) fn put<T: Float>(&mut self, name: &str, numbers: &[T]) {
        self.put_shaped(name, vec![numbers.len()], numbers);
    }

    pub(super) fn put_network<N: Network<Scalar: Float>>(&mut self, net: &N) {
        let mut rest = net.parameters();
        for (index, shape) in N::SHAPES.iter().enumerate() {
            let (theta, behind) = rest.split_at(shape.parameters());
            let name = format!("theta{}", index + 1);
            self.put_shaped(&name, vec![shape.s_in + 1, shape.s_out], theta);
            rest = behind;
        }
    }

    fn put_shaped<T: Float>(&mut self, name: &str, shape: Vec<usize>, numbers: &[T]) {
        let dtype = dtype_of::<T>();
        let bytes = numbers.iter().flat_map(|number| {
            let (bytes, size) = dtype.bytes(to_f64(number));
            bytes.into_iter().take(size)
        });
        let row = Numbers { dtype: dtype.name().to_owned(), shape, bytes: bytes.collect() };
        self.rows.insert(name.to_owned(), row);
    }

    /// The file at `path`, if there is one.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, CheckpointError> {
        let bytes = read(path)?;
        bytes.map(|bytes| Self::of_bytes(path, &bytes)).transpose()
    }

    /// The file at `path`, which has these bytes.
    pub(super) fn of_bytes(path: &Path, bytes: &[u8]) -> Result<Self, CheckpointError> {
        let damaged = |reason: String| CheckpointError::Damaged { path: path.into(), reason };
        let file = weights::file_of(bytes).map_err(|error| damaged(Told(&error).to_string()))?;
        let (mut words, mut rows) = (BTreeMap::new(), BTreeMap::new());
        file.words(|what, word| {
            words.insert(what.chars().collect(), word.chars().collect());
            Ok::<(), CheckpointError>(())
        })?;
        for tensor in file.tensors() {
            let (dtype, shape) = (tensor.dtype.chars().collect(), tensor.shape.sides().collect());
            let row = Numbers { dtype, shape, bytes: tensor.data.to_vec() };
            rows.insert(tensor.name.chars().collect(), row);
        }
        let contents = Self { path: path.into(), words, rows };
        // Files of before have no version.
        if contents.words.contains_key(VERSION_WORD) {
            contents.same_word(VERSION_WORD, VERSION)?;
        }
        Ok(contents)
    }

    /// Whether a file can be written.
    pub(super) fn can_write(path: &Path) -> Result<(), CheckpointError> {
        let tried = Draft::of(path).map(drop);
        tried.map_err(|error| CheckpointError::File { path: path.into(), error })
    }

    /// Writes the file, whole or not at all.
    pub(super) fn write(&self, path: &Path) -> Result<(), CheckpointError> {
        let write = |out: &mut dyn io::Write| {
            let written = write::write(self, |bytes| out.write_all(bytes));
            written.unwrap_or_else(|error| Err(io::Error::other(error)))
        };
        files::write(path, write)
            .map_err(|error| CheckpointError::File { path: path.into(), error })
    }

    /// The same, if it is of this network, in its own scalar.
    pub(super) fn of_network<N: Network<Scalar: Float>>(self) -> Result<Self, CheckpointError> {
        let of_network = |found: &String| {
            found.starts_with(&scalar::<N>()) && weights::is_architecture_of::<N>(found)
        };
        if !self.words.get(NETWORK_WORD).is_some_and(of_network) {
            self.same_word(NETWORK_WORD, &signature::<N>())?;
        }
        Ok(self)
    }

    pub(super) fn same_word(&self, what: &str, expected: &str) -> Result<(), CheckpointError> {
        match self.words.get(what) {
            Some(found) if found == expected => Ok(()),
            found => {
                Err(self.foreign(what, expected, found.map_or("not said", |found| &found[..])))
            }
        }
    }

    /// Whether nothing is said of it.
    pub(super) fn has_no_word(&self, what: &str) -> Result<(), CheckpointError> {
        let found = self.words.get(what);
        found.map_or(Ok(()), |found| Err(self.foreign(what, "not said", found)))
    }

    pub(super) fn damaged(&self, reason: &str) -> CheckpointError {
        CheckpointError::Damaged { path: self.path.clone(), reason: reason.to_owned() }
    }

    pub(super) fn number_of(&self, part: &str, error: Error) -> CheckpointError {
        CheckpointError::Number { path: self.path.clone(), part: part.to_owned(), error }
    }

    fn foreign(&self, what: &str, expected: &str, found: &str) -> CheckpointError {
        CheckpointError::Foreign {
            path: self.path.clone(),
            what: what.to_owned(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }

    /// All Θ, unrolled; finite numbers.
    pub(super) fn network<N: Network<Scalar: Float>>(
        &self,
    ) -> Result<Vec<N::Scalar>, CheckpointError> {
        let mut theta: Vec<N::Scalar> = Vec::with_capacity(N::PARAMETERS);
        for (index, shape) in N::SHAPES.iter().enumerate() {
            let name = format!("theta{}", index + 1);
            theta.extend(self.numbers::<N::Scalar>(&name, &[shape.s_in + 1, shape.s_out])?);
        }
        match first_not_finite(&theta) {
            None => Ok(theta),
            Some(index) => {
                let (theta_l, row, column) = crate::network::place::<N>(index);
                let value = to_f64(&theta[index]);
                let error = Error::Parameter { theta: theta_l, row, column, value };
                Err(self.number_of("the network", error))
            }
        }
    }

    /// The numbers of this name, if they have this shape.
    pub(super) fn numbers<T: Float>(
        &self,
        name: &str,
        shape: &[usize],
    ) -> Result<Vec<T>, CheckpointError> {
        let expected = format!("{shape:?} of {}", dtype_of::<T>());
        let Some(Numbers { dtype, shape: found, bytes }) = self.rows.get(name) else {
            return Err(self.foreign(name, &expected, "not there"));
        };
        match Dtype::named(|name| dtype == name) {
            Some(dtype) if found == shape => {
                let numbers = (0..bytes.len() / dtype.size()).map(|at| dtype.number(bytes, at));
                Ok(numbers.map(nalgebra::convert).collect())
            }
            _ => Err(self.foreign(name, &expected, &format!("{found:?} of {dtype}"))),
        }
    }

    /// The same, and each of them finite.
    pub(super) fn finite<T: Float>(
        &self,
        name: &str,
        length: usize,
    ) -> Result<Vec<T>, CheckpointError> {
        let numbers = self.numbers::<T>(name, &[length])?;
        match first_not_finite(&numbers) {
            None => Ok(numbers),
            Some(index) => {
                let value = to_f64(&numbers[index]);
                Err(self.damaged(&format!("{name}, entry {index} is {value}")))
            }
        }
    }

    /// The one number of this name.
    pub(super) fn number(&self, name: &str) -> Result<f64, CheckpointError> {
        Ok(self.numbers::<f64>(name, &[1])?[0])
    }

    /// The same, if it counts something.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is whole")]
    pub(super) fn whole(&self, name: &str) -> Result<usize, CheckpointError> {
        let number = self.number(name)?;
        if number.fract() == 0.0 && (0.0..=2.0_f64.powi(53)).contains(&number) {
            return Ok(number as usize);
        }
        Err(self.damaged(&format!("{name} is {number}; it must be a whole number")))
    }

    /// Whether exactly so many rows have names that begin like this.
    pub(super) fn has_no_more(
        &self,
        what: &str,
        prefix: &str,
        count: usize,
    ) -> Result<(), CheckpointError> {
        let names: Vec<&str> = self
            .rows
            .keys()
            .map(|name| &name[..])
            .filter(|name| name.starts_with(prefix))
            .collect();
        if names.len() == count {
            return Ok(());
        }
        let found = if names.is_empty() { "not there".to_owned() } else { names.join(", ") };
        Err(self.foreign(what, &format!("{count} rows of numbers"), &found))
    }
}

/// Those of 8 bytes come first: so each number is aligned in the file.
impl Source for Contents {
    fn words(&self, say: &mut dyn FnMut(&str, &dyn Display) -> fmt::Result) -> fmt::Result {
        self.words.iter().try_for_each(|(what, word)| say(what, word))
    }

    fn rows(&self, give: &mut dyn FnMut(Row<'_>) -> fmt::Result) -> fmt::Result {
        for dtype in [Dtype::F64, Dtype::F32] {
            for (name, row) in self.rows.iter().filter(|(_, row)| row.dtype == dtype.name()) {
                let number = &|at: usize| dtype.number(&row.bytes, at);
                give(Row { name, dtype, shape: &row.shape, number })?;
            }
        }
        Ok(())
    }
}

fn dtype_of<T: Float>() -> Dtype {
    if size_of::<T>() == 4 { Dtype::F32 } else { Dtype::F64 }
}
