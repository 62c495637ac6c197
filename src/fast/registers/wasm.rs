//! Portable registers where WebAssembly has vectors (`simd128`): the same lanes, order and bits. As arrays, half of a
//! tile would be numbers one by one, and a load four of them.
//!
//! Every intrinsic here is safe to execute: the whole crate is compiled for processors that have it.

use core::arch::wasm32::*;
use core::ops::{Add, Div, Mul, Neg, Sub};

use super::{Each, Entries, Float, Lanes, Task};
use crate::fast::product::{Product, Transpose};
use crate::real::Real;

/// A register and the operations that differ in nothing but the intrinsic's name.
macro_rules! register {
    (
        $(#[$doc:meta])*
        $name:ident of [$($lane:literal)+] $scalar:ident as $bits:ident, $mantissa_bits:literal, $bias:literal,
        $round:literal;
        $make:ident $splat:ident $extract:ident $add:ident $sub:ident $mul:ident $div:ident $neg:ident $abs:ident $sqrt:ident
        $pmax:ident $pmin:ident $greater:ident $less:ident $equal:ident $at_least:ident;
        $splat_bits:ident $add_bits:ident $sub_bits:ident $left:ident $right:ident;
        $($own:item)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name(v128);

        impl $name {
            /// 2ⁿ, times 2^(`bias` less that of the scalar).
            #[inline(always)]
            fn power_of_two(self, bias: $scalar) -> Self {
                // The last bits of n + 1.5 · 2^(mantissa bits) are those of n as a whole number.
                Self($left($add(self.0, $splat($round + bias)), $mantissa_bits))
            }
        }

        impl Add for $name {
            type Output = Self;

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self($add(self.0, other.0))
            }
        }

        impl Sub for $name {
            type Output = Self;

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Self($sub(self.0, other.0))
            }
        }

        impl Mul for $name {
            type Output = Self;

            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                Self($mul(self.0, other.0))
            }
        }

        impl Div for $name {
            type Output = Self;

            #[inline(always)]
            fn div(self, other: Self) -> Self {
                Self($div(self.0, other.0))
            }
        }

        impl Neg for $name {
            type Output = Self;

            #[inline(always)]
            fn neg(self) -> Self {
                Self($neg(self.0))
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
                Self($sqrt(self.0))
            }

            #[inline(always)]
            fn abs(self) -> Self {
                Self($abs(self.0))
            }

            #[inline(always)]
            fn select_gt(self, other: Self, then: Self, otherwise: Self) -> Self {
                Self(v128_bitselect(then.0, otherwise.0, $greater(self.0, other.0)))
            }

            // Each of these is its first operand, unless the second is beyond it.
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self($pmax(other.0, self.0))
            }

            #[inline(always)]
            fn min(self, other: Self) -> Self {
                Self($pmin(other.0, self.0))
            }
        }

        impl Entries for $name {
            type Scalar = $scalar;
            const LANES: usize = [$($lane),+].len();

            #[inline(always)]
            fn splat(value: $scalar) -> Self {
                Self($splat(value))
            }

            #[inline(always)]
            unsafe fn load(from: *const $scalar) -> Self {
                // SAFETY: the caller's promise; a register may begin anywhere.
                Self(unsafe { v128_load(from.cast()) })
            }

            #[inline(always)]
            unsafe fn load_first(from: *const $scalar, n: usize) -> Self {
                // SAFETY: only the first `n` are read.
                Self($make($(if $lane < n { unsafe { from.add($lane).read() } } else { 0.0 }),+))
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                // SAFETY: the caller's promise; a register may begin anywhere.
                unsafe { v128_store(to.cast(), self.0) }
            }

            #[inline(always)]
            unsafe fn store_first(self, to: *mut $scalar, n: usize) {
                $(
                    if $lane < n {
                        // SAFETY: only the first `n` are written.
                        unsafe { to.add($lane).write($extract::<$lane>(self.0)) }
                    }
                )+
            }

            #[inline(always)]
            fn mul_add(self, factor: Self, term: Self) -> Self {
                self * factor + term
            }
        }

        impl Lanes for $name {
            type Wide = Self;
            type Alone = Self;
            type Narrow = Self;
            // What most processors have below: 16, of which one is for products.
            const REGISTERS: usize = 12;

            #[inline(never)]
            fn call<K: Task<$scalar>>(task: K) -> K::Output {
                task.run::<Self>()
            }

            #[inline(always)]
            fn of<K: Copy>(each: &Each<K>) -> K {
                each.portable
            }

            #[inline(always)]
            fn round(self) -> Self {
                // Adding and taking away 1.5 · 2^(mantissa bits) leaves no room for a fraction.
                self + Self::splat($round) - Self::splat($round)
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
                const MAGIC: $scalar = $round / 1.5;
                let x = self.0;
                let small = $less(x, $splat($scalar::MIN_POSITIVE));
                let scaled = v128_bitselect($mul(x, $splat(MAGIC)), x, small);
                let shift = v128_and(small, $splat($mantissa_bits as $scalar));
                let bits = $sub_bits(scaled, $splat_bits(FROM));
                let mantissa = $add_bits(v128_and(bits, $splat_bits(FRACTION)), $splat_bits(LOW));
                let whole = v128_or($right(bits, $mantissa_bits), $splat(MAGIC));
                let whole = $sub($sub(whole, $splat(MAGIC + ($bias + 1.0))), shift);
                let infinity = $splat($scalar::INFINITY);
                let whole = v128_bitselect($neg(infinity), whole, $equal(x, $splat(0.0)));
                let whole = v128_bitselect(x, whole, $greater(x, $splat($scalar::MAX)));
                // A negative x, and NaN.
                let exponent = v128_bitselect(whole, $splat($scalar::NAN), $at_least(x, $splat(0.0)));
                (Self(mantissa), Self(exponent))
            }

            #[inline(always)]
            fn with_sign_of(self, sign: Self) -> Self {
                Self(v128_bitselect(sign.0, self.0, $splat(-0.0)))
            }

            $($own)*

            fn product(product: &mut Product<'_, $scalar>) -> $scalar {
                product.run::<Self>()
            }

            fn transpose(transpose: &mut Transpose<'_, $scalar>) {
                transpose.run::<Self>();
            }
        }
    };
}

