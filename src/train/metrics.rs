//! How good predictions are, beside J.

use alloc::vec;
use alloc::vec::Vec;

use crate::error::TargetFault;
use crate::input::{Sample, argmax};
use crate::real::{exponent, to_f64, two_to};
use nalgebra::RealField;

/// The share of examples whose class is named: the largest output is where the largest entry of y
/// is, the first of equal outputs. With one output it is that h and y lie on the same side of ½; h = ½
/// is class 0. A prediction with a NaN is never right.
///
/// NaN for no examples, and where a y names no class: a NaN, several largest entries, as two labels
/// at once or none have them, or with one output anything but 0 to 1, or ½.
/// [`binary_accuracy`] is for labels that stand by themselves. Of slices that differ in length the
/// shorter one counts.
///
/// ```
/// use constprop::train::accuracy;
///
/// let (h, y) = ([[0.7, 0.3], [0.4, 0.6]], [[1.0, 0.0], [1.0, 0.0]]);
/// assert_eq!(accuracy(&h, &y), 0.5);
/// assert_eq!(accuracy(&[[0.7]], &[[1.0]]), 1.0);
/// assert!(accuracy(&[[0.7, 0.6]], &[[1.0, 1.0]]).is_nan());
/// ```
#[must_use]
pub fn accuracy<T: RealField, Y: Sample<T>>(predictions: &[Y], targets: &[Y]) -> f64 {
    mean(predictions.iter().zip(targets).map(|(h, y)| {
        class_of_target(y).map_or(f64::NAN, |right| f64::from(class(h) == Some(right)))
    }))
}

/// The share of outputs, of all examples, that lie on the same side of ½ as their y: for labels that
/// stand by themselves, several of which may be 1, or none. h = ½ is 0; a NaN is never right.
///
/// NaN for no examples, and where an entry of y is not from 0 to 1, or is ½. As Keras's
/// `binary_accuracy`.
///
/// ```
/// use constprop::train::binary_accuracy;
///
/// assert_eq!(binary_accuracy(&[[0.9, 0.7], [0.1, 0.8]], &[[1.0, 1.0], [0.0, 0.0]]), 0.75);
/// ```
#[must_use]
pub fn binary_accuracy<T: RealField, Y: Sample<T>>(predictions: &[Y], targets: &[Y]) -> f64 {
    let pairs = Y::flat(predictions).iter().zip(Y::flat(targets));
    mean(pairs.map(|(h, y)| {
        label_of_target(y).map_or(f64::NAN, |right| f64::from(label(h) == Some(right)))
    }))
}

/// The share of examples whose class is among the `K` largest outputs. Equal outputs are ranked by
/// their index; a prediction with a NaN is never right. With one output, which is two classes, K = 1
/// is [`accuracy`], and everything is among two.
///
/// NaN where [`accuracy`] is.
///
/// ```
/// use constprop::train::top_k;
///
/// let (h, y) = ([[0.5, 0.3, 0.2]; 3], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
/// assert_eq!(top_k::<2, _, _>(&h, &y), 2.0 / 3.0);
/// ```
#[must_use]
pub fn top_k<const K: usize, T: RealField, Y: Sample<T>>(predictions: &[Y], targets: &[Y]) -> f64 {
    mean(predictions.iter().zip(targets).map(|(h, y)| {
        class_of_target(y).map_or(f64::NAN, |right| {
            let rank = class(h).map(|named| match h.as_ref() {
                [_] => usize::from(named != right),
                several => rank(several, right),
            });
            f64::from(rank.is_some_and(|rank| rank < K))
        })
    }))
}

/// How many outputs come before that of the class.
fn rank<T: RealField>(h: &[T], class: usize) -> usize {
    let before = h[..class].iter().filter(|other| **other >= h[class]).count();
    let behind = h[class + 1..].iter().filter(|other| **other > h[class]).count();
    before + behind
}

