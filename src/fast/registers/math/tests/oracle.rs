//! The functions to some 100 bits, in sums of two `f64` (double-double numbers, after Dekker and
//! Knuth), by series: nothing is shared with the functions under test.

use std::vec::Vec;

use super::Function;

/// high + low, with |low| at most half a unit in the last place of high.
#[derive(Clone, Copy, Debug)]
struct Sum {
    high: f64,
    low: f64,
}

/// (high + low) · 2ⁿ.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scaled {
    pub(super) high: f64,
    pub(super) low: f64,
    pub(super) n: i32,
}

// ln 2 to 160 bits: n ln 2 is then good to 100 bits after the point.
const LN_2: [f64; 3] =
    [core::f64::consts::LN_2, 2.319_046_813_846_299_6e-17, 5.707_708_438_416_212e-34];

impl Sum {
    const fn of(x: f64) -> Self {
        Self { high: x, low: 0.0 }
    }

    /// a + b exactly (Knuth).
    fn exactly(a: f64, b: f64) -> Self {
        let high = a + b;
        let from_b = high - a;
        Self { high, low: (a - (high - from_b)) + (b - from_b) }
    }

    fn plus(self, other: Self) -> Self {
        let high = Self::exactly(self.high, other.high);
        let low = Self::exactly(self.low, other.low);
        let sum = Self::exactly(high.high, high.low + low.high);
        Self::exactly(sum.high, sum.low + low.low)
    }

    fn times(self, other: Self) -> Self {
        let high = self.high * other.high;
        let rest = self.high.mul_add(other.high, -high);
        Self::exactly(high, rest + (self.high * other.low + self.low * other.high))
    }

    fn over(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self.plus(other.times(Self::of(-first)));
        let second = rest.high / other.high;
        let rest = rest.plus(other.times(Self::of(-second)));
        Self::exactly(first, second).plus(Self::of(rest.high / other.high))
    }

    /// · 2ⁿ for results that are normal.
    fn scaled(self, n: i32) -> Self {
        let power = super::power_of_two(n);
        Self { high: self.high * power, low: self.low * power }
    }

    const fn as_scaled(self, n: i32) -> Scaled {
        Scaled { high: self.high, low: self.low, n }
    }
}

/// eˣ − 1 = x + x²/2! + x³/3! + …, for |x| up to 1/2.
fn exp_m1_series(x: Sum) -> Sum {
    let mut sum = Sum::of(0.0);
    // Horner: x(1 + x/2 (1 + x/3 (1 + …))).
    for k in (1..=26).rev() {
        let factor = x.over(Sum::of(f64::from(k)));
        sum = factor.plus(factor.times(sum));
    }
    sum
}

/// (m, n) with eˣ = m · 2ⁿ.
fn exp(x: Sum) -> (Sum, i32) {
    let n = (x.high / LN_2[0]).round();
    let mut rest = x;
    for part in LN_2 {
        rest = rest.plus(Sum::of(part).times(Sum::of(-n)));
    }
    (Sum::of(1.0).plus(exp_m1_series(rest)), n as i32)
}

/// eˣ − 1, for x that does not overflow.
fn exp_m1(x: Sum) -> Sum {
    if x.high.abs() < 0.4 {
        return exp_m1_series(x);
    }
    let (m, n) = exp(x);
    if n < -120 { Sum::of(-1.0) } else { m.scaled(n).plus(Sum::of(-1.0)) }
}

/// ln(1 + x): where e^y = 1 + x but for little, ln(1 + x) = y + ln(1 + (x − (e^y − 1))/e^y).
fn ln_1p(x: Sum) -> Sum {
    let y = Sum::of(x.high.ln_1p());
    let power = exp_m1(y);
    let short = x.plus(Sum { high: -power.high, low: -power.low });
    let little = short.over(power.plus(Sum::of(1.0)));
    y.plus(little).plus(Sum::of(-0.5 * little.high * little.high))
}

/// ln x for a positive normal x.
fn ln(x: Sum) -> Sum {
    let mut n = super::exponent(x.high);
    let half = |n: i32| (n / 2, n - n / 2);
    let (first, second) = half(-n);
    let mut m = x.scaled(first).scaled(second);
    if m.high > 1.4 {
        m = m.scaled(-1);
        n += 1;
    }
    let mut sum = ln_1p(m.plus(Sum::of(-1.0)));
    for part in LN_2 {
        sum = sum.plus(Sum::of(part).times(Sum::of(f64::from(n))));
    }
    sum
}

