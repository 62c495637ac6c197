//! Registers as plain arrays, whose loops the compiler turns into whatever the target has.

use core::ops::{Add, Div, Mul, Neg, Sub};

use super::{Each, Entries, Float, Lanes, Task};
#[cfg(unoptimized)]
use crate::fast::product::Tile;
use crate::fast::product::{Product, Transpose};
use crate::real::Real;

macro_rules! array {
    ($(#[$attribute:meta])* $name:ident of [$($lane:literal)+] $scalar:ident as $bits:ident, $mantissa_bits:literal,
        $bias:literal, $round:literal) => {
        $(#[$attribute])*
        #[derive(Clone, Copy)]
        pub struct $name([$scalar; Self::LANES]);

        impl $name {
            #[inline(always)]
            fn map(self, f: impl Fn($scalar) -> $scalar) -> Self {
                Self([$(f(self.0[$lane])),+])
            }

            #[inline(always)]
            fn zip(self, other: Self, f: impl Fn($scalar, $scalar) -> $scalar) -> Self {
                Self([$(f(self.0[$lane], other.0[$lane])),+])
            }
        }

        impl Add for $name {
            type Output = Self;

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                self.zip(other, |a, b| a + b)
            }
        }

        impl Sub for $name {
            type Output = Self;

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                self.zip(other, |a, b| a - b)
            }
        }

        impl Mul for $name {
            type Output = Self;

            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                self.zip(other, |a, b| a * b)
            }
        }

        impl Div for $name {
            type Output = Self;

            #[inline(always)]
            fn div(self, other: Self) -> Self {
                self.zip(other, |a, b| a / b)
            }
        }

        impl Neg for $name {
            type Output = Self;

            #[inline(always)]
            fn neg(self) -> Self {
                self.map(|a| -a)
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
                self.map(nalgebra::ComplexField::sqrt)
            }

            #[inline(always)]
            fn abs(self) -> Self {
                self.map($scalar::abs)
            }

            #[inline(always)]
            fn select_gt(self, other: Self, then: Self, otherwise: Self) -> Self {
                let lane = |l: usize| if self.0[l] > other.0[l] { then.0[l] } else { otherwise.0[l] };
                Self([$(lane($lane)),+])
            }

            #[inline(always)]
            fn max(self, other: Self) -> Self {
                self.zip(other, |a, b| if a > b { a } else { b })
            }

            #[inline(always)]
            fn min(self, other: Self) -> Self {
                self.zip(other, |a, b| if a < b { a } else { b })
            }
        }

        impl Entries for $name {
            type Scalar = $scalar;
            const LANES: usize = [$($lane),+].len();

            #[inline(always)]
            fn splat(value: $scalar) -> Self {
                Self([value; Self::LANES])
            }

            #[inline(always)]
            unsafe fn load(from: *const $scalar) -> Self {
                // SAFETY: the caller's promise, which is this array's size and alignment.
                Self(unsafe { from.cast::<[$scalar; Self::LANES]>().read() })
            }

            #[inline(always)]
            unsafe fn load_first(from: *const $scalar, n: usize) -> Self {
                // SAFETY: only the first `n` are read.
                Self([$(if $lane < n { unsafe { from.add($lane).read() } } else { 0.0 }),+])
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                // SAFETY: the caller's promise, which is this array's size and alignment.
                unsafe { to.cast::<[$scalar; Self::LANES]>().write(self.0) }
            }

            #[inline(always)]
            unsafe fn store_first(self, to: *mut $scalar, n: usize) {
                for lane in 0..n.min(Self::LANES) {
                    // SAFETY: only the first `n` are written.
                    unsafe { to.add(lane).write(self.0[lane]) }
                }
            }

            #[inline(always)]
            fn mul_add(self, factor: Self, term: Self) -> Self {
                self * factor + term
            }
        }

        impl Lanes for $name {
            #[cfg(not(unoptimized))]
            type Wide = Self;
            #[cfg(unoptimized)]
            type Wide = $scalar;
            type Narrow = Self;
            #[cfg(not(narrow))]
            type Alone = Self;
            #[cfg(narrow)]
            type Alone = <$scalar as Float>::Single;
            // Of 16, as every product without a multiply-add needs one in between.
            const REGISTERS: usize = 12;

            #[inline(always)]
            fn round(self) -> Self {
                // Adding and taking away 1.5 · 2^(mantissa bits) leaves no room for a fraction.
                self.map(|a| (a + $round) - $round)
            }

            #[inline(always)]
            fn times_power_of_two(self, n: Self) -> Self {
                // In two steps, as 2ⁿ alone may be out of range where the result is not. The
                // first is exact, unless the result overflows or is 0 anyway. The last bits of
                // n + 1.5 · 2^(mantissa bits) are those of n as a whole number.
                let power = |n: $scalar| {
                    let whole = (n + ($round + $bias)).to_bits();
                    $scalar::from_bits(whole << $mantissa_bits)
                };
                let half = (n * Self::splat(0.5)).round();
                self * half.map(power) * (n - half).map(power)
            }

            #[inline(always)]
            fn half_power_of_two(n: Self) -> Self {
                let biased = |n: $scalar| (n + ($round + ($bias - 1.0))).to_bits();
                n.map(|n| $scalar::from_bits(biased(n) << $mantissa_bits))
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
                let scaled = |a: $scalar| if a < $scalar::MIN_POSITIVE { a * MAGIC } else { a };
                let shift = |a: $scalar| {
                    if a < $scalar::MIN_POSITIVE { $mantissa_bits as $scalar } else { 0.0 }
                };
                let mantissa = |a: $scalar| {
                    let fraction = scaled(a).to_bits().wrapping_sub(FROM) & FRACTION;
                    $scalar::from_bits(fraction + LOW)
                };
                let exponent = |a: $scalar| {
                    let whole = scaled(a).to_bits().wrapping_sub(FROM) >> $mantissa_bits;
                    let whole = $scalar::from_bits(whole | MAGIC.to_bits());
                    let whole = whole - (MAGIC + ($bias + 1.0)) - shift(a);
                    let whole = if a == 0.0 { $scalar::NEG_INFINITY } else { whole };
                    let whole = if a > $scalar::MAX { a } else { whole };
                    if a >= 0.0 { whole } else { $scalar::NAN }
                };
                (self.map(mantissa), self.map(exponent))
            }

            #[inline(always)]
            fn with_sign_of(self, sign: Self) -> Self {
                const SIGN: $bits = (-0.0 as $scalar).to_bits();
                self.zip(sign, |a, s| {
                    $scalar::from_bits((a.to_bits() & !SIGN) | (s.to_bits() & SIGN))
                })
            }

            #[inline(always)]
            fn alternate_totals(self) -> [$scalar; 2] {
                let mut sums = self.0;
                let mut width = Self::LANES / 2;
                while width > 1 {
                    for lane in 0..width {
                        sums[lane] += sums[lane + width];
                    }
                    width /= 2;
                }
                [sums[0], sums.get(1).map_or(0.0, |&odd| odd)]
            }

            #[inline(never)]
            fn call<K: Task<$scalar>>(task: K) -> K::Output {
                task.run::<Self>()
            }

            #[inline(always)]
            fn of<K: Copy>(each: &Each<K>) -> K {
                each.portable
            }

            #[cfg(unoptimized)]
            #[inline(always)]
            unsafe fn add_products(tile: Tile<$scalar>) {
                let Tile { sums, rows, registers, last, depth, a, a_row, a_step, b, b_row } = tile;
                let columns = (registers - 1) * Self::LANES + last;
                let mut row = 0;
                while row < rows {
                    let mut step = 0;
                    while step < depth {
                        // SAFETY: the caller's promise: these are a row of sums, its factor and a row of B.
                        unsafe {
                            let factor = *a.wrapping_add(row * a_row + step * a_step);
                            let mut sum = sums.wrapping_add(row * registers * Self::LANES);
                            let mut b = b.wrapping_add(step * b_row);
                            let end = b.wrapping_add(columns);
                            while b != end {
                                *sum += factor * *b;
                                (sum, b) = (sum.wrapping_add(1), b.wrapping_add(1));
                            }
                        }
                        step += 1;
                    }
                    row += 1;
                }
            }

            fn product(product: &mut Product<'_, $scalar>) -> $scalar {
                #[cfg(narrow)]
                return crate::fast::narrow::product(product);
                #[cfg(not(narrow))]
                product.run::<Self>()
            }

            fn transpose(transpose: &mut Transpose<'_, $scalar>) {
                transpose.run::<Self>();
            }
        }
    };
}

