//! What registers do where the crate is not optimized. There an intrinsic is a call, and each operand is
//! copied through memory several times: a step of training takes two hundred times as long. Here operations
//! are instructions between places in memory, the loop of a product is one piece of assembly, and what
//! treats entries one by one does so for a few registers at once. The bits are those of the intrinsics.
//!
//! Every `unsafe` block here reads and writes registers that its caller has, as values or by the promise of
//! the function; that the processor has such registers is said in `x86.rs`.
#![allow(clippy::undocumented_unsafe_blocks, reason = "said once, above, for all of them")]

#[cfg(all(test, feature = "std"))]
mod tests;

use core::arch::asm;
use core::arch::x86_64::{__m256, __m256d, __m512, __m512d};
use core::mem::MaybeUninit;
use core::ops::{Add, Div, Mul, Neg, Sub};

use super::avx2::{F32x8, F64x4, FIRST_OF_4, FIRST_OF_8};
use super::avx512::{F32x8Vl, F32x16, F64x4Vl, F64x8};
use crate::fast::product::Tile;
use crate::fast::registers::{Entries, Lanes};
use crate::real::Real;

/// So many registers are a [`Wide`].
const WIDE: usize = 4;

/// A few registers as one: the way of operands through memory is waited for once for all of them.
#[derive(Copy)]
pub struct Wide<V>([V; WIDE]);

impl<V: Copy> Clone for Wide<V> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: Lanes> Wide<V> {
    #[inline(always)]
    fn map(self, function: impl Fn(V) -> V) -> Self {
        Self(self.0.map(function))
    }
}

/// Instructions for each of `$n` registers at the pointers, one after the other.
macro_rules! for_each {
    ($bytes:literal, ($($used:tt)*), $n:expr; $($pointer:ident = $at:expr),+; $($line:expr),+) => {
        asm!(
            "2:",
            $($line,)+
            $(concat!("add {", stringify!($pointer), "}, ", $bytes),)+
            "dec {n}",
            "jnz 2b",
            n = inout(reg) $n => _,
            $($pointer = inout(reg) $at => _,)+
            $(out($used) _,)*
            options(nostack),
        )
    };
}

