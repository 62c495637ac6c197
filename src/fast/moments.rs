//! Mean and deviation of columns of numbers, to the last digits, and whatever their size.

use core::array::from_fn;

use nalgebra::{ComplexField, RealField};

use crate::real::{count, exponent, to_f64, two_to};

/// μ = Σ x/m and σ = √(Σ (x − μ)²/m) of a column; no σ where all its numbers are the same.
pub(crate) type Moments<T> = (T, Option<T>);

/// Columns that are looked at side by side: few enough for the stack, and enough for lines of the cache.
const STRIP: usize = 64;

/// Calls `put` with each column of rows of `width` numbers, one behind the other.
pub(crate) fn each_column<T: RealField>(
    rows: &[T],
    width: usize,
    mut put: impl FnMut(usize, Moments<T>),
) {
    for first in (0..width).step_by(STRIP) {
        let columns = STRIP.min(width - first);
        let strips = rows.chunks_exact(width).map(|row| &row[first..][..columns]);
        for (column, of_column) in moments::<T, STRIP>(strips).into_iter().take(columns).enumerate()
        {
            put(first + column, of_column);
        }
    }
}

/// The moments of up to `W` columns, side by side.
///
/// A column of large numbers is looked at in a unit of its own, a power of 2: in that nothing overflows,
/// and nothing is rounded that counts.
fn moments<'a, T: RealField, const W: usize>(
    rows: impl Iterator<Item = &'a [T]> + Clone,
) -> [Moments<T>; W] {
    let m = count::<T>(rows.clone().count());
    let mean_of = |sums: [T; W]| sums.map(|sum| sum / m.clone());
    let units = largest::<T, W>(rows.clone(), |_, x| x.clone()).map(unit);
    let per_unit = units.clone().map(ComplexField::recip);
    let in_units = |column: usize, x: &T| x.clone() * per_unit[column].clone();
    // From a value of the column's own, so that what is summed is no larger than values are apart.
    let first: [T; W] = sums(rows.clone().take(1), in_units);
    let from_first = |column: usize, x: &T| in_units(column, x) - first[column].clone();
    let rest = mean_of(sums(rows.clone(), from_first));
    let mean: [T; W] = from_fn(|column| first[column].clone() + rest[column].clone());
    let from_mean = |column: usize, x: &T| in_units(column, x) - mean[column].clone();
    let reach: [T; W] = largest(rows.clone(), from_mean);
    let off = |column: usize, x: &T| from_mean(column, x) / reach[column].clone();
    // What rounding left in the mean.
    let rest = mean_of(sums(rows.clone(), off));
    let squares = mean_of(sums(rows, |column, x| off(column, x) * off(column, x)));
    from_fn(|column| {
        let [unit, mean, reach] = [&units, &mean, &reach].map(|of| of[column].clone());
        if reach <= T::zero() {
            return (mean * unit, None);
        }
        let rest = rest[column].clone();
        let variance = squares[column].clone() - rest.clone() * rest.clone();
        let deviation = reach.clone() * ComplexField::sqrt(variance);
        ((mean + reach * rest) * unit.clone(), Some(deviation * unit))
    })
}

/// The largest |`term`(column, x)| of each column.
fn largest<'a, T: RealField, const W: usize>(
    rows: impl Iterator<Item = &'a [T]>,
    term: impl Fn(usize, &T) -> T,
) -> [T; W] {
    let mut largest = from_fn(|_| T::zero());
    for row in rows {
        for (column, (x, largest)) in row.iter().zip(&mut largest).enumerate() {
            *largest = largest.clone().max(ComplexField::abs(term(column, x)));
        }
    }
    largest
}

/// Σ over the rows of `term`(column, x), column by column, with what rounding took from it:
/// Neumaier 1974.
fn sums<'a, T: RealField, const W: usize>(
    rows: impl Iterator<Item = &'a [T]>,
    term: impl Fn(usize, &T) -> T,
) -> [T; W] {
    let mut sums: [_; W] = from_fn(|_| [T::zero(), T::zero()]);
    for row in rows {
        for (column, (x, [total, lost])) in row.iter().zip(&mut sums).enumerate() {
            let value = term(column, x);
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

/// A power of 2 in which `size` is below 2, and that is 1 at least.
fn unit<T: RealField>(size: T) -> T {
    nalgebra::convert(two_to(exponent(to_f64(&size)).max(0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// Side by side as alone, and in their order.
    #[test]
    fn columns_have_the_moments_that_they_have_alone() {
        for width in [1, STRIP - 1, STRIP, STRIP + 1, 2 * STRIP + 22] {
            let entry = |row: usize, column: usize| ((7 * row + 3 * column) % 11) as f64;
            let rows: Vec<f64> =
                (0..5 * width).map(|index| entry(index / width, index % width)).collect();
            let mut found = Vec::new();
            each_column(&rows, width, |column, moments| found.push((column, moments)));
            let expected = (0..width).map(|column| {
                let alone = [0, 1, 2, 3, 4].map(|row| entry(row, column));
                let mut moments = None;
                each_column(&alone, 1, |_, of_column| moments = Some(of_column));
                (column, moments.unwrap())
            });
            assert_eq!(found, expected.collect::<Vec<_>>(), "{width} columns");
        }
    }
}
