//! Labels: class numbers as targets, and what a class weighs.

#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use nalgebra::RealField;

use crate::error::Error;
use crate::input::Sample;
#[cfg(feature = "alloc")]
use crate::input::push;
use crate::real::count;

/// The targets of many labels: y of example i is 1 at `labels[i]`, 0 elsewhere.
/// [`one_hot`](crate::one_hot) is that of one.
///
/// # Errors
///
/// [`Error::ExampleLabel`], naming the first example whose label is S or more; labels count
/// from 0.
///
/// ```
/// use constprop::data::one_hot_all;
///
/// assert_eq!(one_hot_all::<f64, 3>(&[2, 0])?, [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
/// let message = one_hot_all::<f64, 3>(&[2, 3]).unwrap_err().to_string();
/// assert_eq!(message, "example 1: label 3, but there are 3 classes, counted from 0");
/// # Ok::<(), constprop::Error>(())
/// ```
#[cfg(feature = "alloc")]
pub fn one_hot_all<T: RealField, const S: usize>(labels: &[usize]) -> Result<Vec<[T; S]>, Error> {
    if let Some(example) = labels.iter().position(|&label| label >= S) {
        return Err(Error::ExampleLabel { example, label: labels[example], classes: S });
    }
    let zeros = <[T; S]>::boxed_from_fn(|_| T::zero());
    let mut targets: Vec<[T; S]> = Vec::with_capacity(labels.len());
    for (example, &label) in labels.iter().enumerate() {
        push(&mut targets, &*zeros);
        targets[example][label] = T::one();
    }
    Ok(targets)
}

/// wₖ = m/(K mₖ): the weight of class k among K = `CLASSES`, of m examples of which mₖ are in it.
///
/// Weighted so, every class counts as much as every other, and all examples together count m.
/// It is scikit-learn's `class_weight="balanced"`; source: King, Zeng 2001, "Logistic Regression
/// in Rare Events Data".
///
/// # Errors
///
/// [`Error::NoExamples`]; [`Error::ExampleLabel`], naming the first example whose label is
/// `CLASSES` or more; [`Error::Class`], naming the first class without an example.
///
/// ```
/// let weights = constprop::data::balanced::<f64, 2>(&[0, 0, 0, 1])?;
/// assert_eq!(weights, [4.0 / 6.0, 2.0]);
/// # Ok::<(), constprop::Error>(())
/// ```
pub fn balanced<T: RealField, const CLASSES: usize>(
    labels: &[usize],
) -> Result<[T; CLASSES], Error> {
    if labels.is_empty() {
        return Err(Error::NoExamples);
    }
    #[cfg(feature = "alloc")]
    let mut members = alloc::vec![0_usize; CLASSES];
    #[cfg(not(feature = "alloc"))]
    let mut members = [0_usize; CLASSES];
    for (example, &label) in labels.iter().enumerate() {
        match members.get_mut(label) {
            Some(members) => *members += 1,
            None => return Err(Error::ExampleLabel { example, label, classes: CLASSES }),
        }
    }
    if let Some(class) = members.iter().position(|&members| members == 0) {
        return Err(Error::Class { class, members: 0, needed: 1 });
    }
    let [m, classes]: [T; 2] = [labels.len(), CLASSES].map(count);
    Ok(Sample::from_fn(|class| m.clone() / (classes.clone() * count::<T>(members[class]))))
}
