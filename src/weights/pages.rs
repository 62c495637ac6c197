//! Two places in turn, so that power may fail at any byte.

use super::packed::{Packed, PackedError};

/// Which of two places holds the newest whole network, and which one is written next.
///
/// Each place has room for [`PACKED`](Packed::PACKED) bytes; in flash it begins a page of its own, so that
/// to erase it leaves the other alone. The next network goes to where the newest is not, with the next
/// sequence number, and counts from its last byte on: whenever power fails before that, the place is
/// not whole, and the network of before is the newest.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::weights::{Packed, PackedError, Turns};
///
/// network! {
///     pub struct Policy(4 => 8 Tanh => 2 Identity) minimizing HalfSquaredError;
/// }
/// const ERASED: [u8; 1024] = [0xff; 1024];
/// let mut flash = [ERASED; 2]; // two pages
///
/// # let trained = Policy::<f32>::seeded(2);
/// // When the program starts:
/// let mut policy = Policy::<f32>::seeded(1);
/// let turns = Turns::of::<Policy<f32>>(flash.each_ref().map(|page| &page[..]));
/// if let Some(page) = turns.newest() {
///     policy.unpack(&flash[page][..Policy::<f32>::PACKED])?;
/// }
/// // When there is something to keep:
/// policy.copy_from(&trained);
/// let words = policy.packed_words(turns.sequence())?;
/// let page = &mut flash[turns.next()];
/// page.fill(0xff); // what erases a page
/// for (index, word) in words.enumerate() {
///     page[8 * index..][..8].copy_from_slice(&word); // what writes to it
/// }
///
/// let turns = Turns::of::<Policy<f32>>(flash.each_ref().map(|page| &page[..]));
/// assert_eq!((turns.newest(), turns.next(), turns.sequence()), (Some(0), 1, 2));
/// # Ok::<(), PackedError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turns {
    /// Of each place the sequence number, or what is wrong with what is there.
    pub places: [Result<u64, PackedError>; 2],
}

impl Turns {
    /// From what is in both places; what is behind [`PACKED`](Packed::PACKED) bytes is not looked at.
    #[must_use]
    pub fn of<N: Packed>(places: [&[u8]; 2]) -> Self {
        let whole = |place: &[u8]| N::check_packed(&place[..place.len().min(N::PACKED)]);
        Self { places: places.map(whole) }
    }

    /// Which place holds the newest whole network, 0 or 1, if any does.
    #[must_use]
    pub fn newest(&self) -> Option<usize> {
        match self.places {
            [Ok(first), Ok(second)] => Some(usize::from(is_behind(first, second))),
            [Ok(_), Err(_)] => Some(0),
            [Err(_), Ok(_)] => Some(1),
            [Err(_), Err(_)] => None,
        }
    }

    /// The place to write to: never the newest.
    #[must_use]
    pub fn next(&self) -> usize {
        self.newest().map_or(0, |newest| 1 - newest)
    }

    /// The sequence number to write there.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        let newest = self.newest().and_then(|newest| self.places[newest].ok());
        newest.unwrap_or(0).wrapping_add(1)
    }
}

/// Whether `second` was counted after `first`, also beyond the last of all numbers.
fn is_behind(first: u64, second: u64) -> bool {
    second != first && second.wrapping_sub(first) < 1 << 63
}
