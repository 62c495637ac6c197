//! A checker of gradients: of our networks, of your activations and costs, of any function.
//!
//! [`check_gradient`] holds the gradient that a network computes against derivatives that know
//! nothing of it, entry by entry, and gives a [`Report`]:
//!
//! ```
//! use constprop::check::{Check, check_gradient};
//! use constprop::prelude::*;
//!
//! network! {
//!     pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
//! }
//! let net = Article::<f64>::seeded(1);
//! let (x, y) = ([[0.1, 0.2, 0.3], [-0.4, 0.5, 0.6]], [[1.0, 0.0], [0.0, 1.0]]);
//! let lambda = Regularization::article(0.1);
//!
//! let report = check_gradient(&net, &x, &y, &lambda)?;
//! assert!(report.is_correct(), "{report}");
//! assert!(Check::taylor().gradient(&net, &x, &y, &lambda)?.is_correct());
//! # Ok::<(), constprop::Error>(())
//! ```
//!
//! [`proving_a_gradient`] is the page to read first: an activation with an error, and the report that
//! finds it.
//!
//! # The four methods
//!
//! | | derivative | a wrong entry is seen from | evaluations of J |
//! | --- | --- | --- | --- |
//! | [`Check::exact`] | dual numbers through the forward pass | rounding on: 1e-13 (`f32`: 5e-6) of the magnitudes that the entry is a sum of | ⅛ for each parameter, 9 numbers wide |
//! | [`Check::richardson`] | central differences, their h² taken off | 1e-7 of the largest entry of its Θ | 8 for each parameter |
//! | [`Check::central`] | central differences | 1e-5 of it | 6 for each parameter |
//! | [`Check::taylor`] | none: the remainder along random directions must fall as h² | 1e-5 of it | 4 for each direction, whatever the number of parameters |
//!
//! Of functions, [`Check::exact`] sees what is off by 1e-10 of the entry and 1e-14 of the largest; and in
//! `f32`, where values are rounded to 6e-8, no difference of them resolves more than 2.5 % of the largest
//! entry.
//!
//! On networks all run in `f64`, for networks of `f32` too, whose own gradient is then allowed what rounding
//! in `f32` may come to. [`Check::exact`] needs no setting and no luck; the others know nothing
//! but values of J, and so trust nothing but J.
//!
//! No unit of x, y or Θ makes a right gradient wrong. Exact derivatives see a wrong one in any unit, down to
//! what underflow can leave, 1e-270 (`f32`: 1e-30). Methods by values measure an entry by the largest of its
//! Θ⁽ˡ⁾, and so miss more where inputs of very different size meet: scale x to about 1 for them.
//!
//! What an entry may be off is not guessed: a backward pass over numbers that keep account of the
//! magnitudes they are made of says what rounding can have done to it, and a ladder of steps says
//! what a difference quotient can be off. An entry is *lost* where no step brings it out of
//! rounding at the method's resolution. It lies *at a kink* where every step takes some unit to the
//! other side of one of its activation's [`KINKS`](crate::Activation::KINKS), or where the slopes on
//! both sides differ for good. Neither is counted as right or as wrong; the report has both.

#[doc = include_str!("../../docs/proving-a-gradient.md")]
pub mod proving_a_gradient {
    #[allow(unused_imports, reason = "the page links to them")]
    use super::{Check, Dual, Report, Verdict, check_activation, check_cost, check_gradient};
}

mod dual;

mod exact;

mod functions;

mod jet;

mod ladder;

pub(crate) mod problem;

pub mod properties;

mod report;

mod rounded;

mod stepwise;

#[cfg(feature = "proptest")]
pub mod strategies;

#[cfg(test)]
mod tests;

pub(crate) mod targets;

mod whole;

use core::marker::PhantomData;

use alloc::vec::Vec;

use nalgebra::RealField;
use rand::RngExt;

pub use dual::Dual;
pub use functions::{check_activation, check_cost};
pub use report::{Entry, Part, Place, Reason, Report, Verdict};
pub use whole::{At, NetworkAt, Whole};

use ladder::Quotient;
use problem::Problem;

use crate::error::Error;
use crate::gradient::Gradient;
use crate::network::{Holds, InputOf, Network, TargetOf};
use crate::real::to_f64;
use crate::regularization::Regularization;
use crate::shapes::parameters::Parameters;

/// Holds ∂J/∂Θ⁽ˡ⁾ for every l against exact derivatives: [`Check::exact`].
///
/// # Errors
///
/// Whatever is wrong with examples, parameters or λ, and where; see [`Error`].
pub fn check_gradient<N: Network>(
    net: &dyn Holds<N>,
    inputs: &[InputOf<N>],
    targets: &[TargetOf<N>],
    regularization: &Regularization<N::Scalar>,
) -> Result<Report, Error> {
    Check::exact().gradient(net, inputs, targets, regularization)
}

