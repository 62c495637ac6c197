//! Registers of NEON, two as one: as many lanes as AVX2 has, so that the order of every sum, and with it every bit,
//! is AVX2's. A tile has 24 of the 32 registers for sums.
//!
//! Every `unsafe` block here is a call of an intrinsic, which is safe to execute where this module is compiled: on
//! processors that have NEON by definition of the target.
#![allow(clippy::undocumented_unsafe_blocks, reason = "said once, above, for all of them")]

use core::arch::aarch64::*;
use core::ops::{Add, Div, Mul, Neg, Sub};

use super::{Each, Entries, Float, Lanes, Task};
#[cfg(unoptimized)]
use crate::fast::product::Tile;
use crate::fast::product::{Product, Transpose};
use crate::real::Real;

/// Runs `task`, as a function of its own.
#[inline(never)]
pub(super) fn run<T: Float, K: Task<T>>(task: K) -> K::Output {
    task.run::<T::Neon>()
}

/// Adds `factor` times a row to a row of sums, rounded once.
#[cfg(unoptimized)]
macro_rules! add_product {
    ($scalar:ident $half:literal $element:literal $shape:literal:
        $columns:expr, $factor:expr, $from:expr, $to:expr) => {
        core::arch::asm!(
            concat!("subs {n}, {n}, #", $half),
            "b.lo 3f",
            "2:",
            "ldr {b:q}, [{from}], #16",
            "ldr {sum:q}, [{to}]",
            concat!(
                "fmla {sum:v}.", $shape, $element, ", {b:v}.", $shape, $element,
                ", {factor:v}.", $element, "[0]"
            ),
            "str {sum:q}, [{to}], #16",
            concat!("subs {n}, {n}, #", $half),
            "b.hs 2b",
            "3:",
            concat!("adds {n}, {n}, #", $half),
            "b.eq 5f",
            "4:",
            concat!("ldr {b:", $element, "}, [{from}], {bytes}"),
            concat!("ldr {sum:", $element, "}, [{to}]"),
            concat!(
                "fmadd {sum:", $element, "}, {b:", $element, "}, {factor:", $element, "}, {sum:",
                $element, "}"
            ),
            concat!("str {sum:", $element, "}, [{to}], {bytes}"),
            "subs {n}, {n}, #1",
            "b.ne 4b",
            "5:",
            n = inout(reg) $columns => _,
            from = inout(reg) $from => _,
            to = inout(reg) $to => _,
            factor = in(vreg) $factor,
            b = out(vreg) _,
            sum = out(vreg) _,
            bytes = const size_of::<$scalar>(),
            options(nostack),
        )
    };
}

