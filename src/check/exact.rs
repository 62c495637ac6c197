//! The method of dual numbers.

use alloc::format;
use alloc::vec::Vec;

use super::ladder::Outcome;
use super::problem::{Problem, WIDTH, place};
use super::report::{Entry, Part, Report};
use super::rounded::{Double, Precision};
use super::{Check, Dual, Exact, sample, sealed};

/// An entry that rounding may move by more than this share of its Θ's largest, where some unit
/// stands at a kink: it is that unit that does it.
const BLURRED: f64 = 1e-6;

pub(super) fn check(check: &Check<Exact>, problem: &Problem<'_>) -> Report {
    let name = <Exact as sealed::Method>::NAME;
    if !problem.cost.is_finite() {
        return Report::without_a_cost(problem.subject.clone(), name);
    }
    let mut rng = crate::rng(check.seed);
    let mut duals: Vec<Dual<WIDTH>> = problem.theta.iter().copied().map(Dual::fixed).collect();
    let mut parts = Vec::new();
    for (shape, range) in problem.thetas() {
        let indices = sample(range.len(), check.entries, &mut rng);
        let mut exact = Vec::with_capacity(indices.len());
        for few in indices.chunks(WIDTH) {
            let few: Vec<usize> = few.iter().map(|within| range.start + within).collect();
            exact.extend_from_slice(&problem.derivatives(&mut duals, &few)[..few.len()]);
        }
        let largest = exact.iter().fold(0.0_f64, |largest, exact| largest.max(exact.abs()));
        let mut part = Part::new(format!("theta{}", shape.layer));
        for (&within, &numerical) in indices.iter().zip(&exact) {
            let analytic = problem.analytic[range.start + within];
            // Dual numbers round as well, though never more than `f64` does.
            let tolerance = 2.0 * problem.roundings[range.start + within];
            let entry = Entry { place: place(shape, within), analytic, numerical, tolerance };
            part.add(judge(&entry, problem.at_a_kink, largest), entry);
        }
        parts.push(part);
    }
    Report::new(problem.subject.clone(), name, parts)
}

fn judge(entry: &Entry, at_a_kink: bool, largest: f64) -> Outcome {
    if at_a_kink && entry.tolerance > BLURRED * largest.max(entry.analytic.abs()) {
        return Outcome::Kink;
    }
    // Written so that a NaN differs.
    let close = (entry.analytic - entry.numerical).abs() <= entry.tolerance;
    if close { Outcome::Agrees } else { Outcome::Differs }
}

/// What an exact derivative of a function that is known by its values alone may be off, as a share
/// of the largest entry.
pub(super) const SHARE: f64 = 1e3 * Double::SHARE;
