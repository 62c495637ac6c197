//! The methods that see nothing but values.

use core::ops::Range;

use alloc::format;
use alloc::vec::Vec;

use rand::{Rng, RngExt};

use super::ladder::{About, Estimate, Ladder, Outcome, Point, Quotient, Rungs};
use super::problem::{Problem, place};
use super::report::{Entry, Part, Place, Report};
use super::{ByValues, Check, sample};
use crate::real::Real;

impl Quotient {
    /// What share of the largest entry of its Θ an entry must be off to be seen.
    const fn resolution(self) -> f64 {
        match self {
            Self::Central | Self::Taylor => 1e-5,
            Self::Richardson => 1e-7,
        }
    }
}

/// A function of many numbers, known by its values, and the gradient that is claimed for it.
pub(super) struct Slopes<'a> {
    pub(super) quotient: Quotient,
    /// Where the function is looked at.
    pub(super) at: &'a [f64],
    pub(super) analytic: &'a [f64],
    /// How far rounding can have moved each entry of `analytic`.
    pub(super) roundings: &'a [f64],
    /// Which entries hang on the side of a kink that rounding decides.
    pub(super) blurred: &'a [bool],
    pub(super) centre: f64,
    /// What rounding may add to the function's values.
    pub(super) noise: f64,
    /// Whether it adds no more than that.
    pub(super) noise_is_known: bool,
    /// The distance from 1 to the next number.
    pub(super) epsilon: f64,
    /// The largest entry of the part that is being looked at: what its steps are measured by.
    pub(super) extent: f64,
    /// The function with some entries moved, each by its weight times the step.
    pub(super) moved: &'a mut dyn FnMut(&[Weighted], f64) -> Point,
}

/// An entry's flat index, and how fast it goes.
pub(super) type Weighted = (usize, f64);

/// What came of one direction.
struct Judgement {
    outcome: Outcome,
    analytic: f64,
    rounding: f64,
    estimate: Option<Estimate>,
}

impl Judgement {
    /// As an entry that goes with a weight.
    fn entry(&self, place: Place, weight: f64) -> Entry {
        let (numerical, error) =
            self.estimate.map_or((f64::NAN, 0.0), |estimate| (estimate.value, estimate.error));
        let tolerance = Ladder::SAFETY * error + self.rounding;
        Entry {
            place,
            analytic: self.analytic / weight,
            numerical: numerical / weight,
            tolerance: tolerance / weight.abs(),
        }
    }
}

