//! Floating point numbers of 16 bits, F16 (IEEE 754) and BF16 (the upper half of an `f32`).
//!
//! To `f64` they are exact. From `f64` they are rounded once, to the nearest, and of two that are equally
//! near to the even one; what is beyond the largest by half a step or more is infinite.

/// A format of 16 bits: so many of them are the significand, without its leading 1, behind the exponent
/// and the sign.
#[derive(Clone, Copy)]
pub(super) struct Half {
    significand: u32,
}

/// 5 bits of exponent, 10 of significand.
pub(super) const F16: Half = Half { significand: 10 };

/// 8 bits of exponent, 7 of significand.
pub(super) const BF16: Half = Half { significand: 7 };

impl Half {
    /// Exponents are stored with so much added.
    const fn bias(self) -> i32 {
        (1 << (14 - self.significand)) - 1
    }

    /// The bits of +∞: every bit of the exponent.
    const fn infinity(self) -> u16 {
        0x7fff >> self.significand << self.significand
    }

    pub(super) fn to_f64(self, bits: u16) -> f64 {
        let (sign, size) = (u64::from(bits >> 15) << 63, bits & 0x7fff);
        let (stored, fraction) = (size >> self.significand, size & !self.infinity() & 0x7fff);
        if size >= self.infinity() {
            let special = if fraction == 0 { f64::INFINITY } else { f64::NAN };
            return f64::from_bits(special.to_bits() | sign);
        }
        // 2 to the power that the last bit of the significand is worth.
        #[allow(clippy::cast_possible_wrap, reason = "it has at most 10 bits")]
        let last = i32::from(stored.max(1)) - self.bias() - self.significand as i32;
        let whole = fraction | u16::from(stored > 0) << self.significand;
        let size = f64::from(whole) * power(last);
        f64::from_bits(size.to_bits() | sign)
    }

    pub(super) fn nearest(self, value: f64) -> u16 {
        let sign = u16::from(value.is_sign_negative()) << 15;
        if value.is_nan() {
            return sign | self.infinity() | 1 << (self.significand - 1);
        }
        let bits = value.to_bits() & (u64::MAX >> 1);
        #[allow(clippy::cast_possible_truncation, reason = "eleven bits")]
        let exponent = (bits >> 52) as i32 - 1023;
        // What is subnormal here has a stored exponent of 0, and as many bits as are left.
        let stored = exponent + self.bias();
        let lost = 52 - self.significand + u32::try_from(1 - stored).unwrap_or(0);
        if lost > 54 {
            return sign;
        }
        if stored > 1 << (15 - self.significand) {
            return sign | self.infinity();
        }
        let whole = bits & (u64::MAX >> 12) | u64::from(exponent > -1023) << 52;
        let (kept, rest, half) = (whole >> lost, whole & ((1 << lost) - 1), 1 << (lost - 1));
        let rounded = kept + u64::from(rest > half || rest == half && kept & 1 == 1);
        // A significand that is rounded up to 2 carries into the exponent, and to infinity at its end.
        let size = rounded + (u64::try_from(stored.max(1) - 1).unwrap_or(0) << self.significand);
        #[allow(
            clippy::cast_possible_truncation,
            reason = "held below infinity, which has 15 bits"
        )]
        let size = size.min(u64::from(self.infinity())) as u16;
        sign | size
    }
}

/// 2ᵏ, of those that an `f64` is normal at.
fn power(k: i32) -> f64 {
    f64::from_bits(u64::try_from(k + 1023).unwrap_or(0) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `half` does it, by all 2¹⁶ bits there and back.
    #[test]
    fn every_half_is_itself_again() {
        for bits in 0..=u16::MAX {
            for half in [F16, BF16] {
                let value = half.to_f64(bits);
                assert_eq!(value.is_nan(), bits & 0x7fff > half.infinity());
                assert!(value.is_nan() || half.nearest(value) == bits, "{bits:#x}");
            }
            let upper = f64::from(f32::from_bits(u32::from(bits) << 16));
            assert!(BF16.to_f64(bits) == upper || upper.is_nan(), "{bits:#x}");
        }
        let known = [(0x3c00, 1.0), (0x0001, 5.960_464_477_539_063e-8), (0x7bff, 65504.0)];
        for (bits, value) in known {
            assert_eq!(F16.to_f64(bits), value);
        }
        assert_eq!((F16.to_f64(0xfc00), F16.to_f64(0x8000).to_bits()), (-f64::INFINITY, 1 << 63));
    }

    /// Between two neighbours: the nearer, and from the middle the even one.
    #[test]
    fn rounding_is_to_the_nearest_and_to_even() {
        for half in [F16, BF16] {
            for low in 0..half.infinity() - 1 {
                let (below, above) = (half.to_f64(low), half.to_f64(low + 1));
                let middle = (below + above) / 2.0;
                let even = low + (low & 1);
                for (sign, value) in [(0, 1.0), (0x8000, -1.0)] {
                    assert_eq!(half.nearest(value * middle), sign | even, "{low:#x}");
                    assert_eq!(half.nearest(value * middle.next_down()), sign | low, "{low:#x}");
                    assert_eq!(
                        half.nearest(value * middle.next_up()),
                        sign | (low + 1),
                        "{low:#x}"
                    );
                }
            }
        }
        // Beyond the largest, by less than half a step, and by half.
        let largest = |half: Half| half.to_f64(half.infinity() - 1);
        assert_eq!(F16.nearest(65519.999), 0x7bff);
        assert_eq!(F16.nearest(65520.0), 0x7c00);
        assert_eq!(F16.nearest(-1e300), 0xfc00);
        assert_eq!(BF16.nearest(largest(BF16) * (1.0 + 2.0_f64.powi(-8))), 0x7f80);
        for tiny in [0.0, f64::MIN_POSITIVE / 8.0, f64::MIN_POSITIVE, 1e-60] {
            assert_eq!((F16.nearest(tiny), BF16.nearest(-tiny)), (0, 0x8000));
        }
        assert!(F16.to_f64(F16.nearest(f64::NAN)).is_nan());
    }
}
