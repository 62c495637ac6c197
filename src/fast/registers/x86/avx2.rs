//! Registers of AVX2.
#![allow(clippy::undocumented_unsafe_blocks, reason = "said once, in `x86.rs`, for all of them")]

use core::arch::x86_64::*;
use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::fast::product::{Product, Transpose};
use crate::fast::registers::{Each, Entries, Float, Lanes, Task};
use crate::real::Real;

// Eight lanes' masks of which the first `n` are set: read at 8 − n.
pub(super) static FIRST_OF_8: [i32; 16] = [-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0];
pub(super) static FIRST_OF_4: [i64; 8] = [-1, -1, -1, -1, 0, 0, 0, 0];

register! {
    /// 8 `f32` in a register of AVX2.
    F32x8(__m256) of 8 f32, 16, F32x8, "avx2,fma,bmi2", call_f32x8 product_f32x8 transpose_f32x8 products_f32x8;
    _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_add_ps _mm256_sub_ps
    _mm256_mul_ps _mm256_div_ps _mm256_sqrt_ps _mm256_fmadd_ps _mm256_max_ps _mm256_min_ps;

    entries {
        #[inline(always)]
        unsafe fn load_first(from: *const f32, n: usize) -> Self {
            Self(unsafe { _mm256_maskload_ps(from, first_of_8(n)) })
        }

        #[inline(always)]
        unsafe fn store_first(self, to: *mut f32, n: usize) {
            unsafe { _mm256_maskstore_ps(to, first_of_8(n), self.0) }
        }
    }

    #[inline(always)]
    fn of<K: Copy>(each: &Each<K>) -> K {
        each.avx2
    }

    #[inline(always)]
    fn round(self) -> Self {
        Self(unsafe { _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0) })
    }

    #[inline(always)]
    fn times_power_of_two(self, n: Self) -> Self {
        self.times_power_of_two_and_sum(n, Self::zero())[0]
    }

    #[inline(always)]
    fn times_power_of_two_and_sum(self, n: Self, term: Self) -> [Self; 2] {
        // In two steps, as 2ⁿ alone may be out of range where the result is not. The first is
        // exact, unless the result overflows or is 0 anyway.
        unsafe {
            let n = _mm256_cvtps_epi32(n.0);
            let half = _mm256_srai_epi32::<1>(n);
            let power = |n| {
                let biased = _mm256_add_epi32(n, _mm256_set1_epi32(127));
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased))
            };
            let (first, second) = (power(half), power(_mm256_sub_epi32(n, half)));
            let (exact, second) = (Self(_mm256_mul_ps(self.0, first)), Self(second));
            [exact * second, exact.mul_add(second, term)]
        }
    }

    #[inline(always)]
    fn half_power_of_two(n: Self) -> Self {
        // The last bits of n + 1.5 · 2²³ are those of n as a whole number.
        unsafe {
            let biased = _mm256_add_ps(n.0, _mm256_set1_ps(12_582_912.0 + 126.0));
            Self(_mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_castps_si256(biased))))
        }
    }

    #[inline(always)]
    fn mantissa_and_exponent(self) -> (Self, Self) {
        unsafe {
            // Subnormal numbers are made normal first.
            let small = _mm256_cmp_ps::<_CMP_LT_OQ>(self.0, _mm256_set1_ps(f32::MIN_POSITIVE));
            let scaled = _mm256_mul_ps(self.0, _mm256_set1_ps(8_388_608.0));
            let x = _mm256_blendv_ps(self.0, scaled, small);
            let shift = _mm256_and_ps(small, _mm256_set1_ps(23.0));
            // Counting from 3/4 on, the exponent's bits turn over at 3/2.
            let bits = _mm256_castps_si256(x);
            let from = _mm256_sub_epi32(bits, _mm256_set1_epi32(0x3F40_0000));
            let whole = _mm256_srai_epi32::<23>(from);
            let mantissa = _mm256_sub_epi32(bits, _mm256_slli_epi32::<23>(whole));
            let exponent = _mm256_sub_ps(_mm256_cvtepi32_ps(whole), shift);
            edges_of_8(self.0, _mm256_castsi256_ps(mantissa), exponent)
        }
    }

    #[inline(always)]
    fn with_sign_of(self, sign: Self) -> Self {
        unsafe {
            let mask = _mm256_set1_ps(-0.0);
            let magnitude = _mm256_andnot_ps(mask, self.0);
            Self(_mm256_or_ps(magnitude, _mm256_and_ps(mask, sign.0)))
        }
    }

    #[inline(always)]
    fn alternate_totals(self) -> [f32; 2] {
        unsafe {
            let high = _mm256_extractf128_ps::<1>(self.0);
            let four = _mm_add_ps(_mm256_castps256_ps128(self.0), high);
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            [_mm_cvtss_f32(two), _mm_cvtss_f32(_mm_movehdup_ps(two))]
        }
    }

    #[inline(always)]
    unsafe fn transpose_strip(from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
        // Quarters are exchanged on the way in, as a load can take them from anywhere; the rest
        // is two rounds within each half.
        unsafe {
            let quarter = |row: usize| _mm_loadu_ps(from.add(row * from_row));
            let joined = |row: usize| {
                _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(quarter(row)), quarter(row + 4))
            };
            let rows = [joined(0), joined(1), joined(2), joined(3)];
            let low = _mm256_unpacklo_ps(rows[0], rows[1]);
            let high = _mm256_unpackhi_ps(rows[0], rows[1]);
            let low_next = _mm256_unpacklo_ps(rows[2], rows[3]);
            let high_next = _mm256_unpackhi_ps(rows[2], rows[3]);
            _mm256_storeu_ps(to, _mm256_shuffle_ps::<0x44>(low, low_next));
            _mm256_storeu_ps(to.add(to_row), _mm256_shuffle_ps::<0xEE>(low, low_next));
            _mm256_storeu_ps(to.add(2 * to_row), _mm256_shuffle_ps::<0x44>(high, high_next));
            _mm256_storeu_ps(to.add(3 * to_row), _mm256_shuffle_ps::<0xEE>(high, high_next));
        }
    }
}

