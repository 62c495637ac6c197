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
//! (G + μ C²) p = −∇J,  C_jj what a unit of θ_j is worth ([`Damping`]),
//!
//! and goes to Θ + p if J is smaller there; if not, μ grows and the system is solved again. For
//! μ → 0 that is Gauss–Newton's step, for large μ a short one of gradient descent. μ follows the
//! gain ratio ρ, the reduction of J over the one that the quadratic model foretold,
//! −⟨∇J, p⟩ − ½ ⟨p, G p⟩ = ½ (μ ‖C p‖² − ⟨∇J, p⟩):
//!
//! accepted: μ ← μ max(⅓, 1 − (2ρ − 1)³), ν ← 2;  rejected: μ ← μ ν, ν ← 2ν.
//!
//! # When it ends
//!
//! With λ counted as m s_L + P residuals, r/√m and √D Θ, whose squares add up to 2J and whose columns
//! have the norms √G_jj, training ends where
//!
//! | | settings | |
//! | --- | --- | --- |
//! | [`Stop::Gradient`] | `gradient_tolerance` | no cosine \|∂J/∂θ_j\|/√(2J G_jj) between the residuals and a column is larger |
//! | [`Stop::StepSize`] | `step_tolerance` | ‖C p‖ is no larger a share of ‖C Θ‖, and J is foretold to fall by no more than twice that share |
//! | [`Stop::Progress`] | `progress_tolerance` | J is foretold to fall by no larger a share |
//! | [`Stop::Damping`] | `largest_mu` | no smaller J was found up to that μ |
//!
//! Where μ is what makes the step short or its promise small, it is lowered first. It is, where J would
//! fall by more than twice `progress_tolerance` along some θ_j alone, undamped: that is where the square
//! of the cosine is larger. μ is then G_jj/C_jj², and half of that fall is left. After a step that was
//! refused, μ only grows.
//!
//! Conjugate gradients know no column. Their cosine is that of the residuals and of what they change by
//! along d = C⁻² ∇J, ⟨∇J, d⟩/√(2J ⟨d, G d⟩), which can be small far from a minimum: J has to be foretold
//! to fall by no larger a share as well. Whether μ is what hinders is asked along p, at the cost of a
//! product with G, and μ is then ⟨p, G p⟩/‖C p‖².
//!
//! # Units
//!
//! All of these are shares, and C is in units of x and y. So with λ = 0 and a linear output
//! ([`Identity`](crate::Identity)) the steps are the same in whatever units x, its every entry, and y
//! are, from a Θ in the same units (for an x_k that is c times as large, its weights in θ1 of 1/c; for
//! a y, all of the last Θ times c): bit for bit, where units are powers of two and nothing leaves the
//! range of the scalar.
//!
//! A start of its own size is another start. One layer is fitted from any, for x of 1e±10 by Cholesky;
//! a deeper network for an x of 1e-6 as well, but units that an x of 1e6 has saturated do not learn.
//! From a Θ of about 1, J falls no further than a sum of such terms rounds to, about ε²/2, which counts
//! beside a y of 1e-6 in f32. So scale x and y to about 1
//! ([`Standardize`](crate::data::Standardize)), or begin in their units.
//!
//! λ has a unit, that of J over that of θ²: a λ in other units is another λ.
//!
//! J has to be in the range of the scalar. Columns of the Jacobian need not have squares there with
//! [`Damping::Diagonal`], which asks for columns of finite length; otherwise C⁻¹ G C⁻¹ has to be finite.
//! All else is an error.
//!
//! Sources: Levenberg 1944; Marquardt, An Algorithm for Least-Squares Estimation of Nonlinear
//! Parameters, 1963; for networks, Hagan, Menhaj, Training Feedforward Networks with the Marquardt
//! Algorithm, 1994; the update of μ, Nielsen, Damping Parameter in Marquardt's Method, 1999; columns
//! that are remembered and the cosine, Moré, The Levenberg–Marquardt Algorithm: Implementation and
//! Theory, 1978 (MINPACK).

mod conjugate;
mod model;
mod normal;
mod rows;
mod scales;
mod settings;

use alloc::vec::Vec;
use core::fmt;

use nalgebra::{ComplexField, RealField};

pub use settings::{Damping, LevenbergSettings, Solver};

use model::{Problem, Rooms, Solution};

use crate::cost::HalfSquaredError;
use crate::error::Error;
use crate::network::{Holds, InputOf, Network, ScalarOf, TargetOf};
use crate::regularization::Regularization;
use crate::threads::Threads;

/// A cost that is half a sum of squared residuals a⁽ᴸ⁾ − y: [`HalfSquaredError`].
#[diagnostic::on_unimplemented(
    message = "Levenberg–Marquardt minimizes squared residuals, which `{Self}` is not made of",
    label = "a network with `Cost = HalfSquaredError` is needed, or Adam"
)]
pub trait SumOfSquares: sealed::Sealed {}

