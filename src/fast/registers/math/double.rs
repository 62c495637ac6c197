//! `f64`: the formulas of `f32`, with longer series. The largest errors are those of ten
//! million inputs of all kinds.

use core::f64::consts::{LN_2, LOG2_E};

use crate::fast::registers::Lanes;

// ln 2 = LN_2_HIGH + LN_2_LOW. The first has 32 bits: its product with an exponent is exact, also
// where there is no fused multiply-add. The second is positive, so that both agree at n = ±∞.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

// eʳ = 1 + r + r² (E[0] + E[1] r + …) for |r| ≤ ½ ln 2: eʳ − 1 within 1.9e-17 of itself.
const E: [f64; 10] = [
    0.500_000_000_000_000_6,
    0.166_666_666_666_666_13,
    0.041_666_666_666_573_83,
    0.008_333_333_333_374_281,
    0.001_388_888_893_229_501_4,
    0.000_198_412_697_522_448_46,
    2.480_150_454_854_912_2e-5,
    2.755_737_772_542_966_7e-6,
    2.762_628_755_632_639e-7,
    2.506_324_653_078_953e-8,
];

// tanh y = y (1 + ODD[0] y² + …)/(1 + EVEN[0] y² + …) for |y| ≤ ¼ ln 2, within 5.5e-18.
const ODD: [f64; 2] = [0.111_099_375_667_102_5, 0.001_057_419_258_796_099_1];
const EVEN: [f64; 2] = [0.444_432_709_000_430_1, 0.015_868_322_260_805_767];

// 2 artanh(½w) = w (1 + w²/4 (LN[0] + LN[1] w²/4 + …)) for w/2 from −1/7 to 1/5, within 1.5e-17.
const LN: [f64; 7] = [
    0.333_333_333_333_363_46,
    0.199_999_999_980_857_9,
    0.142_857_146_968_160_76,
    0.111_110_693_135_223_34,
    0.090_931_756_590_585_76,
    0.076_251_382_226_045_38,
    0.076_837_794_103_599_44,
];

// The same for w/2 from 0 to 1/3, within 1.3e-18.
const TAIL: [f64; 10] = [
    0.333_333_333_333_331_54,
    0.200_000_000_000_778_6,
    0.142_857_142_740_276_08,
    0.111_111_119_784_660_41,
    0.090_908_721_895_698,
    0.076_932_751_348_441_17,
    0.066_505_496_289_220_98,
    0.060_525_522_291_232_07,
    0.041_721_634_866_105_23,
    0.085_054_373_871_119_58,
];

/// low + high · x.
#[inline(always)]
fn line<V: Lanes<Scalar = f64>>(x: V, low: f64, high: f64) -> V {
    V::splat(high).mul_add(x, V::splat(low))
}

/// `x` held within [`low`, `high`]; a NaN stays a NaN.
#[inline(always)]
fn clamped<V: Lanes<Scalar = f64>>(x: V, low: f64, high: f64) -> V {
    V::splat(high).min(V::splat(low).max(x))
}

/// (n, r) with x = n ln 2 + r and |r| ≤ ½ ln 2 (Cody and Waite).
#[inline(always)]
fn reduced<V: Lanes<Scalar = f64>>(x: V) -> (V, V) {
    let n = (x * V::splat(LOG2_E)).round();
    let r = n.mul_add(V::splat(-LN_2_HIGH), x);
    (n, n.mul_add(V::splat(-LN_2_LOW), r))
}

/// start + r² (E[0] + E[1] r + …): eʳ from 1 + r, eʳ − 1 from r.
#[inline(always)]
fn exp_series<V: Lanes<Scalar = f64>>(r: V, start: V) -> V {
    let r2 = r * r;
    let r4 = r2 * r2;
    let low = line(r, E[0], E[1]).mul_add(r2, start);
    let middle = line(r, E[4], E[5]).mul_add(r2, line(r, E[2], E[3]));
    let high = line(r, E[8], E[9]).mul_add(r2, line(r, E[6], E[7]));
    high.mul_add(r4, middle).mul_add(r4, low)
}

