//! Scales: entries of x brought to a common size, by constants that are fitted to examples.

use nalgebra::{ComplexField, RealField};

use crate::error::Error;
use crate::input::check_inputs;
use crate::real::{count, to_f64};

/// x′ = (x − mean)/deviation, entry by entry: mean 0 and deviation 1 over the examples it is
/// fitted to.
///
/// The mean is μ = Σ x/m, the deviation σ = √(Σ (x − μ)²/m), that of the population, as in
/// scikit-learn's `StandardScaler`. An entry that is the same in all examples keeps σ = 1, so that
/// it becomes 0. Sums are compensated, and squares taken of what is scaled to at most 1: a large mean
/// costs no digits of σ, and nothing overflows that fits.
///
/// ```
/// use constprop::data::Standardize;
///
/// let mut x = [[1.0, 5.0], [3.0, 5.0]];
/// let scale = Standardize::fit(&x)?;
/// scale.apply(&mut x);
/// assert_eq!(x, [[-1.0, 0.0], [1.0, 0.0]]);
/// // Beside the network's parameters, these are what a prediction needs.
/// let constants = scale.constants();
/// assert_eq!(constants, [[2.0, 5.0], [1.0, 1.0]]);
/// assert_eq!(Standardize::from_constants(constants)?.applied([4.0, 6.0]), [2.0, 1.0]);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Standardize<T, const S: usize> {
    shift: [T; S],
    scale: [T; S],
}

/// x′ = lo + (hi − lo)(x − min)/(max − min), entry by entry: the examples it is fitted to lie in
/// [lo, hi], and reach both ends.
///
/// It is computed as (x − shift)/scale, with scale = (max − min)/(hi − lo) and
/// shift = min − lo · scale. In [0, 1], min and max become exactly 0 and 1. An entry that is the same
/// in all examples counts as one of max − min = 1, as in scikit-learn's `MinMaxScaler`, so that it
/// becomes lo. What lies beyond min or max, comes to lie beyond lo or hi.
///
/// ```
/// use constprop::data::MinMax;
///
/// let x = [[1.0, 5.0], [3.0, 5.0], [2.0, 5.0]];
/// assert_eq!(MinMax::fit(&x)?.applied([2.0, 5.0]), [0.5, 0.0]);
/// assert_eq!(MinMax::fit_to(&x, [-1.0, 1.0])?.applied([3.0, 5.0]), [1.0, -1.0]);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MinMax<T, const S: usize> {
    shift: [T; S],
    scale: [T; S],
}

impl<T: RealField, const S: usize> Standardize<T, S> {
    /// What these examples have for mean and deviation.
    ///
    /// # Errors
    ///
    /// [`Error::NoExamples`]; [`Error::Input`], naming the first entry that is not finite;
    /// [`Error::Scale`], naming the first whose values are too far apart for the scalar,
    /// or too close.
    pub fn fit(examples: &[[T; S]]) -> Result<Self, Error> {
        let first = first_of(examples)?;
        let m = count::<T>(examples.len());
        // From a value of the entry's own, so that what is summed is no larger than values are apart.
        let mut mean = sums(examples, |entry, x| x.clone() - first[entry].clone());
        for (mean, first) in mean.iter_mut().zip(first) {
            *mean = first.clone() + mean.clone() / m.clone();
        }
        let mut largest: [T; S] = core::array::from_fn(|_| T::zero());
        for x in examples {
            for ((largest, x), mean) in largest.iter_mut().zip(x).zip(&mean) {
                let off = ComplexField::abs(x.clone() - mean.clone());
                *largest = largest.clone().max(off);
            }
        }
        let off = |entry: usize, x: &T| (x.clone() - mean[entry].clone()) / largest[entry].clone();
        let rest = sums(examples, off);
        let squares = sums(examples, |entry, x| off(entry, x) * off(entry, x));
        let deviation = core::array::from_fn(|entry| {
            if largest[entry] <= T::zero() {
                return T::one();
            }
            let rest = rest[entry].clone() / m.clone();
            let variance = squares[entry].clone() / m.clone() - rest.clone() * rest;
            largest[entry].clone() * ComplexField::sqrt(variance)
        });
        // What rounding left in the mean.
        let mean = core::array::from_fn(|entry| {
            if largest[entry] <= T::zero() {
                return mean[entry].clone();
            }
            mean[entry].clone() + largest[entry].clone() * (rest[entry].clone() / m.clone())
        });
        Self::from_constants([mean, deviation])
    }
}

impl<T: RealField, const S: usize> MinMax<T, S> {
    /// What brings these examples into [0, 1].
    ///
    /// # Errors
    ///
    /// As [`fit_to`](MinMax::fit_to).
    pub fn fit(examples: &[[T; S]]) -> Result<Self, Error> {
        Self::fit_to(examples, [T::zero(), T::one()])
    }

