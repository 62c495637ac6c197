//! Errors in units in the last place, on every instruction set that this processor has.
//!
//! `f32` is compared with the `f64` functions of the standard library, `f64` with the
//! double-double numbers of [`oracle`]. With `CONSTPROP_EXHAUSTIVE` set, `f32` goes through all
//! its 2³² values and `f64` through millions (use a release build); without it, through a sample.
//! `--nocapture` shows the largest errors.

mod oracle;

use std::string::String;
use std::vec;
use std::vec::Vec;

use crate::fast::registers::{Float, InstructionSet, Lanes, Task, run_on};
use oracle::Scaled;

/// What is tested, in the order of the tables below.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Function {
    Exp,
    ExpM1,
    Ln,
    Ln1p,
    Tanh,
    Sigmoid,
    Softplus,
}

use Function::{Exp, ExpM1, Ln, Ln1p, Sigmoid, Softplus, Tanh};

const FUNCTIONS: [Function; 7] = [Exp, ExpM1, Ln, Ln1p, Tanh, Sigmoid, Softplus];

/// A function of every number in a slice whose length is a multiple of 16.
struct Map<'a, T> {
    function: Function,
    from: &'a [T],
    to: &'a mut [T],
}

impl<T: Float> Task<T> for Map<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) {
        macro_rules! each {
            ($function:ident) => {
                for (x, y) in self.from.chunks(V::LANES).zip(self.to.chunks_mut(V::LANES)) {
                    // SAFETY: both chunks have `LANES` numbers, as 16 is a multiple of them all.
                    unsafe {
                        let x = V::load(x.as_ptr());
                        <T as Float>::$function(x).store(y.as_mut_ptr());
                    }
                }
            };
        }
        assert!(self.from.len() == self.to.len() && self.from.len().is_multiple_of(16));
        match self.function {
            Exp => each!(exp),
            ExpM1 => each!(exp_m1),
            Ln => each!(ln),
            Ln1p => each!(ln_1p),
            Tanh => each!(tanh),
            Sigmoid => each!(sigmoid),
            Softplus => each!(softplus),
        }
    }
}

/// `function` of all of `from` on `set`.
fn map<T: Float>(set: InstructionSet, function: Function, from: &[T]) -> Vec<T> {
    let mut padded = from.to_vec();
    padded.resize(from.len().next_multiple_of(16), T::default());
    let mut to = vec![T::default(); padded.len()];
    let task = Map { function, from: &padded, to: &mut to };
    // SAFETY: only available sets come here.
    unsafe { run_on(set, task) };
    to.truncate(from.len());
    to
}

fn sets() -> impl Iterator<Item = InstructionSet> {
    InstructionSet::ALL.into_iter().filter(|set| set.is_available())
}

fn exhaustive() -> bool {
    std::env::var_os("CONSTPROP_EXHAUSTIVE").is_some()
}

/// The largest error so far, and where.
#[derive(Clone, Copy)]
struct Worst {
    error: f64,
    x: f64,
    got: f64,
}

impl Worst {
    const NONE: Self = Self { error: 0.0, x: 0.0, got: 0.0 };

    fn see(&mut self, other: Self) {
        if other.error > self.error {
            *self = other;
        }
    }
}