// Unoptimized, an array is slower than its numbers.
#[cfg(unoptimized)]
macro_rules! number {
    ($scalar:ident) => {
        impl Entries for $scalar {
            type Scalar = Self;
            const LANES: usize = 1;

            #[inline(always)]
            fn splat(value: Self) -> Self {
                value
            }

            #[inline(always)]
            unsafe fn load(from: *const Self) -> Self {
                // SAFETY: the caller's promise.
                unsafe { *from }
            }

            #[inline(always)]
            unsafe fn load_first(from: *const Self, n: usize) -> Self {
                // SAFETY: the caller's promise.
                if n > 0 { unsafe { *from } } else { 0.0 }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut Self) {
                // SAFETY: the caller's promise.
                unsafe { *to = self }
            }

            #[inline(always)]
            unsafe fn store_first(self, to: *mut Self, n: usize) {
                if n > 0 {
                    // SAFETY: the caller's promise.
                    unsafe { *to = self }
                }
            }

            #[inline(always)]
            fn mul_add(self, factor: Self, term: Self) -> Self {
                self * factor + term
            }
        }
    };
}

#[cfg(unoptimized)]
number! { f32 }

#[cfg(unoptimized)]
number! { f64 }

array! {
    /// 4 `f32`.
    #[repr(align(16))]
    F32x4 of [0 1 2 3] f32 as u32, 23, 127.0, 12_582_912.0
}

array! {
    /// 2 `f64`.
    #[repr(align(16))]
    F64x2 of [0 1] f64 as u64, 52, 1023.0, 6_755_399_441_055_744.0
}

#[cfg(any(narrow, all(test, feature = "std")))]
array! {
    /// 1 `f32`.
    F32x1 of [0] f32 as u32, 23, 127.0, 12_582_912.0
}

#[cfg(any(narrow, all(test, feature = "std")))]
array! {
    /// 1 `f64`.
    F64x1 of [0] f64 as u64, 52, 1023.0, 6_755_399_441_055_744.0
}
