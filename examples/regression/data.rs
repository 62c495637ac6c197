//! Input: three regressions, standardized, every fifth example held out.

use constprop::prelude::*;
use constprop::rand::RngExt;
use constprop::{Sample, rng};

/// Ten measurements and what is to be foretold, a patient on each line; names on the first.
static DIABETES: &str = include_str!("diabetes.csv");

/// Examples of the network `N`.
pub struct Data<N: Network> {
    pub x: Vec<N::Input>,
    pub y: Vec<N::Target>,
}

/// Examples as they come: the inputs, then the one output, in a row.
pub type Rows = Vec<Vec<f64>>;

/// 442 diabetes patients: Efron et al. 2004; see `ATTRIBUTION.md`.
pub fn diabetes() -> Result<Rows, String> {
    let row = |line: &str| line.split(',').map(|entry| entry.trim().parse()).collect();
    let rows: Result<Rows, _> = DIABETES.lines().skip(1).map(row).collect();
    rows.map_err(|error| format!("diabetes.csv: {error}"))
}

/// y = 10 sin(π x₁ x₂) + 20 (x₃ − ½)² + 10 x₄ + 5 x₅ + noise of variance 1, with ten inputs, five of
/// which say nothing. Source: Friedman, Multivariate Adaptive Regression Splines, 1991, §4.3.
pub fn friedman() -> Rows {
    let mut rng = rng(1);
    let row = |_| {
        let mut row: Vec<f64> = (0..10).map(|_| rng.random_range(0.0..1.0)).collect();
        // Twelve uniform numbers less 6: nearly normal, of variance 1.
        let noise: f64 = (0..12).map(|_| rng.random_range(0.0..1.0)).sum::<f64>() - 6.0;
        let wave = 10.0 * (std::f64::consts::PI * row[0] * row[1]).sin();
        let bend = 20.0 * (row[2] - 0.5).powi(2);
        row.push(wave + bend + 10.0 * row[3] + 5.0 * row[4] + noise);
        row
    };
    (0..500).map(row).collect()
}

/// Two periods of a sine at 100 places, without noise.
pub fn sine() -> Rows {
    let places = (0..100).map(|i| f64::from(i) / 49.5 - 1.0);
    places.map(|x| vec![x, (2.0 * std::f64::consts::PI * x).sin()]).collect()
}

/// y = sin(2 x₁) + x₁ x₂ + noise of deviation 0.1, with two inputs from −2 to 2, at 120 places.
pub fn wave() -> Rows {
    let mut rng = rng(2);
    let row = |_| {
        let [a, b]: [f64; 2] = std::array::from_fn(|_| rng.random_range(-2.0..2.0));
        let noise: f64 = (0..12).map(|_| rng.random_range(0.0..1.0)).sum::<f64>() - 6.0;
        vec![a, b, (2.0 * a).sin() + a * b + 0.1 * noise]
    };
    (0..120).map(row).collect()
}

/// Every column with mean 0 and variance 1, as those for training have them.
pub fn standardized(mut rows: Rows) -> Rows {
    let columns = rows.first().map_or(0, Vec::len);
    for column in 0..columns {
        let training =
            || rows.iter().enumerate().filter(|(i, _)| !is_fifth(*i)).map(|(_, row)| row[column]);
        let count = training().count() as f64;
        let mean = training().sum::<f64>() / count;
        let deviation = (training().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt();
        for row in &mut rows {
            row[column] = (row[column] - mean) / deviation;
        }
    }
    rows
}

/// Those for training, and every fifth one, held out.
pub fn split(rows: &Rows) -> (Rows, Rows) {
    let (mut training, mut held_out) = (Rows::new(), Rows::new());
    for (index, row) in rows.iter().enumerate() {
        if is_fifth(index) { &mut held_out } else { &mut training }.push(row.clone());
    }
    (training, held_out)
}

const fn is_fifth(index: usize) -> bool {
    index % 5 == 4
}

impl<N: Network<Scalar = f64>> Data<N> {
    /// # Panics
    ///
    /// When a row is shorter than the network's input and output together.
    pub fn new(rows: &Rows) -> Self {
        let x = rows.iter().map(|row| N::Input::from_fn(|i| row[i])).collect();
        let y = rows.iter().map(|row| N::Target::from_fn(|k| row[N::Input::SIZE + k])).collect();
        Self { x, y }
    }

    /// R² = 1 − Σ (a − y)² / Σ (y − ȳ)²: 1 is perfect, 0 no better than the mean.
    pub fn r_squared(&self, net: &N) -> Result<f64, constprop::Error> {
        let squares = 2.0 * net.cost(&self.x, &self.y, &Regularization::none())?;
        let y = || self.y.iter().map(|y| y.as_ref()[0]);
        let mean = y().sum::<f64>() / self.y.len() as f64;
        let variance = y().map(|y| (y - mean).powi(2)).sum::<f64>() / self.y.len() as f64;
        Ok(1.0 - squares / variance)
    }
}