/// Two registers and the operations that differ in nothing but the intrinsic's name.
macro_rules! register {
    (
        $(#[$doc:meta])*
        $name:ident of $lanes:literal $scalar:ident, two $raw:ident of $half:literal;
        $bits:ident, $mantissa_bits:literal, $bias:literal, $whole:literal;
        $dup:ident $load:ident $store:ident $add:ident $sub:ident $mul:ident $div:ident $neg:ident $abs:ident
        $sqrt:ident $fma:ident $round:ident $greater:ident $less:ident $equal:ident $at_least:ident $choose:ident;
        $to_bits:ident $from_bits:ident $dup_bits:ident $add_bits:ident $sub_bits:ident $and_bits:ident
        $or_bits:ident $left:ident $right:ident;
        $element:literal $shape:literal;
        $($own:item)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name($raw, $raw);

        impl $name {
            #[inline(always)]
            fn map(self, f: impl Fn($raw) -> $raw) -> Self {
                Self(f(self.0), f(self.1))
            }

            #[inline(always)]
            fn zip(self, other: Self, f: impl Fn($raw, $raw) -> $raw) -> Self {
                Self(f(self.0, other.0), f(self.1, other.1))
            }

            /// 2ⁿ, times 2^(`bias` less that of the scalar).
            #[inline(always)]
            fn power_of_two(self, bias: $scalar) -> Self {
                // The last bits of n + 1.5 · 2^(mantissa bits) are those of n as a whole number.
                self.map(|n| unsafe {
                    let whole = $to_bits($add(n, $dup($whole + bias)));
                    $from_bits($left::<$mantissa_bits>(whole))
                })
            }
        }

        impl Add for $name {
            type Output = Self;

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.zip(other, |a, b| unsafe { $add(a, b) })
            }
        }

        impl Sub for $name {
            type Output = Self;

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self.zip(other, |a, b| unsafe { $sub(a, b) })
            }
        }

        impl Mul for $name {
            type Output = Self;

            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self.zip(other, |a, b| unsafe { $mul(a, b) })
            }
        }

        impl Div for $name {
            type Output = Self;

            #[inline(always)]
            fn div(self, other: Self) -> Self {
                self.zip(other, |a, b| unsafe { $div(a, b) })
            }
        }

        impl Neg for $name {
            type Output = Self;

            #[inline(always)]
            fn neg(self) -> Self {
                self.map(|a| unsafe { $neg(a) })
            }
        }

        #[diagnostic::do_not_recommend]
        impl Real for $name {
            #[inline(always)]
            fn constant(value: f64) -> Self {
                Self::splat(value as $scalar)
            }

            elementary_functions! { $scalar: exp exp_m1 ln ln_1p tanh sigmoid softplus }

            #[inline(always)]
            fn sqrt(self) -> Self {
                self.map(|a| unsafe { $sqrt(a) })
            }

            #[inline(always)]
            fn abs(self) -> Self {
                self.map(|a| unsafe { $abs(a) })
            }

            #[inline(always)]
            fn select_gt(self, other: Self, then: Self, otherwise: Self) -> Self {
                let half = |a, b, then, otherwise| unsafe { $choose($greater(a, b), then, otherwise) };
                Self(
                    half(self.0, other.0, then.0, otherwise.0),
                    half(self.1, other.1, then.1, otherwise.1),
                )
            }

            // NEON's own have NaN wherever there is one.
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                self.zip(other, |a, b| unsafe { $choose($greater(a, b), a, b) })
            }

            #[inline(always)]
            fn min(self, other: Self) -> Self {
                self.zip(other, |a, b| unsafe { $choose($less(a, b), a, b) })
            }
        }

        impl Entries for $name {
            type Scalar = $scalar;
            const LANES: usize = $lanes;

            #[inline(always)]
            fn splat(value: $scalar) -> Self {
                let half = unsafe { $dup(value) };
                Self(half, half)
            }

            #[inline(always)]
            unsafe fn load(from: *const $scalar) -> Self {
                unsafe { Self($load(from), $load(from.add($half))) }
            }

            #[inline(always)]
            unsafe fn load_first(from: *const $scalar, n: usize) -> Self {
                unsafe {
                    if n < $half {
                        return Self(Self::load_some(from, n), $dup(0.0));
                    }
                    Self($load(from), Self::load_some(from.wrapping_add($half), n - $half))
                }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                unsafe {
                    $store(to, self.0);
                    $store(to.add($half), self.1);
                }
            }

            #[inline(always)]
            unsafe fn store_first(self, to: *mut $scalar, n: usize) {
                unsafe {
                    if n < $half {
                        return Self::store_some(self.0, to, n);
                    }
                    $store(to, self.0);
                    Self::store_some(self.1, to.wrapping_add($half), n - $half);
                }
            }

            #[inline(always)]
            fn mul_add(self, factor: Self, term: Self) -> Self {
                unsafe { Self($fma(term.0, self.0, factor.0), $fma(term.1, self.1, factor.1)) }
            }
        }

        impl Lanes for $name {
            type Wide = Self;
            type Alone = Self;
            type Narrow = Self;
            // 32, of which two are one.
            const REGISTERS: usize = 16;

            #[inline(never)]
            fn call<K: Task<$scalar>>(task: K) -> K::Output {
                task.run::<Self>()
            }

            #[inline(always)]
            fn of<K: Copy>(each: &Each<K>) -> K {
                each.neon
            }

            #[inline(always)]
            fn round(self) -> Self {
                self.map(|a| unsafe { $round(a) })
            }

            #[inline(always)]
            fn times_power_of_two(self, n: Self) -> Self {
                // In two steps, as 2ⁿ alone may be out of range where the result is not. The first is
                // exact, unless the result overflows or is 0 anyway.
                let half = (n * Self::splat(0.5)).round();
                self * half.power_of_two($bias) * (n - half).power_of_two($bias)
            }

            #[inline(always)]
            fn half_power_of_two(n: Self) -> Self {
                n.power_of_two($bias - 1.0)
            }

            #[inline(always)]
            fn mantissa_and_exponent(self) -> (Self, Self) {
                // Counting from 3/4 on, the exponent's bits turn over at 3/2; and from 2⁻(bias + 1)
                // on they are not negative.
                const LOW: $bits = (0.75 as $scalar).to_bits();
                const FROM: $bits = LOW.wrapping_sub(($bias as $bits + 1) << $mantissa_bits);
                const FRACTION: $bits = (1 << $mantissa_bits) - 1;
                // 2^(mantissa bits): its last bits are those of a whole number.
                const MAGIC: $scalar = $whole / 1.5;
                let halves = [self.0, self.1].map(|x| unsafe {
                    let small = $less(x, $dup($scalar::MIN_POSITIVE));
                    let scaled = $choose(small, $mul(x, $dup(MAGIC)), x);
                    let shift = $choose(small, $dup($mantissa_bits as $scalar), $dup(0.0));
                    let bits = $sub_bits($to_bits(scaled), $dup_bits(FROM));
                    let mantissa = $add_bits($and_bits(bits, $dup_bits(FRACTION)), $dup_bits(LOW));
                    let whole = $or_bits($right::<$mantissa_bits>(bits), $dup_bits(MAGIC.to_bits()));
                    let whole = $sub($from_bits(whole), $dup(MAGIC + ($bias + 1.0)));
                    let whole = $sub(whole, shift);
                    let whole = $choose($equal(x, $dup(0.0)), $dup($scalar::NEG_INFINITY), whole);
                    let whole = $choose($greater(x, $dup($scalar::MAX)), x, whole);
                    // A negative x, and NaN.
                    let exponent = $choose($at_least(x, $dup(0.0)), whole, $dup($scalar::NAN));
                    ($from_bits(mantissa), exponent)
                });
                let [(m0, e0), (m1, e1)] = halves;
                (Self(m0, m1), Self(e0, e1))
            }

            #[inline(always)]
            fn with_sign_of(self, sign: Self) -> Self {
                const SIGN: $bits = (-0.0 as $scalar).to_bits();
                self.zip(sign, |a, sign| unsafe { $choose($dup_bits(SIGN), sign, a) })
            }

            // A row of sums after the other, each with its factor of every step.
            #[cfg(unoptimized)]
            unsafe fn add_products(tile: Tile<$scalar>) {
                let Tile { sums, rows, registers, last, depth, a, a_row, a_step, b, b_row } = tile;
                let columns = (registers - 1) * $lanes + last;
                let mut row = 0;
                while row < rows {
                    let mut step = 0;
                    while step < depth {
                        let to = sums.wrapping_add(row * registers * $lanes);
                        let from = b.wrapping_add(step * b_row);
                        unsafe {
                            let factor = *a.wrapping_add(row * a_row + step * a_step);
                            add_product!($scalar $half $element $shape: columns, factor, from, to);
                        }
                        step += 1;
                    }
                    row += 1;
                }
            }

            fn product(product: &mut Product<'_, $scalar>) -> $scalar {
                product.run::<Self>()
            }

            fn transpose(transpose: &mut Transpose<'_, $scalar>) {
                transpose.run::<Self>();
            }

            $($own)*
        }
    };
}

