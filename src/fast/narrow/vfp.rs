//! Arm's registers of one `f32`, of which an instruction reads or writes several that lie behind each other, as fast as
//! memory is. The compiler takes one instruction for each, as it gives out every other register first.

use core::arch::asm;
use core::slice;

use nalgebra::RealField;

use crate::fast::registers::{Float, as_floats, as_floats_mut};

/// How many units go side by side.
const UNITS: usize = 16;

// Registers of the products: added to eight sums, by one instruction each, or by two where a processor has these done
// in less time. The bits are the same.
#[cfg(not(slow_vmla))]
macro_rules! add_products {
    ($($sum:literal $weight:literal)*) => {
        concat!($("vmla.f32 s", $sum, ", s24, s", $weight, "\n"),*)
    };
}
#[cfg(slow_vmla)]
macro_rules! add_products {
    ($($sum:literal $weight:literal)*) => {
        concat!(
            $("vmul.f32 s", $weight, ", s24, s", $weight, "\n",)*
            $("vadd.f32 s", $sum, ", s", $sum, ", s", $weight, "\n"),*
        )
    };
}

/// z = bias + weights · a of `f32`, of the first units: as many as go side by side at a time, up to `to`. Gives the first
/// that is left, or nothing of another scalar.
///
/// # Safety
///
/// There is a z for each unit, and `theta` has so many biases, and for each input so many weights; `to` is no more.
#[inline(always)]
pub(super) unsafe fn units<T: Float>(
    theta: &[T],
    a: &[T],
    z: &mut [T],
    to: usize,
) -> Option<usize> {
    let (theta, a, z) = (as_floats::<T, f32>(theta)?, as_floats(a)?, as_floats_mut::<T, f32>(z)?);
    let mut unit = 0;
    while unit + UNITS <= to {
        // SAFETY: these units are there.
        unsafe {
            let z_of_these = z.as_mut_ptr().add(unit);
            side_by_side(theta.as_ptr().add(unit), a, z.len(), z_of_these);
        }
        unit += UNITS;
    }
    Some(unit)
}

/// z of [`UNITS`] units, of which `theta` has the biases, and the weights for each input `s_out` behind the last.
///
/// # Safety
///
/// All this can be read, and as many z can be written.
#[inline(always)]
unsafe fn side_by_side(theta: *const f32, a: &[f32], s_out: usize, z: *mut f32) {
    // SAFETY: it reads and writes what the caller promises. Of a target with `cfg(vfp)` all processors have these
    // registers; they are named, so that who calls keeps nothing in them.
    unsafe {
        asm!(
            "vldmia {theta}!, {{s0-s15}}",
            "b 3f",
            "2:",
            "add {theta}, {theta}, {others}",
            "vldmia {a}!, {{s24}}",
            "vldmia {theta}!, {{s16-s23}}",
            add_products!(0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23),
            "vldmia {theta}!, {{s16-s23}}",
            add_products!(8 16 9 17 10 18 11 19 12 20 13 21 14 22 15 23),
            "3:",
            "subs {inputs}, {inputs}, #1",
            "bpl 2b",
            "vstmia {z}, {{s0-s15}}",
            theta = inout(reg) theta => _,
            a = inout(reg) a.as_ptr() => _,
            inputs = inout(reg) a.len() => _,
            others = in(reg) (s_out - UNITS) * size_of::<f32>(),
            z = in(reg) z,
            out("d0") _, out("d1") _, out("d2") _, out("d3") _, out("d4") _, out("d5") _, out("d6") _,
            out("d7") _, out("d8") _, out("d9") _, out("d10") _, out("d11") _, out("d12") _,
            options(nostack),
        );
    }
}

/// `value` for every entry.
pub(crate) fn fill<T: RealField>(entries: &mut [T], value: T) {
    let number = as_floats(slice::from_ref(&value)).map(|value| value[0]);
    if let (Some(entries), Some(value)) = (as_floats_mut(entries), number) {
        return fill_floats(entries, value);
    }
    entries.fill(value);
}

fn fill_floats(entries: &mut [f32], value: f32) {
    let (eights, rest) = entries.as_chunks_mut::<8>();
    // SAFETY: it writes as many eights as there are; as for registers, see above.
    unsafe {
        asm!(
            "vmov s0, {value}",
            "vmov s1, {value}",
            "vmov s2, s3, {value}, {value}",
            "vmov s4, s5, {value}, {value}",
            "vmov s6, s7, {value}, {value}",
            "b 3f",
            "2:",
            "vstmia {to}!, {{s0-s7}}",
            "3:",
            "subs {eights}, {eights}, #1",
            "bpl 2b",
            value = in(reg) value,
            to = inout(reg) eights.as_mut_ptr() => _,
            eights = inout(reg) eights.len() => _,
            out("d0") _, out("d1") _, out("d2") _, out("d3") _,
            options(nostack),
        );
    }
    rest.fill(value);
}
