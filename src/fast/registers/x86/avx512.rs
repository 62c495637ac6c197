//! Registers of AVX-512, whole and half.
#![allow(clippy::undocumented_unsafe_blocks, reason = "said once, in `x86.rs`, for all of them")]

use core::arch::x86_64::*;
use core::ops::{Add, Div, Mul, Neg, Sub};

use super::{F32x8, F64x4};
use crate::fast::product::{Product, Transpose};
use crate::fast::registers::{Each, Entries, Float, Lanes, Task};
use crate::real::Real;

register! {
    /// 16 `f32` in a register of AVX-512.
    F32x16(__m512) of 16 f32, 32, F32x8Vl,
    "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2", call_f32x16 product_f32x16 transpose_f32x16 products_f32x16;
    _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_add_ps _mm512_sub_ps
    _mm512_mul_ps _mm512_div_ps _mm512_sqrt_ps _mm512_fmadd_ps _mm512_max_ps _mm512_min_ps;

    entries {
        #[inline(always)]
        unsafe fn load_first(from: *const f32, n: usize) -> Self {
            Self(unsafe { _mm512_maskz_loadu_ps(_bzhi_u32(u32::MAX, n as u32) as u16, from) })
        }

        #[inline(always)]
        unsafe fn store_first(self, to: *mut f32, n: usize) {
            unsafe { _mm512_mask_storeu_ps(to, _bzhi_u32(u32::MAX, n as u32) as u16, self.0) }
        }
    }

    #[inline(always)]
    fn of<K: Copy>(each: &Each<K>) -> K {
        each.avx512
    }

    #[inline(always)]
    fn round(self) -> Self {
        Self(unsafe { _mm512_roundscale_ps::<0>(self.0) })
    }

    #[inline(always)]
    fn times_power_of_two(self, n: Self) -> Self {
        Self(unsafe { _mm512_scalef_ps(self.0, n.0) })
    }

    #[inline(always)]
    fn times_power_of_two_and_sum(self, n: Self, term: Self) -> [Self; 2] {
        let power = Self::one().times_power_of_two(n);
        [self.times_power_of_two(n), self.mul_add(power, term)]
    }

    #[inline(always)]
    fn half_power_of_two(n: Self) -> Self {
        Self(unsafe { _mm512_scalef_ps(_mm512_set1_ps(0.5), n.0) })
    }

    #[inline(always)]
    fn mantissa_and_exponent(self) -> (Self, Self) {
        // The mantissa between 3/4 and 3/2, NaN for a negative number. getexp takes 1 off below
        // 1, for the mantissa as for x.
        unsafe {
            let mantissa = _mm512_getmant_ps::<_MM_MANT_NORM_P75_1P5, _MM_MANT_SIGN_NAN>(self.0);
            let exponent = _mm512_sub_ps(_mm512_getexp_ps(self.0), _mm512_getexp_ps(mantissa));
            (Self(mantissa), Self(exponent))
        }
    }

    #[inline(always)]
    fn with_sign_of(self, sign: Self) -> Self {
        // Where the mask is 1 the sign's bit, elsewhere the magnitude's: a ternary logic of both.
        unsafe {
            Self(_mm512_castsi512_ps(_mm512_ternarylogic_epi32::<0xCA>(
                _mm512_set1_epi32(i32::MIN),
                _mm512_castps_si512(sign.0),
                _mm512_castps_si512(self.0),
            )))
        }
    }

    #[inline(always)]
    fn alternate_totals(self) -> [f32; 2] {
        unsafe {
            let high = _mm512_extractf32x8_ps::<1>(self.0);
            F32x8(_mm256_add_ps(_mm512_castps512_ps256(self.0), high)).alternate_totals()
        }
    }
}

impl F32x16 {
    #[inline(always)]
    fn negated(self) -> Self {
        Self(unsafe { _mm512_xor_ps(self.0, _mm512_set1_ps(-0.0)) })
    }

