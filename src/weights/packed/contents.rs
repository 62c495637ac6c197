//! What is in packed weights, whichever network they are of.

use super::error::PackedError;
use super::layout::{CHECKSUM, HEADER, MAGIC, VERSION, places, unsigned};
use super::sums::Sums;

/// What is in packed weights of some network, which a tool can read without its type.
#[derive(Clone, Copy, Debug)]
pub struct Contents<'a> {
    /// Sizes and activations: `4 => 64 Tanh => 2 Identity`.
    pub architecture: &'a str,
    /// The bits of a scalar: 32 or 64 of `f32` and `f64`, which are all that this crate writes.
    pub bits: usize,
    /// The sequence number.
    pub sequence: u64,
    /// The parameters, each little-endian.
    pub parameters: &'a [u8],
}

impl<'a> Contents<'a> {
    /// What is in these bytes.
    ///
    /// # Errors
    ///
    /// If they are no packed weights, or not whole.
    pub const fn read(packed: &'a [u8]) -> Result<Self, PackedError> {
        Self::read_checking(packed, usize::MAX)
    }

    /// The same; of more than so many bytes, the checksum is not looked at.
    pub(super) const fn read_checking(packed: &'a [u8], most: usize) -> Result<Self, PackedError> {
        let found = packed.len();
        if found < HEADER + CHECKSUM {
            return Err(PackedError::Length { expected: HEADER + CHECKSUM, found });
        }
        let header = packed.split_at(HEADER).0;
        let begin = unsigned(header, 0, 8).to_le_bytes();
        if u64::from_le_bytes(begin) != u64::from_le_bytes(MAGIC) {
            return Err(PackedError::Foreign { found: begin });
        }
        let version = unsigned(header, 8, 2) as u16;
        if version != VERSION {
            return Err(PackedError::Version { found: version });
        }
        let scalar = unsigned(header, 10, 2) as usize;
        let text = unsigned(header, 12, 4);
        let parameters = unsigned(header, 16, 8) as u128 * scalar as u128;
        let [first, checksum] = places(text as u128, parameters);
        let expected = checksum + CHECKSUM as u128;
        if found as u128 != expected {
            let expected =
                if expected < usize::MAX as u128 { expected as usize } else { usize::MAX };
            return Err(PackedError::Length { expected, found });
        }
        if found <= most
            && let Err(error) = sums_are_right(packed)
        {
            return Err(error);
        }
        let [text, parameters] = [text as usize, parameters as usize];
        let (front, behind) = packed.split_at(first as usize);
        let (architecture, padding) = front.split_at(HEADER).1.split_at(text);
        if let Some(index) = first_not_zero(padding) {
            return Err(PackedError::Padding { offset: HEADER + text + index });
        }
        let Ok(architecture) = core::str::from_utf8(architecture) else {
            return Err(PackedError::Text);
        };
        let (parameters, rest) = behind.split_at(parameters);
        if let Some(index) = first_not_zero(rest.split_at(rest.len() - CHECKSUM).0) {
            let offset = first as usize + parameters.len() + index;
            return Err(PackedError::Padding { offset });
        }
        Ok(Self { architecture, bits: 8 * scalar, sequence: unsigned(header, 24, 8), parameters })
    }
}

const fn first_not_zero(bytes: &[u8]) -> Option<usize> {
    let mut index = 0;
    while index < bytes.len() {
        if bytes[index] != 0 {
            return Some(index);
        }
        index += 1;
    }
    None
}

const fn sums_are_right(packed: &[u8]) -> Result<(), PackedError> {
    let (summed, sums) = packed.split_at(packed.len() - CHECKSUM);
    let expected = [unsigned(sums, 0, 8), unsigned(sums, 8, 8)];
    let found = Sums::NONE.and(summed).get();
    if expected[0] != found[0] || expected[1] != found[1] {
        return Err(PackedError::Damaged { expected, found });
    }
    Ok(())
}
