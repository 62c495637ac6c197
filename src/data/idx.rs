//! IDX files, the format of MNIST and its kin: images as examples, and their labels.
//!
//! | bytes | images | labels |
//! | --- | --- | --- |
//! | 0 to 3 | 0x00000803: bytes, in 3 dimensions | 0x00000801: bytes, in 1 dimension |
//! | 4 to 7 | how many, m | how many, m |
//! | 8 to 15 | rows, columns | |
//! | behind | m · rows · columns pixels, row by row | m labels |
//!
//! Numbers have their high byte first. Source: LeCun, Cortes, Burges, "The MNIST database of
//! handwritten digits". Files that are packed by gzip are to be unpacked first.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use nalgebra::RealField;

use super::error::{DataError, DataFault};
use crate::input::{Sample, push};

/// What is wrong with an IDX file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdxFault {
    /// It begins with another number than files of its kind.
    Magic {
        /// What it begins with.
        found: u32,
        /// What it must begin with.
        expected: u32,
    },
    /// Its images have another number of pixels.
    Size {
        /// Rows of an image.
        rows: u32,
        /// Columns of an image.
        columns: u32,
        /// How many pixels are needed.
        needed: usize,
    },
    /// It ends too early.
    Truncated {
        /// How many bytes it has.
        bytes: u64,
        /// How many it must have at least, by what of its header there is.
        expected: u64,
    },
    /// It goes on behind its end.
    Longer {
        /// How many bytes it must have, by its header.
        expected: u64,
    },
}

const IMAGES: u32 = 0x0803;
const LABELS: u32 = 0x0801;

/// The images of an IDX file, x = pixel/255 from 0 to 1, row by row. `S` is rows · columns, and
/// greater than 0, which the compiler checks.
///
/// The reader need not be buffered, and is read to its end. Memory is taken for what there is, not
/// for what the header claims.
///
/// # Errors
///
/// [`DataError`]: another kind of file, images of another size, too few or too many bytes, or what the
/// reader says.
///
/// ```
/// use constprop::data::idx;
///
/// // Two images of 1 x 2 pixels.
/// let file = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 51, 0];
/// assert_eq!(idx::images::<f32, 2, _>(&file[..])?, [[0.0, 1.0], [0.2, 0.0]]);
///
/// let message = idx::images::<f32, 100, _>(&file[..]).unwrap_err().to_string();
/// assert_eq!(message, "images of 1 x 2 = 2 pixels where 100 are needed");
/// # Ok::<(), constprop::data::DataError>(())
/// ```
pub fn images<T: RealField, const S: usize, R: Read>(reader: R) -> Result<Vec<[T; S]>, DataError> {
    const { assert!(S > 0, "an image has a pixel") }
    let mut bytes = Bytes::new(reader, 16);
    bytes.magic(IMAGES)?;
    let [m, rows, columns] = [bytes.number()?, bytes.number()?, bytes.number()?];
    // Both fit into 32 bits, their product into 64.
    if u64::from(rows) * u64::from(columns) != S as u64 {
        return Err(DataFault::Idx(IdxFault::Size { rows, columns, needed: S }).into());
    }
    bytes.expect(u64::from(m).saturating_mul(S as u64));
    let scaled: [T; 256] =
        core::array::from_fn(|pixel| nalgebra::convert::<f64, T>(pixel as f64 / 255.0));
    let mut pixels = vec![0; S];
    let mut image = <[T; S]>::boxed_from_fn(|_| T::zero());
    let mut images = Vec::new();
    for _ in 0..m {
        bytes.fill(&mut pixels)?;
        for (x, &pixel) in image.iter_mut().zip(&pixels) {
            *x = scaled[usize::from(pixel)].clone();
        }
        push(&mut images, &*image);
    }
    bytes.end()?;
    images.shrink_to_fit();
    Ok(images)
}