/// (u, v) with eʳ = u/v: with tanh ½r = b/a it is (a + b)/(a − b). Half as many terms as the
/// series, and a quotient that takes it in has one division anyway.
#[inline(always)]
fn exp_ratio<V: Lanes<Scalar = f64>>(r: V) -> (V, V) {
    let r2 = r * r;
    let a = line(r2, EVEN[0] / 4.0, EVEN[1] / 16.0).mul_add(r2, V::splat(1.0));
    let b_by_r = line(r2, ODD[0] / 8.0, ODD[1] / 32.0).mul_add(r2, V::splat(0.5));
    (b_by_r.mul_add(r, a), b_by_r.mul_add(-r, a))
}

/// eˣ = 2ⁿ eʳ with x = n ln 2 + r.
///
/// Error: 1.73 ulp portably, 1.72 with AVX2 and AVX-512.
#[inline(always)]
pub(super) fn exp<V: Lanes<Scalar = f64>>(x: V) -> V {
    let (n, r) = reduced(clamped(x, -760.0, 720.0));
    exp_series(r, V::splat(1.0) + r).times_power_of_two(n)
}

/// eˣ − 1 = 2ⁿ (eʳ − 1) + (2ⁿ − 1) with x = n ln 2 + r, and x itself where x² no longer counts.
///
/// Error: 2.99 ulp portably, 2.86 with AVX2 and AVX-512.
#[inline(always)]
pub(super) fn exp_m1<V: Lanes<Scalar = f64>>(x: V) -> V {
    let (n, r) = reduced(clamped(x, -40.0, 710.0));
    // Half of everything, as 2ⁿ may be 2¹⁰²⁴.
    let power = V::half_power_of_two(n);
    let half = power.mul_add(exp_series(r, r), power - V::splat(0.5));
    x.abs().select_gt(V::splat(f64::EPSILON / 4.0), half + half, x)
}

/// n ln 2 + ln(1 + f) for f from −¼ to ½, where ln(1 + f) = 2 artanh(½w) with w = f/(1 + ½f).
#[inline(always)]
fn ln_series<V: Lanes<Scalar = f64>>(n: V, f: V) -> V {
    let w = f / f.mul_add(V::splat(0.5), V::splat(1.0));
    let w2 = w * w;
    let w4 = w2 * w2;
    let low = line(w2, LN[0] / 4.0, LN[1] / 16.0);
    let middle = line(w2, LN[2] / 64.0, LN[3] / 256.0);
    let high = line(w2, LN[4] / 1024.0, LN[5] / 4096.0);
    let high = V::splat(LN[6] / 16_384.0).mul_add(w4, high);
    let series = high.mul_add(w4, middle).mul_add(w4, low);
    let rest = (w * w2).mul_add(series, n.mul_add(V::splat(LN_2_LOW), w));
    n.mul_add(V::splat(LN_2_HIGH), rest)
}

/// ln x = n ln 2 + ln m with x = m · 2ⁿ.
///
/// Error: 2.09 ulp on every set.
#[inline(always)]
pub(super) fn ln<V: Lanes<Scalar = f64>>(x: V) -> V {
    let (m, n) = x.mantissa_and_exponent();
    ln_series(n, m - V::splat(1.0))
}

/// ln(1 + x) = n ln 2 + ln(1 + f) with 1 + x = 2ⁿ (1 + f). What the sum 1 + x loses is added to
/// f: for n = 0 it is x, exactly.
///
/// Error: 2.09 ulp on every set.
#[inline(always)]
pub(super) fn ln_1p<V: Lanes<Scalar = f64>>(x: V) -> V {
    let one = V::splat(1.0);
    let sum = one + x;
    let lost = x - (sum - one);
    let (m, n) = sum.mantissa_and_exponent();
    // Beyond these bounds nothing was lost.
    let scale = V::half_power_of_two(clamped(one - n, -1021.0, 60.0));
    let result = ln_series(n, lost.mul_add(scale, m - one)).with_sign_of(x);
    x.select_gt(V::splat(f64::MAX), x, result)
}