/// Operations in registers `$r`, each for `n` of them that lie side by side, `n` above 0; the intrinsics
/// of the same names as in `core::arch`, and a [`Wide`] of each `$register`.
macro_rules! operations {
    (
        $module:ident: $raw:ident of $scalar:ident, $($register:ident)*;
        $r:literal $bytes:literal $used:tt;
        $broadcast:literal $square_root:literal $fused:literal [$($select:literal)*];
        $set1:ident $loadu:ident $storeu:ident $sqrt:ident $fmadd:ident;
        $($name:ident $intrinsic:ident $code:literal)*
    ) => {
        mod $module {
            use super::*;

            /// `value` in every lane.
            #[inline(always)]
            pub(super) unsafe fn splat(value: &$scalar, to: *mut $raw, n: usize) {
                unsafe {
                    asm!(
                        concat!($broadcast, " ", $r, "0, [{value}]"),
                        "2:",
                        concat!("vmovups [{to}], ", $r, "0"),
                        concat!("add {to}, ", $bytes),
                        "dec {n}",
                        "jnz 2b",
                        n = inout(reg) n => _,
                        value = in(reg) value,
                        to = inout(reg) to => _,
                        out("xmm0") _,
                        options(nostack),
                    )
                }
            }

            #[inline(always)]
            pub(super) unsafe fn copy(from: *const $raw, to: *mut $raw, n: usize) {
                unsafe {
                    for_each! {
                        $bytes, $used, n; from = from, to = to;
                        concat!("vmovups ", $r, "0, [{from}]"),
                        concat!("vmovups [{to}], ", $r, "0")
                    }
                }
            }

            /// √a, in place.
            #[inline(always)]
            pub(super) unsafe fn sqrt(a: *mut $raw, n: usize) {
                unsafe {
                    for_each! {
                        $bytes, $used, n; a = a;
                        concat!($square_root, " ", $r, "0, [{a}]"),
                        concat!("vmovups [{a}], ", $r, "0")
                    }
                }
            }

            /// a · b + c, in place of a.
            #[inline(always)]
            pub(super) unsafe fn mul_add(a: *mut $raw, b: *const $raw, c: *const $raw, n: usize) {
                unsafe {
                    for_each! {
                        $bytes, $used, n; a = a, b = b, c = c;
                        concat!("vmovups ", $r, "0, [{a}]"),
                        concat!("vmovups ", $r, "1, [{b}]"),
                        concat!($fused, " ", $r, "0, ", $r, "1, [{c}]"),
                        concat!("vmovups [{a}], ", $r, "0")
                    }
                }
            }

            /// `then` where a > b, else `otherwise`, in place of a.
            #[inline(always)]
            pub(super) unsafe fn select_gt(
                a: *mut $raw,
                b: *const $raw,
                then: *const $raw,
                otherwise: *const $raw,
                n: usize,
            ) {
                unsafe {
                    for_each! {
                        $bytes, $used, n; a = a, b = b, then = then, otherwise = otherwise;
                        concat!("vmovups ", $r, "0, [{a}]"),
                        concat!("vmovups ", $r, "1, [{otherwise}]"),
                        $($select,)*
                        concat!("vmovups [{a}], ", $r, "1")
                    }
                }
            }

            $(
                /// In place of a.
                #[inline(always)]
                pub(super) unsafe fn $name(a: *mut $raw, b: *const $raw, n: usize) {
                    unsafe {
                        for_each! {
                            $bytes, $used, n; a = a, b = b;
                            concat!("vmovups ", $r, "0, [{a}]"),
                            concat!($code, " ", $r, "0, ", $r, "0, [{b}]"),
                            concat!("vmovups [{a}], ", $r, "0")
                        }
                    }
                }
            )*
        }

        #[inline(always)]
        pub(super) unsafe fn $set1(value: $scalar) -> $raw {
            let mut result = MaybeUninit::uninit();
            unsafe {
                $module::splat(&value, result.as_mut_ptr(), 1);
                result.assume_init()
            }
        }

        #[inline(always)]
        pub(super) unsafe fn $loadu(from: *const $scalar) -> $raw {
            let mut result = MaybeUninit::uninit();
            unsafe {
                $module::copy(from.cast(), result.as_mut_ptr(), 1);
                result.assume_init()
            }
        }

        #[inline(always)]
        pub(super) unsafe fn $storeu(to: *mut $scalar, register: $raw) {
            unsafe { $module::copy(&raw const register, to.cast(), 1) }
        }

        #[inline(always)]
        pub(super) unsafe fn $sqrt(mut a: $raw) -> $raw {
            unsafe { $module::sqrt(&raw mut a, 1) };
            a
        }

        #[inline(always)]
        pub(super) unsafe fn $fmadd(mut a: $raw, b: $raw, c: $raw) -> $raw {
            unsafe { $module::mul_add(&raw mut a, &raw const b, &raw const c, 1) };
            a
        }

        $(
            #[inline(always)]
            pub(super) unsafe fn $intrinsic(mut a: $raw, b: $raw) -> $raw {
                unsafe { $module::$name(&raw mut a, &raw const b, 1) };
                a
            }
        )*

        $(
            // The pointers to a `Wide` are to so many registers.
            const _: () = assert!(size_of::<Wide<$register>>() == WIDE * size_of::<$raw>());

            wide! { $register of $scalar by $module }
        )*
    };
}