/// A check by the method `M`, and its settings.
#[derive(Clone, Copy, Debug)]
pub struct Check<M> {
    entries: usize,
    directions: usize,
    seed: u64,
    method: PhantomData<M>,
}

/// By dual numbers: [`Check::exact`].
#[derive(Clone, Copy, Debug)]
pub enum Exact {}

/// By central differences: [`Check::central`].
#[derive(Clone, Copy, Debug)]
pub enum Central {}

/// By Richardson's extrapolation: [`Check::richardson`].
#[derive(Clone, Copy, Debug)]
pub enum Richardson {}

/// By the remainder of Taylor's formula: [`Check::taylor`].
#[derive(Clone, Copy, Debug)]
pub enum Taylor {}

impl Check<Exact> {
    /// Exact derivatives, by dual numbers through the forward pass: x + x′ε with ε² = 0.
    #[must_use]
    pub const fn exact() -> Self {
        Self::new()
    }
}

impl Check<Central> {
    /// (J(θ + h) − J(θ − h))/2h, the step h scaled to each entry.
    #[must_use]
    pub const fn central() -> Self {
        Self::new()
    }
}

impl Check<Richardson> {
    /// Central differences of two steps, combined so that the error falls as h⁴.
    ///
    /// Source: Richardson 1911.
    #[must_use]
    pub const fn richardson() -> Self {
        Self::new()
    }
}

impl Check<Taylor> {
    /// J(θ + hv) − J(θ) − h ⟨∇J, v⟩ along random directions v, of entries ±0.5 to ±1.5, must fall as h². No step is to
    /// be chosen, and the number of evaluations does not grow with that of parameters: for large
    /// networks. Where a remainder falls as h alone, halving the direction finds an entry that is
    /// to blame.
    #[must_use]
    pub const fn taylor() -> Self {
        Self::new()
    }

    /// So many directions for each Θ⁽ˡ⁾; 4 unless said otherwise.
    #[must_use]
    pub const fn directions(self, directions: usize) -> Self {
        Self { directions, ..self }
    }
}

impl<M> Check<M> {
    #[rustfmt::skip]
    const fn new() -> Self { // the compiler quotes it: one of `exact`, `central`, `richardson` and `taylor` is called
        Self { entries: usize::MAX, directions: 4, seed: 0, method: PhantomData }
    }

    /// At most so many entries of each Θ⁽ˡ⁾, drawn at random: for large networks. All unless said
    /// otherwise. (The method of Taylor always covers all.)
    #[must_use]
    pub const fn entries(self, entries: usize) -> Self {
        Self { entries, ..self }
    }

    /// The seed of what is drawn: directions, and entries where not all are looked at.
    #[must_use]
    pub const fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    fn check_settings(&self) -> Result<(), Error> {
        for (name, count) in [("entries", self.entries), ("directions", self.directions)] {
            if count == 0 {
                return Err(Error::Setting { name, value: 0.0, expected: "at least 1" });
            }
        }
        Ok(())
    }
}

/// How a check comes by its derivatives: [`Exact`], [`Central`], [`Richardson`], [`Taylor`].
pub trait Method: sealed::Method {}

/// A [`Method`] that needs nothing but values: all but [`Exact`].
pub trait ByValues: Method + sealed::ByValues {}

impl<M: Method> Check<M> {
    /// Holds ∂J/∂Θ⁽ˡ⁾ for every l, as [`Network::cost_and_gradient`] computes it, against
    /// derivatives of J.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] where no entry or no direction is to be looked at, and whatever is wrong
    /// with examples, parameters or λ, and where; see [`Error`].
    pub fn gradient<N: Network>(
        &self,
        net: &dyn Holds<N>,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
        regularization: &Regularization<N::Scalar>,
    ) -> Result<Report, Error> {
        let net = net.held();
        let (_, gradient) = net.cost_and_gradient(inputs, targets, regularization)?;
        self.given(net, inputs, targets, regularization, &gradient)
    }

    /// Holds a gradient that came from elsewhere against derivatives of J: from a backward pass of
    /// your own, from another library, from a device.
    ///
    /// # Errors
    ///
    /// As [`gradient`](Self::gradient). An entry of `gradient` that is not finite is no error: it
    /// is wrong.
    pub fn given<N: Network>(
        &self,
        net: &dyn Holds<N>,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
        regularization: &Regularization<N::Scalar>,
        gradient: &Gradient<N>,
    ) -> Result<Report, Error> {
        let net = net.held();
        self.check_settings()?;
        net.check_examples(inputs, targets, regularization)?;
        let mut problem = Problem::new(net, inputs, targets, regularization, gradient.parameters());
        // In `f32` it may overflow where the checker's `f64` does not.
        let cost = to_f64(&net.cost(inputs, targets, regularization)?);
        if !cost.is_finite() {
            problem.cost = cost;
        }
        Ok(M::check(self, &problem))
    }
}

