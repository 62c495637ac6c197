//! Input: examples as plain arrays of static size, and what is checked before they are used.

use core::cmp::Ordering;

#[cfg(feature = "alloc")]
use alloc::{boxed::Box, vec::Vec};

use nalgebra::RealField;

use crate::error::{Error, TargetFault};
use crate::fast::values::all_finite;
use crate::real::to_f64;

/// One x or one y: an array `[T; S]`.
///
/// The number of entries is in the type, the number of examples is not: data is `&[[T; S]]`.
/// Only arrays are samples; the trait lets generic code make and read them.
pub trait Sample<T>:
    AsRef<[T]>
    + AsMut<[T]>
    + Clone
    + core::fmt::Debug
    + PartialEq
    + Send
    + Sync
    + 'static
    + sealed::Sealed
{
    /// s₁ or s_L.
    const SIZE: usize;

    /// The sample whose entry i is `entry(i)`.
    fn from_fn(entry: impl FnMut(usize) -> T) -> Self;

    /// The same, on the heap: however large, it is never on the stack.
    #[cfg(feature = "alloc")]
    fn boxed_from_fn(entry: impl FnMut(usize) -> T) -> Box<Self>;

    /// All entries of all samples, one behind the other.
    fn flat(samples: &[Self]) -> &[T];

    /// All entries of all samples, one behind the other, to write to.
    fn flat_mut(samples: &mut [Self]) -> &mut [T];

    /// As many samples as there are entries for.
    #[doc(hidden)]
    fn of_flat(entries: &[T]) -> &[Self];

    /// The same, to write to.
    #[doc(hidden)]
    fn of_flat_mut(entries: &mut [T]) -> &mut [Self];
}

impl<T, const S: usize> Sample<T> for [T; S]
where
    T: Clone + core::fmt::Debug + PartialEq + Send + Sync + 'static,
{
    const SIZE: usize = S;

    fn from_fn(entry: impl FnMut(usize) -> T) -> Self {
        // Unoptimized, it would be copied from frame to frame.
        #[cfg(feature = "alloc")]
        if size_of::<Self>() > ON_THE_STACK {
            return *Self::boxed_from_fn(entry);
        }
        on_the_stack(entry)
    }

    #[cfg(feature = "alloc")]
    fn boxed_from_fn(entry: impl FnMut(usize) -> T) -> Box<Self> {
        boxed((0..S).map(entry).collect())
    }

    fn flat(samples: &[Self]) -> &[T] {
        samples.as_flattened()
    }

    fn flat_mut(samples: &mut [Self]) -> &mut [T] {
        samples.as_flattened_mut()
    }

    fn of_flat(entries: &[T]) -> &[Self] {
        entries.as_chunks().0
    }

    fn of_flat_mut(entries: &mut [T]) -> &mut [Self] {
        entries.as_chunks_mut().0
    }
}

/// Samples of more bytes are made on the heap.
#[cfg(feature = "alloc")]
const ON_THE_STACK: usize = 1 << 14;

/// A function of its own where a debug build of who calls may have it: inlined there, it would take room on the stack
/// for samples that are made on the heap.
#[cfg_attr(debug_assertions, inline(never))]
fn on_the_stack<T, const S: usize>(entry: impl FnMut(usize) -> T) -> [T; S] {
    core::array::from_fn(entry)
}

/// `N` items as an array, where they are.
#[cfg(feature = "alloc")]
pub(crate) fn boxed<T, const N: usize>(items: Vec<T>) -> Box<[T; N]> {
    match items.into_boxed_slice().try_into() {
        Ok(items) => items,
        Err(_) => unreachable!("there are N items"),
    }
}

/// Puts a copy of `x` behind the samples: from memory to memory, where scalars are `Copy`.
#[cfg(feature = "alloc")]
pub(crate) fn push<X: Clone>(samples: &mut Vec<X>, x: &X) {
    samples.extend_from_slice(core::slice::from_ref(x));
}

mod sealed {
    pub trait Sealed {}
    impl<T, const S: usize> Sealed for [T; S] {}
}

/// The target of class `label` of S: 1 there, 0 elsewhere.
///
/// # Errors
///
/// [`Error::Label`] if `label` is S or more; labels count from 0.
///
/// ```
/// assert_eq!(constprop::one_hot::<f64, 3>(2), Ok([0.0, 0.0, 1.0]));
/// assert!(constprop::one_hot::<f64, 3>(3).is_err());
/// ```
pub fn one_hot<T: RealField, const S: usize>(label: usize) -> Result<[T; S], Error> {
    if label >= S {
        return Err(Error::Label { label, classes: S });
    }
    Ok(Sample::from_fn(|class| if class == label { T::one() } else { T::zero() }))
}

/// The index of the largest entry, the first of equals: the class that a prediction names.
/// `None` where an entry is NaN, which is neither larger nor smaller, and for an empty slice.
///
/// ```
/// assert_eq!(constprop::argmax(&[0.1, 0.7, 0.2]), Some(1));
/// assert_eq!(constprop::argmax(&[0.1, f64::NAN, 0.2]), None);
/// ```
#[must_use]
pub fn argmax<T: PartialOrd>(prediction: &[T]) -> Option<usize> {
    let mut best = 0;
    for (index, value) in prediction.iter().enumerate() {
        match value.partial_cmp(&prediction[best])? {
            Ordering::Greater => best = index,
            Ordering::Less | Ordering::Equal => {}
        }
    }
    (!prediction.is_empty()).then_some(best)
}

pub(crate) fn check_counts(inputs: usize, targets: usize) -> Result<(), Error> {
    if inputs != targets {
        return Err(Error::ExampleCounts { inputs, targets });
    }
    if inputs == 0 {
        return Err(Error::NoExamples);
    }
    Ok(())
}

pub(crate) fn check_inputs<T: RealField, X: Sample<T>>(inputs: &[X]) -> Result<(), Error> {
    for (example, input) in inputs.iter().enumerate() {
        if let Some(entry) = first_not_finite(input.as_ref()) {
            let value = to_f64(&input.as_ref()[entry]);
            return Err(Error::Input { example, entry, value });
        }
    }
    Ok(())
}

pub(crate) fn check_targets<T: RealField, Y: Sample<T>>(
    targets: &[Y],
    check: impl Fn(&[T]) -> Result<(), TargetFault>,
) -> Result<(), Error> {
    for (example, target) in targets.iter().enumerate() {
        check(target.as_ref()).map_err(|fault| Error::Target { example, fault })?;
    }
    Ok(())
}

pub(crate) fn first_not_finite<T: RealField>(values: &[T]) -> Option<usize> {
    if all_finite(values) {
        return None;
    }
    values.iter().position(|value| !value.is_finite())
}
