//! Levenberg–Marquardt: training of small networks over all examples at once, by what J has of
//! second order.
//!
//! With the residuals r = a⁽ᴸ⁾ − y of all m examples, m s_L of them, and D the diagonal of what λ
//! multiplies Θ with,
//!
//! J = (1/m) Σ ½ r² + ½ ⟨Θ, D Θ⟩,  ∇J = Jᵀr/m + D Θ,  ∇²J ≈ G = JᵀJ/m + D,
//!
//! where J on the right is the Jacobian ∂r/∂Θ of shape m s_L × P, whose rows are backpropagated by
//! hand ([`Jacobian`](crate::Jacobian)); it is never stored. A step solves
//!
//! (G + μ I) p = −∇J,  or with μ diag(G) in place of μ I,
//!
//! and goes to Θ + p if J is smaller there; if not, μ grows and the system is solved again. For
//! μ → 0 that is Gauss–Newton's step, for large μ a short one of gradient descent. μ follows the
//! gain ratio ρ, the reduction of J over the one that the quadratic model foretold,
//! −⟨∇J, p⟩ − ½ ⟨p, G p⟩ = ½ (⟨p, μ p⟩ − ⟨∇J, p⟩):
//!
//! accepted: μ ← μ max(⅓, 1 − (2ρ − 1)³), ν ← 2;  rejected: μ ← μ ν, ν ← 2ν.
//!
//! Sources: Levenberg 1944; Marquardt, An Algorithm for Least-Squares Estimation of Nonlinear
//! Parameters, 1963; for networks, Hagan, Menhaj, Training Feedforward Networks with the Marquardt
//! Algorithm, 1994; the update of μ, Nielsen, Damping Parameter in Marquardt's Method, 1999; the
//! stops, Madsen, Nielsen, Tingleff 2004, Algorithm 3.16.

mod conjugate;
mod model;
mod normal;
mod settings;

use nalgebra::RealField;

pub use settings::{Damping, LevenbergSettings, Solver};

use model::{Problem, Rooms, Solution};

use crate::cost::HalfSquaredError;
use crate::error::Error;
use crate::network::Network;
use crate::regularization::Regularization;
use crate::shapes::parameters::Parameters;
use crate::update::check_gradient_is_finite;

/// A cost that is half a sum of squared residuals a⁽ᴸ⁾ − y: [`HalfSquaredError`].
#[diagnostic::on_unimplemented(
    message = "Levenberg–Marquardt minimizes squared residuals, which `{Self}` is not made of",
    label = "a network with `Cost = HalfSquaredError` is needed",
    note = "declare it `minimizing HalfSquaredError`, or train it with Adam"
)]
pub trait SumOfSquares: sealed::Sealed {}

#[diagnostic::do_not_recommend]
impl SumOfSquares for HalfSquaredError {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::cost::HalfSquaredError {}
}

/// Levenberg–Marquardt, for networks with the cost [`HalfSquaredError`] over any scalar; the
/// [module](self) has the formulas.
///
/// It keeps μ and ν from step to step, and nothing else: all else lives for a call. For P
/// parameters that is 2 P² + 128 P scalars by [`Solver::Cholesky`] (P² more for each doubling of m s_L
/// beyond 1024), and a step takes
/// m s_L P² + P³/3 operations: 6 · 10⁹ for P = 1901 and m s_L = 1000. J never grows.
/// The bits of a result are the same on every processor with the same instructions.
///
/// Passes over the examples are counted so: the Jacobian is s_L of them, a gradient 1, a product
/// with G 2, and J alone, which is half of a gradient, 1 as well.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Sine(1 => 6 Tanh => 1 Identity) minimizing HalfSquaredError;
/// }
/// let x: Vec<[f64; 1]> = (0..40).map(|i| [f64::from(i) / 20.0 - 1.0]).collect();
/// let y: Vec<[f64; 1]> = x.iter().map(|[x]| [(3.0 * x).sin()]).collect();
/// let mut net = Sine::<f64>::seeded(1);
/// let mut lm = LevenbergMarquardt::new(LevenbergSettings::default())?;
/// let report = lm.minimize(&mut net, &x, &y, &Regularization::none(), 50)?;
/// assert!(report.j < 1e-6);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LevenbergMarquardt<T> {
    settings: LevenbergSettings<T>,
    /// None before the first step.
    mu: Option<T>,
    nu: T,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq)]
