//! Weights of networks whose types are not known: what a tool reads.

use alloc::vec;
use alloc::vec::Vec;

use super::error::WeightsError;
use super::fault::Found;
use super::json::Name;
use super::metadata::{Facts, NETWORK_WORD};
use super::names::Names;
use super::read;
use super::safetensors::File;
use crate::fast::registers::Float;
use crate::shapes::shape::ThetaShape;

/// What the metadata of a file of safetensors says of its network, if it is ours:
/// `4 => 64 Tanh => 2 Identity minimizing HalfSquaredError`, and in older files the scalar in front, `f32: `.
///
/// # Errors
///
/// [`WeightsError`], of bytes that are no such file.
pub fn architecture_of(bytes: &[u8]) -> Result<Option<Name<'_>>, WeightsError<'_>> {
    word(bytes).map_err(|found| WeightsError::of_file(found, bytes, ""))
}

fn word(bytes: &[u8]) -> Result<Option<Name<'_>>, Found> {
    File::new(bytes)?.word(NETWORK_WORD).map_err(|fault| (fault, None))
}

/// [`read_safetensors`](super::Weights::read_safetensors) for a network that is known as data. What comes
/// back is unrolled, as [`Parameters`](crate::Parameters) are.
///
/// # Errors
///
/// As there.
pub fn read_shapes<'a, T: Float>(
    facts: &'static Facts,
    bytes: &'a [u8],
    names: Names<'a>,
) -> Result<Vec<T>, WeightsError<'a>> {
    let of = |shape: &ThetaShape| shape.s_out.saturating_mul(shape.s_in.saturating_add(1));
    let count = facts.shapes.iter().map(of).fold(0, usize::saturating_add);
    // A weight takes 2 bytes and more: what is not all there is refused.
    let mut parameters = vec![nalgebra::zero(); count.min(bytes.len())];
    match read(&mut parameters, facts, bytes, names) {
        Ok(()) => Ok(parameters),
        Err(found) => Err(WeightsError::new(found, bytes, names, facts)),
    }
}