    #[inline(always)]
    fn magnitude(self) -> Self {
        Self(unsafe { _mm512_abs_ps(self.0) })
    }

    #[inline(always)]
    fn chosen(self, other: Self, then: Self, otherwise: Self) -> Self {
        unsafe {
            let greater = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(self.0, other.0);
            Self(_mm512_mask_blend_ps(greater, otherwise.0, then.0))
        }
    }
}

register! {
    /// 8 `f64` in a register of AVX-512.
    F64x8(__m512d) of 8 f64, 32, F64x4Vl,
    "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2", call_f64x8 product_f64x8 transpose_f64x8 products_f64x8;
    _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd _mm512_add_pd _mm512_sub_pd
    _mm512_mul_pd _mm512_div_pd _mm512_sqrt_pd _mm512_fmadd_pd _mm512_max_pd _mm512_min_pd;

    entries {
        #[inline(always)]
        unsafe fn load_first(from: *const f64, n: usize) -> Self {
            Self(unsafe { _mm512_maskz_loadu_pd(_bzhi_u32(u32::MAX, n as u32) as u8, from) })
        }

        #[inline(always)]
        unsafe fn store_first(self, to: *mut f64, n: usize) {
            unsafe { _mm512_mask_storeu_pd(to, _bzhi_u32(u32::MAX, n as u32) as u8, self.0) }
        }
    }

    #[inline(always)]
    fn of<K: Copy>(each: &Each<K>) -> K {
        each.avx512
    }

    #[inline(always)]
    fn round(self) -> Self {
        Self(unsafe { _mm512_roundscale_pd::<0>(self.0) })
    }

    #[inline(always)]
    fn times_power_of_two(self, n: Self) -> Self {
        Self(unsafe { _mm512_scalef_pd(self.0, n.0) })
    }

    #[inline(always)]
    fn times_power_of_two_and_sum(self, n: Self, term: Self) -> [Self; 2] {
        let power = Self::one().times_power_of_two(n);
        [self.times_power_of_two(n), self.mul_add(power, term)]
    }

    #[inline(always)]
    fn half_power_of_two(n: Self) -> Self {
        Self(unsafe { _mm512_scalef_pd(_mm512_set1_pd(0.5), n.0) })
    }

    #[inline(always)]
    fn mantissa_and_exponent(self) -> (Self, Self) {
        // The mantissa between 3/4 and 3/2, NaN for a negative number. getexp takes 1 off below
        // 1, for the mantissa as for x.
        unsafe {
            let mantissa = _mm512_getmant_pd::<_MM_MANT_NORM_P75_1P5, _MM_MANT_SIGN_NAN>(self.0);
            let exponent = _mm512_sub_pd(_mm512_getexp_pd(self.0), _mm512_getexp_pd(mantissa));
            (Self(mantissa), Self(exponent))
        }
    }

    #[inline(always)]
    fn with_sign_of(self, sign: Self) -> Self {
        unsafe {
            Self(_mm512_castsi512_pd(_mm512_ternarylogic_epi64::<0xCA>(
                _mm512_set1_epi64(i64::MIN),
                _mm512_castpd_si512(sign.0),
                _mm512_castpd_si512(self.0),
            )))
        }
    }

    #[inline(always)]
    fn alternate_totals(self) -> [f64; 2] {
        unsafe {
            let high = _mm512_extractf64x4_pd::<1>(self.0);
            F64x4(_mm256_add_pd(_mm512_castpd512_pd256(self.0), high)).alternate_totals()
        }
    }
}

impl F64x8 {
    #[inline(always)]
    fn negated(self) -> Self {
        Self(unsafe { _mm512_xor_pd(self.0, _mm512_set1_pd(-0.0)) })
    }

    #[inline(always)]
    fn magnitude(self) -> Self {
        Self(unsafe { _mm512_abs_pd(self.0) })
    }