register! {
    /// 8 `f32` in two registers of NEON.
    F32x8 of 8 f32, two float32x4_t of 4;
    u32, 23, 127.0, 12_582_912.0;
    vdupq_n_f32 vld1q_f32 vst1q_f32 vaddq_f32 vsubq_f32 vmulq_f32 vdivq_f32 vnegq_f32 vabsq_f32
    vsqrtq_f32 vfmaq_f32 vrndnq_f32 vcgtq_f32 vcltq_f32 vceqq_f32 vcgeq_f32 vbslq_f32;
    vreinterpretq_u32_f32 vreinterpretq_f32_u32 vdupq_n_u32 vaddq_u32 vsubq_u32 vandq_u32
    vorrq_u32 vshlq_n_u32 vshrq_n_u32;
    "s" "4";

    #[inline(always)]
    fn alternate_totals(self) -> [f32; 2] {
        unsafe {
            let four = vaddq_f32(self.0, self.1);
            let two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
            [vget_lane_f32::<0>(two), vget_lane_f32::<1>(two)]
        }
    }

    #[inline(always)]
    unsafe fn transpose_strip(from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
        // Two squares.
        for row in [0, 4] {
            unsafe {
                let [r0, r1, r2, r3] = [0, 1, 2, 3].map(|r| vld1q_f32(from.add((row + r) * from_row)));
                let pairs = |a, b| {
                    let (even, odd) = (vtrn1q_f32(a, b), vtrn2q_f32(a, b));
                    [even, odd].map(|pairs| vreinterpretq_f64_f32(pairs))
                };
                let ([even, odd], [next_even, next_odd]) = (pairs(r0, r1), pairs(r2, r3));
                let columns = [
                    vtrn1q_f64(even, next_even),
                    vtrn1q_f64(odd, next_odd),
                    vtrn2q_f64(even, next_even),
                    vtrn2q_f64(odd, next_odd),
                ];
                for (column, entries) in columns.into_iter().enumerate() {
                    vst1q_f32(to.add(column * to_row + row), vreinterpretq_f32_f64(entries));
                }
            }
        }
    }
}

