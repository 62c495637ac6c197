//! Learning rates that change while a network learns.

use nalgebra::ComplexField;

use super::check_setting;
use crate::error::Error;

/// What the learning rate α is multiplied with at the time t, which is counted in epochs and has
/// fractions within one.
///
/// A schedule is a function of t and nothing else, so that training which is resumed goes on as it
/// would have. [`Fit`](crate::train::Fit) asks it before every step, with the t of the step's
/// middle: step s of n in the epoch that e are before has t = e + (s + ½)/n. So no step is at t = 0
/// or at a schedule's end, and with one step in each epoch the first is at ½. Who counts steps, or
/// looks at their beginning as PyTorch's schedulers do, calls [`factor`](Schedule::factor) in a loop.
/// What follows the course of the training is a [`Plateau`].
///
/// ```
/// use constprop::Schedule;
///
/// let halves = Schedule::step(10.0, 0.5)?;
/// assert_eq!([halves.factor(9.9), halves.factor(10.0), halves.factor(25.0)], [1.0, 0.5, 0.25]);
///
/// let cosine = Schedule::cosine(100.0)?.with_warm_up(5.0)?;
/// assert!((cosine.factor(2.5) - 0.5).abs() < 1e-3); // half warm
/// assert!(cosine.factor(99.5) < 1e-4);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    pub(crate) course: Course,
    pub(crate) warm_up: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Course {
    Constant,
    Step { every: f64, factor: f64 },
    Exponential { factor: f64 },
    Inverse { decay: f64 },
    Cosine { length: f64, least: f64 },
    OneCycle { length: f64, rise: f64 },
}

/// What [`Schedule::one_cycle`] starts from, and what it ends with beside that.
const START: f64 = 1.0 / 25.0;
const END: f64 = START / 1e4;

impl Default for Schedule {
    fn default() -> Self {
        Self::constant()
    }
}

impl Schedule {
    /// 1 at all times.
    #[must_use]
    pub const fn constant() -> Self {
        Self::of(Course::Constant)
    }

    const fn of(course: Course) -> Self {
        Self { course, warm_up: 0.0 }
    }

    fn checked(self) -> Result<Self, Error> {
        self.check()?;
        Ok(self)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        self.course.check()?;
        let (warm_up, expected) = (self.warm_up, "finite and not negative");
        check_setting("schedule: warm-up", &warm_up, warm_up >= 0.0, expected)
    }

    /// factor^⌊t/every⌋. With a whole `every` all steps of an epoch have the same factor.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless `every` is finite and greater than 0, and `factor` greater than 0
    /// and at most 1.
    pub fn step(every: f64, factor: f64) -> Result<Self, Error> {
        Self::of(Course::Step { every, factor }).checked()
    }

    /// factorᵗ.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless `factor` is greater than 0 and at most 1.
    pub fn exponential(factor: f64) -> Result<Self, Error> {
        Self::of(Course::Exponential { factor }).checked()
    }

    /// 1/(1 + decay t).
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless `decay` is finite and not negative.
    pub fn inverse(decay: f64) -> Result<Self, Error> {
        Self::of(Course::Inverse { decay }).checked()
    }

    /// ½ (1 + cos(π t/length)), from 1 down to 0; 0 from there on. Source: Loshchilov, Hutter 2017,
    /// without restarts.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless `length` is finite and greater than 0.
    pub fn cosine(length: f64) -> Result<Self, Error> {
        Self::of(Course::Cosine { length, least: 0.0 }).checked()
    }

    /// The cosine down to `least` instead of 0; other schedules are as they were.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless `least` is from 0 to 1.
    pub fn down_to(mut self, least: f64) -> Result<Self, Error> {
        check_least("schedule: least factor", least)?;
        if let Course::Cosine { least: current, .. } = &mut self.course {
            *current = least;
        }
        Ok(self)
    }

