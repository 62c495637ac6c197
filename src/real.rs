//! The arithmetic that activations and costs are written in.

use core::ops::{Add, Div, Mul, Neg, Sub};

use nalgebra::{ComplexField, RealField};

/// A real number, or a few of them side by side.
///
/// Activations and costs are written once, over this trait. Every [`RealField`] has it (`f32`,
/// `f64`, a user's dual numbers), and a register of SIMD lanes can have it too. So there is no
/// `if` on a value here: a branch is [`select_gt`](Real::select_gt), which evaluates both sides
/// and picks one for each lane.
///
/// ```
/// use constprop::Real;
///
/// /// |z| with the corner rounded: √(z² + 1) − 1.
/// fn soft_abs<V: Real>(z: V) -> V {
///     (z.clone() * z + V::one()).sqrt() - V::one()
/// }
/// assert_eq!(soft_abs(0.0_f64), 0.0);
/// assert_eq!(soft_abs(0.0_f32), 0.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no number that activations and costs take",
    label = "a number is needed, entry by entry; a whole z⁽ˡ⁾ goes as `z2.activate::<Sigmoid>()`"
)]
pub trait Real:
    Clone
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    /// The number nearest to `value`, in every lane.
    fn constant(value: f64) -> Self;

    /// eˣ.
    fn exp(self) -> Self;

    /// eˣ − 1, exact to rounding near 0.
    fn exp_m1(self) -> Self;

    /// ln x.
    fn ln(self) -> Self;

    /// ln(1 + x), exact to rounding near 0.
    fn ln_1p(self) -> Self;

    /// tanh x.
    fn tanh(self) -> Self;

    /// √x.
    fn sqrt(self) -> Self;

    /// |x|.
    fn abs(self) -> Self;

    /// `then` where `self > other`, else `otherwise`. A NaN on either side of the comparison
    /// gives `otherwise`.
    fn select_gt(self, other: Self, then: Self, otherwise: Self) -> Self;

    /// 0.
    #[inline(always)]
    fn zero() -> Self {
        Self::constant(0.0)
    }

    /// 1.
    #[inline(always)]
    fn one() -> Self {
        Self::constant(1.0)
    }

    /// The larger of two; `other` if `self` is NaN.
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        self.clone().select_gt(other.clone(), self, other)
    }

    /// The larger of two; `other` where either is NaN: [`larger`](Real::larger).
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.larger(other)
    }

    /// The smaller of two; `other` where either is NaN.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        other.clone().select_gt(self.clone(), self, other)
    }

    /// xⁿ, by multiplications.
    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        let (mut power, mut square, mut rest) = (Self::one(), self, n.unsigned_abs());
        while rest > 0 {
            if rest % 2 == 1 {
                power = power * square.clone();
            }
            square = square.clone() * square;
            rest /= 2;
        }
        if n < 0 { Self::one() / power } else { power }
    }

    /// `self` held within [−`bound`, `bound`]; a NaN stays a NaN.
    #[inline(always)]
    fn within(self, bound: f64) -> Self {
        Self::constant(-bound).max(Self::constant(bound).min(self))
    }

    /// e^(−|x|). Its branch is `x > 0`, as in the functions below: dual numbers then have the
    /// right derivative at 0 too, where that of [`abs`](Real::abs) is a matter of taste.
    #[inline(always)]
    fn exp_neg_abs(self) -> Self {
        self.clone().select_gt(Self::zero(), -self.clone(), self).exp()
    }

    /// σ(x) = 1/(1 + e⁻ˣ), without overflow: only e^(−|x|) is ever taken.
    #[inline(always)]
    fn sigmoid(self) -> Self {
        let e = self.clone().exp_neg_abs();
        let numerator = self.select_gt(Self::zero(), Self::one(), e.clone());
        numerator / (Self::one() + e)
    }

    /// ln(1 + eˣ) = max(x, 0) + ln(1 + e^(−|x|)), without overflow.
    #[inline(always)]
    fn softplus(self) -> Self {
        let tail = self.clone().exp_neg_abs().ln_1p();
        self.clone().select_gt(Self::zero(), self, Self::zero()) + tail
    }
}

#[diagnostic::do_not_recommend]
impl<T: RealField> Real for T {
    #[inline(always)]
    fn constant(value: f64) -> Self {
        nalgebra::convert(value)
    }

    #[inline(always)]
    fn exp(self) -> Self {
        ComplexField::exp(self)
    }

    #[inline(always)]
    fn exp_m1(self) -> Self {
        ComplexField::exp_m1(self)
    }

    #[inline(always)]
    fn ln(self) -> Self {
        ComplexField::ln(self)
    }

    #[inline(always)]
    fn ln_1p(self) -> Self {
        ComplexField::ln_1p(self)
    }

    #[inline(always)]
    fn tanh(self) -> Self {
        ComplexField::tanh(self)
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        ComplexField::sqrt(self)
    }

    #[inline(always)]
    fn abs(self) -> Self {
        ComplexField::abs(self)
    }

    #[inline(always)]
    fn select_gt(self, other: Self, then: Self, otherwise: Self) -> Self {
        if self > other { then } else { otherwise }
    }
}

/// `value` as `f64`, for messages.
pub(crate) fn to_f64<T: RealField>(value: &T) -> f64 {
    nalgebra::try_convert_ref(value).unwrap_or_else(|| value.to_subset_unchecked())
}

/// The distance from 1 to the next larger scalar, but no less than that of `f64`, in which results
/// are looked at.
#[cfg(feature = "alloc")]
pub(crate) fn epsilon<T: RealField>() -> f64 {
    to_f64(&T::default_epsilon()).max(f64::EPSILON)
}

/// A count as a scalar.
pub(crate) fn count<T: RealField>(n: usize) -> T {
    #[allow(clippy::cast_precision_loss, reason = "no one trains on 2⁵³ examples")]
    nalgebra::convert(n as f64)
}

/// k, where 2ᵏ is the power of two at or below `size`, as it is stored: 0 and what is subnormal have the
/// least, what is not finite the next beyond all.
#[allow(clippy::cast_possible_truncation, reason = "eleven bits")]
pub(crate) fn exponent(size: f64) -> i32 {
    (size.abs().to_bits() >> 52) as i32 - 1023
}

/// 2ᵏ; beyond the range, at its ends.
pub(crate) fn two_to(k: i32) -> f64 {
    ComplexField::powi(2.0_f64, k.clamp(-1023, 1023))
}
