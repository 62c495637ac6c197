//! Products where a register holds one number.
//!
//! Every sum has the order that it has in [portable](super::registers::Float::Portable) registers, of
//! which no instruction of the processor knows: so the bits are the same.

mod finish;

#[cfg(any(soft_float, all(test, feature = "std")))]
mod in_turn;

#[cfg(not(soft_float))]
mod side_by_side;

#[cfg(vfp)]
pub(crate) mod vfp;

#[cfg(all(test, feature = "std"))]
mod tests;

use crate::fast::product::{Product, Strided};
use crate::fast::registers::{Entries, Float, Lanes, WIDEST};

#[cfg(soft_float)]
use in_turn::{entries, units};
#[cfg(not(soft_float))]
use side_by_side::{entries, units};

/// z = bias + weights · a of one example, summed as [`Predict`](super::passes::predict) does it. A function of its
/// own, which all layers share.
///
/// # Safety
///
/// There is a z for each unit, and `theta` has so many biases, and for each input so many weights.
#[inline(never)]
pub(crate) unsafe fn z<T: Float>(theta: &[T], a: &[T], z: &mut [T]) {
    if z.len() <= 2 && a.len() >= T::Portable::LANES {
        return few(theta, a, z);
    }
    // SAFETY: the caller's promise.
    unsafe { units(theta, a, z) };
}

/// z of one or two units: the weights in the order in which they lie, to so many sums in turn as four
/// registers have lanes.
fn few<T: Float>(theta: &[T], a: &[T], z: &mut [T]) {
    let (lanes, s_out) = (T::Portable::LANES, z.len());
    let (bias, weights) = theta.split_at(s_out.min(theta.len()));
    // Each input is for one weight, or for two.
    let shift = usize::from(s_out == 2);
    let mut sums = [T::zero(); 4 * WIDEST];
    for (weights, a) in weights.chunks(4 * lanes).zip(a.chunks((4 * lanes) >> shift)) {
        for (i, (sum, &weight)) in sums.iter_mut().zip(weights).enumerate() {
            *sum += weight * a.get(i >> shift).map_or(T::zero(), |&a| a);
        }
    }
    // SAFETY: these are four registers.
    let register = |index| unsafe { T::Portable::load(sums.as_ptr().add(index * lanes)) };
    let sum = (register(0) + register(1)) + (register(2) + register(3));
    let [even, odd] = sum.alternate_totals();
    let totals = if s_out == 1 { [even + odd; 2] } else { [even, odd] };
    for ((z, &bias), total) in z.iter_mut().zip(bias).zip(totals) {
        *z = bias + total;
    }
}

/// [`Product::run`] where a register holds one number.
pub(crate) fn product<T: Float>(product: &mut Product<'_, T>) -> T {
    if product.rows == 0 || product.columns == 0 {
        return T::zero();
    }
    product.assert_sizes();
    entries(product);
    largest(product)
}

/// The largest |entry| of A where it is read along its rows and watched.
fn largest<T: Float>(product: &Product<'_, T>) -> T {
    let Strided { entries, row_step, column_step } = product.a;
    let mut largest = T::zero();
    if product.watched && column_step == 1 {
        for row in 0..product.rows {
            for &entry in &entries[row * row_step..][..product.depth] {
                let size = entry.abs();
                largest = if size > largest { size } else { largest };
            }
        }
    }
    largest
}
