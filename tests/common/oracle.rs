//! The naive oracle: backpropagation by index loops over `Vec`, without nalgebra and without a
//! line of the crate's mathematics; the article's bias row is there, and is dropped where the
//! article says so.

use std::ops::Range;

use constprop::ThetaShape;

use super::{Lambda, Rows};

pub struct Solution {
    pub j: f64,
    pub gradient: Vec<f64>,
    /// For each Θ⁽ˡ⁾ the largest entry of Σ |δ| |a|ᵀ / m + λ |Θ|, what rounding scales with. Here
    /// |δ| is the sum of the magnitudes that δ is a difference of, a little of |a| + |y| and of
    /// 1 in g′ included: where y is nearly a, or a unit saturates, a − y and 1 − a² have lost digits.
    pub scales: Vec<f64>,
    /// The largest |z|.
    pub z_max: f64,
    /// How near any z (and Huber's error) comes to a point where a first or second derivative
    /// jumps: across the latter, as of ELU at 0, central differences err by h, not by h².
    pub kink_distance: f64,
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn gelu_t(z: f64) -> f64 {
    ((2.0 / std::f64::consts::PI).sqrt() * (z + 0.044715 * z * z * z)).tanh()
}

fn g(name: &str, z: f64) -> f64 {
    match name {
        "Sigmoid" => sigmoid(z),
        "Tanh" => z.tanh(),
        "Relu" => z.max(0.0),
        "LeakyRelu" => z.max(0.01 * z),
        "Elu" => {
            if z > 0.0 {
                z
            } else {
                z.exp() - 1.0
            }
        }
        "Gelu" => 0.5 * z * (1.0 + gelu_t(z)),
        "Silu" => z * sigmoid(z),
        "Softplus" => (1.0 + z.exp()).ln(),
        "Identity" => z,
        other => panic!("the oracle knows no {other}"),
    }
}

fn g_prime(name: &str, z: f64) -> f64 {
    match name {
        "Sigmoid" => sigmoid(z) * sigmoid(-z),
        "Tanh" => z.cosh().powi(-2),
        "Relu" => f64::from(z > 0.0),
        "LeakyRelu" => {
            if z > 0.0 {
                1.0
            } else {
                0.01
            }
        }
        "Elu" => z.exp().min(1.0),
        "Gelu" => {
            let (t, c) = (gelu_t(z), (2.0 / std::f64::consts::PI).sqrt());
            0.5 * (1.0 + t) + 0.5 * z * (1.0 - t * t) * c * (1.0 + 3.0 * 0.044715 * z * z)
        }
        "Silu" => sigmoid(z) + z * sigmoid(z) * sigmoid(-z),
        "Softplus" => sigmoid(z),
        "Identity" => 1.0,
        other => panic!("the oracle knows no {other}"),
    }
}

fn output(name: &str, z: &[f64]) -> Vec<f64> {
    if name == "Softmax" {
        let total: f64 = z.iter().map(|z| z.exp()).sum();
        z.iter().map(|z| z.exp() / total).collect()
    } else {
        z.iter().map(|&z| g(name, z)).collect()
    }
}

/// The cost of one example and ∂cost/∂a, from a alone.
pub fn cost(name: &str, a: &[f64], y: &[f64]) -> (f64, Vec<f64>) {
    let (mut sum, mut slopes) = (0.0, Vec::new());
    for (&a, &y) in a.iter().zip(y) {
        let r = a - y;
        let (value, slope) = match name {
            "CrossEntropy" => {
                (-y * a.ln() - (1.0 - y) * (1.0 - a).ln(), -y / a + (1.0 - y) / (1.0 - a))
            }
            "CategoricalCrossEntropy" => (-y * a.ln(), -y / a),
            "HalfSquaredError" => (r * r / 2.0, r),
            "Huber" if r.abs() <= 1.0 => (r * r / 2.0, r),
            "Huber" => (r.abs() - 0.5, r.signum()),
            other => panic!("the oracle knows no {other}"),
        };
        sum += value;
        slopes.push(slope);
    }
    (sum, slopes)
}

// Tests are not optimized, and with large networks spend their time in these two: iterators would take ten times as
// long.

/// sums += factor · terms.
fn add_times(sums: &mut [f64], terms: &[f64], factor: f64) {
    let mut row = 0;
    while row < sums.len() {
        sums[row] += factor * terms[row];
        row += 1;
    }
}

/// Σ aᵢ bᵢ.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (mut sum, mut row) = (0.0, 0);
    while row < a.len() {
        sum += a[row] * b[row];
        row += 1;
    }
    sum
}

/// J, ∇J and how far to trust them.
pub fn solve(shapes: &[ThetaShape], cost: &str, case: &Rows) -> Solution {
    solve_weighted(shapes, cost, case, &vec![1.0; case.inputs.len()])
}

