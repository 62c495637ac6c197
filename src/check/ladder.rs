//! A derivative from values alone: difference quotients over a ladder of steps, each with an
//! estimate of its error.
//!
//! No single step is right for every entry: it is lost in rounding where the slope is small, and
//! runs past what bends where it is large. So the step starts where it usually is best, and goes
//! up and down by factors of 4 until an estimate stands still.

use alloc::vec::Vec;

use crate::real::Real;

/// How a derivative is estimated from values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotient {
    /// D(h) = (φ(h) − φ(−h))/2h = φ′ + O(h²).
    Central,
    /// (16 D(h/4) − D(h))/15 = φ′ + O(h⁴).
    Richardson,
    /// s(h) = (φ(h) − φ(0))/h and (4 s(h/4) − s(h))/3 = φ′ + O(h²): the remainder behind the
    /// linear term, divided by h.
    Taylor,
}

impl Quotient {
    /// The rung that is tried first: its step is 4^−rung.
    const fn first_rung(self) -> usize {
        match self {
            Self::Central => 8,
            Self::Richardson => 5,
            Self::Taylor => 7,
        }
    }

    /// By how much the error falls at least from one rung to the next: the square root of what
    /// it falls by where φ is smooth, since a second derivative may jump.
    const fn order(self) -> f64 {
        match self {
            Self::Central | Self::Taylor => 4.0,
            Self::Richardson => 16.0,
        }
    }
}

/// φ at a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) step: f64,
    pub(super) value: f64,
    /// Whether some unit came to the other side of a kink.
    pub(super) crosses: bool,
}

#[derive(Clone, Copy, Debug)]
struct Rung {
    plus: Point,
    minus: Point,
}

/// The rungs that have been looked at, by number: mostly three or four.
#[derive(Clone, Debug)]
pub(super) struct Rungs(Vec<(usize, Rung)>);

impl Rungs {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }
}

/// An estimate of φ′(0), and how far off it may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Estimate {
    pub(super) value: f64,
    pub(super) error: f64,
}

/// What share of itself an entry is off at least that is grossly wrong.
const GROSS: f64 = 0.1;

/// An estimate of some rung, beside what is claimed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) rung: usize,
    pub(super) estimate: Estimate,
    pub(super) differs: bool,
}

impl Found {
    /// Whether this one, at smaller steps, says that `other` has not come to its limit.
    pub(super) fn contradicts(&self, other: &Self) -> bool {
        let error = Ladder::SAFETY * (self.estimate.error + other.estimate.error);
        self.rung > other.rung && (self.estimate.value - other.estimate.value).abs() > error
    }
}

/// What an analytic derivative looks like beside the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// As far off as rounding and truncation allow.
    Agrees,
    /// Farther off.
    Differs,
    /// A derivative jumps within every step, and a difference quotient says nothing about it.
    Kink,
    /// No step is large enough to stand out from rounding and small enough not to bend.
    Unresolved,
}

/// The ladder of one function φ of one number.
pub(super) struct Ladder<'a> {
    about: About,
    quotient: Quotient,
    phi: &'a mut dyn FnMut(f64) -> Point,
    rungs: &'a mut Rungs,
    /// Whether steps at which φ does not change say nothing.
    stands_still: bool,
}

/// The smallest step is 4⁻³¹ = 2e-19 of the largest.
const RUNGS: usize = 32;

/// What is known of φ beforehand.
#[derive(Clone, Copy, Debug)]
pub(super) struct About {
    /// The largest step; from rung to rung it is a fourth.
    pub(super) top: f64,
    /// φ(0).
    pub(super) centre: f64,
    /// What rounding may add to φ near 0.
    pub(super) noise: f64,
    /// And as a share of what φ changes by.
    pub(super) epsilon: f64,
    /// Whether it adds no more than that.
    pub(super) noise_is_known: bool,
    /// What rounding may add to a step.
    pub(super) grain: f64,
}

impl Ladder<'_> {
    /// So many times its estimated error an estimate may be off.
    pub(super) const SAFETY: f64 = 8.0;
}

impl<'a> Ladder<'a> {
    pub(super) fn new(
        quotient: Quotient,
        about: About,
        phi: &'a mut dyn FnMut(f64) -> Point,
        rungs: &'a mut Rungs,
    ) -> Self {
        Self { about, quotient, phi, rungs, stands_still: false }
    }

    /// The estimate that is best as a rule.
    pub(super) fn first(&mut self) -> Option<Estimate> {
        self.estimate(self.quotient.first_rung())
    }

