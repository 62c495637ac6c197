//! One layer of a file as numbers: Θ⁽ˡ⁾, with the batch normalization behind it folded in.

use nalgebra::ComplexField;

use super::fault::{Fault, Found};
use super::names::{Kind, Part};
use super::plan::{Plan, shape_of};
use super::safetensors::{Dtype, File, Tensor};
use crate::shapes::shape::ThetaShape;

/// A tensor whose entries are finite numbers.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    tensor: Tensor<'a>,
    dtype: Dtype,
}

impl<'a> Values<'a> {
    /// One of this shape, of one or two sides.
    pub(super) fn new(tensor: Tensor<'a>, sides: &[usize]) -> Result<Self, Found> {
        let wrong = |fault: Fault| (fault, Some(tensor.at));
        let Some(dtype) = tensor.numbers().filter(|_| tensor.shape.is(sides)) else {
            let side = |index: usize| sides.get(index).copied().unwrap_or_default();
            return Err(wrong(Fault::Shape { expected: [side(0), side(1)] }));
        };
        let values = Self { tensor, dtype };
        let entries = sides.iter().product();
        match (0..entries).find(|&entry| !values.get(entry).is_finite()) {
            None => Ok(values),
            Some(entry) => Err(wrong(Fault::NotFinite { entry, value: values.get(entry) })),
        }
    }

    pub(super) fn get(&self, index: usize) -> f64 {
        self.tensor.number(self.dtype, index)
    }
}

/// Θ⁽ˡ⁾ of a file.
///
/// Behind z a batch normalization has γ (z − μ)/√(σ² + ε) + β, and so z = W a + b becomes
/// s W a + s (b − μ) + β with s = γ/√(σ² + ε).
pub(super) struct Layer<'a> {
    kind: Kind,
    shape: &'a ThetaShape,
    weight: Values<'a>,
    bias: Option<Values<'a>>,
    norm: Option<Norm<'a>>,
}

struct Norm<'a> {
    gamma: Option<Values<'a>>,
    beta: Option<Values<'a>>,
    mean: Values<'a>,
    variance: Values<'a>,
    epsilon: f64,
}

impl<'a> Layer<'a> {
    /// The layer at `index` of a plan that is whole; its parts have the right shapes, and every number
    /// is finite.
    pub(super) fn new(
        file: &File<'a>,
        plan: &Plan<'a>,
        index: usize,
        shape: &'a ThetaShape,
    ) -> Result<Self, Found> {
        let kind = plan.scheme.kind;
        let part = |part: Part| match plan.tensor(file, index, part) {
            Some(tensor) => {
                let (sides, rank) = shape_of(kind, part, shape);
                Values::new(tensor, &sides[..rank]).map(Some)
            }
            None => Ok(None),
        };
        let needed = |values: Option<Values<'a>>| {
            values.ok_or((Fault::Tensors { missing: 1, extra: 0 }, None))
        };
        let norm = if plan.has_norm(index) {
            let (mean, variance) = (needed(part(Part::Mean)?)?, needed(part(Part::Variance)?)?);
            let epsilon = plan.scheme.epsilon();
            check_variance(&variance, epsilon, shape.s_out)?;
            Some(Norm {
                gamma: part(Part::Gamma)?,
                beta: part(Part::Beta)?,
                mean,
                variance,
                epsilon,
            })
        } else {
            None
        };
        let (weight, bias) = (needed(part(Part::Weight)?)?, part(Part::Bias)?);
        Ok(Self { kind, shape, weight, bias, norm })
    }

    /// The number in Θ⁽ˡ⁾, column 0 the bias.
    pub(super) fn number(&self, row: usize, column: usize) -> f64 {
        let ThetaShape { s_out, s_in, .. } = *self.shape;
        let number = match (self.kind, column) {
            (Kind::Ours, _) => self.weight.get(column * s_out + row),
            (_, 0) => self.bias.map_or(0.0, |bias| bias.get(row)),
            (Kind::Pytorch, _) => self.weight.get(row * s_in + column - 1),
            (Kind::Keras, _) => self.weight.get((column - 1) * s_out + row),
        };
        let Some(norm) = &self.norm else { return number };
        let gamma = norm.gamma.map_or(1.0, |gamma| gamma.get(row));
        let scale = gamma / ComplexField::sqrt(norm.variance.get(row) + norm.epsilon);
        if column > 0 {
            return scale * number;
        }
        scale * (number - norm.mean.get(row)) + norm.beta.map_or(0.0, |beta| beta.get(row))
    }
}

/// σ² + ε has a root that is not 0.
fn check_variance(variance: &Values<'_>, epsilon: f64, entries: usize) -> Result<(), Found> {
    let is_wrong = |entry: &usize| {
        let value = variance.get(*entry);
        let sum = value + epsilon;
        !(sum > 0.0 && sum.is_finite() && value >= 0.0 && epsilon >= 0.0)
    };
    match (0..entries).find(is_wrong) {
        None => Ok(()),
        Some(entry) => {
            let fault = Fault::Variance { entry, value: variance.get(entry) };
            Err((fault, Some(variance.tensor.at)))
        }
    }
}
