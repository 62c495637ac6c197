//! A network's J as a function of its flat parameters, in any numbers, beside the gradient that is
//! to be checked.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use nalgebra::RealField;

use super::dual::Dual;
use super::ladder::Point;
use super::report::Place;
use super::rounded::{Double, Precision, Rounded, Single};
use crate::fast::list::Layers;
use crate::fast::passes::gradient_of_one::{CostOfOne, GradientOfOne};
use crate::network::Network;
use crate::real::{Real, epsilon, to_f64};
use crate::regularization::Regularization;
use crate::shapes::shape::ThetaShape;

/// How many derivatives are taken in one pass.
pub(super) const WIDTH: usize = 8;

/// What rounding can have done to J and to each entry of ∇J, in the precision of the network.
pub(crate) struct Rounding {
    pub(crate) cost: f64,
    /// The magnitude that J's is a share of.
    scale: f64,
    pub(crate) gradient: Vec<f64>,
    /// And to any z.
    pub(crate) z: f64,
    /// Which entries hang on a unit that stands so near at a kink that rounding decides its side.
    pub(crate) blurred: Vec<bool>,
}

impl Rounding {
    pub(crate) fn of<N: Network>(
        net: &N,
        inputs: &[N::Input],
        targets: &[N::Target],
        regularization: &Regularization<N::Scalar>,
    ) -> Self {
        Data::<N>::new(inputs, targets, regularization).rounding(&to_f64s(net.parameters()))
    }
}

/// What is checked, against what.
pub struct Problem<'a> {
    pub(super) subject: String,
    pub(super) shapes: &'static [ThetaShape],
    pub(super) theta: Vec<f64>,
    pub(super) analytic: Vec<f64>,
    /// How far rounding can have moved each analytic entry.
    pub(super) roundings: Vec<f64>,
    pub(super) cost: f64,
    /// What rounding may add to J.
    pub(super) noise: f64,
    /// Which units stand on which side of their kinks, at θ.
    sides: u64,
    /// Which entries hang on one that stands so near that rounding decides it.
    pub(super) blurred: Vec<bool>,
    model: Box<dyn Model + 'a>,
}

impl<'a> Problem<'a> {
    pub(super) fn new<N: Network>(
        net: &N,
        inputs: &'a [N::Input],
        targets: &'a [N::Target],
        regularization: &Regularization<N::Scalar>,
        gradient: &[N::Scalar],
    ) -> Self {
        let model = Box::new(Data::<N>::new(inputs, targets, regularization));
        let theta = to_f64s(net.parameters());
        let Rounding { gradient: roundings, blurred, scale, .. } = model.rounding(&theta);
        let (cost, sides) = model.cost_and_sides(&theta);
        // Of the values that the methods compute, in `f64` whatever the network's scalar.
        let noise = f64::EPSILON * scale;
        Self {
            subject: N::NAME.to_string(),
            shapes: N::SHAPES,
            analytic: to_f64s(gradient),
            roundings,
            cost,
            noise,
            sides,
            blurred,
            theta,
            model,
        }
    }

    /// J at other parameters; how far they are away is the caller's affair.
    pub(super) fn point(&self, theta: &[f64], step: f64) -> Point {
        let (value, sides) = self.model.cost_and_sides(theta);
        Point { step, value, crosses: sides != self.sides }
    }

    /// ∂J/∂θ for some of the parameters, exactly. `duals` are all parameters, unchanging.
    pub(super) fn derivatives(&self, duals: &mut [Dual<WIDTH>], indices: &[usize]) -> [f64; WIDTH] {
        for (n, &index) in indices.iter().enumerate() {
            duals[index].derivative[n] = 1.0;
        }
        let cost = self.model.dual_cost(duals);
        for &index in indices {
            duals[index].derivative = [0.0; WIDTH];
        }
        cost.derivative
    }

    /// For every Θ⁽ˡ⁾ its name, l, and where it lies.
    pub(super) fn thetas(
        &self,
    ) -> impl Iterator<Item = (&'static ThetaShape, core::ops::Range<usize>)> + use<> {
        let mut first = 0;
        self.shapes.iter().map(move |shape| {
            let range = first..first + shape.parameters();
            first = range.end;
            (shape, range)
        })
    }
}

/// Where in Θ⁽ˡ⁾ the entry `within` it stands.
pub(super) const fn place(shape: &ThetaShape, within: usize) -> Place {
    let (row, column) = (within % shape.s_out, within / shape.s_out);
    Place::Parameter { theta: shape.layer, row, column }
}

/// The network's part: one type for each, behind a pointer, so that what judges is compiled once.
trait Model {
    fn cost_and_sides(&self, theta: &[f64]) -> (f64, u64);
    fn dual_cost(&self, theta: &[Dual<WIDTH>]) -> Dual<WIDTH>;
}

