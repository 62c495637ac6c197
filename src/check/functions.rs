//! Checks of what users write: functions with their gradients, activations, costs.

use core::ops::Range;

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use nalgebra::RealField;
use rand::RngExt;

use super::dual::Dual;
use super::jet::Jet;
use super::ladder::{Outcome, Point};
use super::problem::to_f64s;
use super::report::{Entry, Part, Place, Report};
use super::rounded::{Double, Rounded};
use super::stepwise::{Slopes, Weighted};
use super::targets::Targets;
use super::{ByValues, Check, Exact, sample, sealed};
use crate::activation::Activation;
use crate::cost::{Compared, Cost, Predicted, Target};
use crate::error::Error;
use crate::input::first_not_finite;
use crate::output::Output;
use crate::real::{Real, epsilon, to_f64};
use crate::shapes::shape::ThetaShape;

type Number = Rounded<Double>;

pub(super) fn check_point<T: RealField>(x: &[T]) -> Result<(), Error> {
    if x.is_empty() {
        return Err(Error::NoExamples);
    }
    match first_not_finite(x) {
        None => Ok(()),
        Some(entry) => Err(Error::Input { example: 0, entry, value: to_f64(&x[entry]) }),
    }
}

pub(super) fn check_length(expected: usize, found: usize) -> Result<(), Error> {
    if expected == found { Ok(()) } else { Err(Error::Length { expected, found }) }
}

/// What is checked, and where.
pub(super) struct Claim<'a, T> {
    pub(super) subject: &'static str,
    pub(super) stretches: Vec<Stretch>,
    pub(super) at: &'a [T],
}

/// Numbers that belong together.
pub(super) struct Stretch {
    pub(super) numbers: Numbers,
    pub(super) range: Range<usize>,
}

/// What they are.
#[derive(Clone, Copy)]
pub(super) enum Numbers {
    /// All that a function takes.
    OfFunction,
    /// A Θ⁽ˡ⁾ of a network in a computation.
    Theta { network: &'static str, shape: &'static ThetaShape },
    /// x, by its name.
    Input { name: &'static str },
}

impl Numbers {
    fn part(self) -> Part {
        Part::new(match self {
            Self::OfFunction => "gradient".to_string(),
            Self::Theta { network, shape } => format!("{network}.theta{}", shape.layer),
            Self::Input { name } => name.to_string(),
        })
    }

    fn place(self, entry: usize) -> Place {
        match self {
            Self::OfFunction => Place::Index(entry),
            Self::Theta { network, shape: ThetaShape { layer: theta, s_out, .. } } => {
                let (row, column) = (entry % s_out, entry / s_out);
                Place::OfNetwork { network, theta: *theta, row, column }
            }
            Self::Input { name } => Place::Input { name, entry },
        }
    }

