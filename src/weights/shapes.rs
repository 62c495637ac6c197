//! Weights of networks whose types are not known: what a tool reads.

use alloc::vec;
use alloc::vec::Vec;

use super::error::WeightsError;
use super::fault::{Fault, Found};
use super::json::Name;
use super::metadata::{Facts, NETWORK_WORD};
use super::names::Names;
use super::plan::MOST;
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
/// As there; and [`Fault::Shapes`] where no network has these shapes.
pub fn read_shapes<'a, T: Float>(
    facts: &'static Facts,
    bytes: &'a [u8],
    names: Names<'a>,
) -> Result<Vec<T>, WeightsError<'a>> {
    let found = match count(facts.shapes) {
        None => (Fault::Shapes, None),
        // A weight takes 2 bytes and more: what is not all there is refused.
        Some(count) => {
            let mut parameters = vec![nalgebra::zero(); count.min(bytes.len())];
            match read(&mut parameters, facts, bytes, names) {
                Ok(()) => return Ok(parameters),
                Err(found) => found,
            }
        }
    };
    Err(WeightsError::new(found, bytes, names, facts))
}

/// How many parameters a network of these shapes has, if one may have them.
fn count(shapes: &[ThetaShape]) -> Option<usize> {
    let fit = shapes.windows(2).all(|pair| pair[0].s_out == pair[1].s_in);
    let has_size_0 = shapes.iter().any(|shape| shape.s_in == 0 || shape.s_out == 0);
    if !fit || has_size_0 || !(1..=MOST).contains(&shapes.len()) {
        return None;
    }
    shapes.iter().try_fold(0_usize, |sum, shape| {
        sum.checked_add(shape.s_in.checked_add(1)?.checked_mul(shape.s_out)?)
    })
}