#[inline(always)]
unsafe fn first_of_8(n: usize) -> __m256i {
    debug_assert!(n <= 8);
    unsafe { _mm256_loadu_si256(FIRST_OF_8.as_ptr().add(8 - n).cast()) }
}

/// What becomes of 0, ∞ and negative numbers.
#[inline(always)]
unsafe fn edges_of_8(x: __m256, mantissa: __m256, exponent: __m256) -> (F32x8, F32x8) {
    unsafe {
        let infinity = _mm256_set1_ps(f32::INFINITY);
        let zero = _mm256_setzero_ps();
        let is_zero = _mm256_cmp_ps::<_CMP_EQ_OQ>(x, zero);
        let is_infinite = _mm256_cmp_ps::<_CMP_EQ_OQ>(x, infinity);
        // A negative x, and NaN.
        let is_wrong = _mm256_cmp_ps::<_CMP_NGE_UQ>(x, zero);
        let exponent = _mm256_blendv_ps(exponent, _mm256_set1_ps(f32::NEG_INFINITY), is_zero);
        let exponent = _mm256_blendv_ps(exponent, infinity, is_infinite);
        (F32x8(mantissa), F32x8(_mm256_or_ps(exponent, is_wrong)))
    }
}

impl F32x8 {
    #[inline(always)]
    pub(super) fn negated(self) -> Self {
        Self(unsafe { _mm256_xor_ps(self.0, _mm256_set1_ps(-0.0)) })
    }

    #[inline(always)]
    pub(super) fn magnitude(self) -> Self {
        Self(unsafe { _mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0) })
    }

    #[inline(always)]
    fn chosen(self, other: Self, then: Self, otherwise: Self) -> Self {
        unsafe {
            let greater = _mm256_cmp_ps::<_CMP_GT_OQ>(self.0, other.0);
            Self(_mm256_blendv_ps(otherwise.0, then.0, greater))
        }
    }
}

