//! Units of y: a network learns (y − ȳ)/d, and its last Θ is then made one that gives y.

use alloc::vec;
use alloc::vec::Vec;
use core::any::TypeId;

use nalgebra::ComplexField;

use super::History;
use crate::activation::Identity;
use crate::cost::HalfSquaredError;
use crate::fast::moments::each_column;
use crate::fast::registers::Float;
use crate::fast::values::{Norm, largest};
use crate::input::Sample;
use crate::network::Network;
use crate::real::{count, to_f64};

/// ȳ of each output, and d, the deviation of all y from them, as a scalar. It is one d for all outputs,
/// so that J of y is d² times that of (y − ȳ)/d.
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
        let y: Vec<f64> = N::Target::flat(targets).iter().map(to_f64).collect();
        let mut mean = vec![0.0; N::Target::SIZE];
        let mut deviations = mean.clone();
        each_column(&y, N::Target::SIZE, |output, of_output| {
            mean[output] = of_output.0;
            deviations[output] = of_output.1.unwrap_or(0.0);
        });
        // Of a y that never changes there is its size alone, if it has one.
        let root = ComplexField::sqrt(count::<f64>(N::Target::SIZE));
        let deviation = Norm::in_units_of_the_largest(&deviations).value() / root;
        let size = [deviation, largest(&mean), 1.0].into_iter().find(|size| *size != 0.0)?;
        // As Θ is multiplied with it.
        let scalar: N::Scalar = nalgebra::convert(size);
        let square: N::Scalar = nalgebra::convert(size * size);
        let d = to_f64(&scalar);
        // Where y is not finite, or its J overflows, it is for the training to say so.
        let is_finite =
            mean.iter().all(|mean| mean.is_finite()) && ComplexField::is_finite(&square);
        (is_finite && size.is_normal() && d > 0.0).then_some(Self { mean, d })
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
