//! Splits: which examples to train on, and which to hold out.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use rand::Rng;

use crate::error::Error;
use crate::input::push;

/// Indices of `n` examples to train on, and of those to test on: `n` · `share` of them, rounded,
/// drawn without regard to what they are.
///
/// Each side has at least one. Both are in random order, and the same seed gives the same
/// indices everywhere.
///
/// # Errors
///
/// [`Error::Setting`] unless 0 < `share` < 1 and `n` is at least 2 and fits into memory;
/// [`Error::NoExamples`] if `n` is 0.
///
/// ```
/// use constprop::data::train_test;
///
/// let (train, test) = train_test(10, 0.2, 42)?;
/// assert_eq!((train.len(), test.len()), (8, 2));
/// assert_eq!(train_test(10, 0.2, 42)?, (train, test));
/// # Ok::<(), constprop::Error>(())
/// ```
pub fn train_test(n: usize, share: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>), Error> {
    check_share(share)?;
    check_enough(n)?;
    let mut test = shuffled(n, seed)?;
    let train = test.split_off(rounded(share, n).clamp(1, n - 1));
    Ok((train, test))
}

/// Indices to train on, and to test on: [`train_test`] with `share` of every class.
///
/// Class k with mₖ examples gives mₖ · `share` of them to the test, rounded up or down so that
/// the whole test has its share too, but at least one to either side.
///
/// # Errors
///
/// [`Error::Class`], naming the first class of one example, which can be on one side alone; and
/// those of [`train_test`].
///
/// ```
/// use constprop::data::{select, stratified};
///
/// let labels = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1];
/// let (_, test) = stratified(&labels, 0.25, 42)?;
/// let mut drawn = select(&labels, &test)?;
/// drawn.sort();
/// assert_eq!(drawn, [0, 0, 1]);
/// # Ok::<(), constprop::Error>(())
/// ```
pub fn stratified(
    labels: &[usize],
    share: f64,
    seed: u64,
) -> Result<(Vec<usize>, Vec<usize>), Error> {
    check_share(share)?;
    check_enough(labels.len())?;
    let mut quotas = members_of(labels, 2)?;
    // Differences of rounded totals: each is its share rounded up or down, and they add up.
    let mut before = 0;
    for members in quotas.values_mut() {
        let after = before + *members;
        let quota = rounded(share, after) - rounded(share, before);
        *members = quota.clamp(1, *members - 1);
        before = after;
    }
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for index in shuffled(labels.len(), seed)? {
        match quotas.get_mut(&labels[index]) {
            Some(quota) if *quota > 0 => {
                *quota -= 1;
                test.push(index);
            }
            _ => train.push(index),
        }
    }
    Ok((train, test))
}

/// k folds for cross-validation: every example is held out once, and trained on k − 1 times.
///
/// ```
/// use constprop::data::KFold;
///
/// let folds = KFold::new(10, 5, 42)?;
/// for (train, validation) in folds.splits() {
///     assert_eq!((train.len(), validation.len()), (8, 2));
/// }
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KFold {
    folds: Vec<Vec<usize>>,
}

impl KFold {
    /// k folds of `n` examples, whose sizes differ by 1 at most, larger ones first.
    ///
    /// The same seed gives the same folds everywhere.
    ///
    /// # Errors
    ///
    /// [`Error::NoExamples`]; [`Error::Setting`] unless 2 ≤ `k` ≤ `n` and `n` fits into memory.
    pub fn new(n: usize, k: usize, seed: u64) -> Result<Self, Error> {
        check_folds(n, k)?;
        let mut rest = shuffled(n, seed)?;
        let folds = (0..k).map(|fold| {
            let behind = rest.split_off(n / k + usize::from(fold < n % k));
            core::mem::replace(&mut rest, behind)
        });
        Ok(Self { folds: folds.collect() })
    }

    /// k folds of examples with these labels, in whose sizes, and in whose members of every class,
    /// they differ by 1 at most.
    ///
    /// # Errors
    ///
    /// [`Error::Class`], naming the first class with fewer than `k` examples, which would be missing
    /// from a fold; and those of [`new`](KFold::new).
    ///
    /// ```
    /// use constprop::data::{KFold, select};
    ///
    /// let labels = [0, 0, 0, 0, 1, 1];
    /// for (_, validation) in KFold::stratified(&labels, 2, 42)?.splits() {
    ///     assert_eq!(select(&labels, &validation)?.iter().sum::<usize>(), 1);
    /// }
    /// # Ok::<(), constprop::Error>(())
    /// ```
    pub fn stratified(labels: &[usize], k: usize, seed: u64) -> Result<Self, Error> {
        check_folds(labels.len(), k)?;
        // Each class deals its examples to fold after fold, and begins where the one before ended.
        let mut next = members_of(labels, k)?;
        let mut first = 0;
        for members in next.values_mut() {
            let behind = (first + *members) % k;
            *members = core::mem::replace(&mut first, behind);
        }
        let mut folds = alloc::vec![Vec::new(); k];
        for index in shuffled(labels.len(), seed)? {
            if let Some(fold) = next.get_mut(&labels[index]) {
                folds[*fold].push(index);
                *fold = (*fold + 1) % k;
            }
        }
        Ok(Self { folds })
    }