    /// Holds `analytic`, itself right to `rounding`, against the ladder, where errors down to
    /// `resolution` are to be seen. Gives the estimate that decided, where there is one.
    pub(super) fn judge(
        &mut self,
        analytic: f64,
        rounding: f64,
        resolution: f64,
    ) -> (Outcome, Option<Estimate>) {
        let judgement = self.judge_by_noise(analytic, rounding, resolution);
        if judgement.0 != Outcome::Differs || self.about.noise_is_known {
            return judgement;
        }
        // Before anything is called wrong. Where φ changes at all, it stands still for steps that it
        // rounds away.
        self.about.noise = self.about.noise.max(self.unevenness());
        let top = self.rung(1).map(|rung| rung.plus.value);
        self.stands_still = top.is_some_and(|value| value != self.about.centre);
        self.judge_by_noise(analytic, rounding, resolution)
    }

    /// What φ is off from a smooth function, by sixth differences. If it rounds, or cancels, more than
    /// its value tells, it shows here: errors of rounding do not depend on the distance of the points,
    /// what bends does, so the second smallest of four distances counts, but for those at which
    /// nothing changes.
    ///
    /// Source: Moré, Wild, Estimating Computational Noise, 2011.
    fn unevenness(&mut self) -> f64 {
        let mut errors = Vec::new();
        // Of no simple ratio, and not the same on both sides, so that steps of φ's own do not fall in
        // with these.
        for distance in [0.618_034e-3, 1.324_718e-5, 0.618_034e-7, 1.324_718e-9] {
            let step = distance * self.about.top;
            let values =
                [-3.3, -2.3, -1.3, -0.3, 0.7, 1.7, 2.7].map(|k| (self.phi)(k * step).value);
            let binomials = [1.0, -6.0, 15.0, -20.0, 15.0, -6.0, 1.0];
            let difference: f64 = values.iter().zip(binomials).map(|(value, c)| c * value).sum();
            let changes = values.iter().any(|value| *value != values[0]);
            // √924 is what the binomials make of independent errors.
            if changes && difference.is_finite() {
                errors.push(difference.abs() / 30.4);
            }
        }
        errors.sort_by(f64::total_cmp);
        errors.get(1).or(errors.first()).map_or(0.0, |error| 4.0 * error)
    }

    fn judge_by_noise(
        &mut self,
        analytic: f64,
        rounding: f64,
        resolution: f64,
    ) -> (Outcome, Option<Estimate>) {
        let first = self.quotient.first_rung();
        let mut rungs: Vec<usize> = (0..RUNGS).collect();
        rungs.sort_by_key(|&rung| rung.abs_diff(first));
        let mut found = Vec::new();
        for rung in rungs {
            let Some(estimate) = self.estimate(rung) else { continue };
            let tolerance = Self::SAFETY * estimate.error + rounding;
            // Written so that a NaN differs.
            let agrees = (analytic - estimate.value).abs() <= tolerance;
            // What is not resolved as finely as asked for still shows what is grossly wrong; though not
            // in a network, where something may bend below its known noise.
            let size = analytic.abs().max(estimate.value.abs());
            let grossly = !self.about.noise_is_known
                && (analytic - estimate.value).abs() > tolerance + GROSS * size;
            let resolved = Self::SAFETY * estimate.error <= resolution.max(rounding);
            if resolved && agrees {
                return (Outcome::Agrees, Some(estimate));
            }
            let differs = if resolved { !agrees } else { grossly };
            found.push(Found { rung, estimate, differs });
        }
        // Estimates may stand still at steps so large that they miss what bends: those at smaller
        // steps then contradict them. Two in a row that differ and stand are needed.
        let stands = |it: &Found| !found.iter().any(|other| other.contradicts(it));
        let differs = |rung: usize| {
            found.iter().find(|it| it.rung == rung && it.differs).filter(|it| stands(it))
        };
        let best = |a: &Found, b: &Found| a.estimate.error.total_cmp(&b.estimate.error);
        let in_a_row = |it: &&Found| differs(it.rung).is_some() && differs(it.rung + 1).is_some();
        let Some(&Found { rung, estimate, .. }) =
            found.iter().filter(in_a_row).min_by(|a, b| best(a, b))
        else {
            let crossed =
                self.rungs.0.iter().any(|(_, rung)| rung.plus.crosses || rung.minus.crosses);
            let outcome = if crossed { Outcome::Kink } else { Outcome::Unresolved };
            let best = found.iter().min_by(|a, b| best(a, b));
            return (outcome, best.map(|it| it.estimate));
        };
        let outcome = match self.jump(rung) {
            Some((left, right)) => {
                let (low, high) = (left.min(right), left.max(right));
                let allowed = Self::SAFETY * estimate.error + rounding + 0.02 * (high - low);
                let between = analytic >= low - allowed && analytic <= high + allowed;
                if between { Outcome::Kink } else { Outcome::Differs }
            }
            None => Outcome::Differs,
        };
        (outcome, Some(estimate))
    }

