//! Second derivatives along a line, exact to rounding: what g″ and a cost's curvature are held
//! against.

use core::ops::{Add, Div, Mul, Neg, Sub};

use super::dual::sech_squared;
use crate::real::Real;

/// x(r) with x′ and x″ at r = 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Jet {
    pub(super) value: f64,
    pub(super) first: f64,
    pub(super) second: f64,
}

impl Jet {
    /// x + r x′.
    pub(super) const fn line(value: f64, first: f64) -> Self {
        Self { value, first, second: 0.0 }
    }

    /// f(x), given f, f′ and f″ there.
    fn chain(self, value: f64, slope: f64, bend: f64) -> Self {
        // What does not change stays so where f′ is infinite.
        let times = |slope: f64, rate: f64| if rate == 0.0 { 0.0 } else { slope * rate };
        let second = times(bend, self.first * self.first) + times(slope, self.second);
        Self { value, first: times(slope, self.first), second }
    }
}

impl Neg for Jet {
    type Output = Self;

    fn neg(self) -> Self {
        Self { value: -self.value, first: -self.first, second: -self.second }
    }
}

impl Add for Jet {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            first: self.first + other.first,
            second: self.second + other.second,
        }
    }
}

impl Sub for Jet {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Jet {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let both = 2.0 * self.first * other.first;
        Self {
            value: self.value * other.value,
            first: self.first * other.value + self.value * other.first,
            second: self.second * other.value + both + self.value * other.second,
        }
    }
}

impl Div for Jet {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let value = self.value / other.value;
        let first = (self.first - value * other.first) / other.value;
        let rest = 2.0 * first * other.first + value * other.second;
        Self { value, first, second: (self.second - rest) / other.value }
    }
}

#[diagnostic::do_not_recommend]
impl Real for Jet {
    fn constant(value: f64) -> Self {
        Self::line(value, 0.0)
    }

    fn exp(self) -> Self {
        let exp = Real::exp(self.value);
        self.chain(exp, exp, exp)
    }

    fn exp_m1(self) -> Self {
        let exp = Real::exp(self.value);
        self.chain(Real::exp_m1(self.value), exp, exp)
    }

    fn ln(self) -> Self {
        let slope = 1.0 / self.value;
        self.chain(Real::ln(self.value), slope, -slope * slope)
    }

    fn ln_1p(self) -> Self {
        let slope = 1.0 / (1.0 + self.value);
        self.chain(Real::ln_1p(self.value), slope, -slope * slope)
    }

    fn tanh(self) -> Self {
        let (tanh, slope) = (Real::tanh(self.value), sech_squared(self.value));
        self.chain(tanh, slope, -2.0 * tanh * slope)
    }

    fn sqrt(self) -> Self {
        let root = Real::sqrt(self.value);
        let slope = 0.5 / root;
        self.chain(root, slope, -0.5 * slope / self.value)
    }

    fn abs(self) -> Self {
        self.chain(Real::abs(self.value), if self.value > 0.0 { 1.0 } else { -1.0 }, 0.0)
    }

    fn select_gt(self, other: Self, then: Self, otherwise: Self) -> Self {
        if self.value > other.value { then } else { otherwise }
    }
}