macro_rules! wide {
    ($register:ident of $scalar:ident by $module:ident) => {
        wide! { $register by $module: Add add, Sub sub, Mul mul, Div div }

        impl Neg for Wide<$register> {
            type Output = Self;

            #[inline(always)]
            fn neg(mut self) -> Self {
                let sign = Self::splat(-0.0);
                unsafe { $module::xor((&raw mut self).cast(), (&raw const sign).cast(), WIDE) };
                self
            }
        }

        #[diagnostic::do_not_recommend]
        impl Real for Wide<$register> {
            #[inline(always)]
            fn constant(value: f64) -> Self {
                Self::splat(value as $scalar)
            }

            #[inline(always)]
            fn exp(self) -> Self {
                self.map(Real::exp)
            }

            #[inline(always)]
            fn exp_m1(self) -> Self {
                self.map(Real::exp_m1)
            }

            #[inline(always)]
            fn ln(self) -> Self {
                self.map(Real::ln)
            }

            #[inline(always)]
            fn ln_1p(self) -> Self {
                self.map(Real::ln_1p)
            }

            #[inline(always)]
            fn tanh(self) -> Self {
                self.map(Real::tanh)
            }

            #[inline(always)]
            fn sqrt(mut self) -> Self {
                unsafe { $module::sqrt((&raw mut self).cast(), WIDE) };
                self
            }

            #[inline(always)]
            fn abs(self) -> Self {
                self.map(Real::abs)
            }

            #[inline(always)]
            fn select_gt(mut self, other: Self, then: Self, otherwise: Self) -> Self {
                unsafe {
                    $module::select_gt(
                        (&raw mut self).cast(),
                        (&raw const other).cast(),
                        (&raw const then).cast(),
                        (&raw const otherwise).cast(),
                        WIDE,
                    );
                }
                self
            }
        }

        impl Entries for Wide<$register> {
            type Scalar = $scalar;
            const LANES: usize = WIDE * $register::LANES;

            #[inline(always)]
            fn splat(value: $scalar) -> Self {
                let mut wide = MaybeUninit::<Self>::uninit();
                unsafe {
                    $module::splat(&value, wide.as_mut_ptr().cast(), WIDE);
                    wide.assume_init()
                }
            }

            #[inline(always)]
            unsafe fn load(from: *const $scalar) -> Self {
                let mut wide = MaybeUninit::<Self>::uninit();
                unsafe {
                    $module::copy(from.cast(), wide.as_mut_ptr().cast(), WIDE);
                    wide.assume_init()
                }
            }

            #[inline(always)]
            unsafe fn load_first(from: *const $scalar, n: usize) -> Self {
                let mut wide = Self::splat(0.0);
                for (v, register) in wide.0.iter_mut().enumerate() {
                    let first = v * $register::LANES;
                    if n > first {
                        let n = (n - first).min($register::LANES);
                        *register = unsafe { $register::load_first(from.add(first), n) };
                    }
                }
                wide
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                unsafe { $module::copy((&raw const self).cast(), to.cast(), WIDE) }
            }

            #[inline(always)]
            unsafe fn store_first(self, to: *mut $scalar, n: usize) {
                for (v, register) in self.0.into_iter().enumerate() {
                    let first = v * $register::LANES;
                    if n > first {
                        let n = (n - first).min($register::LANES);
                        unsafe { register.store_first(to.add(first), n) };
                    }
                }
            }

            #[inline(always)]
            fn mul_add(mut self, factor: Self, term: Self) -> Self {
                unsafe {
                    $module::mul_add(
                        (&raw mut self).cast(),
                        (&raw const factor).cast(),
                        (&raw const term).cast(),
                        WIDE,
                    );
                }
                self
            }
        }
    };
    ($register:ident by $module:ident: $($operator:ident $name:ident),*) => {
        $(
            impl $operator for Wide<$register> {
                type Output = Self;

                #[inline(always)]
                fn $name(mut self, other: Self) -> Self {
                    unsafe {
                        $module::$name((&raw mut self).cast(), (&raw const other).cast(), WIDE);
                    }
                    self
                }
            }
        )*
    };
}

