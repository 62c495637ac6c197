//! z of layers so wide that the rows of Θ lie far apart: panel by panel, with some rows of the panel at a time
//! brought together.
//!
//! Rows of 512 `f32` are 2 KB apart, so a panel of four registers lies in 8 of the 64 sets of a first cache, and
//! two rows are a page: for every tile all of it comes from the second cache again. What is brought together stays
//! in the first one for all tiles; between these parts the sums are in C, and each goes on where it was. It takes up to
//! 28 KB of stack.

use core::mem::MaybeUninit;
use core::{ptr, slice};

use super::{Finish, Product, Strided};
use crate::fast::registers::Float;

/// Rows of B that are so many bytes apart are far.
const FAR: usize = 1024;

/// So many rows are together at most, of so many bytes: four registers of AVX-512.
const STEPS: usize = 112;
const BYTES: usize = 256;

/// Two tiles: fewer rows of C do not pay for a copy.
const ROWS: usize = 12;

/// Where rows are together, from a cache line on.
#[repr(align(64))]
struct Room([MaybeUninit<u8>; STEPS * BYTES]);

impl<T: Float> Product<'_, T> {
    /// Whether it is such a product: only those leave C to the sums.
    pub(super) fn is_far(&self) -> bool {
        let is_forward = matches!(self.finish, Finish::Bias(_)) && !self.is_down();
        let is_large = self.rows >= ROWS && self.depth > STEPS;
        is_forward && is_large && self.b_row * size_of::<T>() >= FAR
    }

    /// All whole panels of `width` columns, by `multiply`, which computes products of such rows as they are. Gives the column
    /// behind them, and the largest |entry| of A where it is watched. A function of its own: its room is on the stack only
    /// where it is called.
    #[inline(never)]
    pub(super) fn bring_together(
        &mut self,
        width: usize,
        multiply: fn(&mut Product<'_, T>) -> T,
    ) -> (usize, T) {
        let &mut Product { rows, columns, depth, a, b, b_row, c_row, finish, watched, .. } = self;
        let (end, mut largest) = (columns - columns % width, T::zero());
        let Finish::Bias(bias) = finish else { return (0, largest) };
        assert!(width * size_of::<T>() <= BYTES, "rows are wider than their room");
        let at_once = depth.div_ceil(depth.div_ceil(STEPS));
        let mut room = Room([MaybeUninit::uninit(); STEPS * BYTES]);
        let to = room.0.as_mut_ptr().cast::<T>();
        for column in (0..end).step_by(width) {
            for first in (0..depth).step_by(at_once) {
                let n = at_once.min(depth - first);
                for step in 0..n {
                    let from = &b[(first + step) * b_row + column..][..width];
                    // SAFETY: so many columns were cut off, and there is room for `STEPS` rows of them.
                    unsafe { ptr::copy_nonoverlapping(from.as_ptr(), to.add(step * width), width) }
                }
                let seen = multiply(&mut Product {
                    rows,
                    columns: width,
                    depth: n,
                    a: Strided { entries: &a.entries[first..], ..a },
                    // SAFETY: these rows have been written.
                    b: unsafe { slice::from_raw_parts(to, n * width) },
                    b_row: width,
                    c: &mut self.c[column..],
                    c_row,
                    finish: if first == 0 { Finish::Bias(&bias[column..]) } else { Finish::GoOn },
                    watched: watched && column == 0,
                });
                if seen > largest {
                    largest = seen;
                }
            }
        }
        (end, largest)
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