/// `function` of x.
pub(super) fn exact(function: Function, x: f64) -> Scaled {
    let of = |x: f64| Sum::of(x).as_scaled(0);
    let is_small = x.abs() < super::power_of_two(-200);
    match function {
        _ if x.is_nan() => of(x),
        Function::Exp if x > 1000.0 => of(f64::INFINITY),
        Function::Exp if x < -1000.0 => of(0.0),
        Function::Exp => {
            let (m, n) = exp(Sum::of(x));
            m.as_scaled(n)
        }
        Function::ExpM1 if x > 1000.0 => of(f64::INFINITY),
        Function::ExpM1 if x < -1000.0 => of(-1.0),
        Function::ExpM1 | Function::Ln1p | Function::Tanh if is_small => small(x),
        Function::ExpM1 if x > 200.0 => {
            let (m, n) = exp(Sum::of(x));
            m.as_scaled(n)
        }
        Function::ExpM1 => exp_m1(Sum::of(x)).as_scaled(0),
        Function::Ln if x < 0.0 => of(f64::NAN),
        Function::Ln if x == 0.0 => of(f64::NEG_INFINITY),
        Function::Ln if x == f64::INFINITY => of(x),
        Function::Ln if x < f64::MIN_POSITIVE => {
            let scaled = ln(Sum::of(x * super::power_of_two(100)));
            let mut sum = scaled;
            for part in LN_2 {
                sum = sum.plus(Sum::of(part).times(Sum::of(-100.0)));
            }
            sum.as_scaled(0)
        }
        Function::Ln => ln(Sum::of(x)).as_scaled(0),
        Function::Ln1p if x < -1.0 => of(f64::NAN),
        Function::Ln1p if x == -1.0 => of(f64::NEG_INFINITY),
        Function::Ln1p if x == f64::INFINITY => of(x),
        Function::Ln1p if x.abs() < 0.4 => ln_1p(Sum::of(x)).as_scaled(0),
        Function::Ln1p => ln(Sum::exactly(1.0, x)).as_scaled(0),
        Function::Tanh if x.abs() > 40.0 => of(1.0_f64.copysign(x)),
        Function::Tanh => {
            let power = exp_m1(Sum::of(2.0 * x));
            power.over(power.plus(Sum::of(2.0))).as_scaled(0)
        }
        Function::Sigmoid | Function::Softplus if x < -1000.0 => of(0.0),
        Function::Sigmoid if x > 1000.0 => of(1.0),
        Function::Softplus if x > 1000.0 => of(x),
        Function::Sigmoid | Function::Softplus => {
            // e^(−|x|); below 2⁻²⁰⁰ it is the function itself, or lost beside 1 or x.
            let (m, n) = exp(Sum::of(-x.abs()));
            if n < -200 {
                return match (function, x > 0.0) {
                    (_, false) => m.as_scaled(n),
                    (Function::Sigmoid, true) => of(1.0),
                    (_, true) => of(x),
                };
            }
            let power = m.scaled(n);
            match function {
                Function::Sigmoid => {
                    let numerator = if x > 0.0 { Sum::of(1.0) } else { power };
                    numerator.over(power.plus(Sum::of(1.0))).as_scaled(0)
                }
                _ if power.high < 0.4 => Sum::of(x.max(0.0)).plus(ln_1p(power)).as_scaled(0),
                _ => Sum::of(x.max(0.0)).plus(ln(power.plus(Sum::of(1.0)))).as_scaled(0),
            }
        }
    }
}

/// How far `found` is from ln Σ e^{z_i}.
pub(super) fn log_sum_exp_error(z: &[f64], found: f64) -> f64 {
    let most = z.iter().fold(f64::NEG_INFINITY, |most, &z| most.max(z));
    let mut sum = Sum::of(0.0);
    for &z in z {
        let (m, n) = exp(Sum::exactly(z, -most));
        if n > -900 {
            sum = sum.plus(m.scaled(n));
        }
    }
    let exact = ln(sum).plus(Sum::of(most));
    (found - exact.high) - exact.low
}

/// x itself, as a normal number with its exponent.
fn small(x: f64) -> Scaled {
    Sum::of(x * super::power_of_two(300)).as_scaled(-300)
}

/// Digits of constants as sums of two, from the literature (OEIS).
#[test]
fn knows_constants() {
    // To 31 digits: e (A001113), 1/e (A068985), ln 10 (A002392), tanh 1 (A073744) and
    // ln(1 + 1/e) = softplus(−1), which is 0.313 261 687 518 222 834 048 995 494 967 8….
    let known: [(Function, f64, &str); 10] = [
        (Function::Exp, 1.0, "2.7182818284590452353602874713526"),
        (Function::Exp, -1.0, "0.3678794411714423215955237701614"),
        (Function::Exp, 10.0, "22026.4657948067165169579006452842"),
        (Function::ExpM1, 1.0, "1.7182818284590452353602874713526"),
        (Function::Ln, 10.0, "2.3025850929940456840179914546843"),
        (Function::Ln1p, 1.0, "0.6931471805599453094172321214581"),
        (Function::Ln, 3.0, "1.0986122886681096913952452369225"),
        (Function::Tanh, 1.0, "0.7615941559557648881194582826047"),
        (Function::Sigmoid, 1.0, "0.7310585786300048792511592418218"),
        (Function::Softplus, -1.0, "0.3132616875182228340489954949678"),
    ];
    for (function, x, digits) in known {
        let Scaled { high, low, n } = exact(function, x);
        let got = Sum { high, low }.scaled(n);
        let parts: Vec<Sum> = digits.split('.').map(decimal).collect();
        let ten = Sum::of(10.0);
        let places = digits.len() - digits.find('.').unwrap() - 1;
        let fraction = (0..places).fold(parts[1], |sum, _| sum.over(ten));
        let known = parts[0].plus(fraction);
        let difference = (got.high - known.high) + (got.low - known.low);
        assert!(
            difference.abs() < 1e-30 * known.high.max(1.0),
            "{function:?}({x}): {difference:e}"
        );
    }
}

fn decimal(digits: &str) -> Sum {
    let mut sum = Sum::of(0.0);
    for digit in digits.bytes() {
        sum = sum.times(Sum::of(10.0)).plus(Sum::of(f64::from(digit - b'0')));
    }
    sum
}