operations! {
    f32x16: __m512 of f32, F32x16;
    "zmm" "64" ("zmm0" "zmm1" "k1");
    "vbroadcastss" "vsqrtps" "vfmadd213ps"
    ["vcmpps k1, zmm0, [{b}], 30" "vmovups zmm1{{k1}}, [{then}]"];
    _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_sqrt_ps _mm512_fmadd_ps;
    add _mm512_add_ps "vaddps" sub _mm512_sub_ps "vsubps" mul _mm512_mul_ps "vmulps"
    div _mm512_div_ps "vdivps" max _mm512_max_ps "vmaxps" min _mm512_min_ps "vminps"
    xor _mm512_xor_ps "vxorps"
}

operations! {
    f64x8: __m512d of f64, F64x8;
    "zmm" "64" ("zmm0" "zmm1" "k1");
    "vbroadcastsd" "vsqrtpd" "vfmadd213pd"
    ["vcmppd k1, zmm0, [{b}], 30" "vmovupd zmm1{{k1}}, [{then}]"];
    _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd _mm512_sqrt_pd _mm512_fmadd_pd;
    add _mm512_add_pd "vaddpd" sub _mm512_sub_pd "vsubpd" mul _mm512_mul_pd "vmulpd"
    div _mm512_div_pd "vdivpd" max _mm512_max_pd "vmaxpd" min _mm512_min_pd "vminpd"
    xor _mm512_xor_pd "vxorpd"
}

operations! {
    f32x8: __m256 of f32, F32x8 F32x8Vl;
    "ymm" "32" ("ymm0" "ymm1");
    "vbroadcastss" "vsqrtps" "vfmadd213ps"
    ["vcmpps ymm0, ymm0, [{b}], 30" "vblendvps ymm1, ymm1, [{then}], ymm0"];
    _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_sqrt_ps _mm256_fmadd_ps;
    add _mm256_add_ps "vaddps" sub _mm256_sub_ps "vsubps" mul _mm256_mul_ps "vmulps"
    div _mm256_div_ps "vdivps" max _mm256_max_ps "vmaxps" min _mm256_min_ps "vminps"
    xor _mm256_xor_ps "vxorps"
}

operations! {
    f64x4: __m256d of f64, F64x4 F64x4Vl;
    "ymm" "32" ("ymm0" "ymm1");
    "vbroadcastsd" "vsqrtpd" "vfmadd213pd"
    ["vcmppd ymm0, ymm0, [{b}], 30" "vblendvpd ymm1, ymm1, [{then}], ymm0"];
    _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_sqrt_pd _mm256_fmadd_pd;
    add _mm256_add_pd "vaddpd" sub _mm256_sub_pd "vsubpd" mul _mm256_mul_pd "vmulpd"
    div _mm256_div_pd "vdivpd" max _mm256_max_pd "vmaxpd" min _mm256_min_pd "vminpd"
    xor _mm256_xor_pd "vxorpd"
}

/// The mask that reads so many lanes: its bits, or where in memory it is.
fn bits_of(lanes: usize) -> usize {
    assert!(lanes <= 16);
    (1 << lanes) - 1
}

fn mask_of_8(lanes: usize) -> usize {
    FIRST_OF_8[8 - lanes..].as_ptr().expose_provenance()
}

fn mask_of_4(lanes: usize) -> usize {
    FIRST_OF_4[4 - lanes..].as_ptr().expose_provenance()
}

