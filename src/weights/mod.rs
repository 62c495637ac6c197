//! Weights in and out: files of safetensors from PyTorch, Keras or this crate, from a slice of bytes, without
//! a heap, without the standard library.
//!
//! ```
//! use constprop::prelude::*;
//! use constprop::weights::{Dtype, Names, Weights};
//!
//! network! {
//!     pub struct Policy(4 => 16 Tanh => 2 Identity) minimizing HalfSquaredError;
//! }
//!
//! # let trained = Policy::<f64>::seeded(1);
//! # let mut bytes = [0; 2000];
//! # let length = trained.write_safetensors_into(Names::pytorch(), Dtype::F64, &mut bytes)?;
//! # let bytes: &'static [u8] = bytes[..length].to_vec().leak();
//! # macro_rules! include_bytes { ($path:literal) => { bytes } }
//! // `net.0.weight`, `net.0.bias`, `net.2.weight`, … of an `nn.Sequential`:
//! let mut net = Policy::<f32>::zeros();
//! net.read_safetensors(include_bytes!("policy.safetensors"), Names::pytorch())?;
//!
//! // With the standard library:
//! # let folder = std::env::temp_dir().join(format!("constprop-weights-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! let path = "policy-f16.safetensors";
//! # let path = folder.join(path);
//! net.save(&path, Names::keras(), Dtype::F16)?;
//! net.load(&path, Names::found())?;
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`embedded`] makes a `static` network of a file beside the source, which is checked when it is
//! compiled; [`Packed`] is for memory that a program writes itself, and [`Turns`] for power that may fail
//! meanwhile.
//!
//! [`Names`] says how tensors are called and how they lie. A batch normalization right behind a layer is
//! folded into it. `docs/formats.md` says what another program has to write.
//!
//! # Numbers
//!
//! F64, F32, F16 and BF16 are read into `f32` and `f64`, and written of them: rounded once, to the nearest,
//! of two that are equally near to the even one. What a batch normalization makes of Θ is computed in `f64`
//! and then rounded. A parameter that is not finite, or no longer is when it is rounded, is refused.
//!
//! # Errors
//!
//! Whatever is wrong is said before the first parameter is written: a network is read whole or is as it was.
//! Nothing that bytes can hold makes these functions panic. Time is bounded by the length of the data and fewer
//! than 150 walks over a header of at most 1 MiB. Of the heap nothing is taken; by [`load`](Weights::load) the length
//! of the file, and where it has something to say a few times that of its header.

mod bytes;
mod embed;
mod error;
mod fault;
#[cfg(feature = "std")]
mod file;
mod halves;
mod json;
mod layer;
mod metadata;
mod names;
mod packed;
mod pages;
mod plan;
mod safetensors;
#[cfg(feature = "alloc")]
mod shapes;
#[cfg(feature = "checkpoint")]
pub(crate) mod write;
#[cfg(not(feature = "checkpoint"))]
mod write;

pub use embed::{CHECKED, embedded};
#[cfg(feature = "checkpoint")]
pub(crate) use error::Told;
pub use error::{TooSmall, WeightsError, WriteError};
pub use fault::Fault;
#[cfg(feature = "std")]
pub use file::{FileError, save_bytes};
pub use json::Name;
pub use metadata::Facts;
#[cfg(feature = "checkpoint")]
pub(crate) use metadata::{NETWORK_WORD, VERSION, VERSION_WORD};
pub use names::{NameFunction, Names, Part};
pub use packed::{Contents, Excerpt, Packed, PackedError, Words, pack_shapes};
pub use pages::Turns;
pub use safetensors::Dtype;
#[cfg(feature = "alloc")]
pub use shapes::{architecture_of, read_shapes};

#[cfg(feature = "alloc")]
use alloc::vec::Vec;
#[cfg(feature = "alloc")]
use core::convert::Infallible;
#[cfg(feature = "std")]
use std::path::Path;

use nalgebra::ComplexField;

use crate::cost::Cost;
use crate::fast::registers::Float;
use crate::network::Network;
use fault::Found;
use layer::{Layer, Values};
use metadata::check_words;
use plan::{Plan, Scheme};
use safetensors::File;

