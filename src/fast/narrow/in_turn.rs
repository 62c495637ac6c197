//! One product after the other, where every operation is a call: sums stay in memory, as around a call there is a
//! register for next to nothing. What is short is the way from one call to the next.

use super::finish::finish;
use crate::fast::product::{Finish, Product};
use crate::fast::registers::{Entries, Float};

/// As many sums as eight registers have, and a row of C is added up in one go.
const SUMS: usize = 32;

/// Adds the products of `a` and each of `count` numbers to as many sums. Four at a time: to count, and to go on, takes as
/// long as half the calls do.
///
/// # Safety
///
/// There are so many of both.
#[inline(never)]
unsafe fn add_products<T: Float>(mut sum: *mut T, a: T, mut entry: *const T, mut count: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        while count >= 4 {
            *sum += a * *entry;
            *sum.add(1) += a * *entry.add(1);
            *sum.add(2) += a * *entry.add(2);
            *sum.add(3) += a * *entry.add(3);
            (sum, entry, count) = (sum.add(4), entry.add(4), count - 4);
        }
        while count > 0 {
            *sum += a * *entry;
            (sum, entry, count) = (sum.add(1), entry.add(1), count - 1);
        }
    }
}

/// z = bias + weights · a.
///
/// # Safety
///
/// There is a z for each unit, and `theta` has so many biases, and for each input so many weights.
#[inline(always)]
pub(super) unsafe fn units<T: Float>(theta: &[T], a: &[T], z: &mut [T]) {
    const { assert!(8 * T::Portable::LANES <= SUMS) };
    let (theta, s_out, z) = (theta.as_ptr(), z.len(), z.as_mut_ptr());
    let mut sums = [T::zero(); SUMS];
    // So many units at a time that their sums, in as many parts, are eight registers; of those in one part all at once.
    let (mut parts, mut width) = (1, 8 * T::Portable::LANES);
    let mut unit = s_out - s_out % width;
    // SAFETY: these units are there, and so many sums.
    unsafe {
        add_parts(theta, a, s_out, z, unit, 1);
        while unit < s_out {
            while parts < 8 && unit + width > s_out {
                (parts, width) = (2 * parts, width / 2);
            }
            let width = width.min(s_out - unit);
            sums.fill(T::zero());
            add_parts(theta.add(unit), a, s_out, sums.as_mut_ptr(), width, parts);
            z.add(unit).copy_from_nonoverlapping(sums.as_ptr(), width);
            unit += width;
        }
    }
}

/// Sums of the `width` units whose biases are the first of `theta`: input after input to the next part of each sum, those
/// that are no whole round to the first. The parts that are no first one are 0 before.
///
/// # Safety
///
/// A bias, and for each input a weight, `s_out` behind the last, can be read of each unit; there are `width` sums in each
/// of the parts, which are a power of two.
#[inline(always)]
unsafe fn add_parts<T: Float>(
    theta: *const T,
    a: &[T],
    s_out: usize,
    sums: *mut T,
    width: usize,
    parts: usize,
) {
    let rounds_end = a.len() & !(parts - 1);
    let mut weights = theta;
    // SAFETY: the caller's promise.
    unsafe {
        sums.copy_from_nonoverlapping(theta, width);
        for (input, &a) in a.iter().enumerate() {
            weights = weights.add(s_out);
            let part = if input < rounds_end { input & (parts - 1) } else { 0 };
            add_products(sums.add(part * width), a, weights, width);
        }
        let mut left = parts * width;
        while left > width {
            left /= 2;
            for sum in 0..left {
                *sums.add(sum) = *sums.add(sum) + *sums.add(left + sum);
            }
        }
    }
}

/// C of A and B, whose sizes hold.
#[inline(always)]
pub(super) fn entries<T: Float>(product: &mut Product<'_, T>) {
    for row in 0..product.rows {
        let mut column = 0;
        while column < product.columns {
            let width = SUMS.min(product.columns - column);
            // SAFETY: the sizes hold, and these columns are there.
            unsafe { part_of_a_row(product, row, column, width) };
            column += width;
        }
    }
}

/// `width` entries of a row of C, from `column` on.
///
/// # Safety
///
/// The sizes hold, and these entries are there, as many as there are sums or fewer.
#[inline(always)]
unsafe fn part_of_a_row<T: Float>(
    product: &mut Product<'_, T>,
    row: usize,
    column: usize,
    width: usize,
) {
    let mut sums = [T::zero(); SUMS];
    // SAFETY: there is a bias for each column; A has such a row, and B these columns.
    unsafe {
        if let Finish::Bias(bias) = product.finish {
            sums.as_mut_ptr().copy_from_nonoverlapping(bias.as_ptr().add(column), width);
        }
        let (mut a, mut b) = (
            product.a.entries.as_ptr().wrapping_add(row * product.a.row_step),
            product.b.as_ptr().wrapping_add(column),
        );
        for _ in 0..product.depth {
            add_products(sums.as_mut_ptr(), *a, b, width);
            a = a.wrapping_add(product.a.column_step);
            b = b.wrapping_add(product.b_row);
        }
        finish(product, sums.get_unchecked(..width), row, column);
    }
}