    fn everywhere(self) -> Place {
        match self {
            Self::Theta { shape, .. } => Place::Direction { theta: shape.layer },
            Self::OfFunction | Self::Input { .. } => Place::Everywhere,
        }
    }
}

impl<'a, T> Claim<'a, T> {
    /// Of one function.
    pub(super) fn of_function(at: &'a [T]) -> Self {
        let all = Stretch { numbers: Numbers::OfFunction, range: 0..at.len() };
        Self { subject: "function", stretches: alloc::vec![all], at }
    }
}

pub(super) fn exactly(
    check: &Check<Exact>,
    claim: &Claim<'_, f64>,
    f: &dyn Fn(&[Dual]) -> Dual,
    analytic: &[f64],
) -> Result<Report, Error> {
    let Claim { subject, stretches, at } = claim;
    check_length(at.len(), analytic.len())?;
    let name = <Exact as sealed::Method>::NAME;
    let mut duals: Vec<Dual> = at.iter().copied().map(Dual::fixed).collect();
    if !f(&duals).value.is_finite() {
        return Ok(Report::without_a_cost(subject.to_string(), name));
    }
    let mut rng = crate::rng(check.seed);
    let mut derivative = |index: usize| {
        duals[index].derivative = [1.0];
        let exact = f(&duals).derivative[0];
        duals[index].derivative = [0.0];
        exact
    };
    let mut largest = 0.0_f64;
    let mut found = Vec::with_capacity(stretches.len());
    for Stretch { range, .. } in stretches {
        let indices = sample(range.len(), check.entries, &mut rng);
        let exact = indices.iter().map(|within| (*within, derivative(range.start + within)));
        let exact: Vec<(usize, f64)> = exact.collect();
        let finite = exact.iter().map(|(_, exact)| exact).filter(|exact| exact.is_finite());
        largest = finite.fold(largest, |largest, exact| largest.max(exact.abs()));
        found.push(exact);
    }
    let parts = stretches.iter().zip(found).map(|(Stretch { numbers, range }, exact)| {
        let mut part = numbers.part();
        for (within, numerical) in exact {
            let analytic = analytic[range.start + within];
            // What was cancelled inside f nobody knows.
            let tolerance = 1e-10 * numerical.abs() + 1e-14 * largest;
            let close = (analytic - numerical).abs() <= tolerance;
            let outcome = match (numerical.is_finite() || !analytic.is_finite(), close) {
                (false, _) => Outcome::Unresolved,
                (true, true) => Outcome::Agrees,
                (true, false) => Outcome::Differs,
            };
            let place = numbers.place(within);
            part.add(outcome, Entry { place, analytic, numerical, tolerance });
        }
        part
    });
    Ok(Report::new(subject.to_string(), name, parts.collect()))
}

pub(super) fn by_values<M: ByValues, T: RealField>(
    check: &Check<M>,
    claim: &Claim<'_, T>,
    f: &dyn Fn(&[T]) -> T,
    analytic: &[T],
) -> Result<Report, Error> {
    let Claim { subject, stretches, at: x } = claim;
    check_length(x.len(), analytic.len())?;
    let analytic = to_f64s(analytic);
    let centre = to_f64(&f(x));
    if !centre.is_finite() {
        return Ok(Report::without_a_cost(subject.to_string(), M::NAME));
    }
    let at = to_f64s(x);
    let epsilon = epsilon::<T>();
    let roundings: Vec<f64> = analytic.iter().map(|entry| 64.0 * epsilon * entry.abs()).collect();
    let mut near = x.to_vec();
    let mut moved = |direction: &[Weighted], step: f64| {
        for &(index, weight) in direction {
            near[index] = nalgebra::convert::<f64, T>(at[index] + weight * step);
        }
        let value = to_f64(&f(&near));
        for &(index, _) in direction {
            near[index] = x[index].clone();
        }
        Point { step, value, crosses: false }
    };
    let mut slopes = Slopes {
        quotient: M::QUOTIENT,
        at: &at,
        analytic: &analytic,
        roundings: &roundings,
        blurred: &alloc::vec![false; x.len()],
        centre,
        noise: 4.0 * epsilon * centre.abs(),
        noise_is_known: false,
        epsilon,
        extent: 0.0,
        moved: &mut moved,
    };
    let mut rng = crate::rng(check.seed);
    let parts = stretches.iter().map(|Stretch { numbers, range }| {
        let mut part = numbers.part();
        let place = |index: usize| numbers.place(index - range.start);
        let places: (&dyn Fn(usize) -> Place, Place) = (&place, numbers.everywhere());
        slopes.check(check, &mut part, range.clone(), places, &mut rng);
        part
    });
    let parts = parts.collect();
    Ok(Report::new(subject.to_string(), M::NAME, parts))
}

/// Holds g′ and g″ against the derivatives of g, at some hundred numbers: small and large ones, both ends
/// of the number line, both sides of 0, and what lies between.
///
/// ```
/// use constprop::check::check_activation;
/// use constprop::prelude::*;
///
/// let report = check_activation::<Gelu>();
/// assert!(report.is_correct(), "{report}");
/// ```
///
/// Numbers where g is not finite are left out. Wrong is also what is not finite where g and its
/// derivative are, and a jump of g′ that
/// [`KINKS`](Activation::KINKS) does not name, as far as a [`select_gt`](Real::select_gt) at one of
/// these numbers makes it.
#[must_use]
pub fn check_activation<G: Activation>() -> Report {
    let mut parts = [Part::new("g′".to_string()), Part::new("g″".to_string())];
    let scale = scale::<G>();
    for z in domain() {
        let at_a_kink = G::KINKS.contains(&z);
        let (a, exact) = (G::g(z), G::g(Jet::line(z, 1.0)));
        if !a.is_finite() {
            // Not of its domain.
            continue;
        }
        let rounded = Number::constant(z);
        let a_rounded = G::g(rounded);
        let claims = [
            (G::g_prime(z, a), exact.first, G::g_prime(rounded, a_rounded)),
            (G::g_second(z, a), exact.second, G::g_second(rounded, a_rounded)),
        ];
        for (which, (analytic, numerical, rounded)) in claims.into_iter().enumerate() {
            let (outcome, tolerance) = judge_at(z, analytic, numerical, rounded.error(), scale);
            // g″ may jump where g′ has a corner; g′ only where `KINKS` says so.
            let (outcome, tolerance, place) = match (rounded.blurred, at_a_kink || which == 1) {
                (true, true) => (Outcome::Kink, tolerance, Place::At(z)),
                (true, false) => (Outcome::Differs, 0.0, Place::UnnamedKink(z)),
                (false, _) => (outcome, tolerance, Place::At(z)),
            };
            parts[which].add(outcome, Entry { place, analytic, numerical, tolerance });
        }
    }
    Report::new(format!("activation {}", G::NAME), "exact derivatives", parts.into())
}

/// What slopes far out are rounded as: the largest |g′|; of a g that grows without end, that near 0.
fn scale<G: Activation>() -> f64 {
    let largest_up_to = |most: f64| {
        let slopes =
            domain().filter(|z| z.abs() <= most).map(|z| G::g(Jet::line(z, 1.0)).first.abs());
        slopes.filter(|slope| slope.is_finite()).fold(0.0, f64::max)
    };
    largest_up_to(f64::INFINITY).min(largest_up_to(1.0).max(1.0))
}

/// Whether a slope at z is that of its function, whose slopes are of such a size.
pub(super) fn judge_at(
    z: f64,
    analytic: f64,
    numerical: f64,
    rounding: f64,
    scale: f64,
) -> (Outcome, f64) {
    // Far out an account of rounding takes 1 − σ for 1e-16 and multiplies it with z.
    let far = z.abs() > FAR;
    let tolerance = if far { 1e-9 * numerical.abs().max(scale) } else { 4.0 * rounding };
    if !numerical.is_finite() || !tolerance.is_finite() {
        // g overflows on its way, or has no slope there.
        return (Outcome::Unresolved, tolerance);
    }
    let close = (analytic - numerical).abs() <= tolerance;
    (if close { Outcome::Agrees } else { Outcome::Differs }, tolerance)
}

const FAR: f64 = 40.0;

/// Where an activation is looked at.
fn domain() -> impl Iterator<Item = f64> {
    let small = [1e-310, 1e-300, 1e-20, 1e-12, 1e-8, 1e-5, 1e-3];
    let large = [50.0, 88.0, 104.0, 300.0, 710.0, 745.0, 1e3, 1e6, 1e10, 1e18];
    let between = (1..=160).map(|step| 0.25 * f64::from(step));
    let odd = (1..=80).map(|step| 0.1 * f64::from(step));
    let positive = small.into_iter().chain(large).chain(between).chain(odd);
    [0.0].into_iter().chain(positive.flat_map(|z| [z, -z]))
}

/// Holds δ⁽ᴸ⁾ = ∂cost/∂z and the curvature (∂²cost/∂z²) v against the derivatives of the cost, for S
/// outputs, at a hundred random z⁽ᴸ⁾, y that suit the cost, and directions v.
///
/// ```
/// use constprop::check::check_cost;
/// use constprop::prelude::*;
///
/// let report = check_cost::<CategoricalCrossEntropy, Softmax, 3>();
/// assert!(report.is_correct(), "{report}");
/// ```
#[must_use]
pub fn check_cost<C: Cost<H>, H: Output, const S: usize>() -> Report {
    let mut parts = [Part::new("δ".to_string()), Part::new("∂δ/∂z".to_string())];
    let mut rng = crate::rng(0);
    let kind = Targets::of::<C, H, f64>();
    // From small to saturated.
    const BOUNDS: [f64; 4] = [0.1, 1.0, 4.0, 20.0];
    let mut scales = [0.0_f64; BOUNDS.len()];
    let mut cases = Vec::new();
    for example in 0..100 {
        let group = example % BOUNDS.len();
        let bound = BOUNDS[group];
        let z: [f64; S] = core::array::from_fn(|_| rng.random_range(-bound..bound));
        let v: [f64; S] = core::array::from_fn(|_| rng.random_range(-1.0..1.0));
        let mut y: [f64; S] = core::array::from_fn(|_| rng.random_range(kind.range()));
        kind.fit(&mut y);
        for unit in 0..S {
            let slope = along::<C, H, S>(&z, &y, |i| if i == unit { 1.0 } else { 0.0 }).first.abs();
            if slope.is_finite() {
                scales[group] = scales[group].max(slope);
            }
        }
        cases.push((z, y, v, group));
    }
    for (z, y, v, group) in &cases {
        check_cost_at::<C, H, S>(&mut parts, z, y, v, scales[*group]);
    }
    let subject = format!("cost {} on {}", C::NAME, H::NAME);
    Report::new(subject, "exact derivatives", parts.into())
}

/// The cost from z on in a direction.
fn along<C: Cost<H>, H: Output, const S: usize>(
    z: &[f64; S],
    y: &[f64; S],
    direction: impl Fn(usize) -> f64,
) -> Jet {
    let z: [Jet; S] = core::array::from_fn(|i| Jet::line(z[i], direction(i)));
    C::cost(Compared { z: &z, a: Predicted(&H::h(&z)), y: Target(&y.map(Real::constant)) })
}

/// At one place; `scale` is the size of the cost's slopes, which those of jets are rounded as.
pub(super) fn check_cost_at<C: Cost<H>, H: Output, const S: usize>(
    [of_delta, of_curvature]: &mut [Part; 2],
    z: &[f64; S],
    y: &[f64; S],
    v: &[f64; S],
    scale: f64,
) {
    let a = H::h(z);
    let compared = Compared { z, a: Predicted(&a), y: Target(y) };
    let (delta, curvature) = (C::delta(compared), C::curvature(compared, v));
    let rounded_z = z.map(Number::constant);
    let (rounded_a, rounded_y) = (H::h(&rounded_z), y.map(Real::constant));
    let rounded = Compared { z: &rounded_z, a: Predicted(&rounded_a), y: Target(&rounded_y) };
    let rounded_delta = C::delta(rounded);
    let rounded_v = v.map(Real::constant);
    let rounded_curvature = C::curvature(rounded, &rounded_v);
    let along = |direction: &dyn Fn(usize) -> f64| along::<C, H, S>(z, y, direction);
    for unit in 0..S {
        let alone = |i: usize| if i == unit { 1.0 } else { 0.0 };
        let of_unit = along(&alone);
        let add = |part: &mut Part,
                   analytic: f64,
                   (numerical, sum): (f64, f64),
                   rounded: Number| {
            let tolerance = 4.0 * rounded.error() + 1e-13 * (scale + sum);
            let close = (analytic - numerical).abs() <= tolerance;
            let outcome = match (rounded.blurred, close) {
                (true, _) => Outcome::Kink,
                (false, true) => Outcome::Agrees,
                (false, false) => Outcome::Differs,
            };
            part.add(outcome, Entry { place: Place::Index(unit), analytic, numerical, tolerance });
        };
        add(of_delta, delta[unit], (of_unit.first, 0.0), rounded_delta[unit]);
        // eᵀ∇²c v, of which jets have the squares: (e + v)ᵀ∇²c (e + v) − eᵀ∇²c e − vᵀ∇²c v, halved.
        let (of_both, of_v) = (along(&|i| alone(i) + v[i]), along(&|i| v[i]));
        let exact = 0.5 * (of_both.second - of_unit.second - of_v.second);
        let sum = of_both.second.abs() + of_unit.second.abs() + of_v.second.abs();
        add(of_curvature, curvature[unit], (exact, sum), rounded_curvature[unit]);
    }
}
