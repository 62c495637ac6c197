//! What becomes of sums.

use crate::fast::product::Product;
use crate::fast::registers::{Entries, Float};

/// Makes a row of C of sums.
///
/// # Safety
///
/// C has these entries.
#[inline(never)]
pub(super) unsafe fn finish<T: Float>(
    product: &mut Product<'_, T>,
    sums: &[T],
    row: usize,
    column: usize,
) {
    for (c, &sum) in sums.iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe {
            let sum = [[T::Single::splat(sum)]];
            product.finish::<T::Single, 1, 1, false>(sum, row, column + c, 1);
        }
    }
}
