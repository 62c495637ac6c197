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
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};
use std::ops::Range;
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
    let kind = Kind::images::<S>();
    let mut bytes = Bytes::new(reader, kind.header);
    let m = bytes.header(kind)?;
    let images = bytes.images(index(m))?;
    bytes.end()?;
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
    let mut bytes = Bytes::new(reader, Kind::LABELS.header);
    let m = bytes.header(Kind::LABELS)?;
    let labels = bytes.labels(index(m))?;
    bytes.end()?;
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

/// These [`images`] of an IDX file, counted from 0: the header and they are read, and nothing else. What is
/// in front is passed over by seeking.
///
/// The file begins where the reader stands, and ends where that ends. Its length is held against the
/// header, whichever part is asked for, so that a file cut short is the same error for every part.
///
/// # Errors
///
/// As [`images`], and [`DataFault::Part`] where the file has fewer images.
///
/// ```
/// use std::io::Cursor;
///
/// use constprop::data::{idx, share};
///
/// // Three images of 1 x 2 pixels, and the second half of them: 2 shares, of 2 images and of 1.
/// let file = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 51, 0, 0, 51];
/// let part = share(idx::count(&file[..])?, 1, 2)?;
/// assert_eq!(idx::images_part::<f32, 2, _>(Cursor::new(file), part)?, [[0.0, 0.2]]);
///
/// let message = idx::images_part::<f32, 2, _>(Cursor::new(file), 2..4).unwrap_err().to_string();
/// assert_eq!(message, "examples 2..4 are asked for, where there are 3");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn images_part<T: RealField, const S: usize, R: Read + Seek>(
    reader: R,
    part: Range<usize>,
) -> Result<Vec<[T; S]>, DataError> {
    let examples = part.len();
    Bytes::of_part(reader, Kind::images::<S>(), part)?.images(examples)
}

/// These [`labels`] of an IDX file, counted from 0, as [`images_part`] reads images.
///
/// # Errors
///
/// As [`labels`], and [`DataFault::Part`] where the file has fewer labels.
///
/// ```
/// let file = std::io::Cursor::new([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]);
/// assert_eq!(constprop::data::idx::labels_part(file, 1..3)?, [0, 4]);
/// # Ok::<(), constprop::data::DataError>(())
/// ```
pub fn labels_part<R: Read + Seek>(reader: R, part: Range<usize>) -> Result<Vec<usize>, DataError> {
    let examples = part.len();
    Bytes::of_part(reader, Kind::LABELS, part)?.labels(examples)
}

/// [`images_part`] of the file at a path.
///
/// # Errors
///
/// As [`images_part`], with the path in front.
pub fn images_part_at<T: RealField, const S: usize>(
    path: impl AsRef<Path>,
    part: Range<usize>,
) -> Result<Vec<[T; S]>, DataError> {
    at(path.as_ref(), |file| images_part(file, part))
}

/// [`labels_part`] of the file at a path.
///
/// # Errors
///
/// As [`labels_part`], with the path in front.
pub fn labels_part_at(path: impl AsRef<Path>, part: Range<usize>) -> Result<Vec<usize>, DataError> {
    at(path.as_ref(), |file| labels_part(file, part))
}

/// m: how many images or labels an IDX file has, as its first 8 bytes say. No more of it is read.
///
/// # Errors
///
/// [`DataError`]: a file of neither, too few bytes, or what the reader says.
///
/// ```
/// assert_eq!(constprop::data::idx::count(&[0, 0, 8, 1, 0, 0, 0, 3][..])?, 3);
/// # Ok::<(), constprop::data::DataError>(())
/// ```
pub fn count<R: Read>(reader: R) -> Result<usize, DataError> {
    let mut bytes = Bytes::new(reader.take(8), 8);
    let found = bytes.number()?;
    if found != LABELS && found != IMAGES {
        return Err(DataFault::Idx(IdxFault::Magic { found, expected: IMAGES }).into());
    }
    Ok(index(bytes.number()?))
}

/// [`count`] of the file at a path.
///
/// # Errors
///
/// As [`count`], with the path in front.
pub fn count_at(path: impl AsRef<Path>) -> Result<usize, DataError> {
    at(path.as_ref(), count)
}

