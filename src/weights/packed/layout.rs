//! Where what lies in packed weights: the table of the documentation as constants.

pub(super) const MAGIC: [u8; 8] = *b"cnstprop";
pub(super) const VERSION: u16 = 1;
/// What is in front of the text.
pub(super) const HEADER: usize = 32;
/// What is behind the parameters.
pub(super) const CHECKSUM: usize = 16;

/// A number of so many bytes.
pub(super) const fn unsigned(bytes: &[u8], at: usize, count: usize) -> u64 {
    let (mut number, mut index) = (0, count);
    while index > 0 {
        index -= 1;
        number = number << 8 | bytes[at + index] as u64;
    }
    number
}

/// Where parameters and checksum begin, behind a text and in front of parameters of so many bytes. Wide,
/// since a file may claim what it likes.
pub(super) const fn places(text: u128, parameters: u128) -> [u128; 2] {
    let first = HEADER as u128 + text.next_multiple_of(8);
    [first, first + parameters.next_multiple_of(8)]
}