/// Fails if an error is above what is promised for its function and set.
fn judge(scalar: &str, limits: [f64; 7], worst: &[(InstructionSet, Function, Worst)]) {
    let mut failures = String::new();
    for &(set, function, Worst { error, x, got }) in worst {
        let limit = limits[function as usize];
        let line = std::format!(
            "{scalar} {function:?} on {}: {error:.3} ulp (of {limit}) at {x:e}, which gives {got:e}\n",
            set.name()
        );
        std::print!("{line}");
        if error > limit {
            failures += &line;
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}

// What the functions' documentation promises: no set is worse.
const SINGLE: [f64; 7] = [1.78, 2.59, 1.1, 1.27, 3.15, 2.67, 3.55];
const DOUBLE: [f64; 7] = [1.74, 3.0, 2.1, 2.1, 3.43, 2.52, 2.9];

fn exact_single(function: Function, x: f32) -> f64 {
    let x = f64::from(x);
    match function {
        Exp => x.exp(),
        ExpM1 => x.exp_m1(),
        Ln => x.ln(),
        Ln1p => x.ln_1p(),
        Tanh => x.tanh(),
        // e⁻ˣ overflows only where the result is 0 in f32.
        Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
    }
}

/// 2ⁿ for a normal result.
fn power_of_two(n: i32) -> f64 {
    f64::from_bits(u64::try_from(n + 1023).unwrap() << 52)
}

/// The exponent of a normal number.
fn exponent(x: f64) -> i32 {
    i32::try_from(x.to_bits() >> 52 & 0x7FF).unwrap() - 1023
}

/// How far `got` is from `exact`, in units in the last place of `exact`. What is beyond
/// the largest number counts as 2¹²⁸.
fn error_single(got: f32, exact: f64) -> f64 {
    if got.is_nan() || exact.is_nan() {
        return if got.is_nan() && exact.is_nan() { 0.0 } else { f64::INFINITY };
    }
    let top = power_of_two(128);
    let (got, exact) = (f64::from(got).clamp(-top, top), exact.clamp(-top, top));
    // Of a zero or subnormal f64 the exponent comes out below −126 too.
    (got - exact).abs() / power_of_two(exponent(exact).clamp(-126, 127) - 23)
}

/// Goes through `inputs`, on all sets.
fn single_errors(
    function: Function,
    inputs: &[f32],
    worst: &mut [(InstructionSet, Function, Worst)],
) {
    let exact: Vec<f64> = inputs.iter().map(|&x| exact_single(function, x)).collect();
    for (set, _, worst) in worst.iter_mut().filter(|entry| entry.1 == function) {
        let got = map(*set, function, inputs);
        for ((&x, &got), &exact) in inputs.iter().zip(&got).zip(&exact) {
            let error = error_single(got, exact);
            worst.see(Worst { error, x: x.into(), got: got.into() });
        }
    }
}

fn no_errors_yet() -> Vec<(InstructionSet, Function, Worst)> {
    let each = |set| FUNCTIONS.map(|function| (set, function, Worst::NONE));
    sets().flat_map(each).collect()
}

/// Halves of `work` in two threads; the worst of both.
fn in_two_threads(
    work: impl Fn(u64, &mut [(InstructionSet, Function, Worst)]) + Sync,
) -> Vec<(InstructionSet, Function, Worst)> {
    let mut worst = no_errors_yet();
    let mut second = no_errors_yet();
    std::thread::scope(|scope| {
        scope.spawn(|| work(1, &mut second));
        work(0, &mut worst);
    });
    for (all, other) in worst.iter_mut().zip(second) {
        all.2.see(other.2);
    }
    worst
}

#[test]
fn f32_is_as_accurate_as_promised() {
    // A prime stride meets every exponent and all low bits; exhaustively, a stride of 1.
    let stride = if exhaustive() { 1 } else { 4099 };
    let worst = in_two_threads(|half, worst| {
        let block = 1 << 16;
        let mut bits = half << 31;
        while bits < (half + 1) << 31 {
            let inputs: Vec<f32> = (0..block)
                .map(|i| bits + i * stride)
                .take_while(|&bits| bits < (half + 1) << 31)
                .map(|bits| f32::from_bits(u32::try_from(bits).unwrap()))
                .collect();
            for function in FUNCTIONS {
                single_errors(function, &inputs, worst);
            }
            bits += block * stride;
        }
        // Densely where these functions bend: every step of 2⁻¹⁶ from −16 to 16.
        let dense: Vec<f32> =
            (0..1 << 17).map(|i| (i as f32 - 65536.0) / 4096.0 + half as f32 / 8192.0).collect();
        for function in FUNCTIONS {
            single_errors(function, &dense, worst);
        }
    });
    judge("f32", SINGLE, &worst);
}

/// How far `got` is from `exact`, in units in the last place of `exact`.
fn error_double(got: f64, exact: Scaled) -> f64 {
    let Scaled { high, low, n } = exact;
    if got.is_nan() || high.is_nan() {
        return if got.is_nan() && high.is_nan() { 0.0 } else { f64::INFINITY };
    }
    if high.is_infinite() || high == 0.0 {
        return if got == high { 0.0 } else { f64::INFINITY };
    }
    let exponent = exponent(high) + n;
    if exponent > 1023 {
        return if got == f64::INFINITY.copysign(high) { 0.0 } else { f64::INFINITY };
    }
    if got.is_infinite() {
        return f64::INFINITY;
    }
    // `got` · 2⁻ⁿ, in two steps which are both exact.
    let got = got * power_of_two(-n / 2) * power_of_two(-n - -n / 2);
    ((got - high) - low).abs() / power_of_two(exponent.max(-1022) - 52 - n)
}

fn double_errors(
    function: Function,
    inputs: &[f64],
    worst: &mut [(InstructionSet, Function, Worst)],
) {
    let exact: Vec<Scaled> = inputs.iter().map(|&x| oracle::exact(function, x)).collect();
    for (set, _, worst) in worst.iter_mut().filter(|entry| entry.1 == function) {
        let got = map(*set, function, inputs);
        for ((&x, &got), &exact) in inputs.iter().zip(&got).zip(&exact) {
            worst.see(Worst { error: error_double(got, exact), x, got });
        }
    }
}

/// A sequence that fills the interval from 0 to 1 evenly.
struct Even(u64);

impl Even {
    fn bits(&mut self) -> u64 {
        // The fractional part of multiples of the golden ratio, then mixed (SplitMix64).
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.bits() >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

/// Inputs of all kinds.
fn double_inputs(even: &mut Even, count: usize) -> Vec<f64> {
    let mut inputs = Vec::with_capacity(10 * count);
    for _ in 0..count {
        // Any bits: every exponent, subnormal numbers, NaN.
        inputs.push(f64::from_bits(even.bits()));
        // Where exp and its like have results that are neither 0 nor infinite.
        inputs.push(even.within(-760.0, 720.0));
        inputs.push(even.within(-40.0, 40.0));
        inputs.push(even.within(-1.5, 1.5));
        // Results that are subnormal.
        inputs.push(even.within(-746.0, -707.0));
        // Close to 0, to 1, to −1.
        let small = even.within(-1.0, 1.0) * power_of_two(-(even.bits() as i32 & 63));
        inputs.push(small);
        inputs.push(1.0 + small);
        inputs.push(-1.0 + small);
        // Where the reductions of exp and ln go from one power of two to the next.
        let turn = (even.within(-30.0, 30.0).round() + 0.5) * core::f64::consts::LN_2;
        inputs.push(turn * (1.0 + even.within(-1e-3, 1e-3)));
        let root = core::f64::consts::SQRT_2 * power_of_two((even.bits() as i32 & 7) - 4);
        inputs.push(root * (1.0 + even.within(-1e-3, 1e-3)) - (even.bits() & 1) as f64);
    }
    inputs
}

#[test]
fn f64_is_as_accurate_as_promised() {
    let blocks = if exhaustive() { 1000 } else { 1 };
    let worst = in_two_threads(|half, worst| {
        let mut even = Even(half << 60);
        for _ in 0..blocks {
            let inputs = double_inputs(&mut even, 512);
            for function in FUNCTIONS {
                double_errors(function, &inputs, worst);
            }
        }
    });
    judge("f64", DOUBLE, &worst);
}

/// Exactly these results, with their signs.
fn edges<T: Float + core::fmt::Debug + Into<f64>>(max: T, least: T, epsilon: T) {
    let (zero, one) = (T::zero(), T::one());
    let inf = one / zero;
    let nan = inf + -inf;
    let big = max / (one + one);
    let table: [(Function, &[(T, T)]); 7] = [
        (
            Exp,
            &[
                (zero, one),
                (-zero, one),
                (inf, inf),
                (max, inf),
                (-inf, zero),
                (-max, zero),
                (least, one),
                (nan, nan),
            ],
        ),
        (
            ExpM1,
            &[
                (zero, zero),
                (-zero, -zero),
                (least, least),
                (-least, -least),
                (inf, inf),
                (max, inf),
                (-inf, -one),
                (-max, -one),
                (nan, nan),
            ],
        ),
        (
            Ln,
            &[
                (zero, -inf),
                (-zero, -inf),
                (one, zero),
                (inf, inf),
                (-inf, nan),
                (-one, nan),
                (-least, nan),
                (-max, nan),
                (nan, nan),
            ],
        ),
        (
            Ln1p,
            &[
                (zero, zero),
                (-zero, -zero),
                (least, least),
                (-least, -least),
                (-one, -inf),
                (-one - epsilon, nan),
                (-max, nan),
                (-inf, nan),
                (inf, inf),
                (nan, nan),
            ],
        ),
        (
            Tanh,
            &[
                (zero, zero),
                (-zero, -zero),
                (least, least),
                (-least, -least),
                (inf, one),
                (-inf, -one),
                (max, one),
                (-max, -one),
                (nan, nan),
            ],
        ),
        (
            Sigmoid,
            &[
                (zero, one / (one + one)),
                (-zero, one / (one + one)),
                (inf, one),
                (max, one),
                (-inf, zero),
                (-max, zero),
                (nan, nan),
            ],
        ),
        (Softplus, &[(inf, inf), (max, max), (big, big), (-inf, zero), (-max, zero), (nan, nan)]),
    ];
    for set in sets() {
        for (function, pairs) in &table {
            for &(x, expected) in *pairs {
                // In every lane, with something else in the others.
                for lane in 0..16 {
                    let mut inputs = [one; 16];
                    inputs[lane] = x;
                    let got: f64 = map(set, *function, &inputs)[lane].into();
                    let same = got.to_bits() == expected.into().to_bits();
                    assert!(
                        same || got.is_nan() && expected.into().is_nan(),
                        "{function:?}({x:?}) on {} in lane {lane}: {got:?}, not {expected:?}",
                        set.name()
                    );
                }
            }
        }
    }
}

#[test]
fn edges_of_f32() {
    edges(f32::MAX, f32::from_bits(1), f32::EPSILON);
}

#[test]
fn edges_of_f64() {
    edges(f64::MAX, f64::from_bits(1), f64::EPSILON);
}

#[test]
fn tanh_and_sigmoid_stay_within_their_bounds() {
    let fine: Vec<f64> = (0..1 << 16).map(|i| f64::from(i - (1 << 15)) / 1024.0).collect();
    let coarse: Vec<f32> = fine.iter().map(|&x| x as f32).collect();
    for set in sets() {
        assert!(map(set, Tanh, &fine).iter().all(|y| y.abs() <= 1.0));
        assert!(map(set, Tanh, &coarse).iter().all(|y| y.abs() <= 1.0));
        assert!(map(set, Sigmoid, &fine).iter().all(|y| (0.0..=1.0).contains(y)));
        assert!(map(set, Sigmoid, &coarse).iter().all(|y| (0.0..=1.0).contains(y)));
    }
}

/// −ln softmax(z)₀ of z, as `CategoricalCrossEntropy` computes it: ln Σ e^{z_i} − z₀.
struct LogSumExp<'a, T, const S: usize> {
    z: &'a [[T; S]],
    to: &'a mut [T],
}

impl<T: Float, const S: usize> Task<T> for LogSumExp<'_, T, S> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) {
        use crate::{CategoricalCrossEntropy, Compared, Cost, Output, Predicted, Softmax, Target};
        for (z, to) in self.z.iter().zip(self.to) {
            let z = z.map(V::splat);
            // With y = 0 the cost is ln Σ e^{z_i} itself.
            let y = [V::splat(T::zero()); S];
            let a = Softmax::h(&z);
            let compared = Compared { z: &z, a: Predicted(&a), y: Target(&y) };
            let cost = <CategoricalCrossEntropy as Cost<Softmax>>::cost(compared);
            let mut lanes = [T::default(); 16];
            // SAFETY: no register is wider than 16 lanes.
            unsafe { cost.store(lanes.as_mut_ptr()) };
            *to = lanes[0];
        }
    }
}

fn log_sum_exp_of<T: Float + Into<f64>, const S: usize>(epsilon: f64, scale: f64) {
    let mut even = Even(S as u64);
    let mut draw = |_| nalgebra::convert(even.within(-scale, scale));
    let z: Vec<[T; S]> = (0..500).map(|_| core::array::from_fn(&mut draw)).collect();
    for set in sets() {
        let mut found = vec![T::default(); z.len()];
        let task = LogSumExp { z: &z, to: &mut found };
        // SAFETY: only available sets come here.
        unsafe { run_on(set, task) };
        for (z, &found) in z.iter().zip(&found) {
            let z: Vec<f64> = z.iter().map(|&z| z.into()).collect();
            let most = z.iter().fold(0.0, |most: f64, z| most.max(z.abs()));
            let limit = 4.0 * epsilon * (most + (S as f64).ln());
            let error = oracle::log_sum_exp_error(&z, found.into());
            assert!(error.abs() <= limit, "{set:?}: {error:e}, more than {limit:e}, at {z:?}");
        }
    }
}

#[test]
fn log_sum_exp_is_as_accurate_as_promised() {
    for scale in [1e-3, 1.0, 30.0, 1000.0] {
        log_sum_exp_of::<f32, 1>(f32::EPSILON.into(), scale);
        log_sum_exp_of::<f32, 10>(f32::EPSILON.into(), scale);
        log_sum_exp_of::<f64, 3>(f64::EPSILON, scale);
        log_sum_exp_of::<f64, 100>(f64::EPSILON, scale);
    }
}