pub struct LevenbergStep<T> {
    /// J of the parameters as they are now.
    pub j: T,
    /// Whether they were moved. If not, they are as they were, bit for bit.
    pub accepted: bool,
    /// The last μ that was tried.
    pub mu: T,
    /// Passes over the examples.
    pub passes: usize,
    /// Why no step was taken; none where one was.
    pub stop: Option<Stop>,
}

/// How training went.
#[derive(Clone, Debug, PartialEq)]
pub struct LevenbergReport<T> {
    /// J of the parameters as they are now.
    pub j: T,
    /// Steps that were taken.
    pub steps: usize,
    /// Passes over the examples.
    pub passes: usize,
    /// Why it ended.
    pub reason: Stop,
}

/// Why training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// No entry of ∇J is larger than the tolerance.
    Gradient,
    /// The step is too short to matter.
    StepSize,
    /// No μ up to the largest gave a smaller J.
    Damping,
    /// As many steps as were asked for.
    Steps,
}

impl<T: RealField> LevenbergMarquardt<T> {
    /// With the first μ.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`], naming the setting that is out of its range.
    pub fn new(settings: LevenbergSettings<T>) -> Result<Self, Error> {
        settings.check()?;
        Ok(Self { settings, mu: None, nu: two() })
    }

    /// μ of the step to come; none before the first.
    pub const fn mu(&self) -> Option<&T> {
        self.mu.as_ref()
    }

    /// One step: a gradient and a Jacobian, then larger and larger μ until J is smaller.
    ///
    /// Where none is found, parameters and μ are as they were, and
    /// [`stop`](LevenbergStep::stop) says why.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with examples, parameters or λ; [`Error::Gradient`] where ∇J has left
    /// the range of the scalar; [`Error::Setting`] where there is no memory for P² scalars.
    /// Parameters and μ are then as they were.
    ///
    /// ```
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Line(1 => 1 Identity) minimizing HalfSquaredError;
    /// }
    /// // Undamped, a line is fitted in one step.
    /// let settings = LevenbergSettings { initial_mu: 0.0, ..LevenbergSettings::default() };
    /// let (mut net, mut lm) = (Line::seeded(0), LevenbergMarquardt::new(settings)?);
    /// let (x, y) = ([[0.0], [1.0], [2.0]], [[1.0], [3.0], [5.0]]);
    /// let step = lm.step(&mut net, &x, &y, &Regularization::none())?;
    /// assert!(step.accepted && step.j < 1e-24);
    /// # Ok::<(), constprop::Error>(())
    /// ```
    pub fn step<N: Network<Scalar = T, Cost: SumOfSquares>>(
        &mut self,
        net: &mut N,
        inputs: &[N::Input],
        targets: &[N::Target],
        regularization: &Regularization<T>,
    ) -> Result<LevenbergStep<T>, Error> {
        let problem = Problem { inputs, targets, regularization };
        let j = net.cost(inputs, targets, regularization)?;
        let mut step = self.step_from(net, j, &problem, &mut Rooms::new(&self.settings.solver)?)?;
        step.passes += 1;
        Ok(step)
    }