/// What a message, and the metadata, say of a network's type.
struct Of<N>(N);

impl<N: Network> Of<N> {
    const FACTS: Facts = Facts { shapes: N::SHAPES, cost: <N::Cost as Cost<N::Hypothesis>>::NAME };
}

/// Sizes, activations and cost in words, as metadata has them.
#[cfg(feature = "checkpoint")]
pub(crate) const fn architecture<N: Network>() -> &'static impl core::fmt::Display {
    const { &Of::<N>::FACTS }
}

/// Whether words of metadata are of this network, in whichever scalar.
#[cfg(feature = "checkpoint")]
pub(crate) fn is_architecture_of<N: Network>(words: &str) -> bool {
    metadata::is_of(words.chars(), &Of::<N>::FACTS)
}

/// A file of any tensors.
#[cfg(feature = "checkpoint")]
pub(crate) fn file_of(bytes: &[u8]) -> Result<File<'_>, WeightsError<'_>> {
    File::new(bytes).map_err(|found| WeightsError::of_file(found, bytes, ""))
}

/// Weights in and out, for every network of `f32` and `f64`.
pub trait Weights: Network<Scalar: Float> {
    /// Reads all parameters from the bytes of a file of safetensors.
    ///
    /// Metadata of ours is compared, where it is there: sizes, activations and cost must be the network's.
    /// Without it the shapes decide.
    ///
    /// # Errors
    ///
    /// [`WeightsError`]: bytes that are no such file, a tensor that is missing, or is nothing to the
    /// network, or has another shape, or entries that are no floating point numbers or not finite; and which.
    /// The network is then as it was.
    ///
    /// ```
    /// use constprop::prelude::*;
    /// use constprop::weights::{Fault, Names, Weights};
    ///
    /// network! {
    ///     pub struct Line(2 => 1 Identity) minimizing HalfSquaredError;
    /// }
    /// let header = r#"{"weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}   "#;
    /// let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    /// bytes.extend(header.bytes());
    /// bytes.extend([1.5_f32, -2.0].iter().flat_map(|number| number.to_le_bytes()));
    ///
    /// let mut line = Line::<f64>::zeros();
    /// let error = line.read_safetensors(&bytes, Names::pytorch()).unwrap_err();
    /// assert_eq!(error.fault(), Fault::Tensors { missing: 1, extra: 0 });
    /// assert_eq!(error.to_string(), "bytes: missing: bias [1]");
    /// line.read_safetensors(&bytes, Names::pytorch().zero_where_no_bias()).unwrap();
    /// assert_eq!(line.parameters(), [0.0, 1.5, -2.0]);
    /// ```
    fn read_safetensors<'a>(
        &mut self,
        bytes: &'a [u8],
        names: Names<'a>,
    ) -> Result<(), WeightsError<'a>> {
        let facts = const { &Of::<Self>::FACTS };
        read(self.parameters_mut(), facts, bytes, names)
            .map_err(|found| WeightsError::new(found, bytes, names, facts))
    }

    /// Gives `put` all bytes of a file of safetensors, from the first to the last, at most 256 at a time.
    ///
    /// # Errors
    ///
    /// [`WriteError`]: a parameter that is not finite, or not as `dtype`, and names that cannot be; `put` is
    /// then not called. And the first error of `put`.
    ///
    /// ```
    /// use std::io::Write;
    ///
    /// use constprop::prelude::*;
    /// use constprop::weights::{Dtype, Names, Weights};
    ///
    /// network! {
    ///     pub struct Line(2 => 1 Identity) minimizing HalfSquaredError;
    /// }
    /// let mut out = std::io::sink(); // or whatever takes bytes
    /// let names = Names::pytorch().prefix("net.");
    /// Line::<f64>::seeded(1).write_safetensors(names, Dtype::F32, |bytes| out.write_all(bytes))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn write_safetensors<E>(
        &self,
        names: Names<'_>,
        dtype: Dtype,
        put: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), WriteError<E>> {
        let weights = to_write(self, names, dtype);
        weights.check()?;
        match write::write(&weights, put) {
            Ok(written) => written.map_err(WriteError::Output),
            Err(_) => Err(WriteError::Name { theta: 1, expected: "written" }),
        }
    }

    /// The same as one `Vec`.
    ///
    /// # Errors
    ///
    /// As [`write_safetensors`](Weights::write_safetensors).
    ///
    /// ```
    /// use constprop::prelude::*;
    /// use constprop::weights::{Dtype, Names, Weights};
    ///
    /// network! {
    ///     pub struct Line(2 => 1 Identity) minimizing HalfSquaredError;
    /// }
    /// let (line, mut read) = (Line::<f64>::seeded(1), Line::<f64>::zeros());
    /// let bytes = line.to_safetensors(Names::ours(), Dtype::F64)?;
    /// read.read_safetensors(&bytes, Names::ours()).unwrap();
    /// assert_eq!(read.parameters(), line.parameters());
    /// # Ok::<(), constprop::weights::WriteError<core::convert::Infallible>>(())
    /// ```
    #[cfg(feature = "alloc")]
    fn to_safetensors(
        &self,
        names: Names<'_>,
        dtype: Dtype,
    ) -> Result<Vec<u8>, WriteError<Infallible>> {
        let mut file = Vec::new();
        self.write_safetensors(names, dtype, |bytes| {
            file.extend_from_slice(bytes);
            Ok(())
        })?;
        Ok(file)
    }

    /// The same into a buffer, and how many of its bytes are used.
    ///
    /// # Errors
    ///
    /// As [`write_safetensors`](Weights::write_safetensors); [`TooSmall`] says how many bytes it takes, and
    /// the buffer is then as it was.
    fn write_safetensors_into(
        &self,
        names: Names<'_>,
        dtype: Dtype,
        buffer: &mut [u8],
    ) -> Result<usize, WriteError<TooSmall>> {
        let weights = to_write(self, names, dtype);
        weights.check()?;
        let needed = write::length(&weights).unwrap_or(usize::MAX);
        let found = buffer.len();
        if needed > found {
            return Err(WriteError::Output(TooSmall { needed, found }));
        }
        let mut rest = buffer;
        self.write_safetensors(names, dtype, |bytes| {
            let room = core::mem::take(&mut rest);
            let Some((now, behind)) = room.split_at_mut_checked(bytes.len()) else {
                return Err(TooSmall { needed, found });
            };
            now.copy_from_slice(bytes);
            rest = behind;
            Ok(())
        })?;
        Ok(needed)
    }

    /// [`read_safetensors`](Weights::read_safetensors) of the file at `path`.
    ///
    /// # Errors
    ///
    /// [`FileError`], which says the file's name too.
    #[cfg(feature = "std")]
    fn load(&mut self, path: impl AsRef<Path>, names: Names<'_>) -> Result<(), FileError> {
        file::load(path.as_ref(), |bytes| {
            self.read_safetensors(bytes, names)
                .map_err(|error| FileError::of(path.as_ref(), &error))
        })
    }

    /// Writes a file of safetensors, whole or not at all: it is written beside its place first, which it
    /// then takes.
    ///
    /// A file that was there keeps its mode, and its owner where the system allows that; of a symbolic link
    /// it is the file behind it that is written. It is a new file in the place of the old one: hard links
    /// keep what was in that, and access control lists and extended attributes are lost.
    ///
    /// # Errors
    ///
    /// [`FileError`], also where what is there is no file, or must not be written to. A file that was there is
    /// then as it was.
    #[cfg(feature = "std")]
    fn save(
        &self,
        path: impl AsRef<Path>,
        names: Names<'_>,
        dtype: Dtype,
    ) -> Result<(), FileError> {
        file::save(path.as_ref(), &to_write(self, names, dtype))
    }
}

