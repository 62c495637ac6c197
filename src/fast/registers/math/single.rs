//! `f32`: the largest errors are those of all 2³² values.

use core::f32::consts::{LN_2, LOG2_E};

use crate::fast::registers::Lanes;

// ln 2 = LN_2_HIGH + LN_2_LOW. The first has 15 bits: its product with an exponent is exact, also
// where there is no fused multiply-add. The second is positive, so that both agree at n = ±∞.
const LN_2_HIGH: f32 = 0.693_145_75;
const LN_2_LOW: f32 = 1.428_606_8e-6;

// eʳ = 1 + r + r² (E[0] + E[1] r + …) for |r| ≤ ½ ln 2: eʳ − 1 within 1.4e-8 of itself.
const E: [f32; 5] = [0.499_999_97, 0.166_665_45, 0.041_667_5, 0.008_366_397, 0.001_386_485];

// tanh y = y (1 + ODD y²)/(1 + EVEN y²) for |y| ≤ ¼ ln 2, within 7.1e-10.
const ODD: f32 = 0.066_587_135;
const EVEN: f32 = 0.399_920_23;

// ln(1 + f) = f + f² (LN[0] + LN[1] f + …) for f from −¼ to ½, within 5.0e-9.
const LN: [f32; 9] = [
    -0.5,
    0.333_334_5,
    -0.250_001,
    0.199_908_11,
    -0.166_471_47,
    0.144_788_3,
    -0.131_626_62,
    0.104_626_44,
    -0.045_051_88,
];

// ln(1 + e) = e − e² (TAIL[0] + TAIL[1] e + …) for e from 0 to 1, within 3.3e-8.
const TAIL: [f32; 8] = [
    0.499_996_48,
    -0.333_213_3,
    0.248_572_16,
    -0.191_538_32,
    0.137_541_26,
    -0.079_207_8,
    0.030_067_494,
    -0.005_365_182,
];

/// low + high · x.
#[inline(always)]
fn line<V: Lanes<Scalar = f32>>(x: V, low: f32, high: f32) -> V {
    V::splat(high).mul_add(x, V::splat(low))
}

/// `x` held within [`low`, `high`]; a NaN stays a NaN.
#[inline(always)]
fn clamped<V: Lanes<Scalar = f32>>(x: V, low: f32, high: f32) -> V {
    V::splat(high).min(V::splat(low).max(x))
}

/// (n, r) with x = n ln 2 + r and |r| ≤ ½ ln 2 (Cody and Waite).
#[inline(always)]
fn reduced<V: Lanes<Scalar = f32>>(x: V) -> (V, V) {
    let n = (x * V::splat(LOG2_E)).round();
    let r = n.mul_add(V::splat(-LN_2_HIGH), x);
    (n, n.mul_add(V::splat(-LN_2_LOW), r))
}

/// start + r² (E[0] + E[1] r + …): eʳ from 1 + r, eʳ − 1 from r.
#[inline(always)]
fn exp_series<V: Lanes<Scalar = f32>>(r: V, start: V) -> V {
    let r2 = r * r;
    let low = line(r, E[0], E[1]).mul_add(r2, start);
    let high = V::splat(E[4]).mul_add(r2, line(r, E[2], E[3]));
    high.mul_add(r2 * r2, low)
}

/// (u, v) with eʳ = u/v: with tanh ½r = b/a it is (a + b)/(a − b). No less accurate than
/// the series, and a quotient that takes it in has one division anyway.
#[inline(always)]
fn exp_ratio<V: Lanes<Scalar = f32>>(r: V) -> (V, V) {
    let r2 = r * r;
    let a = line(r2, 1.0, EVEN / 4.0);
    let b_by_r = line(r2, 0.5, ODD / 8.0);
    (b_by_r.mul_add(r, a), b_by_r.mul_add(-r, a))
}

/// eˣ = 2ⁿ eʳ with x = n ln 2 + r.
///
/// Error: 1.78 ulp portably, 1.75 with AVX2 and AVX-512.
#[inline(always)]
pub(super) fn exp<V: Lanes<Scalar = f32>>(x: V) -> V {
    let (n, r) = reduced(clamped(x, -110.0, 100.0));
    exp_series(r, V::splat(1.0) + r).times_power_of_two(n)
}

/// eˣ − 1 = 2ⁿ (eʳ − 1) + (2ⁿ − 1) with x = n ln 2 + r, and x itself where x² no longer counts.
///
/// Error: 2.59 ulp portably, 2.46 with AVX2 and AVX-512.
#[inline(always)]
pub(super) fn exp_m1<V: Lanes<Scalar = f32>>(x: V) -> V {
    let (n, r) = reduced(clamped(x, -20.0, 89.0));
    // Half of everything, as 2ⁿ may be 2¹²⁸.
    let power = V::half_power_of_two(n);
    let half = power.mul_add(exp_series(r, r), power - V::splat(0.5));
    x.abs().select_gt(V::splat(f32::EPSILON / 4.0), half + half, x)
}