/// The mean of |h − y|, over all outputs of all examples.
///
/// NaN for no examples. As scikit-learn's `mean_absolute_error` with its defaults, and right at every
/// size that numbers have.
#[must_use]
pub fn mean_absolute_error<T: RealField, Y: Sample<T>>(predictions: &[Y], targets: &[Y]) -> f64 {
    let m = predictions.len().min(targets.len());
    let h = Y::flat(&predictions[..m]).iter().map(to_f64);
    let y = Y::flat(&targets[..m]).iter().map(to_f64);
    let size = exponent(largest(h.clone().chain(y.clone())));
    let unit = two_to(-size);
    mean(h.zip(y).map(|(h, y)| (h * unit - y * unit).abs())) * two_to(size)
}

/// R² = 1 − Σ (h − y)²/Σ (y − ȳ)² of each output, and of these the mean: 1 is perfect, 0 no better
/// than ȳ.
///
/// An output whose y never changes counts as 1 if it is met exactly, else as 0. NaN for no examples,
/// and where something is NaN. As scikit-learn's `r2_score` with its defaults, and right at every size
/// that numbers have.
///
/// ```
/// use constprop::train::r2;
///
/// assert_eq!(r2(&[[1.0], [2.0], [4.0]], &[[1.0], [2.0], [3.0]]), 0.5);
/// ```
#[must_use]
pub fn r2<T: RealField, Y: Sample<T>>(predictions: &[Y], targets: &[Y]) -> f64 {
    let m = predictions.len().min(targets.len());
    if m == 0 {
        return f64::NAN;
    }
    mean((0..Y::SIZE).map(|output| {
        let h = predictions[..m].iter().map(|h| to_f64(&h.as_ref()[output]));
        let y = targets[..m].iter().map(|y| to_f64(&y.as_ref()[output]));
        r2_of_output(h, y)
    }))
}

/// R² of one output, each sum of squares in a power of two near its own numbers.
fn r2_of_output(h: impl Iterator<Item = f64> + Clone, y: impl Iterator<Item = f64> + Clone) -> f64 {
    let of_y = exponent(largest(y.clone()));
    let of_both = exponent(largest(h.clone().chain(y.clone())));
    let unit = two_to(-of_y);
    // From the first y, so that it is exactly 0 where y never changes.
    let first = y.clone().next().unwrap_or(0.0) * unit;
    let from_first = y.clone().map(|y| y * unit - first);
    let middle = mean(from_first.clone());
    let total: f64 = from_first.map(|y| y - middle).map(|off| off * off).sum();
    let unit = two_to(-of_both);
    let rest: f64 = y.zip(h).map(|(y, h)| y * unit - h * unit).map(|off| off * off).sum();
    match (total == 0.0, rest == 0.0) {
        (true, true) => 1.0,
        (true, false) if rest > 0.0 => 0.0,
        _ => {
            let ratio = two_to(of_both - of_y);
            1.0 - rest / total * ratio * ratio
        }
    }
}

/// How often each class was taken for each.
///
/// ```
/// use constprop::train::Confusion;
///
/// let (h, y) = ([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
/// let confusion = Confusion::of(&h, &y);
/// assert_eq!([confusion.count(0, 0), confusion.count(0, 1), confusion.count(1, 1)], [1, 1, 1]);
/// assert_eq!([confusion.precision(1), confusion.recall(1)], [0.5, 1.0]);
/// assert_eq!(confusion.f1(1), 2.0 / 3.0);
/// ```
///
/// Where a y names no class, as [`accuracy`] says, shares of classes are NaN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    // Row: what is right; column: what was named, and behind all classes that nothing was.
    counts: Vec<usize>,
    unlabeled: usize,
}

impl Confusion {
    /// Of the classes that [`accuracy`] compares: two for one output, else one for each.
    #[must_use]
    pub fn of<T: RealField, Y: Sample<T>>(predictions: &[Y], targets: &[Y]) -> Self {
        let classes = Y::SIZE.max(2);
        let mut counts = vec![0; classes * (classes + 1)];
        let mut unlabeled = 0;
        for (h, y) in predictions.iter().zip(targets) {
            match class_of_target(y) {
                Ok(right) => counts[right * (classes + 1) + class(h).unwrap_or(classes)] += 1,
                Err(_) => unlabeled += 1,
            }
        }
        Self { classes, counts, unlabeled }
    }

    /// How many classes there are.
    #[must_use]
    pub const fn classes(&self) -> usize {
        self.classes
    }