#[diagnostic::do_not_recommend]
impl SumOfSquares for HalfSquaredError {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for crate::cost::HalfSquaredError {}
}

/// Levenberg–Marquardt, for networks with the cost [`HalfSquaredError`] over any scalar; the
/// [module](self) has the formulas. It is of one network, as Adam is: `LevenbergMarquardt::<Sine>::new(settings)`.
///
/// It keeps μ, ν and C from step to step; all else lives for a call. For P parameters that is 2 P² + 128 P
/// scalars by [`Solver::Cholesky`] (P² more for each doubling of m s_L beyond 1024), and a step takes
/// m s_L P² + P³/3 operations: 6 · 10⁹ for P = 1901 and m s_L = 1000. J never grows. The bits of a
/// result are the same on every processor with the same instructions.
///
/// Passes over the examples are counted so: the Jacobian is s_L of them, a gradient 1, a product
/// with G 2, and J alone, which is half of a gradient, 1 as well. (Where a column's squares leave the
/// range of the scalar, the Jacobian is gone through twice.)
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
pub struct LevenbergMarquardt<N: Network> {
    pub(crate) settings: LevenbergSettings<N::Scalar>,
    /// None before the first step.
    pub(crate) mu: Option<N::Scalar>,
    pub(crate) nu: N::Scalar,
    /// C_jj, which μ is multiplied with the square of; none before the first step.
    pub(crate) scales: Vec<N::Scalar>,
    pub(crate) threads: Option<Threads>,
}

// Derived, these would ask for networks that can be copied, printed and compared.
impl<N: Network> Clone for LevenbergMarquardt<N> {
    fn clone(&self) -> Self {
        let Self { settings, mu, nu, scales, threads } = self;
        Self {
            settings: settings.clone(),
            mu: mu.clone(),
            nu: nu.clone(),
            scales: scales.clone(),
            threads: threads.clone(),
        }
    }
}

impl<N: Network> fmt::Debug for LevenbergMarquardt<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { settings, mu, nu, scales, threads } = self;
        f.debug_struct("LevenbergMarquardt")
            .field("settings", settings)
            .field("mu", mu)
            .field("nu", nu)
            .field("scales", scales)
            .field("threads", threads)
            .finish()
    }
}

/// Threads make no difference.
impl<N: Network> PartialEq for LevenbergMarquardt<N> {
    fn eq(&self, other: &Self) -> bool {
        let Self { settings, mu, nu, scales, threads: _ } = self;
        *settings == other.settings && *mu == other.mu && *nu == other.nu && *scales == other.scales
    }
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
    /// r is at right angles to every column of J, but for the tolerance; by conjugate gradients, to what
    /// it changes by along C⁻² ∇J, and the step promises no more.
    Gradient,
    /// The step is too short to matter beside Θ, and so is what it promises beside J.
    StepSize,
    /// The step promises too little to matter, beside J.
    Progress,
    /// No μ up to the largest gave a smaller J.
    Damping,
    /// As many steps as were asked for.
    Steps,
}

impl<N: Network> LevenbergMarquardt<N> {
    /// With the first μ.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`], naming the setting that is out of its range.
    pub fn new(settings: LevenbergSettings<ScalarOf<N>>) -> Result<Self, Error> {
        settings.check()?;
        Ok(Self { settings, mu: None, nu: two(), scales: Vec::new(), threads: None })
    }

    /// Shares the work of steps among threads: rows of the Jacobian, JᵀJ by its columns, products with it,
    /// gradients and J. What they give is the same to the last bit. Cholesky's factors are made by one.
    ///
    /// They are not part of what is saved.
    ///
    /// ```
    /// use constprop::Threads;
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Sine(1 => 6 Tanh => 1 Identity) minimizing HalfSquaredError;
    /// }
    /// let x: Vec<[f64; 1]> = (0..40).map(|i| [f64::from(i) / 20.0 - 1.0]).collect();
    /// let y: Vec<[f64; 1]> = x.iter().map(|[x]| [(3.0 * x).sin()]).collect();
    /// let mut net = Sine::<f64>::seeded(1);
    /// let mut lm = LevenbergMarquardt::new(LevenbergSettings::default())?;
    /// lm.set_threads(&Threads::new(2)?);
    /// let report = lm.minimize(&mut net, &x, &y, &Regularization::none(), 50)?;
    /// assert!(report.j < 1e-6);
    /// # Ok::<(), constprop::Error>(())
    /// ```
    #[cfg(feature = "std")]
    pub fn set_threads(&mut self, threads: &Threads) {
        self.threads = Some(threads.clone());
    }

    /// μ of the step to come; none before the first.
    pub const fn mu(&self) -> Option<&N::Scalar> {
        self.mu.as_ref()
    }

