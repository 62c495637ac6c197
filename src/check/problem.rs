//! A network's J as a function of its flat parameters, in any numbers, beside the gradient that is
//! to be checked.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use nalgebra::RealField;

use super::dual::Dual;
use super::ladder::Point;
use super::report::Place;
use super::rounded::{Double, Precision, Rounded, Single};
use crate::fast::passes::gradient_of_one::OfOne;
use crate::fast::registers::as_floats;
use crate::input::Sample;
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
        Data::new::<N>(inputs, targets, regularization).rounding(&to_f64s(net.parameters()))
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
    data: Data<'a>,
}

impl<'a> Problem<'a> {
    pub(super) fn new<N: Network>(
        net: &N,
        inputs: &'a [N::Input],
        targets: &'a [N::Target],
        regularization: &Regularization<N::Scalar>,
        gradient: &[N::Scalar],
    ) -> Self {
        let data = Data::new::<N>(inputs, targets, regularization);
        let theta = to_f64s(net.parameters());
        let Rounding { gradient: roundings, blurred, scale, .. } = data.rounding(&theta);
        let (cost, sides) = data.cost_and_sides(&theta);
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
            data,
        }
    }

    /// J at other parameters; how far they are away is the caller's affair.
    pub(super) fn point(&self, theta: &[f64], step: f64) -> Point {
        let (value, sides) = self.data.cost_and_sides(theta);
        Point { step, value, crosses: sides != self.sides }
    }

    /// ∂J/∂θ for some of the parameters, exactly. `duals` are all parameters, unchanging.
    pub(super) fn derivatives(&self, duals: &mut [Dual<WIDTH>], indices: &[usize]) -> [f64; WIDTH] {
        for (n, &index) in indices.iter().enumerate() {
            duals[index].derivative[n] = 1.0;
        }
        let cost = self.data.dual_cost(duals);
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

/// A network as data, with m examples: what is computed here is compiled once for all of them.
struct Data<'a> {
    plain: OfOne<f64>,
    dual: OfOne<Dual<WIDTH>>,
    rounded: RoundedOfOne,
    shapes: &'static [ThetaShape],
    /// x and y of every example, one behind the other.
    inputs: Cow<'a, [f64]>,
    targets: Cow<'a, [f64]>,
    m: usize,
    /// What each θ is multiplied with in ∂J/∂θ; nothing where that is 0 for all.
    decays: Vec<f64>,
}

/// In the precision of the network.
enum RoundedOfOne {
    Single(OfOne<Rounded<Single>>),
    Double(OfOne<Rounded<Double>>),
}

impl<'a> Data<'a> {
    fn new<N: Network>(
        inputs: &'a [N::Input],
        targets: &'a [N::Target],
        regularization: &Regularization<N::Scalar>,
    ) -> Self {
        let (weights, bias) = regularization.decays(inputs.len());
        let single = epsilon::<N::Scalar>() > 1e-10;
        Self {
            plain: OfOne::of::<N::Chain>(),
            dual: OfOne::of::<N::Chain>(),
            rounded: if single {
                RoundedOfOne::Single(OfOne::of::<N::Chain>())
            } else {
                RoundedOfOne::Double(OfOne::of::<N::Chain>())
            },
            shapes: N::SHAPES,
            inputs: in_f64(N::Input::flat(inputs)),
            targets: in_f64(N::Target::flat(targets)),
            m: inputs.len(),
            decays: decay_of_each(N::SHAPES, to_f64(&weights), to_f64(&bias)),
        }
    }

