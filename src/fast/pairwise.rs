//! The order in which the sums of blocks are added: a binary tree over the blocks' numbers.
//!
//! Blocks 2k and 2k + 1 are added, then the sums of such pairs, and so on; what finds no partner is
//! added last. Of six blocks that is
//!
//! ((0 + 1) + (2 + 3)) + (4 + 5).
//!
//! One after the other, n blocks lose up to n ε/2 of their sum to rounding, along the tree
//! ⌈log₂ n⌉ ε/2. Source: Higham, The Accuracy of Floating Point Summation, 1993.
//!
//! Blocks come one after the other. The sum of 2ⁱ blocks that waits for its partner is kept in
//! level i, so the levels that are in use are the bits of the number of blocks so far.

use nalgebra::RealField;

#[cfg(feature = "alloc")]
use crate::threads::Lined;

/// The levels above the first, in memory that is kept from call to call and grows where one more is
/// needed. Without a heap there are none: then blocks are added one after the other.
pub(crate) struct Levels<T> {
    #[cfg(feature = "alloc")]
    rows: Lined<T>,
    #[cfg(not(feature = "alloc"))]
    rows: [T; 0],
}

impl<T: RealField> Levels<T> {
    /// None yet.
    pub(crate) const fn new() -> Self {
        Self {
            #[cfg(feature = "alloc")]
            rows: Lined::new(),
            #[cfg(not(feature = "alloc"))]
            rows: [],
        }
    }

    /// So many rows of so many entries, one behind the other.
    #[inline(always)]
    pub(crate) fn rows(&mut self, count: usize, entries: usize) -> &mut [T] {
        // As nearly always: a step must not wait for memory that it has no use for.
        if count == 0 { &mut [] } else { self.some_rows(count * entries) }
    }

    #[cfg(feature = "alloc")]
    #[inline(never)]
    fn some_rows(&mut self, entries: usize) -> &mut [T] {
        self.rows.grow(entries)
    }

    #[cfg(not(feature = "alloc"))]
    const fn some_rows(&mut self, _: usize) -> &mut [T] {
        &mut self.rows
    }
}

/// How many levels there are above the first, for so many blocks whose last one ends the sum.
pub(crate) const fn levels(blocks: usize) -> usize {
    if cfg!(feature = "alloc") && blocks > 1 { (blocks - 1).ilog2() as usize } else { 0 }
}

/// How many levels there are with the first, where that is apart: none for a block alone.
pub(crate) const fn rows(blocks: usize) -> usize {
    if blocks > 1 { 1 + levels(blocks) } else { 0 }
}

/// Sums of one length on their way through the tree.
pub(crate) struct Waiting<'a, T> {
    first: &'a mut [T],
    above: &'a mut [T],
}

impl<'a, T: RealField> Waiting<'a, T> {
    /// With room for the first level, and for as many [`levels`] above as the blocks need.
    pub(crate) const fn new(first: &'a mut [T], above: &'a mut [T]) -> Self {
        Self { first, above }
    }

