//! The method of dual numbers.

use alloc::format;
use alloc::vec::Vec;

use super::ladder::Outcome;
use super::problem::{Problem, WIDTH, place};
use super::report::{Entry, Part, Report};
use super::{Check, Dual, Exact, sample, sealed};

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
        let mut part = Part::new(format!("theta{}", shape.layer));
        for (&within, &numerical) in indices.iter().zip(&exact) {
            let index = range.start + within;
            let analytic = problem.analytic[index];
            // Dual numbers round as well, though never more than `f64` does.
            let tolerance = 2.0 * problem.roundings[index];
            let entry = Entry { place: place(shape, within), analytic, numerical, tolerance };
            // Written so that a NaN differs.
            let close = (analytic - numerical).abs() <= tolerance;
            let known = numerical.is_finite() && tolerance.is_finite();
            let outcome = if !analytic.is_finite() {
                Outcome::Differs
            } else if problem.blurred[index] {
                Outcome::Kink
            } else if !known {
                Outcome::Unresolved
            } else if close {
                Outcome::Agrees
            } else {
                Outcome::Differs
            };
            part.add(outcome, entry);
        }
        parts.push(part);
    }
    Report::new(problem.subject.clone(), name, parts)
}