    /// One step: a gradient and a Jacobian, then larger and larger μ until J is smaller.
    ///
    /// Where none is found, parameters and μ are as they were, and
    /// [`stop`](LevenbergStep::stop) says why.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with examples, parameters or λ; [`Error::CostNotFinite`] and
    /// [`Error::Gradient`] where J or ∇J has left the range of the scalar; [`Error::Setting`] where
    /// JᵀJ has, or, with [`Damping::Diagonal`], [`Error::Column`] where a column of J has;
    /// [`Error::Setting`] where there is no memory for P² scalars. Parameters and μ are then as they
    /// were.
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
    pub fn step<C: SumOfSquares>(
        &mut self,
        net: &mut impl Holds<N>,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
        regularization: &Regularization<N::Scalar>,
    ) -> Result<LevenbergStep<N::Scalar>, Error>
    where
        N: Network<Cost = C>,
    {
        let net = net.held_mut();
        let problem = Problem { inputs, targets, regularization };
        let j = problem.first_cost(net)?;
        let mut step = self.step_from(net, j, &problem, &mut self.rooms()?)?;
        step.passes += 1;
        Ok(step)
    }

    /// Steps until one of the [stops](Stop), at most so many.
    ///
    /// # Errors
    ///
    /// As [`step`](Self::step). Where that comes after some steps, those are taken: J is then no
    /// larger than it was.
    pub fn minimize<C: SumOfSquares>(
        &mut self,
        net: &mut impl Holds<N>,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
        regularization: &Regularization<N::Scalar>,
        most_steps: usize,
    ) -> Result<LevenbergReport<N::Scalar>, Error>
    where
        N: Network<Cost = C>,
    {
        let net = net.held_mut();
        let problem = Problem { inputs, targets, regularization };
        let j = problem.first_cost(net)?;
        let mut report = LevenbergReport { j, steps: 0, passes: 1, reason: Stop::Steps };
        let mut rooms = self.rooms()?;
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

    /// What steps work in.
    fn rooms(&self) -> Result<Rooms<N>, Error> {
        Rooms::new(&self.settings.solver, self.threads.as_ref())
    }

    /// One step from parameters whose J is known.
    fn step_from(
        &mut self,
        net: &mut N,
        j: N::Scalar,
        problem: &Problem<'_, N>,
        rooms: &mut Rooms<N>,
    ) -> Result<LevenbergStep<N::Scalar>, Error> {
        let Rooms { model, moved, workspace } = rooms;
        let settings = &self.settings;
        let mut passes = model.form(net, problem, &self.scales)?;
        let unit = model.unit();
        let first = || settings.initial_mu.clone() * unit.clone();
        let (mut mu, mut nu) = (self.mu.clone().unwrap_or_else(first), self.nu.clone());
        let refused = |j, mu, passes, stop| {
            Ok(LevenbergStep { j, accepted: false, mu, passes, stop: Some(stop) })
        };
        let is_flat = model.is_flat(&model::residual_norm(&j, &settings.gradient_tolerance));
        if is_flat && model.is_flat_in_all() {
            return refused(j, mu, passes, Stop::Gradient);
        }
        // What falls by twice the share that ends it, along one line.
        let steep = settings.progress_tolerance.clone() * two();
        let steep = model::residual_norm(&j, &ComplexField::sqrt(steep));
        let mut too_small = false;
        loop {
            let trial = model.solve(&mu, net, problem)?;
            passes += trial.passes;
            if let Some(Solution { p, damped, descent }) = trial.solution {
                let foretold = (damped - descent) * nalgebra::convert(0.5);
                let is_short = || {
                    let share = settings.step_tolerance.clone();
                    model.norm(&p).is_within(share, &model.norm(net.parameters()))
                };
                if let Some(stop) = settings.end(&(foretold.clone() / j.clone()), is_flat, is_short)
                {
                    // What μ hinders, a smaller one may not; but none that was too small before.
                    let (free, more) = if too_small {
                        (None, 0)
                    } else {
                        model.free_mu(&p, &steep, net, problem)?
                    };
                    passes += more;
                    let Some(free) = free.filter(|free| free.clone() * two() < mu) else {
                        return refused(j, mu, passes, stop);
                    };
                    (mu, nu) = (free, two());
                    continue;
                }
                model::add(net, &p, moved);
                passes += 1;
                if let Some(next) = problem.cost(moved, workspace)?.filter(|next| *next < j) {
                    net.copy_from(moved);
                    let gain = (j - next.clone()) / foretold;
                    self.mu = Some(mu.clone() * lowering(gain));
                    self.nu = two();
                    self.scales.clear();
                    self.scales.extend_from_slice(model.scales());
                    return Ok(LevenbergStep { j: next, accepted: true, mu, passes, stop: None });
                }
            }
            too_small = true;
            let grown = mu.clone() * nu.clone();
            let least = unit.clone() * epsilon();
            // A μ of 0 does not grow, and one that is no number compares with nothing.
            let next = if grown > least { grown } else { least };
            if !(next > mu && next <= settings.largest_mu.clone() * unit.clone()) {
                return refused(j, mu, passes, Stop::Damping);
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

fn two<T: RealField>() -> T {
    T::one() + T::one()
}

fn epsilon<T: RealField>() -> T {
    T::default_epsilon()
}
