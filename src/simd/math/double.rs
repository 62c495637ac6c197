//! `f64`.
//!
//! Errors are the largest over some ten million arguments of all kinds, against double-double
//! numbers. Coefficients are fits of our own: minimax in relative error by iterated weighted least
//! squares (Lawson 1961) in 50 digits, rounded to `f64` one after the other from the lowest on,
//! each time with the rest fitted again.

use crate::simd::Lanes;

// ln 2 = HIGH + LOW; HIGH ends in so many zeros that its product with an exponent is exact.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// low + high · x.
#[inline(always)]
fn line<V: Lanes<Scalar = f64>>(x: V, low: f64, high: f64) -> V {
    V::splat(high).mul_add(x, V::splat(low))
}

/// (n, r) with x = n ln 2 + r and |r| ≤ ½ ln 2.
#[inline(always)]
fn reduced<V: Lanes<Scalar = f64>>(x: V) -> (V, V) {
    let n = (x * V::splat(core::f64::consts::LOG2_E)).round();
    let r = n.mul_add(V::splat(-LN_2_HIGH), x);
    (n, n.mul_add(V::splat(-LN_2_LOW), r))
}

/// eˣ = 2ⁿ eʳ, x = n ln 2 + r, eʳ by a polynomial of degree 11.
///
/// At most 1.70 ulp with multiply-add, 1.72 without.
#[inline(always)]
pub(super) fn exp<V: Lanes<Scalar = f64>>(x: V) -> V {
    let x = V::splat(720.0).min(V::splat(-760.0).max(x));
    let (n, r) = reduced(x);
    let r2 = r * r;
    let r4 = r2 * r2;
    let low = line(r, 0.500_000_000_000_001_1, 0.166_666_666_666_664_4);
    let low = low.mul_add(r2, V::splat(1.0) + r);
    let mid = line(r, 2.480_149_246_113_925e-5, 2.755_755_629_466_824e-6);
    let a = line(r, 0.041_666_666_666_527_03, 0.008_333_333_333_477_5);
    let b = line(r, 0.001_388_888_894_432_555, 1.984_126_954_152_992_6e-4);
    let c = line(r, 2.763_045_543_894_121_3e-7, 2.500_931_334_231_5e-8);
    let p = b.mul_add(r2, a);
    let q = c.mul_add(r2, mid);
    q.mul_add(r4, p).mul_add(r4, low).times_power_of_two(n)
}

/// eˣ − 1 = 2ⁿ (eʳ − 1) + (2ⁿ − 1), eʳ − 1 by a polynomial of degree 12; half of it is computed,
/// which does not overflow before the whole does. Below 2⁻⁵⁴ it is x itself.
///
/// At most 2.86 ulp with multiply-add, 3.00 without.
#[inline(always)]
pub(super) fn exp_m1<V: Lanes<Scalar = f64>>(x: V) -> V {
    let clamped = V::splat(710.0).min(V::splat(-40.0).max(x));
    let (n, r) = reduced(clamped);
    let r2 = r * r;
    let r4 = r2 * r2;
    let a = line(r, 0.041_666_666_666_573_83, 0.008_333_333_333_374_281);
    let b = line(r, 0.001_388_888_893_229_501_4, 1.984_126_975_224_484_6e-4);
    let c = line(r, 2.480_150_454_854_912_2e-5, 2.755_737_772_542_966_7e-6);
    let d = line(r, 2.762_628_755_632_639e-7, 2.506_324_653_078_953e-8);
    let low = line(r, 0.500_000_000_000_000_6, 0.166_666_666_666_666_13).mul_add(r2, r);
    let p = d.mul_add(r2, c).mul_add(r4, b.mul_add(r2, a)).mul_add(r4, low);
    let half = V::splat(0.5).times_power_of_two(n);
    let result = half.mul_add(p, half - V::splat(0.5));
    x.abs().select_gt(V::splat(f64::EPSILON / 4.0), result + result, x)
}

/// ln(1 + f) = 2 artanh(f/(f + 2)) for 1 + f from √½ to √2.
#[inline(always)]
fn ln_1p_reduced<V: Lanes<Scalar = f64>>(f: V) -> V {
    let w = f / f.mul_add(V::splat(0.5), V::splat(1.0));
    let z = w * w;
    let z2 = z * z;
    let a = line(z, 0.333_333_333_333_336_7 / 4.0, 0.199_999_999_997_086_92 / 16.0);
    let b = line(z, 0.142_857_143_708_896_05 / 64.0, 0.111_110_993_176_874_84 / 256.0);
    let c = line(z, 0.090_917_805_661_835_95 / 1024.0, 0.076_570_654_564_733_18 / 4096.0);
    let c = V::splat(0.073_975_806_035_591_08 / 16384.0).mul_add(z2, c);
    let p = c.mul_add(z2, b).mul_add(z2, a);
    (w * z).mul_add(p, w)
}

/// ln x = e ln 2 + ln(1 + f), x = 2ᵉ (1 + f) with 1 + f from √½ to √2; a subnormal x is made
/// normal first.
///
/// At most 2.01 ulp.
#[inline(always)]
pub(super) fn ln<V: Lanes<Scalar = f64>>(x: V) -> V {
    let normal = V::splat(f64::MIN_POSITIVE);
    let scaled = normal.select_gt(x, x * V::splat(4_503_599_627_370_496.0), x);
    let shift = normal.select_gt(x, V::splat(-52.0), V::splat(0.0));
    let (m, e) = scaled.mantissa_and_exponent();
    let root = V::splat(core::f64::consts::SQRT_2);
    let f = m.select_gt(root, m * V::splat(0.5), m) - V::splat(1.0);
    let e = m.select_gt(root, e + V::splat(1.0), e) + shift;
    let p = e.mul_add(V::splat(LN_2_LOW), ln_1p_reduced(f));
    let result = e.mul_add(V::splat(LN_2_HIGH), p);
    edges(x, x, result)
}

