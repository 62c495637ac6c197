//! The format of packed weights: what is written, and what is checked when it is read.

mod contents;
mod error;
mod form;
mod layout;
mod sums;
mod text;

pub use contents::Contents;
pub use error::PackedError;
pub use text::Excerpt;

use super::bytes::{memory_of, set, turn};
use crate::fast::registers::Float;
use crate::network::Network;
use crate::shapes::shape::ThetaShape;
use crate::text::Pen;
pub(super) use form::Form;
use layout::{CHECKSUM, HEADER, MAGIC, VERSION};
use sums::Sums;

/// A network's weights as bytes, without a heap: every [`Network`] over `f32` or `f64`.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::weights::{Packed, PackedError};
///
/// network! {
///     pub struct Policy(4 => 8 Tanh => 2 Identity) minimizing HalfSquaredError;
/// }
/// let (policy, mut read) = (Policy::<f32>::seeded(1), Policy::<f32>::zeros());
/// let mut buffer = [0; Policy::<f32>::PACKED];
/// policy.pack(&mut buffer)?;
/// read.unpack(&buffer)?;
/// assert_eq!(read.parameters(), policy.parameters());
///
/// buffer[100] ^= 1;
/// assert!(matches!(read.unpack(&buffer), Err(PackedError::Damaged { .. })));
/// # Ok::<(), PackedError>(())
/// ```
///
/// # The format
///
/// Everything is little-endian, whatever the machine, and begins at a multiple of 8 bytes.
///
/// | bytes | what |
/// | --- | --- |
/// | 8 | `cnstprop` |
/// | 2 | the version: 1 |
/// | 2 | the bytes of a scalar: 4 for `f32`, 8 for `f64` |
/// | 4 | t, the bytes of the text |
/// | 8 | n, how many parameters |
/// | 8 | the sequence number; 0 in a file |
/// | t | sizes and activations in UTF-8: `4 => 64 Tanh => 2 Identity`; zeros up to a multiple of 8 |
/// | 4 n or 8 n | the parameters, unrolled: layer after layer, each Θ⁽ˡ⁾ column after column, its bias first; zeros up to a multiple of 8 |
/// | 16 | the checksum: a, then b |
///
/// With all that is in front as words of 32 bits, w₁ … w_k: a = Σ w_i and b = Σ (k + 1 − i) w_i, both
/// modulo 2⁶⁴. In Python: `a = b = 0`, and for every word `a += w; b += a`. However one or two of the
/// words change, a or b changes too.
///
/// What is minimized is not in the text: it changes no prediction. An activation is its
/// [`NAME`](crate::Activation::NAME) with its [`NUMBERS`](crate::Activation::NUMBERS), also those that are
/// not written in `network!`: `LeakyRelu` is `LeakyRelu<1, 100>`.
pub trait Packed: Network<Scalar: Float> {
    /// How many bytes they take: a multiple of 8.
    const PACKED: usize = Form::of::<Self>().length();

    /// Writes them to `room`, as they are in a file.
    ///
    /// # Errors
    ///
    /// [`PackedError::Room`] if that is not [`PACKED`](Packed::PACKED) bytes long, and
    /// [`PackedError::Parameter`] if one is not finite; `room` is then as it was.
    fn pack(&self, room: &mut [u8]) -> Result<(), PackedError> {
        self.packed_words(0)?.write(room)
    }

    /// The same, 8 bytes after the other, with a sequence number of yours: for memory that is written
    /// so, without a buffer.
    ///
    /// # Errors
    ///
    /// [`PackedError::Parameter`] if one is not finite.
    fn packed_words(&self, sequence: u64) -> Result<Words<'_>, PackedError> {
        Words::new(Form::of::<Self>(), self.parameters(), sequence)
    }

    /// Takes the parameters of packed weights.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with them; `self` is then as it was.
    fn unpack(&mut self, packed: &[u8]) -> Result<(), PackedError> {
        let contents = Form::of::<Self>().read(packed, usize::MAX)?;
        set(self.parameters_mut(), contents.parameters);
        Ok(())
    }

    /// The sequence number of packed weights, if [`unpack`](Packed::unpack) would take them.
    ///
    /// In a test, it holds the whole of a file that is too large for [`embedded`](super::embedded) to
    /// check.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with them.
    fn check_packed(packed: &[u8]) -> Result<u64, PackedError> {
        match Form::of::<Self>().read(packed, usize::MAX) {
            Ok(contents) => Ok(contents.sequence),
            Err(error) => Err(error),
        }
    }
}

