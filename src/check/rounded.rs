//! Numbers that keep account of what rounding can do to them.

use core::marker::PhantomData;
use core::ops::{Add, Div, Mul, Neg, Sub};

use super::dual::sech_squared;
use crate::real::Real;

/// A precision in which a gradient was computed.
pub(super) trait Precision: Copy {
    /// What a rounding may come to, as a share of [`Rounded::scale`]: some hundred units in the
    /// last place, so that sums of some hundred terms may have any order.
    const SHARE: f64;
    /// What underflow may come to.
    const FLOOR: f64;
}

/// `f64`, and whatever is at least as precise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Double;

impl Precision for Double {
    const SHARE: f64 = 1e-13;
    const FLOOR: f64 = 1e-270;
}

/// `f32`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Single;

impl Precision for Single {
    const SHARE: f64 = 5e-6;
    const FLOOR: f64 = 1e-30;
}

/// A value with the magnitude that its rounding errors are proportional to, to first order: the
/// magnitudes that it is a sum or a difference of, each carried through what was done to it.
///
/// The backward pass of a network over these numbers gives with every entry of its gradient how
/// far rounding alone may have moved it, whatever was cancelled on the way: 1 − a² of a saturated
/// unit, a − y of a good fit. (Running error analysis: Higham, Accuracy and Stability of Numerical
/// Algorithms, 2002, section 3.3.)
#[derive(Clone, Copy, Debug)]
pub(super) struct Rounded<P> {
    pub(super) value: f64,
    pub(super) scale: f64,
    /// Whether it hangs on a branch that rounding may take either way, and whose sides differ: a
    /// unit stands at a kink.
    pub(super) blurred: bool,
    precision: PhantomData<P>,
}

impl<P: Precision> Rounded<P> {
    const fn new(value: f64, scale: f64, blurred: bool) -> Self {
        Self { value, scale, blurred, precision: PhantomData }
    }

    /// Sides that differ by a smaller share are one continuous function.
    const CONTINUOUS: f64 = 1e-3;

    /// What rounding may come to.
    pub(super) fn error(&self) -> f64 {
        P::SHARE * self.scale + P::FLOOR
    }

    /// f(x), given f and f′ there.
    fn chain(self, value: f64, slope: f64) -> Self {
        let blurred = self.blurred && slope != 0.0;
        // What has no error has none behind an infinite slope either.
        let through = if self.scale == 0.0 { 0.0 } else { slope.abs() * self.scale };
        Self::new(value, value.abs() + through, blurred)
    }
}

impl<P: Precision> Neg for Rounded<P> {
    type Output = Self;

    fn neg(self) -> Self {
        Self::new(-self.value, self.scale, self.blurred)
    }
}

impl<P: Precision> Add for Rounded<P> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let blurred = self.blurred || other.blurred;
        Self::new(self.value + other.value, self.scale + other.scale, blurred)
    }
}

impl<P: Precision> Sub for Rounded<P> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let blurred = self.blurred || other.blurred;
        Self::new(self.value - other.value, self.scale + other.scale, blurred)
    }
}

impl<P: Precision> Mul for Rounded<P> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        // Of second order, but all there is where both values are 0 by cancellation.
        let both = P::SHARE * self.scale * other.scale;
        let scale = self.value.abs() * other.scale + other.value.abs() * self.scale + both;
        let blurred = (self.blurred && other.value != 0.0) || (other.blurred && self.value != 0.0);
        Self::new(self.value * other.value, scale, blurred)
    }
}

impl<P: Precision> Div for Rounded<P> {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let quotient = self.value / other.value;
        let scale = (self.scale + quotient.abs() * other.scale) / other.value.abs();
        Self::new(quotient, scale, self.blurred || other.blurred)
    }
}

#[diagnostic::do_not_recommend]
impl<P: Precision> Real for Rounded<P> {
    fn constant(value: f64) -> Self {
        Self::new(value, value.abs(), false)
    }

    fn exp(self) -> Self {
        let exp = Real::exp(self.value);
        self.chain(exp, exp)
    }

    fn exp_m1(self) -> Self {
        self.chain(Real::exp_m1(self.value), Real::exp(self.value))
    }

    fn ln(self) -> Self {
        self.chain(Real::ln(self.value), 1.0 / self.value)
    }

    fn ln_1p(self) -> Self {
        self.chain(Real::ln_1p(self.value), 1.0 / (1.0 + self.value))
    }

    fn tanh(self) -> Self {
        self.chain(Real::tanh(self.value), sech_squared(self.value))
    }

    fn sqrt(self) -> Self {
        let root = Real::sqrt(self.value);
        self.chain(root, 0.5 / root)
    }

    fn abs(self) -> Self {
        Self::new(Real::abs(self.value), self.scale, self.blurred)
    }

    /// Where rounding may turn the comparison round, the result may as well be the other one.
    fn select_gt(self, other: Self, then: Self, otherwise: Self) -> Self {
        let gap = (self.value - other.value).abs();
        let chosen = if self.value > other.value { then } else { otherwise };
        if gap > P::SHARE * (self.scale + other.scale) {
            return chosen;
        }
        let jump = (then.value - otherwise.value).abs();
        let jumps = jump > Self::CONTINUOUS * (then.value.abs() + otherwise.value.abs());
        let scale = chosen.scale + jump / P::SHARE;
        Self::new(chosen.value, scale, chosen.blurred || (jumps && jump > self.error()))
    }
}