    /// log₄ of how the remainder φ(h) − φ(0) − h φ′ falls from one step to the next: 2 for a right φ′,
    /// 1 for a wrong one. Taken where the method has looked already; at larger steps if the remainder
    /// does not stand out from rounding there, at smaller ones if those cross a kink.
    pub(super) fn remainder_slope(&mut self, analytic: f64) -> Option<f64> {
        let usual = self.quotient.first_rung() + 1;
        let mut rung = usual;
        while self.crosses(rung)? {
            rung += 1;
        }
        loop {
            let (here, below) =
                (self.remainder(rung, analytic)?, self.remainder(rung + 1, analytic)?);
            if below > 32.0 * self.about.noise {
                return Some(Real::ln(here / below) / (2.0 * core::f64::consts::LN_2));
            }
            rung = rung.checked_sub(1)?;
            if rung >= usual || self.crosses(rung)? {
                return None;
            }
        }
    }

    fn crosses(&mut self, rung: usize) -> Option<bool> {
        Some(self.rung(rung)?.plus.crosses)
    }

    fn remainder(&mut self, rung: usize, analytic: f64) -> Option<f64> {
        let Point { step, value, .. } = self.rung(rung)?.plus;
        Some((value - self.about.centre - step * analytic).abs())
    }

    fn rung(&mut self, rung: usize) -> Option<Rung> {
        if rung >= RUNGS {
            return None;
        }
        if let Some((_, known)) = self.rungs.0.iter().find(|(number, _)| *number == rung) {
            return Some(*known);
        }
        let mut step = self.about.top;
        for _ in 0..rung {
            step *= 0.25;
        }
        let plus = (self.phi)(step);
        let minus = match self.quotient {
            Quotient::Taylor => Point { step: 0.0, value: self.about.centre, crosses: false },
            _ => (self.phi)(-step),
        };
        let new = Rung { plus, minus };
        self.rungs.0.push((rung, new));
        Some(new)
    }

    /// The difference quotient of a rung, and what rounding may add to it.
    fn quotient_at(&mut self, rung: usize) -> Option<(f64, f64)> {
        let Rung { plus, minus } = self.rung(rung)?;
        let width = plus.step - minus.step;
        let difference = plus.value - minus.value;
        let centre = self.about.centre;
        let unchanged = plus.value == centre && minus.value == centre;
        let still = self.stands_still && unchanged;
        if plus.crosses || minus.crosses || still || !difference.is_finite() {
            return None;
        }
        let About { noise, epsilon, grain, .. } = self.about;
        let quotient = difference / width;
        // Far out φ may be larger than at 0, and rounded as that.
        let change = (plus.value - centre).abs().max((minus.value - centre).abs());
        Some((quotient, 2.0 * (noise + epsilon * change + grain * quotient.abs()) / width))
    }

    /// The rung's quotient without its leading error term, where the method takes that off.
    fn extrapolated(&mut self, rung: usize) -> Option<(f64, f64)> {
        let (here, noise) = self.quotient_at(rung)?;
        let leading = match self.quotient {
            Quotient::Central => return Some((here, noise)),
            Quotient::Richardson => 15.0,
            Quotient::Taylor => 3.0,
        };
        let (below, noise) = self.quotient_at(rung + 1)?;
        Some((below + (below - here) / leading, 2.0 * noise))
    }

    fn estimate(&mut self, rung: usize) -> Option<Estimate> {
        let (value, noise) = self.extrapolated(rung)?;
        let (below, noise_below) = self.extrapolated(rung + 1)?;
        let (above, _) = self.extrapolated(rung.checked_sub(1)?)?;
        let truncation = (value - below).abs() + (above - value).abs() / self.quotient.order();
        Some(Estimate { value, error: truncation + noise + noise_below })
    }

    /// The slopes on the left and on the right of 0, if their difference does not vanish with the
    /// step: then there is a kink that nobody has announced.
    pub(super) fn jump(&mut self, rung: usize) -> Option<(f64, f64)> {
        let About { centre, noise, .. } = self.about;
        let mut step = self.rung(rung)?.plus.step;
        let mut sides = |step: f64| {
            let (right, left) = ((self.phi)(step), (self.phi)(-step));
            ((centre - left.value) / step, (right.value - centre) / step)
        };
        let (mut left, mut right) = sides(step);
        let wide = (right - left).abs();
        // As far down as rounding lets a jump be seen.
        while 64.0 * noise < wide * 0.25 * step {
            step *= 0.25;
            (left, right) = sides(step);
            if (right - left).abs() <= 0.5 * wide {
                return None;
            }
        }
        (wide > 64.0 * noise / step).then_some((left, right))
    }
}
