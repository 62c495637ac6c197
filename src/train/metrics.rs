//! How good predictions are, beside J.

use alloc::vec;
use alloc::vec::Vec;

use crate::input::{Sample, argmax};
use crate::real::to_f64;
use nalgebra::RealField;

/// The share of examples whose class is named: the largest output is where the largest entry of y
/// is, the first of equals. With one output it is that h and y lie on the same side of ½.
///
/// NaN for no examples. Of slices that differ in length the shorter one counts.
///
/// ```
/// use constprop::train::accuracy;
///
/// let (h, y) = ([[0.7, 0.3], [0.4, 0.6]], [[1.0, 0.0], [1.0, 0.0]]);
/// assert_eq!(accuracy(&h, &y), 0.5);
/// assert_eq!(accuracy(&[[0.7]], &[[1.0]]), 1.0);
/// ```
#[must_use]
pub fn accuracy<T: RealField, Y: Sample<T>>(predictions: &[Y], targets: &[Y]) -> f64 {
    mean(predictions.iter().zip(targets).map(|(h, y)| f64::from(class(h) == class(y))))
}

/// The share of examples whose class is among the `K` largest outputs. Equal outputs are ranked by
/// their index. With one output it means nothing, and is 1.
///
/// NaN for no examples.
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
        let (h, right) = (h.as_ref(), argmax(y.as_ref()));
        let before = h[..right].iter().filter(|other| **other >= h[right]).count();
        let behind = h[right + 1..].iter().filter(|other| **other > h[right]).count();
        f64::from(before + behind < K && !is_nan(&h[right]))
    }))
}

/// The mean of |h − y|, over all outputs of all examples.
///
/// NaN for no examples. As scikit-learn's `mean_absolute_error` with its defaults.
#[must_use]
pub fn mean_absolute_error<T: RealField, Y: Sample<T>>(predictions: &[Y], targets: &[Y]) -> f64 {
    let pairs = Y::flat(predictions).iter().zip(Y::flat(targets));
    mean(pairs.map(|(h, y)| (to_f64(h) - to_f64(y)).abs()))
}

/// R² = 1 − Σ (h − y)²/Σ (y − ȳ)² of each output, and of these the mean: 1 is perfect, 0 no better
/// than ȳ.
///
/// An output whose y never changes counts as 1 if it is met exactly, else as 0. NaN for no examples.
/// As scikit-learn's `r2_score` with its defaults.
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
        let y = || targets[..m].iter().map(|y| to_f64(&y.as_ref()[output]));
        let h = predictions[..m].iter().map(|h| to_f64(&h.as_ref()[output]));
        // From the first y, so that it is exactly 0 where y never changes.
        let first = to_f64(&targets[0].as_ref()[output]);
        let middle = mean(y().map(|y| y - first));
        let total: f64 = y().map(|y| (y - first) - middle).map(|off| off * off).sum();
        let rest: f64 = y().zip(h).map(|(y, h)| (y - h) * (y - h)).sum();
        match (total == 0.0, rest == 0.0) {
            (true, true) => 1.0,
            (true, false) => 0.0,
            (false, _) => 1.0 - rest / total,
        }
    }))
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    // Row: what is right; column: what was named.
    counts: Vec<usize>,
}

impl Confusion {
    /// Of the classes that [`accuracy`] compares: two for one output, else one for each.
    #[must_use]
    pub fn of<T: RealField, Y: Sample<T>>(predictions: &[Y], targets: &[Y]) -> Self {
        let classes = Y::SIZE.max(2);
        let mut counts = vec![0; classes * classes];
        for (h, y) in predictions.iter().zip(targets) {
            counts[class(y) * classes + class(h)] += 1;
        }
        Self { classes, counts }
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
        self.counts[right * self.classes + named]
    }

    /// Of the examples that were taken for `class`, the share that is of it; 0 if there are none.
    #[must_use]
    pub fn precision(&self, class: usize) -> f64 {
        share(self.count(class, class), (0..self.classes).map(|right| self.count(right, class)))
    }

    /// Of the examples of `class`, the share that was taken for it; 0 if there are none.
    #[must_use]
    pub fn recall(&self, class: usize) -> f64 {
        share(self.count(class, class), (0..self.classes).map(|named| self.count(class, named)))
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
}

/// The class that a prediction or a target names.
pub(super) fn class<T: RealField, Y: Sample<T>>(sample: &Y) -> usize {
    match sample.as_ref() {
        [one] => usize::from(to_f64(one) > 0.5),
        several => argmax(several),
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2⁵³")]
fn share(part: usize, of: impl Iterator<Item = usize>) -> f64 {
    let of: usize = of.sum();
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
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

fn is_nan<T: RealField>(value: &T) -> bool {
    value.partial_cmp(value).is_none()
}