/// The same where every example has a weight, of any sign: J = Σ wᵢ costᵢ / m and the penalty.
pub fn solve_weighted(
    shapes: &[ThetaShape],
    name_of_cost: &str,
    case: &Rows,
    weights: &[f64],
) -> Solution {
    let theta = &case.parameters;
    let sizes: Vec<f64> = theta.iter().map(|theta| theta.abs()).collect();
    let m = case.inputs.len();
    let mut gradient = vec![0.0; theta.len()];
    let mut absolute = vec![0.0; theta.len()];
    let (mut j, mut z_max, mut kink_distance) = (0.0, 0.0_f64, f64::INFINITY);
    let offsets: Vec<usize> = shapes
        .iter()
        .scan(0, |next, shape| {
            let offset = *next;
            *next += shape.s_out * (shape.s_in + 1);
            Some(offset)
        })
        .collect();
    // Where a column of Θ⁽ˡ⁾ lies, its rows one behind the other, that of the bias first.
    let column_of = |l: usize, column: usize| {
        let first = offsets[l] + column * shapes[l].s_out;
        first..first + shapes[l].s_out
    };
    let last = shapes.len() - 1;

    for ((x, y), &weight) in case.inputs.iter().zip(&case.targets).zip(weights) {
        let mut a = vec![x.clone()];
        let mut z = vec![];
        for (l, shape) in shapes.iter().enumerate() {
            let mut layer = vec![0.0; shape.s_out];
            for (c, &a) in [1.0].iter().chain(&a[l]).enumerate() {
                add_times(&mut layer, &theta[column_of(l, c)], a);
            }
            for &z in &layer {
                z_max = z_max.max(f64::abs(z));
                if matches!(shape.activation, "Relu" | "LeakyRelu" | "Elu") {
                    kink_distance = kink_distance.min(f64::abs(z));
                }
            }
            a.push(if l == last {
                output(shape.activation, &layer)
            } else {
                layer.iter().map(|&z| g(shape.activation, z)).collect()
            });
            z.push(layer);
        }
        let (value, mut slopes) = cost(name_of_cost, &a[last + 1], y);
        j += weight * value;
        slopes.iter_mut().for_each(|slope| *slope *= weight);
        if name_of_cost == "Huber" {
            for (a, y) in a[last + 1].iter().zip(y) {
                kink_distance = kink_distance.min(((a - y).abs() - 1.0).abs());
            }
        }
        let mut delta: Vec<f64> = if shapes[last].activation == "Softmax" {
            let h = &a[last + 1];
            (0..h.len())
                .map(|i| {
                    (0..h.len())
                        .map(|k| h[k] * (f64::from(u8::from(i == k)) - h[i]) * slopes[k])
                        .sum()
                })
                .collect()
        } else {
            let name = shapes[last].activation;
            z[last].iter().zip(&slopes).map(|(&z, slope)| slope * g_prime(name, z)).collect()
        };
        const SHARE: f64 = 0.05;
        let mut magnitude: Vec<f64> = (0..delta.len())
            .map(|i| delta[i].abs() + SHARE * weight.abs() * (a[last + 1][i].abs() + y[i].abs()))
            .collect();
        for l in (0..=last).rev() {
            let shape = shapes[l];
            for (c, &a) in [1.0].iter().chain(&a[l]).enumerate() {
                add_times(&mut gradient[column_of(l, c)], &delta, a / m as f64);
                add_times(&mut absolute[column_of(l, c)], &magnitude, a.abs() / m as f64);
            }
            if l > 0 {
                let back: Vec<f64> =
                    (0..=shape.s_in).map(|c| dot(&theta[column_of(l, c)], &delta)).collect();
                magnitude = (1..=shape.s_in)
                    .map(|c| {
                        let slope = g_prime(shapes[l - 1].activation, z[l - 1][c - 1]).abs();
                        dot(&sizes[column_of(l, c)], &magnitude) * (slope + SHARE)
                    })
                    .collect();
                let without_bias_row = &back[1..];
                let name = shapes[l - 1].activation;
                delta = without_bias_row
                    .iter()
                    .zip(&z[l - 1])
                    .map(|(back, &z)| back * g_prime(name, z))
                    .collect();
            }
        }
    }
    j /= m as f64;
    j += regularize(shapes, theta, case.lambda, m, &mut gradient, &mut absolute, column_of);

    let scales = (0..=last)
        .map(|l| {
            let end = offsets.get(l + 1).copied().unwrap_or(theta.len());
            absolute[offsets[l]..end].iter().fold(1e-300, |max, &entry| entry.max(max))
        })
        .collect();
    Solution { j, gradient, scales, z_max, kink_distance }
}

fn regularize(
    shapes: &[ThetaShape],
    theta: &[f64],
    lambda: Lambda,
    m: usize,
    gradient: &mut [f64],
    absolute: &mut [f64],
    column_of: impl Fn(usize, usize) -> Range<usize>,
) -> f64 {
    let factor = lambda.factor(m);
    let first = usize::from(!lambda.with_bias);
    let mut penalty = 0.0;
    for (l, shape) in shapes.iter().enumerate() {
        for column in first..=shape.s_in {
            for index in column_of(l, column) {
                penalty += factor / 2.0 * theta[index] * theta[index];
                gradient[index] += factor * theta[index];
                absolute[index] += (factor * theta[index]).abs();
            }
        }
    }
    penalty
}