impl<N: Network<Scalar: Float>> Packed for N {}

/// Packs parameters of which no network's type is known: what a tool does. `parameters` are unrolled, as
/// [`Parameters`](crate::Parameters) are.
///
/// # Errors
///
/// [`PackedError::Count`] if they are not as many as the shapes have, and [`PackedError::Parameter`] if
/// one is not finite.
pub fn pack_shapes<'a, T: Float>(
    shapes: &'a [ThetaShape],
    parameters: &'a [T],
) -> Result<Words<'a>, PackedError> {
    Words::new(Form::new::<T>(shapes), parameters, 0)
}

/// Packed weights, 8 bytes after the other.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    form: Form<'a>,
    // Where they and the checksum begin.
    places: [usize; 2],
    // In the machine's own order.
    parameters: &'a [u8],
    sequence: u64,
    sums: Sums,
    at: usize,
}

impl<'a> Words<'a> {
    fn new<T: Float>(
        form: Form<'a>,
        parameters: &'a [T],
        sequence: u64,
    ) -> Result<Self, PackedError> {
        if parameters.len() != form.parameters() {
            let (expected, found) = (form.parameters(), parameters.len());
            return Err(PackedError::Count { expected, found });
        }
        if let Some(index) = crate::input::first_not_finite(parameters) {
            return Err(form.not_finite(index, crate::real::to_f64(&parameters[index])));
        }
        let (places, parameters) = (form.places(), memory_of(parameters));
        Ok(Self { form, places, parameters, sequence, sums: Sums::NONE, at: 0 })
    }

    /// All of them.
    fn write(self, room: &mut [u8]) -> Result<(), PackedError> {
        let (expected, found) = (self.places[1] + CHECKSUM, room.len());
        if found != expected {
            return Err(PackedError::Room { expected, found });
        }
        for (to, word) in room.as_chunks_mut().0.iter_mut().zip(self) {
            *to = word;
        }
        Ok(())
    }

    fn header(&self) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        let mut pen = Pen::new(&mut header, 0);
        pen.bytes(&MAGIC);
        pen.bytes(&VERSION.to_le_bytes());
        pen.bytes(&(self.form.scalar as u16).to_le_bytes());
        pen.bytes(&(self.form.text() as u32).to_le_bytes());
        pen.bytes(&(self.form.parameters() as u64).to_le_bytes());
        pen.bytes(&self.sequence.to_le_bytes());
        header
    }

    /// The word at `at`, which is in front of the checksum.
    fn word(&self) -> [u8; 8] {
        let ([parameters, _], mut word) = (self.places, [0; 8]);
        if self.at < HEADER {
            word.copy_from_slice(&self.header()[self.at..][..8]);
        } else if self.at < parameters {
            self.form.write(&mut Pen::new(&mut word, self.at - HEADER));
        } else {
            let rest = &self.parameters[self.at - parameters..];
            let length = rest.len().min(8);
            word[..length].copy_from_slice(&rest[..length]);
            turn(&mut word, self.form.scalar);
        }
        word
    }
}

impl Iterator for Words<'_> {
    type Item = [u8; 8];

    fn next(&mut self) -> Option<[u8; 8]> {
        let [_, checksum] = self.places;
        let word = if self.at < checksum {
            let word = self.word();
            self.sums = self.sums.and(&word);
            word
        } else {
            self.sums.get().get((self.at - checksum) / 8)?.to_le_bytes()
        };
        self.at += 8;
        Some(word)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.places[1] + CHECKSUM - self.at) / 8;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Words<'_> {}