    #[inline(always)]
    fn chosen(self, other: Self, then: Self, otherwise: Self) -> Self {
        unsafe {
            let greater = _mm512_cmp_pd_mask::<_CMP_GT_OQ>(self.0, other.0);
            Self(_mm512_mask_blend_pd(greater, otherwise.0, then.0))
        }
    }
}

register! {
    /// 8 `f32` in half a register of AVX-512 (VL).
    F32x8Vl(__m256) of 8 f32, 32, F32x8Vl,
    "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2", call_f32x8vl product_f32x8vl transpose_f32x8vl products_f32x8;
    _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_add_ps _mm256_sub_ps
    _mm256_mul_ps _mm256_div_ps _mm256_sqrt_ps _mm256_fmadd_ps _mm256_max_ps _mm256_min_ps;

    entries {
        #[inline(always)]
        unsafe fn load_first(from: *const f32, n: usize) -> Self {
            Self(unsafe { _mm256_maskz_loadu_ps(_bzhi_u32(u32::MAX, n as u32) as u8, from) })
        }

        #[inline(always)]
        unsafe fn store_first(self, to: *mut f32, n: usize) {
            unsafe { _mm256_mask_storeu_ps(to, _bzhi_u32(u32::MAX, n as u32) as u8, self.0) }
        }
    }

    const SHORT: bool = true;

    #[inline(always)]
    fn of<K: Copy>(each: &Each<K>) -> K {
        each.avx512
    }

    #[inline(always)]
    fn round(self) -> Self {
        Self(unsafe { _mm256_roundscale_ps::<0>(self.0) })
    }

    #[inline(always)]
    fn times_power_of_two(self, n: Self) -> Self {
        Self(unsafe { _mm256_scalef_ps(self.0, n.0) })
    }

    #[inline(always)]
    fn times_power_of_two_and_sum(self, n: Self, term: Self) -> [Self; 2] {
        let power = Self::one().times_power_of_two(n);
        [self.times_power_of_two(n), self.mul_add(power, term)]
    }

    #[inline(always)]
    fn half_power_of_two(n: Self) -> Self {
        Self(unsafe { _mm256_scalef_ps(_mm256_set1_ps(0.5), n.0) })
    }

    #[inline(always)]
    fn mantissa_and_exponent(self) -> (Self, Self) {
        // The mantissa between 3/4 and 3/2, NaN for a negative number. getexp takes 1 off below
        // 1, for the mantissa as for x.
        unsafe {
            let mantissa = _mm256_getmant_ps::<_MM_MANT_NORM_P75_1P5, _MM_MANT_SIGN_NAN>(self.0);
            let exponent = _mm256_sub_ps(_mm256_getexp_ps(self.0), _mm256_getexp_ps(mantissa));
            (Self(mantissa), Self(exponent))
        }
    }

    #[inline(always)]
    fn with_sign_of(self, sign: Self) -> Self {
        Self(F32x8(self.0).with_sign_of(F32x8(sign.0)).0)
    }

    #[inline(always)]
    fn alternate_totals(self) -> [f32; 2] {
        F32x8(self.0).alternate_totals()
    }

    #[inline(always)]
    unsafe fn transpose_strip(from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
        unsafe { F32x8::transpose_strip(from, from_row, to, to_row) }
    }
}

impl F32x8Vl {
    #[inline(always)]
    fn negated(self) -> Self {
        Self(F32x8(self.0).negated().0)
    }

    #[inline(always)]
    fn magnitude(self) -> Self {
        Self(F32x8(self.0).magnitude().0)
    }

    #[inline(always)]
    fn chosen(self, other: Self, then: Self, otherwise: Self) -> Self {
        unsafe {
            let greater = _mm256_cmp_ps_mask::<_CMP_GT_OQ>(self.0, other.0);
            Self(_mm256_mask_blend_ps(greater, otherwise.0, then.0))
        }
    }
}