register! {
    /// 4 `f64` in a register of AVX2.
    F64x4(__m256d) of 4 f64, 16, F64x4, "avx2,fma,bmi2", call_f64x4 product_f64x4 transpose_f64x4 products_f64x4;
    _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_add_pd _mm256_sub_pd
    _mm256_mul_pd _mm256_div_pd _mm256_sqrt_pd _mm256_fmadd_pd _mm256_max_pd _mm256_min_pd;

    entries {
        #[inline(always)]
        unsafe fn load_first(from: *const f64, n: usize) -> Self {
            Self(unsafe { _mm256_maskload_pd(from, first_of_4(n)) })
        }

        #[inline(always)]
        unsafe fn store_first(self, to: *mut f64, n: usize) {
            unsafe { _mm256_maskstore_pd(to, first_of_4(n), self.0) }
        }
    }

    #[inline(always)]
    fn of<K: Copy>(each: &Each<K>) -> K {
        each.avx2
    }

    #[inline(always)]
    fn round(self) -> Self {
        Self(unsafe { _mm256_round_pd::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0) })
    }

    #[inline(always)]
    fn times_power_of_two(self, n: Self) -> Self {
        self.times_power_of_two_and_sum(n, Self::zero())[0]
    }

    #[inline(always)]
    fn times_power_of_two_and_sum(self, n: Self, term: Self) -> [Self; 2] {
        unsafe {
            let n = _mm256_cvtpd_epi32(n.0);
            let half = _mm_srai_epi32::<1>(n);
            let power = |n| {
                let biased = _mm_add_epi32(n, _mm_set1_epi32(1023));
                _mm256_castsi256_pd(_mm256_slli_epi64::<52>(_mm256_cvtepi32_epi64(biased)))
            };
            let (first, second) = (power(half), power(_mm_sub_epi32(n, half)));
            let (exact, second) = (Self(_mm256_mul_pd(self.0, first)), Self(second));
            [exact * second, exact.mul_add(second, term)]
        }
    }

    #[inline(always)]
    fn half_power_of_two(n: Self) -> Self {
        // The last bits of n + 1.5 · 2⁵² are those of n as a whole number.
        unsafe {
            let biased = _mm256_add_pd(n.0, _mm256_set1_pd(6_755_399_441_055_744.0 + 1022.0));
            Self(_mm256_castsi256_pd(_mm256_slli_epi64::<52>(_mm256_castpd_si256(biased))))
        }
    }

    #[inline(always)]
    fn mantissa_and_exponent(self) -> (Self, Self) {
        unsafe {
            let small = _mm256_cmp_pd::<_CMP_LT_OQ>(self.0, _mm256_set1_pd(f64::MIN_POSITIVE));
            let scaled = _mm256_mul_pd(self.0, _mm256_set1_pd(4_503_599_627_370_496.0));
            let x = _mm256_blendv_pd(self.0, scaled, small);
            let shift = _mm256_and_pd(small, _mm256_set1_pd(52.0));
            // From 3/4 on, and 1024 lower so that no shift meets a negative number.
            let bits = _mm256_castpd_si256(x);
            let from = _mm256_sub_epi64(bits, _mm256_set1_epi64x(0x3FE8_0000_0000_0000 - (1024 << 52)));
            let whole = _mm256_srli_epi64::<52>(from);
            let fraction = _mm256_and_si256(from, _mm256_set1_epi64x(0x000F_FFFF_FFFF_FFFF));
            let mantissa = _mm256_add_epi64(fraction, _mm256_set1_epi64x(0x3FE8_0000_0000_0000));
            // The exponent's bits as the last ones of 2⁵² + exponent, which a subtraction frees.
            let magic = _mm256_or_si256(whole, _mm256_set1_epi64x(0x4330_0000_0000_0000));
            let bias = _mm256_add_pd(shift, _mm256_set1_pd(4_503_599_627_370_496.0 + 1024.0));
            let exponent = _mm256_sub_pd(_mm256_castsi256_pd(magic), bias);
            edges_of_4(self.0, _mm256_castsi256_pd(mantissa), exponent)
        }
    }

    #[inline(always)]
    fn with_sign_of(self, sign: Self) -> Self {
        unsafe {
            let mask = _mm256_set1_pd(-0.0);
            let magnitude = _mm256_andnot_pd(mask, self.0);
            Self(_mm256_or_pd(magnitude, _mm256_and_pd(mask, sign.0)))
        }
    }

    #[inline(always)]
    fn alternate_totals(self) -> [f64; 2] {
        unsafe {
            let high = _mm256_extractf128_pd::<1>(self.0);
            let two = _mm_add_pd(_mm256_castpd256_pd128(self.0), high);
            [_mm_cvtsd_f64(two), _mm_cvtsd_f64(_mm_unpackhi_pd(two, two))]
        }
    }

    #[inline(always)]
    fn totals(registers: &[Self]) -> Self {
        assert!(registers.len() <= 4);
        let mut four = [Self::splat(0.0); 4];
        for (four, register) in four.iter_mut().zip(registers) {
            *four = *register;
        }
        unsafe {
            // Sums of pairs of a and b in turn, in either half. What stays where it is is chosen, as every
            // unit can do, and not shuffled.
            let pairs = |a, b| {
                _mm256_add_pd(_mm256_blend_pd::<0b1010>(a, b), _mm256_shuffle_pd::<0b0101>(a, b))
            };
            let (first, second) = (pairs(four[0].0, four[1].0), pairs(four[2].0, four[3].0));
            let crossed = _mm256_permute2f128_pd::<0x21>(first, second);
            Self(_mm256_add_pd(_mm256_blend_pd::<0b1100>(first, second), crossed))
        }
    }

    #[inline(always)]
    unsafe fn transpose_strip(from: *const f64, from_row: usize, to: *mut f64, to_row: usize) {
        unsafe {
            let half = |row: usize| _mm_loadu_pd(from.add(row * from_row));
            let first = _mm256_insertf128_pd::<1>(_mm256_castpd128_pd256(half(0)), half(2));
            let second = _mm256_insertf128_pd::<1>(_mm256_castpd128_pd256(half(1)), half(3));
            _mm256_storeu_pd(to, _mm256_unpacklo_pd(first, second));
            _mm256_storeu_pd(to.add(to_row), _mm256_unpackhi_pd(first, second));
        }
    }
}

