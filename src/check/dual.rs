//! Dual numbers: a value with its derivatives, exact to rounding.

use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::real::Real;

/// x + x′ε with ε² = 0: a number and its derivative in `N` directions at once.
///
/// Whatever is written over [`Real`] takes it, and gives with every value its exact derivative: no
/// step, no truncation. That is how [`Check::exact`](super::Check::exact) differentiates a cost
/// without a look at the g′ and δ that are to be checked.
///
/// nalgebra's `RealField` asks for some hundred functions more, which nothing here needs; so this
/// type has those of [`Real`] alone, and no crate besides. (Over the readable path, num-dual's
/// types work too; they are `RealField`s.)
///
/// ```
/// use constprop::Real;
/// use constprop::check::Dual;
///
/// let x = Dual::variable(3.0);
/// let y = x * x + x.exp();
/// assert_eq!(y.derivative[0], 6.0 + 3.0_f64.exp());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual<const N: usize = 1> {
    /// x.
    pub value: f64,
    /// x′, in each direction.
    pub derivative: [f64; N],
}

impl Dual {
    /// x with x′ = 1.
    #[must_use]
    pub const fn variable(value: f64) -> Self {
        Self { value, derivative: [1.0] }
    }
}

impl<const N: usize> Dual<N> {
    /// A number that does not change.
    #[must_use]
    pub const fn fixed(value: f64) -> Self {
        Self { value, derivative: [0.0; N] }
    }

    /// f(x), given f and f′ there. What does not change stays so where f′ is infinite.
    fn chain(self, value: f64, slope: f64) -> Self {
        let through = |rate: f64| if rate == 0.0 { 0.0 } else { slope * rate };
        Self { value, derivative: self.derivative.map(through) }
    }

    fn combine(self, other: Self, value: f64, by_self: f64, by_other: f64) -> Self {
        let derivative =
            core::array::from_fn(|n| by_self * self.derivative[n] + by_other * other.derivative[n]);
        Self { value, derivative }
    }
}

impl<const N: usize> Neg for Dual<N> {
    type Output = Self;

    fn neg(self) -> Self {
        Self { value: -self.value, derivative: self.derivative.map(|rate| -rate) }
    }
}

impl<const N: usize> Add for Dual<N> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.combine(other, self.value + other.value, 1.0, 1.0)
    }
}

impl<const N: usize> Sub for Dual<N> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.combine(other, self.value - other.value, 1.0, -1.0)
    }
}

impl<const N: usize> Mul for Dual<N> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        self.combine(other, self.value * other.value, other.value, self.value)
    }
}

impl<const N: usize> Div for Dual<N> {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let quotient = self.value / other.value;
        self.combine(other, quotient, 1.0 / other.value, -quotient / other.value)
    }
}

#[diagnostic::do_not_recommend]
impl<const N: usize> Real for Dual<N> {
    fn constant(value: f64) -> Self {
        Self::fixed(value)
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
        self.chain(Real::abs(self.value), if self.value > 0.0 { 1.0 } else { -1.0 })
    }

    fn select_gt(self, other: Self, then: Self, otherwise: Self) -> Self {
        if self.value > other.value { then } else { otherwise }
    }
}

/// tanh′ x = 4e/(1 + e)² with e = e^(−2|x|): every digit right where 1 − tanh² x has none left.
pub(super) fn sech_squared(x: f64) -> f64 {
    let e = Real::exp(-2.0 * Real::abs(x));
    4.0 * e / ((1.0 + e) * (1.0 + e))
}