    /// Up from 1/25 to 1 while t is below `rise`, then down to 1/250 000 at `length`, each along
    /// half a cosine, and there from then on: the optimizer's α is the largest one. Source: Smith,
    /// Topin 2018, with PyTorch's three rates.
    ///
    /// PyTorch's `OneCycleLR` counts steps from 0, and has its last rate in the last of them: at step
    /// i of `total_steps` = n its factor is that of `one_cycle(n − 1, pct_start · n − 1)` at t = i. In
    /// [`Fit`](crate::train::Fit) `one_cycle(epochs, pct_start · epochs)` is as long as the training,
    /// and its steps are at their middles: the first is a little above 1/25, the last above 1/250 000.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless both are finite and greater than 0, and `rise` below `length`.
    pub fn one_cycle(length: f64, rise: f64) -> Result<Self, Error> {
        Self::of(Course::OneCycle { length, rise }).checked()
    }

    /// The same, multiplied with t/warm_up while t is below `warm_up`. The course itself is not
    /// delayed: a cosine of 100 epochs ends at 100. In [`Fit`](crate::train::Fit) no step has the
    /// factor 0 of t = 0, for a step's t is that of its middle.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless `warm_up` is finite and not negative.
    pub fn with_warm_up(self, warm_up: f64) -> Result<Self, Error> {
        Self { warm_up, ..self }.checked()
    }

    /// What α is multiplied with at the time t, in epochs. A t below 0 counts as 0.
    #[must_use]
    pub fn factor(&self, t: f64) -> f64 {
        let t = t.max(0.0);
        let course = match self.course {
            Course::Constant => 1.0,
            Course::Step { every, factor } => {
                ComplexField::powf(factor, ComplexField::floor(t / every))
            }
            Course::Exponential { factor } => ComplexField::powf(factor, t),
            Course::Inverse { decay } => 1.0 / (1.0 + decay * t),
            Course::Cosine { length, least } => between(1.0, least, t / length),
            Course::OneCycle { rise, .. } if t < rise => between(START, 1.0, t / rise),
            Course::OneCycle { length, rise } => between(1.0, END, (t - rise) / (length - rise)),
        };
        if t < self.warm_up { course * t / self.warm_up } else { course }
    }
}

impl Course {
    fn check(&self) -> Result<(), Error> {
        match *self {
            Self::Constant => Ok(()),
            Self::Step { every, factor } => {
                check_time("schedule: every", every)?;
                check_factor("schedule: factor", factor)
            }
            Self::Exponential { factor } => check_factor("schedule: factor", factor),
            Self::Inverse { decay } => {
                let expected = "finite and not negative";
                check_setting("schedule: decay", &decay, decay >= 0.0, expected)
            }
            Self::Cosine { length, least } => {
                check_time("schedule: length", length)?;
                check_least("schedule: least factor", least)
            }
            Self::OneCycle { length, rise } => {
                check_time("schedule: length", length)?;
                let expected = "greater than 0 and below the length";
                check_setting("schedule: rise", &rise, rise > 0.0 && rise < length, expected)
            }
        }
    }
}

/// From `first` at 0 along half a cosine to `last` at 1, and there from then on.
fn between(first: f64, last: f64, part: f64) -> f64 {
    let part = part.min(1.0);
    last + (first - last) * 0.5 * (1.0 + ComplexField::cos(core::f64::consts::PI * part))
}

fn check_time(name: &'static str, value: f64) -> Result<(), Error> {
    check_setting(name, &value, value > 0.0, "finite and greater than 0")
}

fn check_factor(name: &'static str, factor: f64) -> Result<(), Error> {
    let fits = factor > 0.0 && factor <= 1.0;
    check_setting(name, &factor, fits, "greater than 0 and at most 1")
}

fn check_least(name: &'static str, least: f64) -> Result<(), Error> {
    check_setting(name, &least, (0.0..=1.0).contains(&least), "from 0 to 1")
}

