//! `f32`.
//!
//! Errors are the largest over all 2³² arguments, against the `f64` functions of the standard
//! library. Coefficients are fits of our own: minimax in relative error by iterated weighted least
//! squares (Lawson 1961) in 50 digits, rounded to `f32` one after the other from the lowest on,
//! each time with the rest fitted again.

use crate::simd::Lanes;

// ln 2 = HIGH + LOW; HIGH has so few bits that its product with a power's exponent is exact.
const LN_2_HIGH: f32 = 355.0 / 512.0;
const LN_2_LOW: f32 = -2.121_944_4e-4;

/// low + high · x.
#[inline(always)]
fn line<V: Lanes<Scalar = f32>>(x: V, low: f32, high: f32) -> V {
    V::splat(high).mul_add(x, V::splat(low))
}

/// (n, r) with x = n ln 2 + r and |r| ≤ ½ ln 2.
#[inline(always)]
fn reduced<V: Lanes<Scalar = f32>>(x: V) -> (V, V) {
    let n = (x * V::splat(core::f32::consts::LOG2_E)).round();
    let r = n.mul_add(V::splat(-LN_2_HIGH), x);
    (n, n.mul_add(V::splat(-LN_2_LOW), r))
}

/// eʳ for |r| ≤ ½ ln 2.
#[inline(always)]
fn exp_reduced<V: Lanes<Scalar = f32>>(r: V) -> V {
    let r2 = r * r;
    let low = line(r, 0.499_999_97, 0.166_665_45).mul_add(r2, V::splat(1.0) + r);
    let high = V::splat(0.001_386_485).mul_add(r2, line(r, 0.041_667_5, 0.008_366_397));
    high.mul_add(r2 * r2, low)
}

/// eˣ = 2ⁿ eʳ, x = n ln 2 + r, eʳ by a polynomial of degree 6.
///
/// At most 1.76 ulp with multiply-add, 1.77 without.
#[inline(always)]
pub(super) fn exp<V: Lanes<Scalar = f32>>(x: V) -> V {
    let x = V::splat(100.0).min(V::splat(-110.0).max(x));
    let (n, r) = reduced(x);
    exp_reduced(r).times_power_of_two(n)
}

/// eˣ − 1 = 2ⁿ (eʳ − 1) + (2ⁿ − 1), the reduction and the polynomial of [`exp`]; half of it is
/// computed, which does not overflow before the whole does. Below 2⁻²⁵ it is x itself.
///
/// At most 2.47 ulp with multiply-add, 2.59 without.
#[inline(always)]
pub(super) fn exp_m1<V: Lanes<Scalar = f32>>(x: V) -> V {
    let clamped = V::splat(89.0).min(V::splat(-20.0).max(x));
    let (n, r) = reduced(clamped);
    let r2 = r * r;
    let low = line(r, 0.499_999_97, 0.166_665_45).mul_add(r2, r);
    let high = V::splat(0.001_386_485).mul_add(r2, line(r, 0.041_667_5, 0.008_366_397));
    let p = high.mul_add(r2 * r2, low);
    let half = V::splat(0.5).times_power_of_two(n);
    let result = half.mul_add(p, half - V::splat(0.5));
    x.abs().select_gt(V::splat(f32::EPSILON / 4.0), result + result, x)
}

/// ln(1 + f) for 1 + f from √½ to √2.
#[inline(always)]
fn ln_1p_reduced<V: Lanes<Scalar = f32>>(f: V) -> V {
    let f2 = f * f;
    let f4 = f2 * f2;
    let a = line(f, 1.0, -0.499_999_88);
    let b = line(f, 0.333_333_25, -0.250_015_97);
    let c = line(f, 0.200_019_54, -0.166_087_99);
    let d = line(f, 0.141_825_06, -0.132_459_07);
    let e = line(f, 0.128_996_55, -0.076_080_896);
    let low = b.mul_add(f2, a);
    let high = e.mul_add(f4, d.mul_add(f2, c));
    high.mul_add(f4, low) * f
}