impl F32x8 {
    /// The first `n` of up to 4, and 0.
    #[inline(always)]
    unsafe fn load_some(from: *const f32, n: usize) -> float32x4_t {
        unsafe {
            let zero = vdup_n_f32(0.0);
            match n {
                0 => vcombine_f32(zero, zero),
                1 => vcombine_f32(vld1_lane_f32::<0>(from, zero), zero),
                2 => vcombine_f32(vld1_f32(from), zero),
                3 => vcombine_f32(vld1_f32(from), vld1_lane_f32::<0>(from.add(2), zero)),
                _ => vld1q_f32(from),
            }
        }
    }

    /// The first `n` of up to 4.
    #[inline(always)]
    unsafe fn store_some(register: float32x4_t, to: *mut f32, n: usize) {
        unsafe {
            match n {
                0 => {}
                1 => vst1q_lane_f32::<0>(to, register),
                2 => vst1_f32(to, vget_low_f32(register)),
                3 => {
                    vst1_f32(to, vget_low_f32(register));
                    vst1q_lane_f32::<2>(to.add(2), register);
                }
                _ => vst1q_f32(to, register),
            }
        }
    }
}

register! {
    /// 4 `f64` in two registers of NEON.
    F64x4 of 4 f64, two float64x2_t of 2;
    u64, 52, 1023.0, 6_755_399_441_055_744.0;
    vdupq_n_f64 vld1q_f64 vst1q_f64 vaddq_f64 vsubq_f64 vmulq_f64 vdivq_f64 vnegq_f64 vabsq_f64
    vsqrtq_f64 vfmaq_f64 vrndnq_f64 vcgtq_f64 vcltq_f64 vceqq_f64 vcgeq_f64 vbslq_f64;
    vreinterpretq_u64_f64 vreinterpretq_f64_u64 vdupq_n_u64 vaddq_u64 vsubq_u64 vandq_u64
    vorrq_u64 vshlq_n_u64 vshrq_n_u64;
    "d" "2";

    #[inline(always)]
    fn alternate_totals(self) -> [f64; 2] {
        unsafe {
            let two = vaddq_f64(self.0, self.1);
            [vgetq_lane_f64::<0>(two), vgetq_lane_f64::<1>(two)]
        }
    }

    // Neighbours first, as AVX2 does it.
    #[inline(always)]
    fn totals(registers: &[Self]) -> Self {
        assert!(registers.len() <= 4);
        let mut four = [Self::splat(0.0); 4];
        for (four, register) in four.iter_mut().zip(registers) {
            *four = *register;
        }
        let half = |a: Self, b: Self| unsafe {
            vaddq_f64(vpaddq_f64(a.0, b.0), vpaddq_f64(a.1, b.1))
        };
        Self(half(four[0], four[1]), half(four[2], four[3]))
    }

    #[inline(always)]
    unsafe fn transpose_strip(from: *const f64, from_row: usize, to: *mut f64, to_row: usize) {
        // Two squares.
        for row in [0, 2] {
            unsafe {
                let [first, second] = [0, 1].map(|r| vld1q_f64(from.add((row + r) * from_row)));
                vst1q_f64(to.add(row), vtrn1q_f64(first, second));
                vst1q_f64(to.add(to_row + row), vtrn2q_f64(first, second));
            }
        }
    }
}

impl F64x4 {
    /// The first `n` of up to 2, and 0.
    #[inline(always)]
    unsafe fn load_some(from: *const f64, n: usize) -> float64x2_t {
        unsafe {
            let zero = vdupq_n_f64(0.0);
            match n {
                0 => zero,
                1 => vld1q_lane_f64::<0>(from, zero),
                _ => vld1q_f64(from),
            }
        }
    }

    /// The first `n` of up to 2.
    #[inline(always)]
    unsafe fn store_some(register: float64x2_t, to: *mut f64, n: usize) {
        unsafe {
            match n {
                0 => {}
                1 => vst1q_lane_f64::<0>(to, register),
                _ => vst1q_f64(to, register),
            }
        }
    }
}