impl<M: ByValues> Check<M> {
    /// Holds the gradient of any function of many numbers against its values.
    ///
    /// ```
    /// use constprop::check::Check;
    ///
    /// let rosenbrock = |x: &[f64]| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2);
    /// let gradient = |x: &[f64]| {
    ///     let bend = 200.0 * (x[1] - x[0] * x[0]);
    ///     vec![2.0 * (x[0] - 1.0) - 2.0 * x[0] * bend, bend]
    /// };
    /// let report = Check::richardson().function(rosenbrock, gradient, &[-1.2, 1.0])?;
    /// assert!(report.is_correct(), "{report}");
    ///
    /// let wrong = |x: &[f64]| vec![gradient(x)[0], 1.0001 * gradient(x)[1]];
    /// let report = Check::richardson().function(rosenbrock, wrong, &[-1.2, 1.0])?;
    /// assert!(report.is_wrong());
    /// # Ok::<(), constprop::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NoExamples`] if `x` is empty, [`Error::Input`] for an entry that is not finite,
    /// [`Error::Length`] if there are not as many slopes as entries, [`Error::Setting`] where no
    /// entry or no direction is to be looked at.
    pub fn function<T: RealField>(
        &self,
        f: impl Fn(&[T]) -> T,
        gradient: impl Fn(&[T]) -> Vec<T>,
        x: &[T],
    ) -> Result<Report, Error> {
        self.check_settings()?;
        functions::check_point(x)?;
        functions::by_values(self, &functions::Claim::of_function(x), &f, &gradient(x))
    }
}

impl Check<Exact> {
    /// Holds the gradient of any function of many numbers against its exact derivatives: the
    /// function takes [`Dual`] numbers.
    ///
    /// ```
    /// use constprop::Real;
    /// use constprop::check::{Check, Dual};
    ///
    /// let f = |x: &[Dual]| x[0].tanh() * x[1];
    /// let gradient = |x: &[f64]| vec![x[1] * (1.0 - x[0].tanh().powi(2)), x[0].tanh()];
    /// let report = Check::exact().function(f, gradient, &[0.3, -2.0])?;
    /// assert!(report.is_correct(), "{report}");
    /// # Ok::<(), constprop::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NoExamples`] if `x` is empty, [`Error::Input`] for an entry that is not finite,
    /// [`Error::Length`] if there are not as many slopes as entries, [`Error::Setting`] where no
    /// entry is to be looked at.
    pub fn function(
        &self,
        f: impl Fn(&[Dual]) -> Dual,
        gradient: impl Fn(&[f64]) -> Vec<f64>,
        x: &[f64],
    ) -> Result<Report, Error> {
        self.check_settings()?;
        functions::check_point(x)?;
        functions::exactly(self, &functions::Claim::of_function(x), &f, &gradient(x))
    }
}

mod sealed {
    use super::{Check, Problem, Quotient, Report};

    pub trait Method: Sized {
        const NAME: &'static str;

        #[doc(hidden)]
        fn check(check: &Check<Self>, problem: &Problem<'_>) -> Report;
    }

    pub trait ByValues: Method {
        #[doc(hidden)]
        const QUOTIENT: Quotient;
    }
}

impl sealed::Method for Exact {
    const NAME: &'static str = "exact derivatives";

    fn check(check: &Check<Self>, problem: &Problem<'_>) -> Report {
        exact::check(check, problem)
    }
}

impl Method for Exact {}

macro_rules! by_values {
    ($($method:ident $name:literal;)*) => {
        $(
            impl sealed::Method for $method {
                const NAME: &'static str = $name;

                fn check(check: &Check<Self>, problem: &Problem<'_>) -> Report {
                    stepwise::check(check, problem)
                }
            }

            impl sealed::ByValues for $method {
                const QUOTIENT: Quotient = Quotient::$method;
            }

            impl Method for $method {}

            impl ByValues for $method {}
        )*
    };
}

by_values! {
    Central "central differences";
    Richardson "Richardson's extrapolation";
    Taylor "the remainder of Taylor's formula";
}

/// Which of `n` entries are looked at: all, or some drawn at random, one from each of as many
/// stretches of equal length.
fn sample(n: usize, most: usize, rng: &mut impl rand::Rng) -> Vec<usize> {
    if n <= most {
        return (0..n).collect();
    }
    // In `u128`, so that no product of sizes overflows.
    let bound = |number: usize| (number as u128 * n as u128 / most as u128) as usize;
    (0..most).map(|number| rng.random_range(bound(number)..bound(number + 1))).collect()
}
