//! Units of y: a network learns (y − ȳ)/d, and its last Θ is then made one that gives y.

use alloc::vec;
use alloc::vec::Vec;
use core::any::TypeId;

use nalgebra::ComplexField;

use super::History;
use crate::activation::Identity;
use crate::cost::HalfSquaredError;
use crate::input::Sample;
use crate::network::Network;
use crate::real::to_f64;
use crate::simd::Float;

/// ȳ of each output, and d, the power of two below the deviation of all y from them. It is one d for
/// all outputs, so that J of y is d² times that of (y − ȳ)/d.
pub(super) struct Units {
    mean: Vec<f64>,
    d: f64,
}

impl Units {
    /// Those of y, where the last Θ can take them on.
    pub(super) fn of<N: Network<Scalar: Float>>(targets: &[N::Target]) -> Option<Self> {
        let is_linear = TypeId::of::<N::Hypothesis>() == TypeId::of::<Identity>();
        let is_square = TypeId::of::<N::Cost>() == TypeId::of::<HalfSquaredError>();
        if !(is_linear && is_square) || targets.is_empty() {
            return None;
        }
        let y = N::Target::flat(targets);
        let mean = means(y, N::Target::SIZE);
        let off = || y.iter().enumerate().map(|(index, y)| to_f64(y) - mean[index % mean.len()]);
        // Of a y that never changes there is its size alone.
        let size = match deviation(off) {
            0.0 => mean.iter().fold(0.0, |size: f64, mean| size.max(mean.abs())),
            deviation => deviation,
        };
        let d = if size == 0.0 { 1.0 } else { power_of_two_below(size) };
        // Where y is not finite, or its J overflows, it is for the training to say so.
        let square: N::Scalar = nalgebra::convert(d * d);
        let is_finite = mean.iter().all(|mean| mean.is_finite());
        (is_finite && d > 0.0 && ComplexField::is_finite(&square)).then_some(Self { mean, d })
    }

    /// (y − ȳ)/d.
    pub(super) fn applied<N: Network<Scalar: Float>>(
        &self,
        targets: &[N::Target],
    ) -> Vec<N::Target> {
        let mut scaled = targets.to_vec();
        for (index, y) in N::Target::flat_mut(&mut scaled).iter_mut().enumerate() {
            let off = to_f64(y) - self.mean[index % self.mean.len()];
            *y = nalgebra::convert(off / self.d);
        }
        scaled
    }

    /// Makes a network that gives (y − ȳ)/d one that gives y.
    pub(super) fn take_on<N: Network<Scalar: Float>>(&self, net: &mut N) {
        let Some(last) = N::SHAPES.last() else { return };
        let first = N::PARAMETERS - last.parameters();
        let theta = &mut net.parameters_mut()[first..];
        let d: N::Scalar = nalgebra::convert(self.d);
        theta.iter_mut().for_each(|entry| *entry *= d);
        for (bias, mean) in theta.iter_mut().zip(&self.mean) {
            *bias = nalgebra::convert(to_f64(bias) + mean);
        }
    }

    /// J of y.
    pub(super) fn of_history(&self, history: History) -> History {
        history.scaled(self.d * self.d)
    }
}

/// The mean of each of so many columns; exactly the value of one that never changes.
fn means<T: Float>(rows: &[T], columns: usize) -> Vec<f64> {
    #[allow(clippy::cast_precision_loss, reason = "examples are far below 2⁵³")]
    let m = (rows.len() / columns) as f64;
    let first: Vec<f64> = rows[..columns].iter().map(to_f64).collect();
    let mut off = vec![0.0; columns];
    for (index, value) in rows.iter().enumerate() {
        off[index % columns] += (to_f64(value) - first[index % columns]) / m;
    }
    first.iter().zip(off).map(|(first, off)| first + off).collect()
}

/// The root of the mean of the squares, in parts of the largest, so that none of them over- or
/// underflows.
fn deviation<I: Iterator<Item = f64>>(off: impl Fn() -> I) -> f64 {
    let largest = off().map(f64::abs).fold(0.0, f64::max);
    if largest == 0.0 {
        return 0.0;
    }
    let (sum, count) = off().fold((0.0, 0.0), |(sum, count), off| {
        (sum + (off / largest) * (off / largest), count + 1.0)
    });
    largest * ComplexField::sqrt(sum / count)
}

/// The exponent alone; 0 for what is not finite, or too small to have one.
fn power_of_two_below(size: f64) -> f64 {
    if size.is_normal() { f64::from_bits(size.to_bits() & f64::INFINITY.to_bits()) } else { 0.0 }
}