/// tanh |x| = (e²ˣ − 1)/(e²ˣ + 1), with e²ˣ = 2ⁿ (a + b)/(a − b), tanh y = b/a and
/// |x| = ½n ln 2 + y: (k (a + b) + b)/(k (a + b) + a) with k = ½ (2ⁿ − 1). Nothing cancels:
/// for n = 0 it is b/a; for large n the error of a + b is above and below alike. As rounding
/// keeps b ≤ a in order, the result is never above 1.
///
/// Error: 3.42 ulp on every set.
#[inline(always)]
pub(super) fn tanh<V: Lanes<Scalar = f64>>(x: V) -> V {
    let size = V::splat(20.0).min(x.abs());
    // ln 2 in one piece: what that costs, y, counts little beside 2ⁿ.
    let n = (size * V::splat(2.0 * LOG2_E)).round();
    let y = n.mul_add(V::splat(-0.5 * LN_2), size);
    let y2 = y * y;
    let a = line(y2, EVEN[0], EVEN[1]).mul_add(y2, V::splat(1.0));
    let b = line(y2, ODD[0], ODD[1]).mul_add(y * y2, y);
    let k = V::half_power_of_two(n) - V::splat(0.5);
    let sum = a + b;
    (k.mul_add(sum, b) / k.mul_add(sum, a)).with_sign_of(x)
}

/// 1/(1 + e⁻ˣ) = 2ⁿ u/(2ⁿ u + v) with eˣ = 2ⁿ u/v: also where that is subnormal.
///
/// Error: 2.51 ulp portably, 2.43 with AVX2 and AVX-512.
#[inline(always)]
pub(super) fn sigmoid<V: Lanes<Scalar = f64>>(x: V) -> V {
    let (n, r) = reduced(x);
    let (u, v) = exp_ratio(r);
    let [u, sum] = u.times_power_of_two_and_sum(n, v);
    // From -760 to 40. Beyond it is 0 or 1, for which nothing waits; NaN stays NaN.
    let distance = (x + V::splat(360.0)).abs();
    V::splat(400.0).select_gt(distance, u / sum, clamped(x, 0.0, 1.0))
}

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e) with e = e^(−|x|) = 2ⁿ u/v, and ln(1 + e) = 2 artanh(½w) with
/// w = e/(1 + ½e) = 2ⁿ u/(v + ½ 2ⁿ u). Its series starts with w, which is added to max(x, 0) first.
///
/// Error: 2.89 ulp portably, 2.82 with AVX2 and AVX-512.
#[inline(always)]
pub(super) fn softplus<V: Lanes<Scalar = f64>>(x: V) -> V {
    let (n, r) = reduced(V::splat(-760.0).max(-x.abs()));
    let (u, v) = exp_ratio(r);
    let u = u.times_power_of_two(n);
    let w = u / u.mul_add(V::splat(0.5), v);
    let w2 = w * w;
    let w4 = w2 * w2;
    let low = line(w2, TAIL[0] / 4.0, TAIL[1] / 16.0);
    let low = line(w2, TAIL[2] / 64.0, TAIL[3] / 256.0).mul_add(w4, low);
    let high = line(w2, TAIL[4] / 1024.0, TAIL[5] / 4096.0);
    let high = line(w2, TAIL[6] / 16_384.0, TAIL[7] / 65_536.0).mul_add(w4, high);
    let top = line(w2, TAIL[8] / 262_144.0, TAIL[9] / 1_048_576.0);
    let w8 = w4 * w4;
    let series = top.mul_add(w8, high).mul_add(w8, low);
    (w * w2).mul_add(series, V::splat(0.0).max(x) + w)
}