#[inline(always)]
unsafe fn first_of_4(n: usize) -> __m256i {
    debug_assert!(n <= 4);
    unsafe { _mm256_loadu_si256(FIRST_OF_4.as_ptr().add(4 - n).cast()) }
}

/// What becomes of 0, ∞ and negative numbers.
#[inline(always)]
unsafe fn edges_of_4(x: __m256d, mantissa: __m256d, exponent: __m256d) -> (F64x4, F64x4) {
    unsafe {
        let infinity = _mm256_set1_pd(f64::INFINITY);
        let zero = _mm256_setzero_pd();
        let is_zero = _mm256_cmp_pd::<_CMP_EQ_OQ>(x, zero);
        let is_infinite = _mm256_cmp_pd::<_CMP_EQ_OQ>(x, infinity);
        // A negative x, and NaN.
        let is_wrong = _mm256_cmp_pd::<_CMP_NGE_UQ>(x, zero);
        let exponent = _mm256_blendv_pd(exponent, _mm256_set1_pd(f64::NEG_INFINITY), is_zero);
        let exponent = _mm256_blendv_pd(exponent, infinity, is_infinite);
        (F64x4(mantissa), F64x4(_mm256_or_pd(exponent, is_wrong)))
    }
}

impl F64x4 {
    #[inline(always)]
    pub(super) fn negated(self) -> Self {
        Self(unsafe { _mm256_xor_pd(self.0, _mm256_set1_pd(-0.0)) })
    }

    #[inline(always)]
    pub(super) fn magnitude(self) -> Self {
        Self(unsafe { _mm256_andnot_pd(_mm256_set1_pd(-0.0), self.0) })
    }

    #[inline(always)]
    fn chosen(self, other: Self, then: Self, otherwise: Self) -> Self {
        unsafe {
            let greater = _mm256_cmp_pd::<_CMP_GT_OQ>(self.0, other.0);
            Self(_mm256_blendv_pd(otherwise.0, then.0, greater))
        }
    }
}
