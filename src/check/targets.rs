//! Targets that suit a cost, found by asking it.

use core::ops::Range;

use nalgebra::RealField;

use crate::cost::Cost;
use crate::error::TargetFault;
use crate::output::Output;

/// The kinds of targets there are, from the freest to the narrowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Targets {
    /// Any number.
    Real,
    /// Numbers above 0.
    Positive,
    /// Each from 0 to 1.
    Unit,
    /// From 0 to 1, and 1 together.
    Distribution,
    /// Each 0 or 1.
    Bits,
    /// Each −1 or 1.
    Signs,
    /// 1 in one place, else 0.
    OneHot,
}

impl Targets {
    /// The freest kind that the cost `C` takes.
    pub(crate) fn of<C: Cost<H>, H: Output, T: RealField>() -> Self {
        let takes = |probes: &[&[f64]]| {
            probes.iter().all(|probe| {
                let y: [T; 2] = core::array::from_fn(|i| nalgebra::convert(probe[i]));
                let fault: Result<(), TargetFault> = C::check_target(&y);
                fault.is_ok()
            })
        };
        if takes(&[&[-2.0, 2.5], &[3.0, -0.25]]) {
            Self::Real
        } else if takes(&[&[2.5, 0.1], &[0.3, 3.0]]) {
            Self::Positive
        } else if takes(&[&[0.2, 0.3], &[0.9, 0.8]]) {
            Self::Unit
        } else if takes(&[&[0.25, 0.75], &[0.5, 0.5]]) {
            Self::Distribution
        } else if takes(&[&[0.0, 1.0], &[1.0, 1.0], &[0.0, 0.0]]) {
            Self::Bits
        } else if takes(&[&[-1.0, 1.0], &[1.0, 1.0], &[-1.0, -1.0]]) {
            Self::Signs
        } else {
            Self::OneHot
        }
    }

    /// The range that entries are drawn from, before they are made to suit.
    pub(crate) const fn range(self) -> Range<f64> {
        match self {
            // Far enough apart that Huber's error is small here and large there.
            Self::Real => -3.0..3.0,
            Self::Positive => 0.05..3.0,
            _ => 0.0..1.0,
        }
    }

    /// Makes entries of the range suit.
    pub(crate) fn fit<T: RealField>(self, y: &mut [T]) {
        match self {
            Self::Real | Self::Positive | Self::Unit => {}
            Self::Distribution => {
                let share: T = nalgebra::convert(0.01);
                let mut total = T::zero();
                for y in &mut *y {
                    *y += share.clone();
                    total += y.clone();
                }
                for y in y {
                    *y /= total.clone();
                }
            }
            Self::Bits | Self::Signs => {
                let low = if self == Self::Bits { T::zero() } else { -T::one() };
                for y in y {
                    *y = if *y > nalgebra::convert(0.5) { T::one() } else { low.clone() };
                }
            }
            Self::OneHot => {
                let mut largest = 0;
                for index in 1..y.len() {
                    if y[index] > y[largest] {
                        largest = index;
                    }
                }
                for (index, y) in y.iter_mut().enumerate() {
                    *y = if index == largest { T::one() } else { T::zero() };
                }
            }
        }
    }
}