register! {
    /// 4 `f64` in half a register of AVX-512 (VL).
    F64x4Vl(__m256d) of 4 f64, 32, F64x4Vl,
    "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2", call_f64x4vl product_f64x4vl transpose_f64x4vl products_f64x4;
    _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_add_pd _mm256_sub_pd
    _mm256_mul_pd _mm256_div_pd _mm256_sqrt_pd _mm256_fmadd_pd _mm256_max_pd _mm256_min_pd;

    entries {
        #[inline(always)]
        unsafe fn load_first(from: *const f64, n: usize) -> Self {
            Self(unsafe { _mm256_maskz_loadu_pd(_bzhi_u32(u32::MAX, n as u32) as u8, from) })
        }

        #[inline(always)]
        unsafe fn store_first(self, to: *mut f64, n: usize) {
            unsafe { _mm256_mask_storeu_pd(to, _bzhi_u32(u32::MAX, n as u32) as u8, self.0) }
        }
    }

    const SHORT: bool = true;

    #[inline(always)]
    fn of<K: Copy>(each: &Each<K>) -> K {
        each.avx512
    }

    #[inline(always)]
    fn round(self) -> Self {
        Self(unsafe { _mm256_roundscale_pd::<0>(self.0) })
    }

    #[inline(always)]
    fn times_power_of_two(self, n: Self) -> Self {
        Self(unsafe { _mm256_scalef_pd(self.0, n.0) })
    }

    #[inline(always)]
    fn times_power_of_two_and_sum(self, n: Self, term: Self) -> [Self; 2] {
        let power = Self::one().times_power_of_two(n);
        [self.times_power_of_two(n), self.mul_add(power, term)]
    }

    #[inline(always)]
    fn half_power_of_two(n: Self) -> Self {
        Self(unsafe { _mm256_scalef_pd(_mm256_set1_pd(0.5), n.0) })
    }

    #[inline(always)]
    fn mantissa_and_exponent(self) -> (Self, Self) {
        // The mantissa between 3/4 and 3/2, NaN for a negative number. getexp takes 1 off below
        // 1, for the mantissa as for x.
        unsafe {
            let mantissa = _mm256_getmant_pd::<_MM_MANT_NORM_P75_1P5, _MM_MANT_SIGN_NAN>(self.0);
            let exponent = _mm256_sub_pd(_mm256_getexp_pd(self.0), _mm256_getexp_pd(mantissa));
            (Self(mantissa), Self(exponent))
        }
    }

    #[inline(always)]
    fn with_sign_of(self, sign: Self) -> Self {
        Self(F64x4(self.0).with_sign_of(F64x4(sign.0)).0)
    }

    #[inline(always)]
    fn alternate_totals(self) -> [f64; 2] {
        F64x4(self.0).alternate_totals()
    }

    #[inline(always)]
    fn totals(registers: &[Self]) -> Self {
        assert!(registers.len() <= 4);
        let mut four = [F64x4::splat(0.0); 4];
        for (four, register) in four.iter_mut().zip(registers) {
            *four = F64x4(register.0);
        }
        Self(F64x4::totals(&four).0)
    }

    #[inline(always)]
    unsafe fn transpose_strip(from: *const f64, from_row: usize, to: *mut f64, to_row: usize) {
        unsafe { F64x4::transpose_strip(from, from_row, to, to_row) }
    }
}

impl F64x4Vl {
    #[inline(always)]
    fn negated(self) -> Self {
        Self(F64x4(self.0).negated().0)
    }

    #[inline(always)]
    fn magnitude(self) -> Self {
        Self(F64x4(self.0).magnitude().0)
    }

    #[inline(always)]
    fn chosen(self, other: Self, then: Self, otherwise: Self) -> Self {
        unsafe {
            let greater = _mm256_cmp_pd_mask::<_CMP_GT_OQ>(self.0, other.0);
            Self(_mm256_mask_blend_pd(greater, otherwise.0, then.0))
        }
    }
}