    /// The same for a while.
    pub(crate) const fn reborrow(&mut self) -> Waiting<'_, T> {
        Waiting { first: self.first, above: self.above }
    }

    /// The first level.
    pub(crate) const fn first(&mut self) -> &mut [T] {
        self.first
    }

    /// Whether a block is to be added to what the first level holds, instead of replacing it.
    pub(crate) const fn adds(&self, block: usize) -> bool {
        if self.above.is_empty() { block > 0 } else { block % 2 == 1 }
    }

    /// Carries on the sum of the first level, in which `block` is the last.
    #[inline(always)]
    pub(crate) fn carry(&mut self, block: usize, add: impl Fn(&mut [T], &[T])) {
        if !self.is_carried(block) {
            return;
        }
        let level = block.trailing_ones() as usize;
        let entries = self.first.len();
        let (below, to) = self.above.split_at_mut((level - 1) * entries);
        sum_into(&mut to[..entries], self.first, below.chunks_exact(entries), add);
    }

    /// The sum of the first level, if that in which `block` is the last goes on, and the levels above.
    pub(crate) fn carried(&mut self, block: usize) -> Option<(&[T], Carried<'_, T>)> {
        if !self.is_carried(block) {
            return None;
        }
        let mut rows = self.above.chunks_exact_mut(self.first.len());
        let levels = core::array::from_fn(|_| rows.next().unwrap_or_default());
        Some((self.first, Carried { first: 0, levels }))
    }

    /// Whether a sum in which `block` is the last is that of a pair, and there is room above.
    const fn is_carried(&self, block: usize) -> bool {
        block % 2 == 1 && !self.above.is_empty()
    }

    /// Takes the sum of `block`, from elsewhere.
    #[inline(always)]
    pub(crate) fn push(&mut self, block: usize, sum: &[T], add: impl Fn(&mut [T], &[T])) {
        if self.adds(block) {
            add(self.first, sum);
        } else {
            self.first.clone_from_slice(sum);
        }
        self.carry(block, add);
    }

    /// The first level, to which the last `block` adds or not, and what is to be added then.
    pub(crate) const fn end(&mut self, block: usize) -> (&mut [T], Above<'_, T>) {
        let mask = if self.above.is_empty() { 0 } else { block & !1 };
        let entries = self.first.len();
        (self.first, Above { first: &[], rows: self.above, mask, entries, at: 0 })
    }

    /// All that is to be added to the sum of the last `block`, which is elsewhere.
    pub(crate) const fn all(&self, block: usize) -> Above<'_, T> {
        let mask = if self.above.is_empty() { self.adds(block) as usize } else { block };
        Above { first: self.first, rows: self.above, mask, entries: self.first.len(), at: 0 }
    }
}

/// The levels above the first, or the same places in each of them, to which sums are carried.
pub(crate) struct Carried<'a, T> {
    /// The number of the first entry.
    first: usize,
    levels: [&'a mut [T]; MOST_LEVELS],
}

impl<T: RealField> Carried<'_, T> {
    /// The entries before that of this number, and the others.
    pub(crate) fn split_at(mut self, end: usize) -> (Self, Self) {
        let count = end - self.first;
        let levels = self.levels.each_mut().map(|level| {
            let there = level.len().min(count);
            level.split_off_mut(..there).unwrap_or_default()
        });
        let first = Self { first: self.first, levels };
        (first, Self { first: end, ..self })
    }

    /// The lowest level.
    pub(crate) const fn lowest(&self) -> &[T] {
        self.levels[0]
    }

    /// Carries on these entries of the `sum` of a pair of blocks, of which `block` is the second.
    #[inline(always)]
    pub(crate) fn take(&mut self, block: usize, sum: &[T], add: impl Fn(&mut [T], &[T])) {
        let (below, to) = self.levels.split_at_mut(block.trailing_ones() as usize - 1);
        if let [to, ..] = to {
            let sum = &sum[self.first..self.first + to.len()];
            sum_into(to, sum, below.iter().map(|level| &**level), add);
        }
    }
}

/// The sum and what waits below, the lowest first.
#[inline(always)]
fn sum_into<'a, T: RealField>(
    to: &mut [T],
    sum: &[T],
    below: impl Iterator<Item = &'a [T]>,
    add: impl Fn(&mut [T], &[T]),
) {
    to.clone_from_slice(sum);
    for waiting in below {
        add(to, waiting);
    }
}

/// Sums that wait to be added to the last one, or the same places in each of them.
#[derive(Debug)]
pub(crate) struct Above<'a, T> {
    first: &'a [T],
    rows: &'a [T],
    /// Which levels are in use, as bits; bit 0 is the first.
    mask: usize,
    entries: usize,
    at: usize,
}

