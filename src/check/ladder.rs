//! A derivative from values alone: difference quotients over a ladder of steps, each with an
//! estimate of its error.
//!
//! No single step is right for every entry: it is lost in rounding where the slope is small, and
//! runs past what bends where it is large. So the step starts where it usually is best, and goes
//! up and down by factors of 4 until an estimate stands still.

use alloc::vec::Vec;

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
    /// The largest step, and from rung to rung a fourth of it.
    top: f64,
    centre: f64,
    /// What rounding may add to φ.
    noise: f64,
    quotient: Quotient,
    phi: &'a mut dyn FnMut(f64) -> Point,
    rungs: &'a mut Rungs,
}

const RUNGS: usize = 18;

impl Ladder<'_> {
    /// So many times its estimated error an estimate may be off.
    pub(super) const SAFETY: f64 = 8.0;
}

impl<'a> Ladder<'a> {
    pub(super) fn new(
        quotient: Quotient,
        (top, centre, noise): (f64, f64, f64),
        phi: &'a mut dyn FnMut(f64) -> Point,
        rungs: &'a mut Rungs,
    ) -> Self {
        Self { top, centre, noise, quotient, phi, rungs }
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
        let first = self.quotient.first_rung();
        let mut rungs: Vec<usize> = (0..RUNGS).collect();
        rungs.sort_by_key(|&rung| rung.abs_diff(first));
        let mut found = Vec::new();
        for rung in rungs {
            let Some(estimate) = self.estimate(rung) else { continue };
            let resolved = Self::SAFETY * estimate.error <= resolution.max(rounding);
            // Written so that a NaN differs.
            let tolerance = Self::SAFETY * estimate.error + rounding;
            if resolved && (analytic - estimate.value).abs() <= tolerance {
                return (Outcome::Agrees, Some(estimate));
            }
            found.push((rung, estimate, resolved));
        }
        // Estimates may stand still at steps so large that they miss what bends: those at smaller
        // steps then contradict them.
        let contradicted = |&(rung, estimate, _): &(usize, Estimate, bool)| {
            found.iter().any(|&(smaller, other, _)| {
                let error = Self::SAFETY * (estimate.error + other.error);
                smaller > rung && (estimate.value - other.value).abs() > error
            })
        };
        let best = |found: &mut dyn Iterator<Item = &(usize, Estimate, bool)>| {
            found.min_by(|(_, a, _), (_, b, _)| a.error.total_cmp(&b.error)).copied()
        };
        let mut disagreeing = found.iter().filter(|&it| it.2 && !contradicted(it));
        let Some((rung, estimate, _)) = best(&mut disagreeing) else {
            let crossed =
                self.rungs.0.iter().any(|(_, rung)| rung.plus.crosses || rung.minus.crosses);
            let outcome = if crossed { Outcome::Kink } else { Outcome::Unresolved };
            return (outcome, best(&mut found.iter()).map(|(_, estimate, _)| estimate));
        };
        let outcome = match self.jump(rung) {
            Some(jump) if (analytic - estimate.value).abs() <= 0.51 * jump + rounding => {
                Outcome::Kink
            }
            _ => Outcome::Differs,
        };
        (outcome, Some(estimate))
    }

    /// log₄ of how the remainder φ(h) − φ(0) − h φ′ falls from one step to the next, for the
    /// smallest step at which it stands out from rounding: 2 for a right φ′, 1 for a wrong one.
    pub(super) fn remainder_slope(&mut self, analytic: f64) -> Option<f64> {
        let mut remainders = Vec::new();
        for rung in 0..RUNGS {
            let Some(Rung { plus, .. }) = self.rung(rung) else { continue };
            if !plus.crosses {
                remainders.push((plus.value - self.centre - plus.step * analytic).abs());
            }
        }
        let mut slope = None;
        for pair in remainders.windows(2) {
            if pair[1] > 32.0 * self.noise {
                let ratio: f64 = pair[0] / pair[1];
                slope = Some(crate::real::Real::ln(ratio) / (2.0 * core::f64::consts::LN_2));
            }
        }
        slope
    }

    fn rung(&mut self, rung: usize) -> Option<Rung> {
        if rung >= RUNGS {
            return None;
        }
        if let Some((_, known)) = self.rungs.0.iter().find(|(number, _)| *number == rung) {
            return Some(*known);
        }
        let mut step = self.top;
        for _ in 0..rung {
            step *= 0.25;
        }
        let plus = (self.phi)(step);
        let minus = match self.quotient {
            Quotient::Taylor => Point { step: 0.0, value: self.centre, crosses: false },
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
        let usable = width > 0.0 && !plus.crosses && !minus.crosses;
        let difference = plus.value - minus.value;
        (usable && difference.is_finite()).then(|| (difference / width, 2.0 * self.noise / width))
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

    /// By how much the slope on the right of 0 exceeds that on its left, if that does not vanish
    /// with the step: then there is a kink that nobody has announced.
    fn jump(&mut self, rung: usize) -> Option<f64> {
        let (here, below) = (self.rung(rung)?, self.rung(rung + 1)?);
        let centre = self.centre;
        let bend = |Rung { plus, minus }: Rung| {
            (plus.value - centre) / plus.step - (minus.value - centre) / minus.step
        };
        if self.quotient == Quotient::Taylor {
            return None;
        }
        let (here, below) = (bend(here), bend(below));
        let noise = 8.0 * self.noise / (self.rung(rung + 1)?.plus.step);
        let stays = below.abs() > 0.5 * here.abs() && below.abs() > 4.0 * noise;
        stays.then(|| ((4.0 * below - here) / 3.0).abs())
    }
}
