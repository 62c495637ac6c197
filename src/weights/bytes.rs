//! Scalars as bytes, least significant one first. All the `unsafe` of packed weights is here.

use core::mem::MaybeUninit;
use core::slice;

use crate::fast::registers::Float;
use crate::network::Network;

/// Whether a scalar's bytes lie the other way round in memory.
const TURNED: bool = cfg!(target_endian = "big");

/// A network of these bytes.
///
/// # Panics
///
/// When they are not as many as its own.
#[must_use]
pub(super) const fn network<N: Network<Scalar: Float>>(parameters: &[u8]) -> N {
    let mut network = MaybeUninit::<N>::zeroed();
    // SAFETY: it is memory of `BYTES` bytes, each of which is initialized.
    let memory = unsafe { slice::from_raw_parts_mut(network.as_mut_ptr().cast(), N::BYTES) };
    copy(parameters, memory, size_of::<N::Scalar>());
    // SAFETY: `Parameters` promises `f32` or `f64` and nothing else, and any bytes are one.
    unsafe { network.assume_init() }
}

/// Sets `scalars` from as many bytes.
pub(super) const fn set<T: Float>(scalars: &mut [T], bytes: &[u8]) {
    // SAFETY: `f32` or `f64`, which any bytes are, also when they are written one by one.
    let memory =
        unsafe { slice::from_raw_parts_mut(scalars.as_mut_ptr().cast(), size_of_val(scalars)) };
    copy(bytes, memory, size_of::<T>());
}

/// The memory of `scalars`, in the machine's own order: [`turn`] makes it the file's.
pub(super) const fn memory_of<T: Float>(scalars: &[T]) -> &[u8] {
    // SAFETY: `f32` or `f64`, all of whose bytes are initialized.
    unsafe { slice::from_raw_parts(scalars.as_ptr().cast(), size_of_val(scalars)) }
}

/// Brings scalars of so many bytes from the machine's order to the file's, or back.
pub(super) const fn turn(bytes: &mut [u8], scalar: usize) {
    if TURNED {
        turn_each(bytes, scalar);
    }
}

/// Words of 32 bits, eight at a time, and what is left of them one by one. Constants are evaluated
/// statement by statement, and a call is many: eight words that are one load take a third of the time.
pub(super) const fn words(bytes: &[u8]) -> (&[Eight], &[[u8; 4]]) {
    let (eights, rest) = bytes.as_chunks::<{ size_of::<Eight>() }>();
    // SAFETY: an `Eight` is as many bytes, of alignment 1, and any bytes are one.
    let eights = unsafe { slice::from_raw_parts(eights.as_ptr().cast(), eights.len()) };
    (eights, rest.as_chunks().0)
}

/// Eight words, wherever they lie.
#[derive(Clone, Copy)]
#[repr(C, packed)]
pub(super) struct Eight([u32; 8]);

impl Eight {
    pub(super) const fn get(self) -> [u32; 8] {
        let mut words = self.0;
        if TURNED {
            let mut index = 0;
            while index < words.len() {
                words[index] = words[index].swap_bytes();
                index += 1;
            }
        }
        words
    }
}

const fn copy(bytes: &[u8], memory: &mut [u8], scalar: usize) {
    memory.copy_from_slice(bytes);
    turn(memory, scalar);
}

/// Turns the bytes of each scalar around.
const fn turn_each(bytes: &mut [u8], scalar: usize) {
    let mut index = 0;
    while index < bytes.len() {
        let mirrored = index - index % scalar + (scalar - 1 - index % scalar);
        if index < mirrored {
            bytes.swap(index, mirrored);
        }
        index += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{memory_of, turn_each, words};

    /// What a big-endian machine does, on whichever this is.
    #[test]
    fn turning_is_the_other_byte_order() {
        let f32s = [1.5_f32, -2.25e-20, f32::MIN_POSITIVE];
        let mut bytes = f32s.map(f32::to_be_bytes).concat();
        turn_each(&mut bytes, 4);
        assert_eq!(bytes, f32s.map(f32::to_le_bytes).concat());
        let f64s = [1.5_f64, -2.25e-200];
        let mut bytes = f64s.map(f64::to_le_bytes).concat();
        turn_each(&mut bytes, 8);
        assert_eq!(bytes, f64s.map(f64::to_be_bytes).concat());
        assert_eq!(memory_of(&f64s), f64s.map(f64::to_ne_bytes).concat());
    }

    #[test]
    fn words_are_read_wherever_they_lie() {
        let bytes: Vec<u8> = (0..=200).collect();
        for start in 0..9 {
            let (eights, rest) = words(&bytes[start..start + 44]);
            let eights = eights.iter().flat_map(|eight| eight.get());
            let found: Vec<u32> =
                eights.chain(rest.iter().map(|&word| u32::from_le_bytes(word))).collect();
            let expected = bytes[start..start + 44].as_chunks().0;
            let expected: Vec<u32> =
                expected.iter().map(|&word| u32::from_le_bytes(word)).collect();
            assert_eq!(found, expected);
        }
    }
}