    /// How often `right` was taken for `named`; 0 for classes that there are not.
    #[must_use]
    pub fn count(&self, right: usize, named: usize) -> usize {
        if right >= self.classes || named >= self.classes {
            return 0;
        }
        self.row(right)[named]
    }

    /// How many predictions were no class at all: NaN.
    #[must_use]
    pub fn unnamed(&self) -> usize {
        (0..self.classes).map(|right| self.row(right)[self.classes]).sum()
    }

    /// How many examples are of no class, whatever was predicted: they stand nowhere else.
    #[must_use]
    pub const fn unlabeled(&self) -> usize {
        self.unlabeled
    }

    /// Of the examples that were taken for `class`, the share that is of it; 0 if there are none.
    #[must_use]
    pub fn precision(&self, class: usize) -> f64 {
        let named = (0..self.classes).map(|right| self.count(right, class)).sum();
        self.share(self.count(class, class), named)
    }

    /// Of the examples of `class`, the share that was taken for it; 0 if there are none.
    #[must_use]
    pub fn recall(&self, class: usize) -> f64 {
        let right = if class < self.classes { self.row(class).iter().sum() } else { 0 };
        self.share(self.count(class, class), right)
    }

    /// The harmonic mean of precision and recall, 2 p r/(p + r); 0 if both are.
    #[must_use]
    pub fn f1(&self, class: usize) -> f64 {
        let (p, r) = (self.precision(class), self.recall(class));
        if p + r == 0.0 { 0.0 } else { 2.0 * p * r / (p + r) }
    }

    /// The mean of [`f1`](Confusion::f1) over the classes, each counting alike; one that nothing is of,
    /// and nothing was taken for, counts as 0. scikit-learn leaves that out.
    #[must_use]
    pub fn macro_f1(&self) -> f64 {
        mean((0..self.classes).map(|class| self.f1(class)))
    }

    fn row(&self, right: usize) -> &[usize] {
        &self.counts[right * (self.classes + 1)..][..=self.classes]
    }

    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2⁵³")]
    fn share(&self, part: usize, of: usize) -> f64 {
        match of {
            _ if self.unlabeled > 0 => f64::NAN,
            0 => 0.0,
            _ => part as f64 / of as f64,
        }
    }
}

/// The class that a prediction names; none if there is a NaN.
pub(super) fn class<T: RealField, Y: Sample<T>>(prediction: &Y) -> Option<usize> {
    match prediction.as_ref() {
        [one] => label(one).map(usize::from),
        several => argmax(several),
    }
}

/// The class that a target names, or what is wrong with it.
pub(super) fn class_of_target<T: RealField, Y: Sample<T>>(
    target: &Y,
) -> Result<usize, TargetFault> {
    match target.as_ref() {
        [one] => label_of_target(one).map(usize::from).ok_or_else(|| {
            let expected = "from 0 to 1 and not 0.5, to name a class";
            TargetFault { entry: Some(0), value: to_f64(one), expected }
        }),
        several => {
            let is_alone = |&best: &usize| {
                several.iter().filter(|entry| **entry == several[best]).count() == 1
            };
            argmax(several).filter(is_alone).ok_or_else(|| {
                let expected = "name one class, by its largest entry";
                TargetFault { entry: None, value: several.iter().map(to_f64).sum(), expected }
            })
        }
    }
}

/// Whether an output says yes; none if it is NaN.
fn label<T: RealField>(output: &T) -> Option<bool> {
    let h = to_f64(output);
    (!h.is_nan()).then_some(h > 0.5)
}

/// Whether an entry of a target says yes; none if it is no probability, or ½.
fn label_of_target<T: RealField>(entry: &T) -> Option<bool> {
    let y = to_f64(entry);
    ((0.0..=1.0).contains(&y) && y != 0.5).then_some(y > 0.5)
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2⁵³")]
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0_usize);
    for value in values {
        sum += value;
        count += 1;
    }
    sum / count as f64
}

/// The largest magnitude of a finite number; 0 where there is none.
fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.filter(|value| value.is_finite()).fold(0.0, |largest, value| largest.max(value.abs()))
}