    /// Fold after fold: the indices to train on, which are those of all other folds, and the
    /// indices to validate on, which are its own.
    pub fn splits(&self) -> impl ExactSizeIterator<Item = (Vec<usize>, Vec<usize>)> {
        self.folds.iter().enumerate().map(|(held_out, validation)| {
            let (before, behind) = (&self.folds[..held_out], &self.folds[held_out + 1..]);
            ([before, behind].concat().concat(), validation.clone())
        })
    }
}

/// The items at these indices, in their order: inputs, targets or labels alike.
///
/// # Errors
///
/// [`Error::Index`], naming the first index that is none of an item.
///
/// ```
/// use constprop::data::select;
///
/// assert_eq!(select(&[[0.5], [1.5], [2.5]], &[2, 0])?, [[2.5], [0.5]]);
/// # Ok::<(), constprop::Error>(())
/// ```
pub fn select<X: Clone>(items: &[X], indices: &[usize]) -> Result<Vec<X>, Error> {
    let mut selected = Vec::with_capacity(indices.len());
    for &index in indices {
        let item = items.get(index).ok_or(Error::Index { index, examples: items.len() })?;
        push(&mut selected, item);
    }
    Ok(selected)
}

/// How many examples each class has, in the order of the classes: a map, for a label may be any
/// number.
fn members_of(labels: &[usize], needed: usize) -> Result<BTreeMap<usize, usize>, Error> {
    let mut members = BTreeMap::new();
    for &label in labels {
        *members.entry(label).or_insert(0) += 1;
    }
    match members.iter().find(|&(_, &members)| members < needed) {
        None => Ok(members),
        Some((&class, &members)) => Err(Error::Class { class, members, needed }),
    }
}

/// `n` · `share`, to the nearest whole number.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is above 0, and numbers above 2⁵³ need not be exact"
)]
fn rounded(share: f64, n: usize) -> usize {
    (share * n as f64 + 0.5) as usize
}

/// 0 to n − 1 in random order: Fisher and Yates' shuffle, by numbers of [`rng`](crate::rng).
fn shuffled(n: usize, seed: u64) -> Result<Vec<usize>, Error> {
    let mut order = Vec::new();
    let too_many = |_| number_of_examples(n, "small enough for memory");
    order.try_reserve_exact(n).map_err(too_many)?;
    order.extend(0..n);
    let mut rng = crate::rng(seed);
    for behind in (2..=n).rev() {
        order.swap(behind - 1, below(behind, &mut rng));
    }
    Ok(order)
}

/// A number from 0 to `bound` − 1, each as likely: Lemire 2019, "Fast Random Integer Generation in
/// an Interval". Ours, so that no release of another crate changes a split.
#[allow(clippy::cast_possible_truncation, reason = "halves of a product, and less than `bound`")]
fn below(bound: usize, rng: &mut impl Rng) -> usize {
    let wide = bound as u64;
    loop {
        let product = u128::from(rng.next_u64()) * u128::from(wide);
        if product as u64 >= wide.wrapping_neg() % wide {
            return (product >> 64) as usize;
        }
    }
}

fn check_share(share: f64) -> Result<(), Error> {
    if share > 0.0 && share < 1.0 {
        return Ok(());
    }
    Err(Error::Setting { name: "share", value: share, expected: "greater than 0 and below 1" })
}

fn check_enough(n: usize) -> Result<(), Error> {
    match n {
        0 => Err(Error::NoExamples),
        1 => Err(number_of_examples(n, "at least 2")),
        _ => Ok(()),
    }
}

#[allow(clippy::cast_precision_loss, reason = "for a message")]
fn check_folds(n: usize, k: usize) -> Result<(), Error> {
    if n == 0 {
        return Err(Error::NoExamples);
    }
    if (2..=n).contains(&k) {
        return Ok(());
    }
    let expected = "at least 2, and no more than there are examples";
    Err(Error::Setting { name: "number of folds", value: k as f64, expected })
}

#[allow(clippy::cast_precision_loss, reason = "for a message")]
fn number_of_examples(n: usize, expected: &'static str) -> Error {
    Error::Setting { name: "number of examples", value: n as f64, expected }
}