/// `result`, and what it cannot be: of u, the argument of ln.
#[inline(always)]
fn edges<V: Lanes<Scalar = f64>>(u: V, x: V, result: V) -> V {
    let zero = V::splat(0.0);
    let edge = zero.select_gt(u, V::splat(f64::NAN), x + V::splat(f64::NEG_INFINITY));
    let inner = u.select_gt(zero, result, edge);
    u.select_gt(V::splat(f64::MAX), x, inner)
}

/// ln(1 + x) = n ln 2 + ln(1 + f), 1 + f = 2⁻ⁿ (1 + x), where f = 2⁻ⁿ x + (2⁻ⁿ − 1) keeps what
/// 1 + x has rounded away. Below 2⁻⁵⁴ it is x itself.
///
/// At most 2.31 ulp.
#[inline(always)]
pub(super) fn ln_1p<V: Lanes<Scalar = f64>>(x: V) -> V {
    let one = V::splat(1.0);
    let u = one + x;
    let (m, e) = u.mantissa_and_exponent();
    let root = V::splat(core::f64::consts::SQRT_2);
    let n = m.select_gt(root, e + one, e);
    let scale = one.times_power_of_two(-n);
    let f = x.mul_add(scale, scale - one);
    let p = n.mul_add(V::splat(LN_2_LOW), ln_1p_reduced(f));
    let result = n.mul_add(V::splat(LN_2_HIGH), p);
    // x/2, which the series starts from, loses the last bit of a subnormal x.
    let result = x.abs().select_gt(V::splat(f64::EPSILON / 4.0), result, x);
    edges(u, x, result)
}

/// tanh(u + y) = (tanh u + tanh y)/(1 + tanh u tanh y), where u = ½ n ln 2 makes
/// tanh u = (2ⁿ − 1)/(2ⁿ + 1), and tanh y = b/a by a ratio of polynomials: one division in all.
/// For n = 0 it is b/a, exact to rounding near 0.
///
/// At most 3.43 ulp.
#[inline(always)]
pub(super) fn tanh<V: Lanes<Scalar = f64>>(x: V) -> V {
    let size = V::splat(20.0).min(x.abs());
    let n = (size * V::splat(2.0 * core::f64::consts::LOG2_E)).round();
    let y = n.mul_add(V::splat(-0.5 * core::f64::consts::LN_2), size);
    let t = y * y;
    let a = line(t, 0.444_432_709_000_430_1, 0.015_868_322_260_805_767).mul_add(t, V::splat(1.0));
    let b = line(t, 0.111_099_375_667_102_5, 0.001_057_419_258_796_099_1).mul_add(t * y, y);
    let k = V::splat(0.5).times_power_of_two(n) - V::splat(0.5);
    let sum = a + b;
    (k.mul_add(sum, b) / k.mul_add(sum, a)).with_sign_of(x)
}

/// (u, v) with eʳ = u/v for |r| ≤ ½ ln 2.
#[inline(always)]
fn exp_ratio<V: Lanes<Scalar = f64>>(r: V) -> (V, V) {
    let t = r * r;
    let even = V::splat(9.917_701_374_665_073e-4).mul_add(t, V::splat(0.111_108_177_211_647_42));
    let even = even.mul_add(t, V::splat(1.0));
    let odd = V::splat(3.304_435_152_287_057e-5).mul_add(t, V::splat(0.013_887_421_939_157_768));
    let odd = odd.mul_add(t, V::splat(0.5));
    (odd.mul_add(r, even), odd.mul_add(-r, even))
}

/// σ(x) = eˣ/(eˣ + 1) = 2ⁿ u/(2ⁿ u + v), with eʳ = u/v: one division. x above 40 gives 1.
///
/// At most 2.41 ulp with multiply-add, 2.58 without.
#[inline(always)]
pub(super) fn sigmoid<V: Lanes<Scalar = f64>>(x: V) -> V {
    let x = V::splat(40.0).min(V::splat(-760.0).max(x));
    let (n, r) = reduced(x);
    let (u, v) = exp_ratio(r);
    let u = u.times_power_of_two(n);
    u / (u + v)
}

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e), e = e^(−|x|), with ln(1 + e) = 2 artanh(w/2),
/// w = 2e/(2 + e), and e = 2ⁿ u/v: one division.
///
/// At most 2.77 ulp with multiply-add, 2.84 without.
#[inline(always)]
pub(super) fn softplus<V: Lanes<Scalar = f64>>(x: V) -> V {
    let (n, r) = reduced(V::splat(-760.0).max(-x.abs()));
    let (u, v) = exp_ratio(r);
    let u = u.times_power_of_two(n);
    let w = u / u.mul_add(V::splat(0.5), v);
    let z = w * w;
    let z2 = z * z;
    let z4 = z2 * z2;
    let a = line(z, 0.083_333_333_333_332_88, 0.012_500_000_000_048_663);
    let b = line(z, 0.142_857_142_740_276_08 / 64.0, 0.111_111_119_784_660_41 / 256.0);
    let c = line(z, 0.090_908_721_895_698 / 1024.0, 0.076_932_751_348_441_17 / 4096.0);
    let d = line(z, 0.066_505_496_289_220_98 / 16384.0, 0.060_525_522_291_232_07 / 65536.0);
    let e = line(z, 0.041_721_634_866_105_23 / 262_144.0, 0.085_054_373_871_119_58 / 1_048_576.0);
    let p = e.mul_add(z4, d.mul_add(z2, c)).mul_add(z4, b.mul_add(z2, a));
    V::splat(0.0).max(x) + (w * z).mul_add(p, w)
}
