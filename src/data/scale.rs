//! Scales: entries of x brought to a common size, by constants that are fitted to examples.

#[cfg(feature = "alloc")]
use alloc::{boxed::Box, vec::Vec};

use nalgebra::{ComplexField, RealField};

use crate::error::Error;
use crate::fast::moments::each_column;
use crate::input::{Sample, check_inputs};
#[cfg(feature = "alloc")]
use crate::input::{boxed, push};
use crate::real::to_f64;

/// x′ = (x − mean)/deviation, entry by entry: mean 0 and deviation 1 over the examples it is
/// fitted to.
///
/// The mean is μ = Σ x/m, the deviation σ = √(Σ (x − μ)²/m), that of the population, as in
/// scikit-learn's `StandardScaler`. An entry that is the same in all examples keeps σ = 1, so that
/// it becomes 0. Sums are compensated, and squares taken of what is scaled to at most 1: a large mean
/// costs no digits of σ, and what fits into the scalar neither overflows nor vanishes on the way, be it
/// 1e300 or 1e−300.
///
/// With the feature `alloc` the constants are on the heap, and fitting takes little of the stack,
/// however large x is. `apply(slice::from_mut(&mut x))` scales one example where it is.
///
/// ```
/// use constprop::data::Standardize;
///
/// let mut x = [[1.0, 5.0], [3.0, 5.0]];
/// let scale = Standardize::fit(&x)?;
/// scale.apply(&mut x);
/// assert_eq!(x, [[-1.0, 0.0], [1.0, 0.0]]);
/// // Beside the network's parameters, these are what a prediction needs.
/// assert_eq!((scale.mean(), scale.deviation()), (&[2.0, 5.0], &[1.0, 1.0]));
/// assert_eq!(Standardize::from_constants(scale.constants())?.applied([4.0, 6.0]), [2.0, 1.0]);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Debug, PartialEq)]
pub struct Standardize<T, const S: usize> {
    pub(crate) shift: Constants<T, S>,
    pub(crate) scale: Constants<T, S>,
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
#[derive(Debug, PartialEq)]
pub struct MinMax<T, const S: usize> {
    pub(crate) shift: Constants<T, S>,
    pub(crate) scale: Constants<T, S>,
}

/// One of each entry.
#[cfg(feature = "alloc")]
pub(crate) type Constants<T, const S: usize> = Box<[T; S]>;
#[cfg(not(feature = "alloc"))]
pub(crate) type Constants<T, const S: usize> = [T; S];

impl<T: RealField, const S: usize> Standardize<T, S> {
    /// What these examples have for mean and deviation.
    ///
    /// # Errors
    ///
    /// [`Error::NoExamples`]; [`Error::Input`], naming the first entry that is not finite;
    /// [`Error::Scale`], naming the first whose values are too far apart for the scalar,
    /// or too close.
    pub fn fit(examples: &[[T; S]]) -> Result<Self, Error> {
        check_examples(examples)?;
        let (mut shift, mut scale) = (constants(|_| T::zero()), constants(|_| T::one()));
        each_column(examples.as_flattened(), S, |entry, (mean, deviation)| {
            shift[entry] = mean;
            scale[entry] = deviation.unwrap_or_else(T::one);
        });
        Self { shift, scale }.checked()
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
        check_examples(examples)?;
        let first = |entry: usize| examples[0][entry].clone();
        let (mut min, mut max) = (constants(first), constants(first));
        for x in examples {
            for ((min, max), x) in min.iter_mut().zip(max.iter_mut()).zip(x) {
                *min = min.clone().min(x.clone());
                *max = max.clone().max(x.clone());
            }
        }
        for (min, max) in min.iter_mut().zip(max.iter_mut()) {
            let scale = if *max > *min {
                quotient(max, min, &span)
            } else {
                ComplexField::recip(span.clone())
            };
            *min = product(&-lo.clone(), &scale, min);
            *max = scale;
        }
        Self { shift: min, scale: max }.checked()
    }
}

macro_rules! by_shift_and_scale {
    ($name:ident, $shift:ident, $scale:ident) => {
        impl<T: RealField, const S: usize> $name<T, S> {
            #[doc = concat!("x′ from constants that were fitted before: ", stringify!($shift), " and ", stringify!($scale))]
            /// of each entry.
            ///
            /// # Errors
            ///
            #[doc = concat!("[`Error::Scale`] unless each ", stringify!($shift), " is finite, and each ", stringify!($scale))]
            /// finite and greater than 0.
            pub fn from_constants(both: [[T; S]; 2]) -> Result<Self, Error> {
                Self::from_slices(&both[0], &both[1])
            }

            /// [`from_constants`](Self::from_constants), from where they are.
            ///
            /// # Errors
            ///
            #[doc = concat!("[`Error::Length`] unless there is a ", stringify!($shift), " and a ", stringify!($scale), " for each entry;")]
            /// and those of `from_constants`.
            pub fn from_slices(shift: &[T], scale: &[T]) -> Result<Self, Error> {
                for constants in [shift, scale] {
                    if constants.len() != S {
                        return Err(Error::Length { expected: S, found: constants.len() });
                    }
                }
                let of = |slice: &[T]| constants(|entry| slice[entry].clone());
                Self { shift: of(shift), scale: of(scale) }.checked()
            }

            fn checked(self) -> Result<Self, Error> {
                self.check()?;
                Ok(self)
            }

            pub(crate) fn check(&self) -> Result<(), Error> {
                for (entry, (shift, scale)) in self.shift.iter().zip(self.scale.iter()).enumerate() {
                    let fits = *scale > T::zero();
                    check_scale(stringify!($scale), entry, scale, fits, "finite and greater than 0")?;
                    check_scale(stringify!($shift), entry, shift, true, "finite")?;
                }
                Ok(())
            }

            #[doc = concat!("The ", stringify!($shift), " and the ", stringify!($scale), " of each entry, to be saved with a model.")]
            #[must_use]
            pub fn constants(&self) -> [[T; S]; 2] {
                both(self.$shift(), self.$scale())
            }

            #[doc = concat!("The ", stringify!($shift), " of each entry.")]
            #[must_use]
            pub fn $shift(&self) -> &[T; S] {
                &self.shift
            }

            #[doc = concat!("The ", stringify!($scale), " of each entry.")]
            #[must_use]
            pub fn $scale(&self) -> &[T; S] {
                &self.scale
            }

            /// x ← x′, for each example. A NaN stays a NaN.
            pub fn apply(&self, examples: &mut [[T; S]]) {
                for x in examples {
                    self.each(x, |x, shift, scale| quotient(x, shift, scale));
                }
            }

            /// x′ of one example. A NaN stays a NaN.
            #[must_use]
            pub fn applied(&self, mut x: [T; S]) -> [T; S] {
                self.apply(core::slice::from_mut(&mut x));
                x
            }

            /// x′ ← x, for each example: what [`apply`](Self::apply) did, undone to rounding.
            pub fn invert(&self, examples: &mut [[T; S]]) {
                for x in examples {
                    self.each(x, |x, shift, scale| product(x, scale, shift));
                }
            }

            /// x of the x′ of one example.
            #[must_use]
            pub fn inverted(&self, mut x: [T; S]) -> [T; S] {
                self.invert(core::slice::from_mut(&mut x));
                x
            }

            fn each(&self, x: &mut [T; S], change: impl Fn(&T, &T, &T) -> T) {
                for ((x, shift), scale) in x.iter_mut().zip(self.shift.iter()).zip(self.scale.iter()) {
                    *x = change(x, shift, scale);
                }
            }
        }

        // Derived, it would copy the constants by way of the stack.
        impl<T: RealField, const S: usize> Clone for $name<T, S> {
            fn clone(&self) -> Self {
                let of = |slice: &[T; S]| constants(|entry| slice[entry].clone());
                Self { shift: of(&self.shift), scale: of(&self.scale) }
            }
        }
    };
}

by_shift_and_scale!(Standardize, mean, deviation);
by_shift_and_scale!(MinMax, shift, scale);

pub(crate) fn constants<T: RealField, const S: usize>(
    constant: impl FnMut(usize) -> T,
) -> Constants<T, S> {
    #[cfg(feature = "alloc")]
    return Sample::boxed_from_fn(constant);
    #[cfg(not(feature = "alloc"))]
    Sample::from_fn(constant)
}

/// Two arrays as one, which unoptimized is put together on the heap.
fn both<T: RealField, const S: usize>(first: &[T; S], second: &[T; S]) -> [[T; S]; 2] {
    #[cfg(feature = "alloc")]
    {
        let mut both = Vec::with_capacity(2);
        push(&mut both, first);
        push(&mut both, second);
        *boxed(both)
    }
    #[cfg(not(feature = "alloc"))]
    [first.clone(), second.clone()]
}

/// (x − shift)/scale, also where x − shift alone is too large for the scalar.
fn quotient<T: RealField>(x: &T, shift: &T, scale: &T) -> T {
    let off = x.clone() - shift.clone();
    if off.is_finite() {
        return off / scale.clone();
    }
    let half = nalgebra::convert::<f64, T>(0.5);
    (x.clone() * half.clone() - shift.clone() * half.clone()) / (scale.clone() * half)
}

/// x · scale + shift, also where x · scale alone is too large for the scalar.
fn product<T: RealField>(x: &T, scale: &T, shift: &T) -> T {
    let sum = x.clone() * scale.clone() + shift.clone();
    if sum.is_finite() {
        return sum;
    }
    let half = nalgebra::convert::<f64, T>(0.5);
    let sum = x.clone() * (scale.clone() * half.clone()) + shift.clone() * half.clone();
    sum / half
}

fn check_examples<T: RealField, const S: usize>(examples: &[[T; S]]) -> Result<(), Error> {
    if examples.is_empty() {
        return Err(Error::NoExamples);
    }
    check_inputs(examples)
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