    fn m(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "no one checks on 2⁵³ examples")]
        let m = self.m as f64;
        m
    }

    /// x and y of every example.
    fn examples(&self) -> impl Iterator<Item = (&[f64], &[f64])> {
        let (s_in, s_out) = (self.shapes[0].s_in, self.shapes[self.shapes.len() - 1].s_out);
        self.inputs.chunks_exact(s_in).zip(self.targets.chunks_exact(s_out))
    }

    /// J.
    fn cost<V: Real>(
        &self,
        of_one: &OfOne<V>,
        theta: &[V],
        see: &mut dyn FnMut(&V, &'static [f64]),
    ) -> V {
        let (mut sum, [mut a, mut z, mut y]) = (V::zero(), [const { Vec::new() }; 3]);
        for (of_x, of_y) in self.examples() {
            set_constants(&mut a, of_x);
            set_constants(&mut y, of_y);
            sum = sum + of_one.cost(theta, [&mut a, &mut z], &y, see);
        }
        sum = sum / V::constant(self.m());
        for (theta, decay) in theta.iter().zip(&self.decays) {
            sum = sum + V::constant(0.5 * decay) * theta.clone() * theta.clone();
        }
        sum
    }

    fn rounding(&self, theta: &[f64]) -> Rounding {
        match &self.rounded {
            RoundedOfOne::Single(of_one) => self.rounding_in(of_one, theta),
            RoundedOfOne::Double(of_one) => self.rounding_in(of_one, theta),
        }
    }

    fn rounding_in<P: Precision>(&self, of_one: &OfOne<Rounded<P>>, theta: &[f64]) -> Rounding {
        let theta: Vec<Rounded<P>> = theta.iter().map(|&theta| Real::constant(theta)).collect();
        let mut of_z = 0.0_f64;
        let cost = self.cost(of_one, &theta, &mut |z, _| of_z = of_z.max(z.error()));
        let mut sums: Vec<Rounded<P>> = theta.iter().map(|_| Real::zero()).collect();
        let [mut x, mut y] = [const { Vec::new() }; 2];
        for (of_x, of_y) in self.examples() {
            set_constants(&mut x, of_x);
            set_constants(&mut y, of_y);
            of_one.add_gradient(&theta, &x, &y, &mut sums);
        }
        let m = Rounded::constant(self.m());
        let decays = self.decays.iter().copied().chain(core::iter::repeat(0.0));
        let entries = sums.into_iter().zip(&theta).zip(decays);
        let (gradient, blurred) = entries
            .map(|((sum, theta), decay)| sum / m + Rounded::constant(decay) * *theta)
            .map(|entry| (entry.error(), entry.blurred))
            .unzip();
        Rounding { cost: cost.error(), scale: cost.scale, gradient, z: of_z, blurred }
    }

    fn cost_and_sides(&self, theta: &[f64]) -> (f64, u64) {
        // FNV-1a: two θ with units on different sides have, but for one case in 2⁶⁴, different
        // hashes.
        let mut sides = 0xcbf2_9ce4_8422_2325_u64;
        let cost = self.cost(&self.plain, theta, &mut |&z, kinks| {
            for &kink in kinks {
                // A unit on the spot is `blurred`, whatever side it is counted to.
                sides = (sides ^ u64::from(z > kink)).wrapping_mul(0x100_0000_01b3);
            }
        });
        (cost, sides)
    }

    fn dual_cost(&self, theta: &[Dual<WIDTH>]) -> Dual<WIDTH> {
        self.cost(&self.dual, theta, &mut |_, _| {})
    }
}

/// What each θ is multiplied with in ∂J/∂θ, or nothing if that is 0.
fn decay_of_each(shapes: &[ThetaShape], weights: f64, bias: f64) -> Vec<f64> {
    if (weights, bias) == (0.0, 0.0) {
        return Vec::new();
    }
    let mut decays = Vec::new();
    for shape in shapes {
        decays.resize(decays.len() + shape.s_out, bias);
        decays.resize(decays.len() + shape.s_out * shape.s_in, weights);
    }
    decays
}

/// Makes `numbers` those entries, as numbers that do not change.
fn set_constants<V: Real>(numbers: &mut Vec<V>, entries: &[f64]) {
    numbers.clear();
    numbers.extend(entries.iter().map(|&entry| V::constant(entry)));
}

/// Numbers as `f64`, where they lie if that is what they are.
fn in_f64<T: RealField>(numbers: &[T]) -> Cow<'_, [f64]> {
    as_floats(numbers).map_or_else(|| to_f64s(numbers).into(), Cow::Borrowed)
}

pub(super) fn to_f64s<T: RealField>(values: &[T]) -> Vec<f64> {
    values.iter().map(to_f64).collect()
}