/// Makes the rate smaller when J no longer falls: after more than `patience` epochs in a row in which
/// J was not below J* − 1e-4 |J*|, α is multiplied with `factor`; then counting starts anew. J* is the
/// last J that was, which is the least but for steps that small.
///
/// In other units of J nothing changes. A J that is not finite is no progress. As PyTorch's
/// `ReduceLROnPlateau`, where J is not negative and without its `eps`, which is a rate. For a negative
/// J* that asks for J below (1 − 1e-4) J*, which lies above J*: a J that rises slowly is progress there
/// for ever, and here it is none.
///
/// ```
/// use constprop::Plateau;
///
/// let mut plateau = Plateau::new(0.1, 1)?;
/// let factors = [1.0, 0.5, 0.5, 0.5, 0.4].map(|j| plateau.observe(j));
/// assert_eq!(factors, [1.0, 1.0, 1.0, 0.1, 0.1]);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plateau {
    pub(crate) factor: f64,
    pub(crate) patience: usize,
    pub(crate) cooldown: usize,
    pub(crate) least: f64,
    // What changes.
    pub(crate) best: f64,
    pub(crate) bad: usize,
    pub(crate) cooling: usize,
    pub(crate) current: f64,
}

impl Plateau {
    /// Multiplies α with `factor` after more than `patience` epochs without progress.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless `factor` is greater than 0 and below 1.
    pub fn new(factor: f64, patience: usize) -> Result<Self, Error> {
        let (best, current) = (f64::INFINITY, 1.0);
        let (cooldown, least, bad, cooling) = (0, 0.0, 0, 0);
        Self { factor, patience, cooldown, least, best, bad, cooling, current }.checked()
    }

    fn checked(self) -> Result<Self, Error> {
        self.check()?;
        Ok(self)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let Self { factor, least, best, current, .. } = *self;
        let fits = factor > 0.0 && factor < 1.0;
        check_setting("plateau: factor", &factor, fits, "greater than 0 and below 1")?;
        check_least("plateau: least factor", least)?;
        // That of an optimizer is multiplied with it.
        check_factor("plateau: current factor", current)?;
        if best.is_finite() || best == f64::INFINITY {
            return Ok(());
        }
        let expected = "finite, or infinity before the first";
        Err(Error::Setting { name: "plateau: best J", value: best, expected })
    }

    /// After α was made smaller, so many epochs are not counted.
    #[must_use]
    pub fn with_cooldown(self, cooldown: usize) -> Self {
        Self { cooldown, ..self }
    }

    /// All factors together are never below `least`.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless `least` is from 0 to 1.
    pub fn down_to(self, least: f64) -> Result<Self, Error> {
        Self { least, ..self }.checked()
    }

    /// Takes J of an epoch, and gives what α is to be multiplied with from now on: all factors
    /// together. A J that is not finite is no progress.
    pub fn observe(&mut self, j: f64) -> f64 {
        let margin = if self.best < 0.0 { -1e-4 } else { 1e-4 };
        if j.is_finite() && j < self.best * (1.0 - margin) {
            self.best = j;
            self.bad = 0;
        } else {
            self.bad = self.bad.saturating_add(1);
        }
        if self.cooling > 0 {
            self.cooling -= 1;
            self.bad = 0;
        }
        if self.bad > self.patience {
            // Never 0, which is no factor.
            self.current = (self.current * self.factor).max(self.least).max(f64::MIN_POSITIVE);
            self.cooling = self.cooldown;
            self.bad = 0;
        }
        self.current
    }

    /// All factors together, so far.
    #[must_use]
    pub const fn current(&self) -> f64 {
        self.current
    }

    /// What has been observed, as numbers: to be saved, and [restored](Plateau::restore).
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "epochs are far below 2⁵³")]
    pub const fn state(&self) -> [f64; 4] {
        [self.best, self.bad as f64, self.cooling as f64, self.current]
    }

    /// Goes on from what [`state`](Plateau::state) gave.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as saved")]
    pub const fn restore(&mut self, [best, bad, cooling, current]: [f64; 4]) {
        (self.best, self.bad) = (best, bad as usize);
        (self.cooling, self.current) = (cooling as usize, current);
    }
}