/// ln x = e ln 2 + ln(1 + f), x = 2ᵉ (1 + f) with 1 + f from √½ to √2; a subnormal x is made
/// normal first.
///
/// At most 3.33 ulp.
#[inline(always)]
pub(super) fn ln<V: Lanes<Scalar = f32>>(x: V) -> V {
    let normal = V::splat(f32::MIN_POSITIVE);
    let scaled = normal.select_gt(x, x * V::splat(8_388_608.0), x);
    let shift = normal.select_gt(x, V::splat(-23.0), V::splat(0.0));
    let (m, e) = scaled.mantissa_and_exponent();
    let root = V::splat(core::f32::consts::SQRT_2);
    let f = m.select_gt(root, m * V::splat(0.5), m) - V::splat(1.0);
    let e = m.select_gt(root, e + V::splat(1.0), e) + shift;
    let p = e.mul_add(V::splat(LN_2_LOW), ln_1p_reduced(f));
    let result = e.mul_add(V::splat(LN_2_HIGH), p);
    edges(x, x, result)
}

/// `result`, and what it cannot be: of u, the argument of ln.
#[inline(always)]
fn edges<V: Lanes<Scalar = f32>>(u: V, x: V, result: V) -> V {
    let zero = V::splat(0.0);
    let edge = zero.select_gt(u, V::splat(f32::NAN), x + V::splat(f32::NEG_INFINITY));
    let inner = u.select_gt(zero, result, edge);
    u.select_gt(V::splat(f32::MAX), x, inner)
}

/// ln(1 + x) = n ln 2 + ln(1 + f), 1 + f = 2⁻ⁿ (1 + x), where f = 2⁻ⁿ x + (2⁻ⁿ − 1) keeps what
/// 1 + x has rounded away.
///
/// At most 3.37 ulp.
#[inline(always)]
pub(super) fn ln_1p<V: Lanes<Scalar = f32>>(x: V) -> V {
    let one = V::splat(1.0);
    let u = one + x;
    let (m, e) = u.mantissa_and_exponent();
    let root = V::splat(core::f32::consts::SQRT_2);
    let n = m.select_gt(root, e + one, e);
    let scale = one.times_power_of_two(-n);
    let f = x.mul_add(scale, scale - one);
    let p = n.mul_add(V::splat(LN_2_LOW), ln_1p_reduced(f));
    let result = n.mul_add(V::splat(LN_2_HIGH), p).with_sign_of(x);
    edges(u, x, result)
}

/// tanh(u + y) = (tanh u + tanh y)/(1 + tanh u tanh y), where u = ½ n ln 2 makes
/// tanh u = (2ⁿ − 1)/(2ⁿ + 1), and tanh y = b/a by a ratio of polynomials: one division in all.
/// For n = 0 it is b/a, exact to rounding near 0.
///
/// At most 3.15 ulp.
#[inline(always)]
pub(super) fn tanh<V: Lanes<Scalar = f32>>(x: V) -> V {
    let size = V::splat(10.0).min(x.abs());
    let n = (size * V::splat(2.0 * core::f32::consts::LOG2_E)).round();
    let y = n.mul_add(V::splat(-0.5 * core::f32::consts::LN_2), size);
    let t = y * y;
    let a = V::splat(0.399_920_23).mul_add(t, V::splat(1.0));
    let b = V::splat(0.066_587_135).mul_add(t * y, y);
    let k = V::splat(0.5).times_power_of_two(n) - V::splat(0.5);
    let sum = a + b;
    (k.mul_add(sum, b) / k.mul_add(sum, a)).with_sign_of(x)
}

/// σ(x) = eˣ/(eˣ + 1); x above 30 gives 1.
///
/// At most 3.22 ulp.
#[inline(always)]
pub(super) fn sigmoid<V: Lanes<Scalar = f32>>(x: V) -> V {
    let x = V::splat(30.0).min(V::splat(-110.0).max(x));
    let (n, r) = reduced(x);
    let e = exp_reduced(r).times_power_of_two(n);
    e / (e + V::splat(1.0))
}

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e), e = e^(−|x|) in (0, 1], with
/// ln(1 + e) = e − e² p(e)/q(e).
///
/// At most 3.19 ulp with multiply-add, 3.33 without.
#[inline(always)]
pub(super) fn softplus<V: Lanes<Scalar = f32>>(x: V) -> V {
    let (n, r) = reduced(V::splat(-110.0).max(-x.abs()));
    let e = exp_reduced(r).times_power_of_two(n);
    let e2 = e * e;
    let p = V::splat(0.072_279_66).mul_add(e2, line(e, 0.499_999_9, 0.450_806_17));
    let q = line(e, 0.690_121_05, 0.075_730_09).mul_add(e2, line(e, 1.0, 1.568_274_1));
    (V::splat(0.0).max(x) + e) - e2 * p / q
}