impl<N: Network<Scalar: Float>> Weights for N {}

/// Reads one tensor of a file by its whole name, such as the constants that x is scaled by.
///
/// # Errors
///
/// [`WeightsError`]: bytes that are no file of safetensors, no such tensor, or one that has not as many
/// entries as `into` in one dimension, all floating point numbers and finite. `into` is then as it was.
///
/// ```
/// use constprop::data::Standardize;
/// use constprop::prelude::*;
/// use constprop::weights::{Names, Weights, read_tensor};
///
/// network! {
///     pub struct Line(2 => 1 Identity) minimizing HalfSquaredError;
/// }
/// # let header = r#"{"theta1":{"dtype":"F32","shape":[3,1],"data_offsets":[0,12]},
/// #     "x.mean":{"dtype":"F32","shape":[2],"data_offsets":[12,20]},
/// #     "x.deviation":{"dtype":"F32","shape":[2],"data_offsets":[20,28]}}"#;
/// # let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
/// # bytes.extend(header.bytes());
/// # bytes.extend([0.5_f32, 1.0, 2.0, 180.0, 0.5, 20.0, 0.25].iter().flat_map(|x| x.to_le_bytes()));
/// # let bytes: &'static [u8] = bytes.leak();
/// let mut line = Line::<f32>::zeros();
/// line.read_safetensors(bytes, Names::ours().among_others())?;
/// let [mut mean, mut deviation] = [[0.0; 2]; 2];
/// read_tensor(bytes, "x.mean", &mut mean)?;
/// read_tensor(bytes, "x.deviation", &mut deviation)?;
/// let x = Standardize::from_constants([mean, deviation])?;
/// assert_eq!(line.predict(&x.applied([200.0, 0.25])), [-0.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_tensor<'a, T: Float>(
    bytes: &'a [u8],
    name: &'a str,
    into: &mut [T],
) -> Result<(), WeightsError<'a>> {
    read_values(bytes, name, into).map_err(|found| WeightsError::of_file(found, bytes, name))
}