    /// Steps until one of the [stops](Stop), at most so many.
    ///
    /// # Errors
    ///
    /// As [`step`](Self::step). Where that comes after some steps, those are taken: J is then no
    /// larger than it was.
    pub fn minimize<N: Network<Scalar = T, Cost: SumOfSquares>>(
        &mut self,
        net: &mut N,
        inputs: &[N::Input],
        targets: &[N::Target],
        regularization: &Regularization<T>,
        most_steps: usize,
    ) -> Result<LevenbergReport<T>, Error> {
        let problem = Problem { inputs, targets, regularization };
        let j = net.cost(inputs, targets, regularization)?;
        let mut report = LevenbergReport { j, steps: 0, passes: 1, reason: Stop::Steps };
        let mut rooms = Rooms::new(&self.settings.solver)?;
        while report.steps < most_steps {
            let step = self.step_from(net, report.j.clone(), &problem, &mut rooms)?;
            (report.j, report.passes) = (step.j, report.passes + step.passes);
            if let Some(reason) = step.stop {
                report.reason = reason;
                break;
            }
            report.steps += 1;
        }
        Ok(report)
    }

    /// One step from parameters whose J is known.
    fn step_from<N: Network<Scalar = T>>(
        &mut self,
        net: &mut N,
        j: T,
        problem: &Problem<'_, N>,
        rooms: &mut Rooms<N>,
    ) -> Result<LevenbergStep<T>, Error> {
        let Rooms { model, gradient, moved, workspace } = rooms;
        let settings = &self.settings;
        let mut passes = model.form(net, problem, gradient)?;
        check_gradient_is_finite(gradient)?;
        let unit = model.unit();
        let first = || settings.initial_mu.clone() * unit.clone();
        let (mut mu, mut nu) = (self.mu.clone().unwrap_or_else(first), self.nu.clone());
        let refused = |j, mu, passes, stop| LevenbergStep {
            j,
            accepted: false,
            mu,
            passes,
            stop: Some(stop),
        };
        if largest(gradient.parameters()) <= settings.gradient_tolerance {
            return Ok(refused(j, mu, passes, Stop::Gradient));
        }
        loop {
            let trial = model.solve(&mu, net, problem, gradient)?;
            passes += trial.passes;
            if let Some(Solution { p, damped }) = trial.solution {
                let tolerance = settings.step_tolerance.clone();
                let short = tolerance.clone() * (norm(net.parameters()) + tolerance);
                if norm(&p) <= short {
                    return Ok(refused(j, mu, passes, Stop::StepSize));
                }
                let descent = model::add(net, &p, moved, gradient);
                passes += 1;
                if let Some(next) = problem.cost(moved, workspace)?.filter(|next| *next < j) {
                    net.copy_from(moved);
                    let foretold = (damped - descent) * nalgebra::convert(0.5);
                    let gain = (j - next.clone()) / foretold;
                    self.mu = Some(mu.clone() * lowering(gain));
                    self.nu = two();
                    return Ok(LevenbergStep { j: next, accepted: true, mu, passes, stop: None });
                }
            }
            let grown = mu.clone() * nu.clone();
            let least = unit.clone() * T::default_epsilon();
            // A μ of 0 does not grow, and one that is no number compares with nothing.
            let next = if grown > least { grown } else { least };
            if !(next > mu && next <= settings.largest_mu.clone() * unit.clone()) {
                return Ok(refused(j, mu, passes, Stop::Damping));
            }
            (mu, nu) = (next, nu * two());
        }
    }
}

/// max(⅓, 1 − (2ρ − 1)³).
fn lowering<T: RealField>(gain: T) -> T {
    let (third, twice) = (nalgebra::convert::<f64, T>(1.0 / 3.0), gain * two() - T::one());
    let factor = T::one() - twice.clone() * twice.clone() * twice;
    if factor > third { factor } else { third }
}

/// The largest magnitude.
fn largest<T: RealField>(entries: &[T]) -> T {
    entries.iter().fold(T::zero(), |largest, entry| largest.max(entry.clone().abs()))
}

/// √Σ v².
fn norm<T: RealField>(v: &[T]) -> T {
    v.iter().fold(T::zero(), |sum, entry| sum + entry.clone() * entry.clone()).sqrt()
}

fn two<T: RealField>() -> T {
    T::one() + T::one()
}
