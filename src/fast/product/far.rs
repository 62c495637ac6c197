//! z of layers so wide that the rows of Θ lie far apart: panel by panel, with some rows of the panel at a time
//! brought together.
//!
//! Rows of 512 `f32` are 2 KB apart, so a panel of four registers lies in 8 of the 64 sets of a first cache, and
//! two rows are a page: for every tile all of it comes from the second cache again. What is brought together stays
//! in the first one for all tiles; between these parts the sums are in C, and each goes on where it was. It takes up to
//! 28 KB of stack.

use core::mem::MaybeUninit;

use super::{Finish, Product, Strided};
use crate::fast::registers::{Float, Lanes, Task};

/// Rows of B that are so many bytes apart are far.
const FAR: usize = 1024;

/// So many rows are together at most: 28 KB in four registers of AVX-512.
const STEPS: usize = 112;

/// Two tiles: fewer rows of C do not pay for a copy.
const ROWS: usize = 12;

impl<T: Float> Product<'_, T> {
    /// Whether it is such a product: only those leave C to the sums.
    pub(super) fn is_far(&self) -> bool {
        let is_forward = matches!(self.finish, Finish::Bias(_)) && !self.is_down();
        let is_large = self.rows >= ROWS && self.depth > STEPS;
        is_forward && is_large && self.b_row * size_of::<T>() >= FAR
    }
}

/// The columns of `NV` registers from `column` on. Gives the largest |entry| of A where it is watched.
pub(super) struct Far<'p, 'a, T, const NV: usize> {
    pub(super) product: &'p mut Product<'a, T>,
    pub(super) column: usize,
}

impl<T: Float, const NV: usize> Task<T> for Far<'_, '_, T, NV> {
    type Output = T;

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) -> T {
        // Others have no sums that go on.
        assert!(V::REGISTERS >= 16);
        let Self { product, column } = self;
        let &mut Product { rows, depth, a, b, b_row, c_row, finish, watched, .. } = product;
        let (columns, mut largest) = (NV * V::LANES, V::splat(T::zero()));
        let mut room = MaybeUninit::<[[V; NV]; STEPS]>::uninit();
        let (mut first, at_once) = (0, depth.div_ceil(depth.div_ceil(STEPS)));
        while first < depth {
            let n = at_once.min(depth - first);
            let to = room.as_mut_ptr().cast::<T>();
            for step in 0..n {
                let from = &b[(first + step) * b_row + column..][..columns];
                for v in 0..NV {
                    let at = v * V::LANES;
                    // SAFETY: so many columns were cut off, and a row of `room` is made of them.
                    unsafe { V::load(from[at..].as_ptr()).store(to.add(step * columns + at)) }
                }
            }
            let finish = match finish {
                Finish::Bias(bias) if first == 0 => Finish::Bias(&bias[column..]),
                _ => Finish::GoOn,
            };
            let mut part = Product {
                rows,
                columns,
                depth: n,
                a: Strided { entries: &a.entries[first..], ..a },
                // SAFETY: these rows have been written.
                b: unsafe { core::slice::from_raw_parts(to, n * columns) },
                b_row: columns,
                c: &mut product.c[column..],
                c_row,
                finish,
                watched: watched && column == 0,
            };
            part.assert_sizes();
            part.panel::<V, NV, false>(0, &mut largest);
            first += n;
        }
        largest.largest()
    }
}

#[cfg(all(test, feature = "std", target_arch = "x86_64"))]
mod tests {
    use std::vec::Vec;

    use crate::fast::product::{Finish, Product, Strided};
    use crate::fast::registers::{
        Float, InstructionSet, Lanes, is_slow_if_far, pretend_slow_if_far,
    };

    /// C with rows of B together or where they lie, and the largest |entry| of A.
    fn product<V: Lanes>(together: bool) -> (Vec<V::Scalar>, V::Scalar) {
        let (rows, depth, columns) = (25, 250, 9 * V::LANES + 3);
        let (b_row, c_row) = (columns.max(256), columns + 1);
        let numbers = |n: usize, seed: usize| -> Vec<V::Scalar> {
            let number = |i: usize| ((i * 7919 + seed) % 1009) as f64 / 1009.0 - 0.5;
            (0..n).map(|i| nalgebra::convert(number(i))).collect()
        };
        let (a, b, bias) =
            (numbers(rows * depth, 1), numbers(depth * b_row, 2), numbers(columns, 3));
        let mut c = numbers(rows * c_row, 4);
        let mut product = Product {
            rows,
            columns,
            depth,
            a: Strided { entries: &a, row_step: depth, column_step: 1 },
            b: &b,
            b_row,
            c: &mut c,
            c_row,
            finish: Finish::Bias(&bias),
            watched: true,
        };
        pretend_slow_if_far(together);
        assert!(product.is_far() && is_slow_if_far() == together);
        let largest = V::product(&mut product);
        (c, largest)
    }

    fn are_the_same<V: Lanes>() {
        assert_eq!(product::<V>(true), product::<V>(false));
    }

    #[test]
    fn rows_together_give_the_same_bits() {
        if InstructionSet::Avx2.is_available() {
            are_the_same::<<f32 as Float>::Avx2>();
            are_the_same::<<f64 as Float>::Avx2>();
        }
        if InstructionSet::Avx512.is_available() {
            are_the_same::<<f32 as Float>::Avx512>();
            are_the_same::<<f64 as Float>::Avx512>();
        }
    }
}