/// [`Lanes::add_products`] in registers `$r`. The last one of a row of B may not be full, and is read by
/// a mask.
macro_rules! products {
    ($name:ident of $scalar:ident, $mask_of:ident; $($code:tt)*) => {
        /// # Safety
        ///
        /// As for [`Lanes::add_products`].
        #[inline(always)]
        pub(super) unsafe fn $name(tile: Tile<$scalar>) {
            const SIZE: usize = size_of::<$scalar>();
            if tile.rows == 0 || tile.depth == 0 {
                return;
            }
            assert!(tile.last > 0, "a tile has columns");
            let mask = $mask_of(tile.last);
            unsafe {
                match tile.registers {
                    1 => products!(@ tile SIZE mask; ; "0"; $($code)*),
                    2 => products!(@ tile SIZE mask; "0"; "1"; $($code)*),
                    4 => products!(@ tile SIZE mask; "0" "1" "2"; "3"; $($code)*),
                    _ => unreachable!("no tile is so wide"),
                }
            }
        }
    };
    // Of the registers of a row all but the last, and that one.
    (
        @ $tile:ident $size:ident $mask:ident; $($v:literal)*; $last:literal;
        $r:literal $bytes:literal ($($used:tt)*) $broadcast:literal $fused:literal
        $read_mask:literal $read_last:literal
    ) => {
        asm!(
            $read_mask,
            // A row of sums.
            "2:",
            $(concat!("vmovups ", $r, $v, ", [{sums} + ", $v, "*", $bytes, "]"),)*
            concat!("vmovups ", $r, $last, ", [{sums} + ", $last, "*", $bytes, "]"),
            "mov {a}, {a_start}",
            "mov {b}, {b_start}",
            "mov {left}, {depth}",
            // One product more of each.
            "3:",
            concat!($broadcast, " ", $r, "4, [{a}]"),
            $(concat!($fused, " ", $r, $v, ", ", $r, "4, [{b} + ", $v, "*", $bytes, "]"),)*
            concat!($read_last, " [{b} + ", $last, "*", $bytes, "]"),
            concat!($fused, " ", $r, $last, ", ", $r, "4, ", $r, "5"),
            "add {a}, {a_step}",
            "add {b}, {b_step}",
            "dec {left}",
            "jnz 3b",
            $(concat!("vmovups [{sums} + ", $v, "*", $bytes, "], ", $r, $v),)*
            concat!("vmovups [{sums} + ", $last, "*", $bytes, "], ", $r, $last),
            concat!("add {sums}, (", $last, " + 1)*", $bytes),
            "add {a_start}, {a_row}",
            "dec {rows}",
            "jnz 2b",
            sums = inout(reg) $tile.sums => _,
            rows = inout(reg) $tile.rows => _,
            depth = in(reg) $tile.depth,
            // At first the mask.
            left = inout(reg) $mask => _,
            a_start = inout(reg) $tile.a => _,
            a = out(reg) _,
            a_row = in(reg) $tile.a_row * $size,
            a_step = in(reg) $tile.a_step * $size,
            b_start = in(reg) $tile.b,
            b = out(reg) _,
            b_step = in(reg) $tile.b_row * $size,
            $(out($used) _,)*
            options(nostack),
        )
    };
}

products! {
    products_f32x16 of f32, bits_of;
    "zmm" "64" ("zmm0" "zmm1" "zmm2" "zmm3" "zmm4" "zmm5" "k1") "vbroadcastss" "vfmadd231ps"
    "kmovw k1, {left:e}" "vmovups zmm5{{k1}}{{z}},"
}

products! {
    products_f64x8 of f64, bits_of;
    "zmm" "64" ("zmm0" "zmm1" "zmm2" "zmm3" "zmm4" "zmm5" "k1") "vbroadcastsd" "vfmadd231pd"
    "kmovw k1, {left:e}" "vmovupd zmm5{{k1}}{{z}},"
}

products! {
    products_f32x8 of f32, mask_of_8;
    "ymm" "32" ("ymm0" "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6") "vbroadcastss" "vfmadd231ps"
    "vmovups ymm6, [{left}]" "vmaskmovps ymm5, ymm6,"
}

products! {
    products_f64x4 of f64, mask_of_4;
    "ymm" "32" ("ymm0" "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm6") "vbroadcastsd" "vfmadd231pd"
    "vmovups ymm6, [{left}]" "vmaskmovpd ymm5, ymm6,"
}
