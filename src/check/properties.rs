//! What must hold for J and ∇J of every network, as functions that say where it does not.
//!
//! With the feature `proptest`, [`gradient_properties!`](crate::gradient_properties) makes a suite
//! of tests of them, on random cases that shrink. Each works on one [`Case`]:
//!
//! ```
//! use constprop::prelude::*;
//! use constprop::properties::{self, Case};
//!
//! network! {
//!     pub struct Tiny(2 => 3 Tanh => 1 Sigmoid) minimizing CrossEntropy;
//! }
//! let case = Case {
//!     net: Tiny::<f64>::boxed_seeded(1),
//!     inputs: vec![[0.5, -1.0], [0.25, 2.0]],
//!     targets: vec![[1.0], [0.0]],
//!     regularization: Regularization::article(0.1),
//! };
//! properties::gradient_is_correct(&case)?;
//! properties::sums_over_a_split(&case)?;
//! # Ok::<(), properties::Failure>(())
//! ```
//!
//! Two numbers that are equal but for rounding may differ by what rounding can have done to them,
//! from an account of the magnitudes that they are made of: see [`check`](crate::check).

use core::fmt;
use core::ops::Range;

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::check::problem::Rounding;
use crate::check::{Check, Verdict};
use crate::error::{Error, debug_is_display};
use crate::fast::values::Norm;
use crate::gradient::{BigDeltas, Gradient};
use crate::input::Sample;
use crate::network::Network;
use crate::network::place;
use crate::real::{count, epsilon, to_f64};
use crate::regularization::Regularization;
use crate::shapes::parameters::Parameters;

/// A network, the examples it is tried on, and λ. `Debug` prints the lines that make it again.
pub struct Case<N: Network> {
    /// The network.
    pub net: Box<N>,
    /// x of every example.
    pub inputs: Vec<N::Input>,
    /// y of every example.
    pub targets: Vec<N::Target>,
    /// λ.
    pub regularization: Regularization<N::Scalar>,
}

/// Why a property was not seen to hold.
#[derive(Clone, PartialEq)]
pub enum Failure {
    /// It does not hold: where, and by how much.
    Broken(String),
    /// Nothing can be said of this case: why.
    Undecided(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(what) => f.write_str(what),
            Self::Undecided(why) => write!(f, "nothing can be said: {why}"),
        }
    }
}

debug_is_display!(Failure);

impl core::error::Error for Failure {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Broken(error.to_string())
    }
}

type Holds = Result<(), Failure>;

impl<N: Network> Clone for Case<N> {
    fn clone(&self) -> Self {
        Self {
            net: self.net.boxed_clone(),
            inputs: self.inputs.clone(),
            targets: self.targets.clone(),
            regularization: self.regularization.clone(),
        }
    }
}

impl<N: Network> fmt::Debug for Case<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = core::any::type_name::<N>();
        writeln!(f, "let mut net = <{name}>::boxed(); // all 0 but for:")?;
        for (index, parameter) in self.net.parameters().iter().enumerate() {
            if *parameter != nalgebra::zero() {
                let (theta, row, column) = place::<N>(index);
                write!(f, "net.parameters_mut()[{index}] = {parameter:?};")?;
                writeln!(f, " // theta{theta}, row {row}, column {column}")?;
            }
        }
        writeln!(f, "let inputs = vec!{:?};", self.inputs)?;
        writeln!(f, "let targets = vec!{:?};", self.targets)?;
        writeln!(f, "let regularization = {:?};", self.regularization)
    }
}

impl<N: Network> Case<N> {
    fn cost(&self, regularization: &Regularization<N::Scalar>) -> Result<f64, Error> {
        Ok(to_f64(&self.net.cost(&self.inputs, &self.targets, regularization)?))
    }

    fn rounding(&self) -> Rounding {
        Rounding::of(&*self.net, &self.inputs, &self.targets, &self.regularization)
    }

    fn computed(&self) -> Result<Computed<N>, Error> {
        Computed::of(&self.net, &self.inputs, &self.targets, &self.regularization)
    }
}

/// J and ∇J.
struct Computed<N: Network> {
    cost: f64,
    gradient: Box<Gradient<N>>,
}

impl<N: Network> Computed<N> {
    fn of(
        net: &N,
        inputs: &[N::Input],
        targets: &[N::Target],
        regularization: &Regularization<N::Scalar>,
    ) -> Result<Self, Error> {
        let (cost, gradient) = net.cost_and_gradient(inputs, targets, regularization)?;
        Ok(Self { cost: to_f64(&cost), gradient })
    }

    /// Whether another J and ∇J are the same but for rounding.
    fn agrees_with(&self, cost: f64, gradient: &[N::Scalar], rounding: &Rounding) -> Holds {
        close("J", cost, self.cost, 2.0 * rounding.cost)?;
        let entries = gradient.iter().zip(self.gradient.parameters()).zip(&rounding.gradient);
        for (index, ((found, expected), error)) in entries.enumerate() {
            if rounding.blurred[index] {
                continue;
            }
            let (theta, row, column) = place::<N>(index);
            let name = || format!("theta{theta}, row {row}, column {column}");
            close_with(name, to_f64(found), to_f64(expected), 2.0 * error)?;
        }
        Ok(())
    }
}