/// n ln 2 + ln(1 + f) for f from −¼ to ½.
#[inline(always)]
fn ln_series<V: Lanes<Scalar = f32>>(n: V, f: V) -> V {
    let f2 = f * f;
    let low = line(f, LN[2], LN[3]).mul_add(f2, line(f, LN[0], LN[1]));
    let high = V::splat(LN[8]).mul_add(f2, line(f, LN[6], LN[7]));
    let high = high.mul_add(f2, line(f, LN[4], LN[5]));
    let series = high.mul_add(f2 * f2, low);
    let rest = f2.mul_add(series, n.mul_add(V::splat(LN_2_LOW), f));
    n.mul_add(V::splat(LN_2_HIGH), rest)
}

/// ln x = n ln 2 + ln m with x = m · 2ⁿ.
///
/// Error: 1.10 ulp portably, 1.02 with AVX2 and AVX-512.
#[inline(always)]
pub(super) fn ln<V: Lanes<Scalar = f32>>(x: V) -> V {
    let (m, n) = x.mantissa_and_exponent();
    ln_series(n, m - V::splat(1.0))
}

/// ln(1 + x) = n ln 2 + ln(1 + f) with 1 + x = 2ⁿ (1 + f). What the sum 1 + x loses is added to
/// f: for n = 0 it is x, exactly.
///
/// Error: 1.27 ulp on every set.
#[inline(always)]
pub(super) fn ln_1p<V: Lanes<Scalar = f32>>(x: V) -> V {
    let one = V::splat(1.0);
    let sum = one + x;
    let lost = x - (sum - one);
    let (m, n) = sum.mantissa_and_exponent();
    // Beyond these bounds nothing was lost.
    let scale = V::half_power_of_two(clamped(one - n, -125.0, 30.0));
    let result = ln_series(n, lost.mul_add(scale, m - one)).with_sign_of(x);
    x.select_gt(V::splat(f32::MAX), x, result)
}

/// tanh |x| = (e²ˣ − 1)/(e²ˣ + 1), with e²ˣ = 2ⁿ (a + b)/(a − b), tanh y = b/a and
/// |x| = ½n ln 2 + y: (k (a + b) + b)/(k (a + b) + a) with k = ½ (2ⁿ − 1). Nothing cancels:
/// for n = 0 it is b/a; for large n the error of a + b is above and below alike. As rounding
/// keeps b ≤ a in order, the result is never above 1.
///
/// Error: 3.15 ulp on every set.
#[inline(always)]
pub(super) fn tanh<V: Lanes<Scalar = f32>>(x: V) -> V {
    let size = V::splat(10.0).min(x.abs());
    // ln 2 in one piece: what that costs, y, counts little beside 2ⁿ.
    let n = (size * V::splat(2.0 * LOG2_E)).round();
    let y = n.mul_add(V::splat(-0.5 * LN_2), size);
    let y2 = y * y;
    let a = line(y2, 1.0, EVEN);
    let b = V::splat(ODD).mul_add(y * y2, y);
    let k = V::half_power_of_two(n) - V::splat(0.5);
    let sum = a + b;
    (k.mul_add(sum, b) / k.mul_add(sum, a)).with_sign_of(x)
}

/// 1/(1 + e⁻ˣ) = 2ⁿ u/(2ⁿ u + v) with eˣ = 2ⁿ u/v: also where that is subnormal.
///
/// Error: 2.67 ulp portably, 2.46 with AVX2 and AVX-512.
#[inline(always)]
pub(super) fn sigmoid<V: Lanes<Scalar = f32>>(x: V) -> V {
    let (n, r) = reduced(x);
    let (u, v) = exp_ratio(r);
    let [u, sum] = u.times_power_of_two_and_sum(n, v);
    // From -110 to 30. Beyond it is 0 or 1, for which nothing waits; NaN stays NaN.
    let distance = (x + V::splat(40.0)).abs();
    V::splat(70.0).select_gt(distance, u / sum, clamped(x, 0.0, 1.0))
}

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e) with e = e^(−|x|): its series starts with e, which is added
/// to max(x, 0) first.
///
/// Error: 3.54 ulp portably, 3.31 with AVX2 and AVX-512.
#[inline(always)]
pub(super) fn softplus<V: Lanes<Scalar = f32>>(x: V) -> V {
    let (n, r) = reduced(V::splat(-110.0).max(-x.abs()));
    let e = exp_series(r, V::splat(1.0) + r).times_power_of_two(n);
    let e2 = e * e;
    let low = line(e, TAIL[2], TAIL[3]).mul_add(e2, line(e, TAIL[0], TAIL[1]));
    let high = line(e, TAIL[6], TAIL[7]).mul_add(e2, line(e, TAIL[4], TAIL[5]));
    let tail = high.mul_add(e2 * e2, low);
    (-e2).mul_add(tail, V::splat(0.0).max(x) + e)
}