/// What a file holds: how it begins, and of how many bytes its examples are.
#[derive(Clone, Copy)]
struct Kind {
    magic: u32,
    header: u64,
    size: usize,
}

impl Kind {
    const LABELS: Self = Self { magic: LABELS, header: 8, size: 1 };

    const fn images<const S: usize>() -> Self {
        const { assert!(S > 0, "an image has a pixel") }
        Self { magic: IMAGES, header: 16, size: S }
    }
}

/// A count of a file as one of examples, which are in memory.
fn index(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
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

impl<R: Read + Seek> Bytes<Take<R>> {
    /// The bytes of these examples, in a file whose header has been read.
    fn of_part(mut reader: R, kind: Kind, part: Range<usize>) -> Result<Self, DataError> {
        let seek =
            |reader: &mut R, byte, to| reader.seek(to).map_err(|error| DataError::io(byte, error));
        let begins = seek(&mut reader, 0, SeekFrom::Current(0))?;
        let ends = seek(&mut reader, 0, SeekFrom::End(0))?;
        seek(&mut reader, 0, SeekFrom::Start(begins))?;
        let mut header = Bytes::new(reader.by_ref().take(kind.header), kind.header);
        let m = header.header(kind)?;
        let (length, expected) = (ends.saturating_sub(begins), header.expected);
        if length < expected {
            return Err(DataFault::Idx(IdxFault::Truncated { bytes: length, expected }).into());
        }
        if length > expected {
            return Err(DataFault::Idx(IdxFault::Longer { expected }).into());
        }
        if part.start > part.end || part.end > index(m) {
            return Err(DataFault::Part { part, examples: m.into() }.into());
        }
        let bytes_of = |examples: usize| (examples as u64).saturating_mul(kind.size as u64);
        let read = kind.header.saturating_add(bytes_of(part.start));
        seek(&mut reader, read, SeekFrom::Start(begins.saturating_add(read)))?;
        Ok(Self { read, ..Self::new(reader.take(bytes_of(part.len())), expected) })
    }
}

impl<R: Read> Bytes<R> {
    fn new(reader: R, header: u64) -> Self {
        Self { reader: BufReader::new(reader), read: 0, expected: header }
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

    /// m, behind which as many examples are expected.
    fn header(&mut self, kind: Kind) -> Result<u32, DataError> {
        let (found, expected) = (self.number()?, kind.magic);
        if found != expected {
            return Err(DataFault::Idx(IdxFault::Magic { found, expected }).into());
        }
        let m = self.number()?;
        if expected == IMAGES {
            let [rows, columns] = [self.number()?, self.number()?];
            // Both fit into 32 bits, their product into 64.
            if u64::from(rows) * u64::from(columns) != kind.size as u64 {
                let needed = kind.size;
                return Err(DataFault::Idx(IdxFault::Size { rows, columns, needed }).into());
            }
        }
        let more = u64::from(m).saturating_mul(kind.size as u64);
        self.expected = self.expected.saturating_add(more);
        Ok(m)
    }

    fn images<T: RealField, const S: usize>(&mut self, m: usize) -> Result<Vec<[T; S]>, DataError> {
        let scaled: [T; 256] =
            core::array::from_fn(|pixel| nalgebra::convert::<f64, T>(pixel as f64 / 255.0));
        let mut pixels = vec![0; S];
        let mut image = <[T; S]>::boxed_from_fn(|_| T::zero());
        let mut images = Vec::new();
        for _ in 0..m {
            self.fill(&mut pixels)?;
            for (x, &pixel) in image.iter_mut().zip(&pixels) {
                *x = scaled[usize::from(pixel)].clone();
            }
            push(&mut images, &*image);
        }
        images.shrink_to_fit();
        Ok(images)
    }

    fn labels(&mut self, m: usize) -> Result<Vec<usize>, DataError> {
        let mut labels = Vec::new();
        for _ in 0..m {
            let mut label = [0];
            self.fill(&mut label)?;
            labels.push(usize::from(label[0]));
        }
        labels.shrink_to_fit();
        Ok(labels)
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