fn close(name: &str, found: f64, expected: f64, tolerance: f64) -> Holds {
    close_with(|| name.to_string(), found, expected, tolerance)
}

fn close_with(name: impl Fn() -> String, found: f64, expected: f64, tolerance: f64) -> Holds {
    // Written so that a NaN differs.
    if (found - expected).abs() <= tolerance {
        return Ok(());
    }
    Err(Failure::Broken(format!(
        "{}: {found:e} where {expected:e} is expected; rounding accounts for {tolerance:.0e}",
        name()
    )))
}

/// Entries of each Θ⁽ˡ⁾ that are looked at one by one; a network may have millions.
const ENTRIES: usize = 500;

/// ∂J/∂Θ⁽ˡ⁾ is the derivative of J, entry by entry: [`Check::exact`].
///
/// # Errors
///
/// The report of the check, where it does not hold or cannot be judged.
pub fn gradient_is_correct<N: Network>(case: &Case<N>) -> Holds {
    let Case { net, inputs, targets, regularization } = case;
    let report =
        Check::exact().entries(ENTRIES).gradient(&**net, inputs, targets, regularization)?;
    match report.verdict {
        Verdict::Correct => Ok(()),
        Verdict::Wrong => Err(Failure::Broken(report.to_string())),
        Verdict::CannotJudge(_) => Err(Failure::Undecided(report.verdict.to_string())),
    }
}

/// J and ∇J are the same for every order of the examples.
///
/// # Errors
///
/// The first entry that is not.
pub fn order_does_not_matter<N: Network>(case: &Case<N>) -> Holds {
    let expected = case.computed()?;
    let (mut inputs, mut targets) = (case.inputs.clone(), case.targets.clone());
    inputs.reverse();
    targets.reverse();
    let found = Computed::of(&*case.net, &inputs, &targets, &case.regularization)?;
    expected.agrees_with(found.cost, found.gradient.parameters(), &case.rounding())
}

/// m J = m₁ J₁ + m₂ J₂ and likewise for ∇J, over any split of the examples into two parts, without
/// λ.
///
/// # Errors
///
/// The first entry that is not.
pub fn sums_over_a_split<N: Network>(case: &Case<N>) -> Holds {
    let m = case.inputs.len();
    let none = Regularization::none();
    let whole = Case { regularization: none.clone(), ..case.clone() };
    let (expected, rounding) = (whole.computed()?, whole.rounding());
    for m1 in 1..m {
        let part = |range: Range<usize>| {
            let (inputs, targets) = (&case.inputs[range.clone()], &case.targets[range]);
            Computed::of(&*case.net, inputs, targets, &none)
        };
        let (first, second) = (part(0..m1)?, part(m1..m)?);
        let mean = |first: f64, second: f64| {
            let number = |n: usize| to_f64(&count::<N::Scalar>(n));
            (number(m1) * first + number(m - m1) * second) / number(m)
        };
        let pairs = first.gradient.parameters().iter().zip(second.gradient.parameters());
        let gradient: Vec<N::Scalar> = pairs
            .map(|(first, second)| nalgebra::convert(mean(to_f64(first), to_f64(second))))
            .collect();
        expected.agrees_with(mean(first.cost, second.cost), &gradient, &rounding)?;
    }
    Ok(())
}

/// J(λ) − J(0) is the penalty, [`Regularization::penalty`].
///
/// # Errors
///
/// What it is instead.
pub fn lambda_adds_the_penalty<N: Network>(case: &Case<N>) -> Holds {
    let (with, without) = (case.cost(&case.regularization)?, case.cost(&Regularization::none())?);
    let penalty = to_f64(&case.regularization.penalty(&*case.net, case.inputs.len()));
    close("J(λ) - J(0)", with - without, penalty, 2.0 * case.rounding().cost)
}

/// λ moves ∂J/∂Θ⁽ˡ⁾ by λΘ⁽ˡ⁾ or (λ/m)Θ⁽ˡ⁾, and leaves the bias alone where it is excluded.
///
/// # Errors
///
/// The first entry that is not as it should be.
pub fn lambda_spares_the_bias<N: Network>(case: &Case<N>) -> Holds {
    let with = case.computed()?;
    let without = Computed::of(&*case.net, &case.inputs, &case.targets, &Regularization::none())?;
    let (weights, bias) = case.regularization.decays(case.inputs.len());
    let decays = [to_f64(&bias), to_f64(&weights)];
    let rounding = case.rounding();
    for (index, theta) in case.net.parameters().iter().enumerate() {
        let (layer, row, column) = place::<N>(index);
        let entry = |computed: &Computed<N>| to_f64(&computed.gradient.parameters()[index]);
        let expected = entry(&without) + decays[usize::from(column > 0)] * to_f64(theta);
        let name = || format!("λ in theta{layer}, row {row}, column {column}");
        close_with(name, entry(&with), expected, 2.0 * rounding.gradient[index])?;
    }
    Ok(())
}

