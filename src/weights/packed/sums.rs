//! The checksum of packed weights.

use super::super::bytes::words;

/// a = Σ w_i and b = Σ (k + 1 − i) w_i over words of 32 bits.
///
/// Modulo 2⁶⁴, a is exact, and where the two words i and j change and a does not, b changes by (i − j)
/// times less than 2³²: never by a multiple of 2⁶⁴. A modulus of 2³² − 1, as Fletcher's, would take
/// erased flash, all ones, for zeros.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums {
    a: u64,
    // Wide, since `wrapping_add` is a call.
    b: u128,
}

impl Sums {
    pub(super) const NONE: Self = Self { a: 0, b: 0 };

    /// With these words: a multiple of 4 bytes.
    pub(super) const fn and(self, bytes: &[u8]) -> Self {
        let (eights, rest) = words(bytes);
        let Self { mut a, mut b } = self;
        let (mut index, count) = (0, eights.len());
        while index < count {
            let [c, d, e, f, g, h, i, j] = eights[index].get();
            let [c, d, e, f] = [c as u64, d as u64, e as u64, f as u64];
            let [g, h, i, j] = [g as u64, h as u64, i as u64, j as u64];
            b +=
                a as u128 * 8 + (8 * c + 7 * d + 6 * e + 5 * f + 4 * g + 3 * h + 2 * i + j) as u128;
            a += c + d + e + f + g + h + i + j;
            index += 1;
        }
        index = 0;
        while index < rest.len() {
            a += u32::from_le_bytes(rest[index]) as u64;
            b += a as u128;
            index += 1;
        }
        Self { a, b }
    }

    #[allow(clippy::cast_possible_truncation, reason = "modulo 2⁶⁴")]
    pub(super) const fn get(self) -> [u64; 2] {
        [self.a, self.b as u64]
    }
}

#[cfg(test)]
mod tests {
    use super::Sums;

    /// The two lines of the documentation.
    fn plain(bytes: &[u8]) -> [u64; 2] {
        let (mut a, mut b) = (0_u64, 0_u64);
        for &word in bytes.as_chunks().0 {
            a = a.wrapping_add(u32::from_le_bytes(word).into());
            b = b.wrapping_add(a);
        }
        [a, b]
    }

    #[test]
    fn sums_are_those_of_the_documentation_however_they_are_cut() {
        let bytes: Vec<u8> = (0..1000_u32).map(|i| (i * i % 251) as u8 | 0xc0).collect();
        for length in (0..1000).step_by(4) {
            let bytes = &bytes[..length];
            assert_eq!(Sums::NONE.and(bytes).get(), plain(bytes));
            let (front, back) = bytes.split_at(length / 8 * 4);
            assert_eq!(Sums::NONE.and(front).and(back).get(), plain(bytes));
        }
    }

    #[test]
    fn erased_flash_is_not_zeros() {
        assert_ne!(Sums::NONE.and(&[0; 64]).get(), Sums::NONE.and(&[0xff; 64]).get());
    }

    /// b exceeds 2⁶⁴ after 93 000 words of ones.
    #[test]
    fn large_sums_wrap() {
        let ones = vec![0xff; 800_000];
        assert_eq!(Sums::NONE.and(&ones).get(), plain(&ones));
    }
}