/// The labels of an IDX file, each from 0 to 255.
///
/// The reader need not be buffered, and is read to its end.
///
/// # Errors
///
/// [`DataError`]: another kind of file, too few or too many bytes, or what the reader says.
///
/// ```
/// let file = [0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4];
/// assert_eq!(constprop::data::idx::labels(&file[..])?, [5, 0, 4]);
///
/// let message = constprop::data::idx::labels(&file[..9]).unwrap_err().to_string();
/// assert_eq!(message, "ends after byte 9 of 11");
/// # Ok::<(), constprop::data::DataError>(())
/// ```
pub fn labels<R: Read>(reader: R) -> Result<Vec<usize>, DataError> {
    let mut bytes = Bytes::new(reader, 8);
    bytes.magic(LABELS)?;
    let m = bytes.number()?;
    bytes.expect(u64::from(m));
    let mut labels = Vec::new();
    for _ in 0..m {
        let mut label = [0];
        bytes.fill(&mut label)?;
        labels.push(usize::from(label[0]));
    }
    bytes.end()?;
    labels.shrink_to_fit();
    Ok(labels)
}

/// [`images`] of the file at a path: `images_at::<f32, 784>("train-images-idx3-ubyte")`.
///
/// # Errors
///
/// As [`images`], with the path in front.
pub fn images_at<T: RealField, const S: usize>(
    path: impl AsRef<Path>,
) -> Result<Vec<[T; S]>, DataError> {
    at(path.as_ref(), images)
}

/// [`labels`] of the file at a path: `labels_at("train-labels-idx1-ubyte")`.
///
/// # Errors
///
/// As [`labels`], with the path in front.
pub fn labels_at(path: impl AsRef<Path>) -> Result<Vec<usize>, DataError> {
    at(path.as_ref(), labels)
}

/// What `read` makes of the file at `path`.
pub(super) fn at<D>(
    path: &Path,
    read: impl FnOnce(File) -> Result<D, DataError>,
) -> Result<D, DataError> {
    let file = File::open(path).map_err(|error| DataError::io(0, error));
    file.and_then(read).map_err(|error| error.in_file(path))
}

/// A reader, and how many bytes have come of how many.
struct Bytes<R> {
    reader: BufReader<R>,
    read: u64,
    expected: u64,
}

impl<R: Read> Bytes<R> {
    fn new(reader: R, header: u64) -> Self {
        Self { reader: BufReader::new(reader), read: 0, expected: header }
    }

    /// So many more behind the header.
    fn expect(&mut self, more: u64) {
        self.expected = self.expected.saturating_add(more);
    }

    /// Some of the next bytes, or none at the end.
    fn some(&mut self, buffer: &mut [u8]) -> Result<usize, DataError> {
        loop {
            match self.reader.read(buffer) {
                Ok(some) => {
                    self.read += some as u64;
                    return Ok(some);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(DataError::io(self.read, error)),
            }
        }
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), DataError> {
        let mut rest = buffer;
        while !rest.is_empty() {
            let some = self.some(rest)?;
            if some == 0 {
                let (bytes, expected) = (self.read, self.expected);
                return Err(DataFault::Idx(IdxFault::Truncated { bytes, expected }).into());
            }
            rest = &mut rest[some..];
        }
        Ok(())
    }

    fn number(&mut self) -> Result<u32, DataError> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn magic(&mut self, expected: u32) -> Result<(), DataError> {
        let found = self.number()?;
        if found == expected {
            return Ok(());
        }
        Err(DataFault::Idx(IdxFault::Magic { found, expected }).into())
    }

    fn end(&mut self) -> Result<(), DataError> {
        if self.some(&mut [0])? == 0 {
            return Ok(());
        }
        Err(DataFault::Idx(IdxFault::Longer { expected: self.expected }).into())
    }
}

impl core::fmt::Display for IdxFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Self::Magic { found, expected } => {
                let what = match found {
                    IMAGES => ", as images do",
                    LABELS => ", as labels do",
                    // Two bytes are gzip's, whatever comes behind.
                    _ if found >> 16 == 0x1f8b => ", which is gzip's, to be unpacked first",
                    _ => "",
                };
                let kind = if expected == IMAGES { "images" } else { "labels" };
                write!(f, "begins with {found:#010x}{what}; {kind} begin with {expected:#010x}")
            }
            Self::Size { rows, columns, needed } => {
                let pixels = u64::from(rows) * u64::from(columns);
                let images = format_args!("images of {rows} x {columns} = {pixels} pixels");
                write!(f, "{images} where {needed} are needed")
            }
            Self::Truncated { bytes, expected } => {
                write!(f, "ends after byte {bytes} of {expected}")
            }
            Self::Longer { expected } => {
                write!(f, "goes on after the {expected} bytes that its header says")
            }
        }
    }
}