fn read_values<T: Float>(bytes: &[u8], name: &str, into: &mut [T]) -> Result<(), Found> {
    let file = File::new(bytes)?;
    let tensor = file.tensors().find(|tensor| tensor.name == *name);
    let values = Values::new(tensor.ok_or((Fault::NoTensor, None))?, &[into.len()])?;
    for index in 0..into.len() {
        check_range::<T>(index, values.get(index))?;
    }
    for (index, number) in into.iter_mut().enumerate() {
        *number = nalgebra::convert(values.get(index));
    }
    Ok(())
}

/// That a number is finite when it is rounded.
fn check_range<T: Float>(index: usize, value: f64) -> Result<(), Found> {
    let is_in_range = ComplexField::is_finite(&nalgebra::convert::<f64, T>(value));
    if is_in_range { Ok(()) } else { Err((Fault::Range { index, value }, None)) }
}

fn to_write<'a, N: Network<Scalar: Float>>(
    net: &'a N,
    names: Names<'a>,
    dtype: Dtype,
) -> write::Weights<'a, N::Scalar> {
    let facts = const { &Of::<N>::FACTS };
    write::Weights { theta: net.parameters(), facts, names, dtype }
}

/// All parameters, or nothing where something does not fit.
fn read<T: Float>(
    theta: &mut [T],
    facts: &'static Facts,
    bytes: &[u8],
    names: Names<'_>,
) -> Result<(), Found> {
    let file = File::new(bytes)?;
    check_words(&file, facts)?;
    let plan = Plan::new(&file, Scheme::new(&file, names, facts.shapes.len())?)?;
    plan.is_whole(&file)?;
    each_parameter(&file, &plan, facts, check_range::<T>)?;
    each_parameter(&file, &plan, facts, |index, value| {
        theta[index] = nalgebra::convert(value);
        Ok(())
    })
}

/// Every parameter in the order in which they lie, as it is in the file.
fn each_parameter(
    file: &File<'_>,
    plan: &Plan<'_>,
    facts: &Facts,
    mut see: impl FnMut(usize, f64) -> Result<(), Found>,
) -> Result<(), Found> {
    let mut at = 0;
    for (index, shape) in facts.shapes.iter().enumerate() {
        let layer = Layer::new(file, plan, index, shape)?;
        for column in 0..=shape.s_in {
            for row in 0..shape.s_out {
                see(at, layer.number(row, column))?;
                at += 1;
            }
        }
    }
    Ok(())
}