struct Data<'a, N: Network> {
    inputs: &'a [N::Input],
    targets: &'a [N::Target],
    /// What Θ is multiplied with in ∂J/∂Θ: its weights, its bias.
    decays: (f64, f64),
}

impl<'a, N: Network> Data<'a, N> {
    fn new(
        inputs: &'a [N::Input],
        targets: &'a [N::Target],
        regularization: &Regularization<N::Scalar>,
    ) -> Self {
        let (weights, bias) = regularization.decays(inputs.len());
        Self { inputs, targets, decays: (to_f64(&weights), to_f64(&bias)) }
    }

    fn m(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "no one checks on 2⁵³ examples")]
        let m = self.inputs.len() as f64;
        m
    }

    /// x and y of every example, as numbers that do not change.
    fn examples<V: Real>(&self) -> impl Iterator<Item = (Vec<V>, Vec<V>)> {
        let constants = |entries: &[N::Scalar]| {
            entries.iter().map(|entry| V::constant(to_f64(entry))).collect()
        };
        let pairs = self.inputs.iter().zip(self.targets);
        pairs.map(move |(x, y)| (constants(x.as_ref()), constants(y.as_ref())))
    }

    /// What each θ is multiplied with in ∂J/∂θ.
    fn decay_of_each(&self) -> impl Iterator<Item = f64> {
        let (weights, bias) = self.decays;
        N::SHAPES.iter().flat_map(move |shape| {
            let biases = core::iter::repeat_n(bias, shape.s_out);
            biases.chain(core::iter::repeat_n(weights, shape.s_out * shape.s_in))
        })
    }

    /// J.
    fn cost<V: Real>(&self, theta: &[V], see: &mut dyn FnMut(&V, &'static [f64])) -> V {
        let mut sum = V::zero();
        for (x, y) in self.examples() {
            sum = sum + N::Chain::walk(CostOfOne { theta, a: &x, y: &y, see: &mut *see });
        }
        sum = sum / V::constant(self.m());
        if self.decays == (0.0, 0.0) {
            return sum;
        }
        for (theta, decay) in theta.iter().zip(self.decay_of_each()) {
            sum = sum + V::constant(0.5 * decay) * theta.clone() * theta.clone();
        }
        sum
    }

    fn rounding(&self, theta: &[f64]) -> Rounding {
        let single = epsilon::<N::Scalar>() > 1e-10;
        if single { self.rounding_in::<Single>(theta) } else { self.rounding_in::<Double>(theta) }
    }

    fn rounding_in<P: Precision>(&self, theta: &[f64]) -> Rounding {
        let theta: Vec<Rounded<P>> = theta.iter().map(|&theta| Real::constant(theta)).collect();
        let mut of_z = 0.0_f64;
        let cost = self.cost(&theta, &mut |z, _| of_z = of_z.max(z.error()));
        let mut sums: Vec<Rounded<P>> = theta.iter().map(|_| Real::zero()).collect();
        for (x, y) in self.examples() {
            N::Chain::walk(GradientOfOne {
                theta: &theta,
                a: &x,
                y: &y,
                sums: &mut sums,
                dj_da: &mut [],
            });
        }
        let m = Rounded::constant(self.m());
        let entries = sums.into_iter().zip(&theta).zip(self.decay_of_each());
        let (gradient, blurred) = entries
            .map(|((sum, theta), decay)| sum / m + Rounded::constant(decay) * *theta)
            .map(|entry| (entry.error(), entry.blurred))
            .unzip();
        Rounding { cost: cost.error(), scale: cost.scale, gradient, z: of_z, blurred }
    }
}

impl<N: Network> Model for Data<'_, N> {
    fn cost_and_sides(&self, theta: &[f64]) -> (f64, u64) {
        // FNV-1a: two θ with units on different sides have, but for one case in 2⁶⁴, different
        // hashes.
        let mut sides = 0xcbf2_9ce4_8422_2325_u64;
        let cost = self.cost(theta, &mut |&z, kinks| {
            for &kink in kinks {
                // A unit on the spot is `blurred`, whatever side it is counted to.
                sides = (sides ^ u64::from(z > kink)).wrapping_mul(0x100_0000_01b3);
            }
        });
        (cost, sides)
    }

    fn dual_cost(&self, theta: &[Dual<WIDTH>]) -> Dual<WIDTH> {
        self.cost(theta, &mut |_, _| {})
    }
}

pub(super) fn to_f64s<T: RealField>(values: &[T]) -> Vec<f64> {
    values.iter().map(to_f64).collect()
}