impl<T: RealField> Above<'_, T> {
    /// Nothing waits.
    pub(crate) const fn none() -> Self {
        Self { first: &[], rows: &[], mask: 0, entries: 0, at: 0 }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.mask == 0
    }

    /// Takes off those of the first `entries`.
    pub(crate) const fn split_off(&mut self, entries: usize) -> Self {
        let first = Self { ..*self };
        self.at += entries;
        first
    }

    /// Adds each of them to `sum`, the lowest first.
    #[inline(always)]
    pub(crate) fn add_to(&self, sum: &mut [T], add: impl Fn(&mut [T], &[T])) {
        if self.mask & 1 == 1 {
            add(sum, &self.first[self.at..self.at + sum.len()]);
        }
        let mut left = self.mask >> 1;
        while left != 0 {
            let from = left.trailing_zeros() as usize * self.entries + self.at;
            add(sum, &self.rows[from..from + sum.len()]);
            left &= left - 1;
        }
    }
}

// By hand: a slice can be copied whatever it holds.
impl<T> Clone for Above<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Above<'_, T> {}

/// sum ← sum + term, entry by entry.
#[inline(always)]
pub(crate) fn add<T: RealField>(sum: &mut [T], term: &[T]) {
    for (sum, term) in sum.iter_mut().zip(term) {
        *sum += term.clone();
    }
}

/// 2³² blocks are more than any memory holds.
const MOST_LEVELS: usize = 32;

/// The sum of one number from each block, along the same tree.
pub(crate) struct Total<T> {
    levels: [T; MOST_LEVELS],
    blocks: usize,
}

impl<T: RealField> Total<T> {
    pub(crate) fn new() -> Self {
        Self { levels: core::array::from_fn(|_| T::zero()), blocks: 0 }
    }

    /// Takes the number of the next block.
    #[inline]
    pub(crate) fn add(&mut self, mut number: T) {
        let level = (self.blocks.trailing_ones() as usize).min(MOST_LEVELS - 1);
        for waiting in &self.levels[..level] {
            number += waiting.clone();
        }
        self.levels[level] = number;
        self.blocks += 1;
    }

    /// The sum; 0 of no blocks.
    #[inline]
    pub(crate) fn get(&self) -> T {
        let mut left = self.blocks;
        let waiting = core::iter::from_fn(|| {
            let level = self.levels.get(left.trailing_zeros() as usize)?;
            left &= left - 1;
            Some(level.clone())
        });
        waiting.reduce(|sum, term| sum + term).unwrap_or_else(T::zero)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    /// The tree by its definition: halves at the largest power of two below the number of blocks.
    fn tree(blocks: &[f32]) -> f32 {
        if let &[one] = blocks {
            return one;
        }
        let (left, right) = blocks.split_at(blocks.len().next_power_of_two() / 2);
        tree(left) + tree(right)
    }

    fn blocks(count: usize) -> Vec<f32> {
        let mut rng = crate::rng(count as u64);
        (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
    }

    #[test]
    fn a_total_goes_along_the_tree() {
        assert_eq!(Total::<f32>::new().get(), 0.0);
        for count in 1..200 {
            let (blocks, mut total) = (blocks(count), Total::new());
            blocks.iter().for_each(|&block| total.add(block));
            assert_eq!(total.get(), tree(&blocks), "{count} blocks");
        }
    }

    #[test]
    fn rows_go_along_the_tree() {
        for count in 1..200 {
            let (blocks, entries) = (blocks(count), 3);
            let row = |block: usize| [blocks[block], -blocks[block], 2.0 * blocks[block]];
            let (mut first, mut memory) = ([f32::NAN; 3], Levels::new());
            memory.rows(9, entries).fill(f32::NAN);
            let above = memory.rows(levels(count), entries);
            let mut waiting = Waiting::new(&mut first, above);
            for block in 0..count - 1 {
                waiting.push(block, &row(block), add);
            }
            let mut sum = row(count - 1);
            waiting.all(count - 1).add_to(&mut sum, add);
            let expected = tree(&blocks);
            assert_eq!(sum, [expected, -expected, 2.0 * expected], "{count} blocks");
        }
    }
}