    /// What brings these examples into [lo, hi].
    ///
    /// # Errors
    ///
    /// [`Error::NoExamples`]; [`Error::Setting`] unless lo < hi, both finite, and hi − lo too;
    /// [`Error::Input`], naming the first entry that is not finite; [`Error::Scale`], naming the
    /// first whose values are too far apart for the scalar, or too close.
    pub fn fit_to(examples: &[[T; S]], [lo, hi]: [T; 2]) -> Result<Self, Error> {
        let span = hi - lo.clone();
        if !(span.is_finite() && span > T::zero()) {
            let expected = "finite and greater than 0";
            return Err(Error::Setting { name: "hi - lo", value: to_f64(&span), expected });
        }
        let first = first_of(examples)?;
        let (mut min, mut max) = (first.clone(), first.clone());
        for x in examples {
            for ((min, max), x) in min.iter_mut().zip(&mut max).zip(x) {
                *min = min.clone().min(x.clone());
                *max = max.clone().max(x.clone());
            }
        }
        let scale: [T; S] = core::array::from_fn(|entry| {
            let range = max[entry].clone() - min[entry].clone();
            if range > T::zero() { range / span.clone() } else { ComplexField::recip(span.clone()) }
        });
        let shift =
            core::array::from_fn(|entry| min[entry].clone() - lo.clone() * scale[entry].clone());
        Self::from_constants([shift, scale])
    }
}

macro_rules! by_shift_and_scale {
    ($name:ident, $shift:literal, $scale:literal) => {
        impl<T: RealField, const S: usize> $name<T, S> {
            #[doc = concat!("x′ from constants that were fitted before: ", $shift, " and ", $scale)]
            /// of each entry.
            ///
            /// # Errors
            ///
            #[doc = concat!("[`Error::Scale`] unless each ", $shift, " is finite, and each ", $scale)]
            /// finite and greater than 0.
            pub fn from_constants([shift, scale]: [[T; S]; 2]) -> Result<Self, Error> {
                for entry in 0..S {
                    check_scale($shift, entry, &shift[entry], true, "finite")?;
                    let fits = scale[entry] > T::zero();
                    check_scale($scale, entry, &scale[entry], fits, "finite and greater than 0")?;
                }
                Ok(Self { shift, scale })
            }

            #[doc = concat!("The ", $shift, " and the ", $scale, " of each entry, to be saved with a model.")]
            #[must_use]
            pub fn constants(&self) -> [[T; S]; 2] {
                [self.shift.clone(), self.scale.clone()]
            }

            /// x ← x′, for each example. A NaN stays a NaN.
            pub fn apply(&self, examples: &mut [[T; S]]) {
                for x in examples {
                    self.apply_to(x);
                }
            }

            /// x′ of one example. A NaN stays a NaN.
            #[must_use]
            pub fn applied(&self, mut x: [T; S]) -> [T; S] {
                self.apply_to(&mut x);
                x
            }

            /// x′ ← x, for each example: what [`apply`](Self::apply) did, undone to rounding.
            pub fn invert(&self, examples: &mut [[T; S]]) {
                for x in examples {
                    self.invert_to(x);
                }
            }

            /// x of the x′ of one example.
            #[must_use]
            pub fn inverted(&self, mut x: [T; S]) -> [T; S] {
                self.invert_to(&mut x);
                x
            }

            fn apply_to(&self, x: &mut [T; S]) {
                for ((x, shift), scale) in x.iter_mut().zip(&self.shift).zip(&self.scale) {
                    *x = (x.clone() - shift.clone()) / scale.clone();
                }
            }

            fn invert_to(&self, x: &mut [T; S]) {
                for ((x, shift), scale) in x.iter_mut().zip(&self.shift).zip(&self.scale) {
                    *x = x.clone() * scale.clone() + shift.clone();
                }
            }
        }
    };
}

by_shift_and_scale!(Standardize, "mean", "deviation");
by_shift_and_scale!(MinMax, "shift", "scale");

/// Σ over the examples of `term(entry, x)`, entry by entry, with what rounding took from it:
/// Neumaier 1974.
fn sums<T: RealField, const S: usize>(
    examples: &[[T; S]],
    term: impl Fn(usize, &T) -> T,
) -> [T; S] {
    let mut sums: [_; S] = core::array::from_fn(|_| [T::zero(), T::zero()]);
    for x in examples {
        for (entry, (x, [total, lost])) in x.iter().zip(&mut sums).enumerate() {
            let value = term(entry, x);
            let next = total.clone() + value.clone();
            *lost += if ComplexField::abs(total.clone()) >= ComplexField::abs(value.clone()) {
                (total.clone() - next.clone()) + value
            } else {
                (value - next.clone()) + total.clone()
            };
            *total = next;
        }
    }
    sums.map(|[total, lost]| total + lost)
}

fn first_of<T: RealField, const S: usize>(examples: &[[T; S]]) -> Result<&[T; S], Error> {
    let first = examples.first().ok_or(Error::NoExamples)?;
    check_inputs(examples)?;
    Ok(first)
}

fn check_scale<T: RealField>(
    name: &'static str,
    entry: usize,
    value: &T,
    fits: bool,
    expected: &'static str,
) -> Result<(), Error> {
    if fits && value.is_finite() {
        return Ok(());
    }
    Err(Error::Scale { name, entry, value: to_f64(value), expected })
}