impl Slopes<'_> {
    /// Some of the entries `range`, each by itself or along directions, as the method does it.
    pub(super) fn check<M: ByValues>(
        &mut self,
        check: &Check<M>,
        part: &mut Part,
        range: Range<usize>,
        (place, whole): (&dyn Fn(usize) -> Place, Place),
        rng: &mut impl Rng,
    ) {
        self.extent = self.at[range.clone()].iter().fold(0.0, |most, at| at.abs().max(most));
        if self.quotient == Quotient::Taylor {
            return self.along_directions(part, range, (place, whole), check.directions, rng);
        }
        let first = range.start;
        let entries: Vec<Weighted> = sample(range.len(), check.entries, rng)
            .into_iter()
            .map(|within| (first + within, 1.0))
            .collect();
        let mut rungs = alloc::vec![Rungs::new(); entries.len()];
        let mut largest = 0.0_f64;
        for (entry, rungs) in entries.iter().zip(&mut rungs) {
            largest = largest.max(self.size(core::slice::from_ref(entry), rungs));
        }
        for (entry, rungs) in entries.iter().zip(&mut rungs) {
            let judgement = self.judge(core::slice::from_ref(entry), largest, rungs);
            let blurred = self.blurred[entry.0] && judgement.analytic.is_finite();
            let outcome = if blurred { Outcome::Kink } else { judgement.outcome };
            part.add(outcome, judgement.entry(place(entry.0), 1.0));
        }
    }

    /// Random directions, over all entries that are not at a kink. One that shows an error is halved
    /// until it shows where.
    fn along_directions(
        &mut self,
        part: &mut Part,
        range: Range<usize>,
        (place, whole): (&dyn Fn(usize) -> Place, Place),
        directions: usize,
        rng: &mut impl Rng,
    ) {
        let (blurred, sharp): (Vec<usize>, Vec<usize>) =
            range.partition(|&index| self.blurred[index] && self.analytic[index].is_finite());
        for index in blurred {
            let judgement = self.judge(&[(index, 1.0)], 0.0, &mut Rungs::new());
            part.add(Outcome::Kink, judgement.entry(place(index), 1.0));
        }
        for _ in 0..if sharp.is_empty() { 0 } else { directions } {
            // Of different sizes, so that errors that cancel along one direction do not along others.
            let weight = |index| {
                let size = rng.random_range(0.5..1.5);
                (index, if rng.random() { size } else { -size })
            };
            let weights: Vec<Weighted> = sharp.iter().copied().map(weight).collect();
            let mut rungs = Rungs::new();
            let largest = self.size(&weights, &mut rungs);
            let judgement = self.judge(&weights, largest, &mut rungs);
            let slope = self.remainder_slope(&weights, judgement.analytic, &mut rungs);
            part.slope = part.slope.into_iter().chain(slope).reduce(f64::min);
            if judgement.outcome != Outcome::Differs {
                part.add(judgement.outcome, judgement.entry(whole, 1.0));
                continue;
            }
            let weights = self.narrow(weights, largest);
            let judgement = self.judge(&weights, largest, &mut Rungs::new());
            let (place, weight) = match weights[..] {
                [(index, weight)] => (place(index), weight),
                _ => (whole, 1.0),
            };
            part.add(Outcome::Differs, judgement.entry(place, weight));
            break;
        }
    }

    /// The size that errors are to be measured by: of the entries as they are claimed to be, and of the
    /// slope along them as it is found to be.
    fn size(&mut self, direction: &[Weighted], rungs: &mut Rungs) -> f64 {
        let claimed = direction.iter().map(|&(index, _)| self.analytic[index].abs());
        let claimed = claimed.fold(0.0, f64::max);
        let first = self.ladder(direction, rungs, |mut ladder| ladder.first());
        first.map_or(claimed, |first| claimed.max(first.value.abs()))
    }

    fn judge(&mut self, direction: &[Weighted], largest: f64, rungs: &mut Rungs) -> Judgement {
        let analytic = direction.iter().map(|&(index, weight)| weight * self.analytic[index]).sum();
        let rounding =
            direction.iter().map(|&(index, weight)| weight.abs() * self.roundings[index]);
        let rounding = rounding.sum();
        let resolution = self.quotient.resolution().max(self.limit()) * largest;
        let (outcome, estimate) = self
            .ladder(direction, rungs, |mut ladder| ladder.judge(analytic, rounding, resolution));
        let outcome = match largest {
            _ if !f64::is_finite(analytic) => Outcome::Differs,
            // Nothing is claimed, and nothing stands out from rounding.
            0.0 => Outcome::Agrees,
            _ => outcome,
        };
        let nothing = Estimate { value: 0.0, error: 0.0 };
        let estimate = if largest == 0.0 { Some(nothing) } else { estimate };
        Judgement { outcome, analytic, rounding, estimate }
    }

    /// No difference of values resolves more than some ε^(2/3); in `f64` that is less than any
    /// method asks for, in `f32` 2.5 %.
    fn limit(&self) -> f64 {
        1000.0 * Real::exp(Real::ln(self.epsilon) * 2.0 / 3.0)
    }

    fn remainder_slope(
        &mut self,
        direction: &[Weighted],
        analytic: f64,
        rungs: &mut Rungs,
    ) -> Option<f64> {
        self.ladder(direction, rungs, |mut ladder| ladder.remainder_slope(analytic))
    }

    /// Halves a direction that shows an error for as long as one of its halves shows one.
    fn narrow(&mut self, mut direction: Vec<Weighted>, largest: f64) -> Vec<Weighted> {
        while direction.len() > 1 {
            let mut half = direction.split_off(direction.len() / 2);
            if self.judge(&direction, largest, &mut Rungs::new()).outcome == Outcome::Differs {
                continue;
            }
            if self.judge(&half, largest, &mut Rungs::new()).outcome != Outcome::Differs {
                direction.append(&mut half);
                break;
            }
            direction = half;
        }
        direction
    }

    /// The ladder along a direction, downward from steps as large as what moves, or 1; of a part whose
    /// entries are all tiny, from 10⁹ times as much.
    fn ladder<R>(
        &mut self,
        direction: &[Weighted],
        rungs: &mut Rungs,
        use_it: impl FnOnce(Ladder<'_>) -> R,
    ) -> R {
        let at = direction.iter().map(|&(index, _)| self.at[index].abs()).fold(0.0, f64::max);
        let reach = if self.extent > 0.0 { 1e9 * self.extent } else { 1.0 };
        let about = About {
            top: at.max(reach.min(1.0)),
            centre: self.centre,
            noise: self.noise,
            // What a function may be off by, it tells itself.
            epsilon: if self.noise_is_known { self.epsilon } else { 0.0 },
            noise_is_known: self.noise_is_known,
            grain: self.epsilon * at,
        };
        let moved = &mut *self.moved;
        let mut phi = |step: f64| moved(direction, step);
        use_it(Ladder::new(self.quotient, about, &mut phi, rungs))
    }
}

/// Every Θ⁽ˡ⁾ of a network.
pub(super) fn check<M: ByValues>(check: &Check<M>, problem: &Problem<'_>) -> Report {
    let subject = problem.subject.clone();
    if !problem.cost.is_finite() {
        return Report::without_a_cost(subject, M::NAME);
    }
    let mut theta = problem.theta.clone();
    let mut moved = |direction: &[Weighted], step: f64| {
        for &(index, weight) in direction {
            theta[index] = problem.theta[index] + weight * step;
        }
        let point = problem.point(&theta, step);
        for &(index, _) in direction {
            theta[index] = problem.theta[index];
        }
        point
    };
    let mut slopes = Slopes {
        quotient: M::QUOTIENT,
        at: &problem.theta,
        analytic: &problem.analytic,
        roundings: &problem.roundings,
        blurred: &problem.blurred,
        centre: problem.cost,
        noise: problem.noise,
        noise_is_known: true,
        epsilon: f64::EPSILON,
        extent: 0.0,
        moved: &mut moved,
    };
    let mut rng = crate::rng(check.seed);
    let mut parts = Vec::new();
    for (shape, range) in problem.thetas() {
        let mut part = Part::new(format!("theta{}", shape.layer));
        let first = range.start;
        let place = |index: usize| place(shape, index - first);
        let whole = Place::Direction { theta: shape.layer };
        slopes.check(check, &mut part, range, (&place, whole), &mut rng);
        parts.push(part);
    }
    Report::new(subject, M::NAME, parts)
}