/// Forward, backward and Δ of one example after the other give what the calls over many examples
/// give.
///
/// # Errors
///
/// The first entry that is not.
pub fn paths_agree<N: Network>(case: &Case<N>) -> Holds {
    let Case { net, inputs, targets, regularization } = case;
    let (m, epsilon) = (inputs.len(), epsilon::<N::Scalar>());
    let mut sums = BigDeltas::<N>::boxed();
    let mut cost: N::Scalar = nalgebra::zero();
    let outputs = net.predict_many(inputs)?;
    let rounding = case.rounding();
    for ((x, y), together) in inputs.iter().zip(targets).zip(&outputs) {
        let (trace, alone) = (net.forward(x), net.predict(x));
        sums.accumulate(&trace, &net.backward(&trace, y));
        cost += trace.cost(y);
        for unit in 0..N::Target::SIZE {
            let entry = |a: &N::Target| to_f64(&a.as_ref()[unit]);
            let expected = entry(trace.output());
            // No output activation is steeper than a few.
            let tolerance = 8.0 * rounding.z + 1e3 * epsilon * expected.abs();
            close("a prediction beside others", entry(together), expected, tolerance)?;
            close("a prediction alone", entry(&alone), expected, tolerance)?;
        }
    }
    let gradient = sums.finish(net, m, regularization);
    let cost = cost / count(m) + regularization.penalty(&**net, m);
    case.computed()?.agrees_with(to_f64(&cost), gradient.parameters(), &rounding)
}

/// Unrolled and rolled up again, a network is the same to the bit, and every entry of the flat
/// slice has one place.
///
/// # Errors
///
/// The entry that is not.
pub fn unrolling_is_reversible<N: Network>(case: &Case<N>) -> Holds {
    let mut copy = N::boxed();
    copy.set_parameters(case.net.parameters())?;
    for (index, (found, expected)) in
        copy.parameters().iter().zip(case.net.parameters()).enumerate()
    {
        if found != expected {
            return Err(Failure::Broken(format!("parameter {index} is {found} after {expected}")));
        }
    }
    let mut index = 0;
    for shape in N::SHAPES {
        for column in 0..=shape.s_in {
            for row in 0..shape.s_out {
                if place::<N>(index) != (shape.layer, row, column) {
                    let found = place::<N>(index);
                    return Err(Failure::Broken(format!("parameter {index} stands at {found:?}")));
                }
                index += 1;
            }
        }
    }
    Ok(())
}

/// Some step along −∇J, small enough, lowers J.
///
/// # Errors
///
/// J at steps of every size, none of which is lower.
pub fn descent_lowers_the_cost<N: Network>(case: &Case<N>) -> Holds {
    let Computed { cost, gradient } = case.computed()?;
    let rounding = case.rounding();
    let undecided = |why: &str| Err(Failure::Undecided(why.to_string()));
    if rounding.blurred.contains(&true) {
        return undecided("rounding decides the side of a kink");
    }
    // ⟨∇J, p⟩ along p = −∇J/‖∇J‖: with squares of ∇J's entries, which may have no number, nowhere.
    let Norm { unit, root } = Norm::of(gradient.parameters());
    let steepness = to_f64(&unit) * to_f64(&root);
    let mut moved = case.clone();
    // The step that would lower J to 0, were it straight; half of that is what a parabola gives.
    let first = 2.0 * cost.abs() / steepness;
    if !first.is_finite() {
        return undecided("J or ∇J is not finite, or ∇J is 0");
    }
    let (mut step, mut before, mut rises) = (first, f64::INFINITY, false);
    // What is to be gained must stand out from rounding.
    while 0.5 * step * steepness > 4.0 * rounding.cost {
        let entries = moved.net.parameters_mut().iter_mut();
        let (from, slopes) = (case.net.parameters(), gradient.parameters());
        let length = nalgebra::convert::<f64, N::Scalar>(step);
        for ((to, from), slope) in entries.zip(from).zip(slopes) {
            let direction = slope.clone() / unit.clone() / root.clone();
            *to = from.clone() - length.clone() * direction;
        }
        // Parameters too large for the scalar are no step.
        let there = moved.cost(&case.regularization).unwrap_or(f64::INFINITY);
        if there < cost {
            return Ok(());
        }
        let (rise, expected) = (there - cost, step * steepness);
        // As a line does, 4 times from a quarter of the step, and no steeper than a wrong ∇J may be. A
        // right one next to a minimum is followed beyond that: J rises 16 times, or far out steeply.
        rises = before < 6.0 * rise && rise >= 0.5 * expected && rise <= 100.0 * expected;
        before = rise;
        step *= 0.25;
    }
    // J rises as if ∇J pointed down, at steps where nothing bends any more.
    if rises && step < 1e-3 * first {
        return Err(Failure::Broken(format!(
            "J = {cost:e} rises along −∇J, down to steps of {step:e}"
        )));
    }
    undecided("no step lowers J by more than rounding")
}