register! {
    /// 4 `f32`.
    F32x4 of [0 1 2 3] f32 as u32, 23, 127.0, 12_582_912.0;
    f32x4 f32x4_splat f32x4_extract_lane f32x4_add f32x4_sub f32x4_mul f32x4_div f32x4_neg f32x4_abs f32x4_sqrt
    f32x4_pmax f32x4_pmin f32x4_gt f32x4_lt f32x4_eq f32x4_ge;
    u32x4_splat u32x4_add u32x4_sub u32x4_shl u32x4_shr;

    #[inline(always)]
    fn alternate_totals(self) -> [f32; 2] {
        let totals = f32x4_add(self.0, i64x2_shuffle::<1, 0>(self.0, self.0));
        [f32x4_extract_lane::<0>(totals), f32x4_extract_lane::<1>(totals)]
    }
}

register! {
    /// 2 `f64`.
    F64x2 of [0 1] f64 as u64, 52, 1023.0, 6_755_399_441_055_744.0;
    f64x2 f64x2_splat f64x2_extract_lane f64x2_add f64x2_sub f64x2_mul f64x2_div f64x2_neg f64x2_abs f64x2_sqrt
    f64x2_pmax f64x2_pmin f64x2_gt f64x2_lt f64x2_eq f64x2_ge;
    u64x2_splat u64x2_add u64x2_sub u64x2_shl u64x2_shr;

    #[inline(always)]
    fn alternate_totals(self) -> [f64; 2] {
        [f64x2_extract_lane::<0>(self.0), f64x2_extract_lane::<1>(self.0)]
    }
}
