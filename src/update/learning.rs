//! Which Θ⁽ˡ⁾ learn, and at which rates.

use core::array;
use core::fmt;
use core::ops::Range;

use nalgebra::ComplexField;

use super::{Call, Optimizer};
use crate::error::Error;
use crate::fast::{Frozen, MOST_THETAS};
use crate::gradient::Gradient;
use crate::inside::{self, InsideWorkspace};
use crate::network::{FloatNetwork, InputOf, Network, ScalarOf, TargetOf, gradient_in};
use crate::real::to_f64;
use crate::regularization::Regularization;
use crate::shapes::layer::{Layer, THETAS};
#[cfg(feature = "std")]
use crate::threads::Threads;
use crate::workspace::Workspace;

/// Which Θ⁽ˡ⁾ of the network `N` learn, and with which share of α each of them: a value that an
/// [optimizer](Learning::by), a [`Batch`](crate::Batch::with_learning) and
/// [gradients](Learning::gradient_from) take.
///
/// A frozen Θ⁽ˡ⁾ keeps its bits, whatever the optimizer remembers, λ is, or [`AdamW`](crate::AdamW) takes
/// away. Its ∂J/∂Θ⁽ˡ⁾ is 0, and so counts for nothing in ‖∇J‖ and where that is [clipped](crate::Clip).
/// J stays what it is without freezing, with the (λ/2) Σ θ² of every Θ⁽ˡ⁾. A network may be frozen as a
/// whole: it does not move then, and J and ∂J/∂x are what they are.
///
/// With `f32` and `f64` no Δ⁽ˡ⁾ of a frozen Θ⁽ˡ⁾ is computed, and no δ in front of the first Θ⁽ˡ⁾ that learns;
/// networks of up to 64 parameters are computed as a whole. What learns has the bits that it has without
/// freezing.
///
/// ```
/// use constprop::Learning;
/// use constprop::layer::{L1, L2};
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Net(2 => 8 Tanh => 8 Tanh => 1 Identity) minimizing HalfSquaredError;
/// }
/// // Θ⁽¹⁾ stays, Θ⁽²⁾ takes a tenth of every step.
/// let learning = Learning::all().freeze::<L1>().rate::<L2>(0.1)?;
/// let mut adam = learning.by(Adam::new(AdamSettings::default())?);
/// let (mut net, mut workspace) = (Net::<f32>::seeded(1), Workspace::new());
/// let before = net.theta1.clone();
/// let (x, y) = ([[0.0, 1.0], [1.0, 1.0]], [[1.0], [0.0]]);
/// adam.train(&mut net, &x, &y, &Regularization::article(0.01), &mut workspace)?;
/// assert_eq!(net.theta1, before);
/// // Now all of it, with what Adam remembers.
/// adam.learning = Learning::all();
/// adam.train(&mut net, &x, &y, &Regularization::none(), &mut workspace)?;
/// assert_ne!(net.theta1, before);
/// # Ok::<(), constprop::Error>(())
/// ```
///
/// [`LevenbergMarquardt`](crate::LevenbergMarquardt) moves all parameters at once, and so always all of them. A
/// Θ⁽ˡ⁾ that the network does not have stops the build:
///
/// ```compile_fail
/// # use constprop::Learning;
/// # use constprop::layer::L2;
/// # use constprop::prelude::*;
/// # network! { pub struct Net(2 => 1 Identity) minimizing HalfSquaredError; }
/// let learning = Learning::<Net<f32>>::all().freeze::<L2>(); // behind layer 2 there is nothing
/// ```
///
/// Where the article's lines are written by hand, a Θ⁽ˡ⁾ is frozen by leaving out its own: `accumulate` of
/// one layer is `sums.theta2 += &deltas.delta3 * trace.a2.transpose()`.
pub struct Learning<N: Network> {
    /// Of each Θ⁽ˡ⁾; beyond the last one all 1.
    pub(crate) rates: [Option<N::Scalar>; MOST_THETAS],
    /// Of these, the entries from the first to before the second, of all Θ⁽ˡ⁾ one behind the other.
    pub(crate) entries: (usize, usize),
}

impl<N: Network> Learning<N> {
    /// Every Θ⁽ˡ⁾, at the optimizer's rate.
    #[must_use]
    pub fn all() -> Self {
        const { assert!(N::SHAPES.len() <= MOST_THETAS, "of up to 33 layers") };
        Self { rates: array::from_fn(|_| Some(nalgebra::one())), entries: (0, N::PARAMETERS) }
    }

    /// Of what learns only these entries of all Θ⁽ˡ⁾, one behind the other: the part of a step that one of several
    /// machines takes.
    #[doc(hidden)]
    #[must_use]
    pub fn within(self, entries: Range<usize>) -> Self {
        let end = entries.end.min(N::PARAMETERS);
        Self { entries: (entries.start.min(end), end), ..self }
    }

    /// What learns of both: rates are multiplied.
    fn and(&self, other: &Self) -> Self {
        let rates = array::from_fn(|index| {
            let (rate, factor) = (self.rates[index].as_ref()?, other.rates[index].as_ref()?);
            Some(rate.clone() * factor.clone())
        });
        let ((a, b), (c, d)) = (self.entries, other.entries);
        Self { rates, entries: (a.max(c), b.min(d)) }
    }

    /// Θ⁽ˡ⁾, that from layer `L` to the next one, does not learn. One that the network does not have does
    /// not compile.
    #[must_use]
    pub fn freeze<L: Layer>(mut self) -> Self {
        self.rates[index::<N, L>()] = None;
        self
    }

    /// Θ⁽ˡ⁾, that from layer `L` to the next one, learns with `factor` · α instead of α, also where it was
    /// frozen. One that the network does not have does not compile. Of [`AdamW`](crate::AdamW) that is the α of
    /// its decay too.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] unless the factor is finite and greater than 0.
    pub fn rate<L: Layer>(mut self, factor: ScalarOf<N>) -> Result<Self, Error> {
        check_factor(&factor)?;
        self.rates[index::<N, L>()] = Some(factor);
        Ok(self)
    }

    /// What α is multiplied with for each Θ⁽ˡ⁾ in order, or none where it is frozen.
    #[must_use]
    pub fn rates(&self) -> &[Option<N::Scalar>] {
        &self.rates[..N::SHAPES.len()]
    }

    /// An optimizer under which so much learns: itself one, and so for [`Fit`](crate::train::Fit) too.
    #[must_use]
    pub const fn by<O: ByLayer<N>>(self, optimizer: O) -> LearningBy<N, O> {
        LearningBy { learning: self, optimizer }
    }

    /// J(Θ), and the ∂J/∂Θ⁽ˡ⁾ of what learns, the others 0:
    /// [`Network::cost_and_gradient_in`](crate::Network::cost_and_gradient_in).
    ///
    /// # Errors
    ///
    /// As there.
    #[allow(clippy::type_complexity, reason = "J and ∇J are what the name says")]
    pub fn cost_and_gradient_in<'w>(
        &self,
        net: &N,
        inputs: &[InputOf<N>],
        targets: &[TargetOf<N>],
        regularization: &Regularization<ScalarOf<N>>,
        workspace: &'w mut Workspace<N>,
    ) -> Result<(ScalarOf<N>, &'w mut Gradient<N>), Error> {
        let frozen = self.frozen();
        let j = gradient_in(net, inputs, targets, regularization, workspace, frozen)?;
        Ok((j, workspace.gradient_mut()))
    }

    /// The ∂J/∂Θ⁽ˡ⁾ of what learns, the others 0, where ∂J/∂a⁽ᴸ⁾ comes from outside, and ∂J/∂x where it is
    /// asked for: [`Inside::gradient_from`](crate::Inside::gradient_from). With a network that is frozen as
    /// a whole, a model of something else, ∂J/∂x is all that is computed.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn gradient_from<'w>(
        &self,
        net: &N,
        inputs: &[InputOf<N>],
        dj_dx: Option<&mut [InputOf<N>]>,
        regularization: &Regularization<ScalarOf<N>>,
        workspace: &'w mut InsideWorkspace<N>,
        outer: impl FnMut(usize, &[TargetOf<N>], &mut [TargetOf<N>]),
    ) -> Result<&'w mut Gradient<N>, Error>
    where
        N: FloatNetwork,
    {
        let frozen = self.frozen();
        inside::gradient_from(net, inputs, dj_dx, regularization, workspace, frozen, outer)
    }

    pub(crate) fn frozen(&self) -> Frozen {
        let indices = 0..N::SHAPES.len();
        indices.filter(|&index| self.rates[index].is_none()).fold(Frozen::NONE, Frozen::with)
    }

    /// α of the Θ⁽ˡ⁾ of an index, or that of all where it is frozen.
    pub(super) fn rate_of(&self, index: usize, rate: &N::Scalar) -> N::Scalar {
        match &self.rates[index] {
            Some(factor) => rate.clone() * factor.clone(),
            None => rate.clone(),
        }
    }

    /// The entries of each Θ⁽ˡ⁾ that learns, and its α.
    pub(super) fn parts(
        &self,
        rate: &N::Scalar,
    ) -> impl Iterator<Item = (Range<usize>, N::Scalar)> {
        let mut first = 0;
        let entries = N::SHAPES.iter().map(move |shape| {
            let entries = first..first + shape.parameters();
            first = entries.end;
            entries
        });
        let (from, to) = self.entries;
        entries.zip(&self.rates).filter_map(move |(entries, factor)| {
            let factor = factor.as_ref()?;
            let entries = entries.start.max(from)..entries.end.min(to);
            (!entries.is_empty()).then(|| (entries, rate.clone() * factor.clone()))
        })
    }

    /// Whether every α is a number.
    fn check(&self, rate: &N::Scalar) -> Result<(), Error> {
        let wrong = |rate: &N::Scalar| !ComplexField::is_finite(rate);
        match (0..N::SHAPES.len()).map(|index| self.rate_of(index, rate)).find(wrong) {
            None => Ok(()),
            Some(rate) => {
                let (name, value) = ("learning rate of a layer", to_f64(&rate));
                Err(Error::Setting { name, value, expected: "finite" })
            }
        }
    }
}

/// Which Θ⁽ˡ⁾ of the network is that behind `L`, from 0 on.
const fn index<N: Network, L: Layer>() -> usize {
    const {
        let thetas = N::SHAPES.len();
        assert!(L::INDEX >= 1 && L::INDEX <= thetas, "the network has no Θ behind this layer");
        L::INDEX - 1
    }
}

pub(crate) fn check_factor<T: nalgebra::RealField>(factor: &T) -> Result<(), Error> {
    let positive = *factor > T::zero();
    super::check_setting("rate of a layer", factor, positive, "finite and greater than 0")
}

impl<N: Network> Clone for Learning<N> {
    fn clone(&self) -> Self {
        Self { rates: self.rates.clone(), entries: self.entries }
    }
}

impl<N: Network> PartialEq for Learning<N> {
    fn eq(&self, other: &Self) -> bool {
        self.rates() == other.rates() && self.entries == other.entries
    }
}

impl<N: Network> fmt::Debug for Learning<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Learning<{}>", N::NAME)?;
        f.debug_list().entries(self.rates()).finish()
    }
}

/// An optimizer that can move some Θ⁽ˡ⁾ and leave others, each at a rate of its own: all that are here.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not train the layers of `{N}` one by one",
    label = "an optimizer that implements `ByLayer` is needed"
)]
pub trait ByLayer<N: Network>: Optimizer<N> {
    /// One step of what learns: with [`rates`](Learning::rates) times α. No other Θ⁽ˡ⁾, and no other
    /// entry of the gradient, is looked at.
    ///
    /// # Errors
    ///
    /// [`Error::Gradient`], naming the first entry that is not finite; parameters and optimizer are then
    /// as they were.
    fn step_by_layer(
        &mut self,
        net: &mut N,
        gradient: &Gradient<N>,
        learning: &Learning<N>,
    ) -> Result<(), Error>;

    /// The same shared among threads, with the same bits. One of a user's that does not say how is made by the
    /// caller's thread alone.
    ///
    /// # Errors
    ///
    /// As [`step_by_layer`](Self::step_by_layer).
    #[cfg(feature = "std")]
    fn step_by_layer_on(
        &mut self,
        _threads: &Threads,
        net: &mut N,
        gradient: &Gradient<N>,
        learning: &Learning<N>,
    ) -> Result<(), Error> {
        self.step_by_layer(net, gradient, learning)
    }
}

/// An optimizer under which some Θ⁽ˡ⁾ do not learn, or at rates of their own: from [`Learning::by`].
///
/// It remembers of frozen Θ⁽ˡ⁾ what it did before, and takes as much memory.
#[derive(Clone, Debug, PartialEq)]
pub struct LearningBy<N: Network, O> {
    /// What learns.
    pub learning: Learning<N>,
    /// By which steps.
    pub optimizer: O,
}

#[diagnostic::do_not_recommend]
impl<N: Network, O: ByLayer<N>> ByLayer<N> for LearningBy<N, O> {
    fn step_by_layer(
        &mut self,
        net: &mut N,
        gradient: &Gradient<N>,
        learning: &Learning<N>,
    ) -> Result<(), Error> {
        let both = self.learning.and(learning);
        both.check(&self.optimizer.rate())?;
        self.optimizer.step_by_layer(net, gradient, &both)
    }

    #[cfg(feature = "std")]
    fn step_by_layer_on(
        &mut self,
        threads: &Threads,
        net: &mut N,
        gradient: &Gradient<N>,
        learning: &Learning<N>,
    ) -> Result<(), Error> {
        let both = self.learning.and(learning);
        both.check(&self.optimizer.rate())?;
        self.optimizer.step_by_layer_on(threads, net, gradient, &both)
    }
}

#[diagnostic::do_not_recommend]
impl<N: Network, O: ByLayer<N>> Optimizer<N> for LearningBy<N, O> {
    fn step(&mut self, net: &mut N, gradient: &Gradient<N>) -> Result<(), Error> {
        self.learning.check(&self.optimizer.rate())?;
        self.optimizer.step_by_layer(net, gradient, &self.learning)
    }

    #[cfg(feature = "std")]
    fn step_on(
        &mut self,
        threads: &Threads,
        net: &mut N,
        gradient: &Gradient<N>,
    ) -> Result<(), Error> {
        self.learning.check(&self.optimizer.rate())?;
        self.optimizer.step_by_layer_on(threads, net, gradient, &self.learning)
    }

    #[inline(always)]
    fn train_in_one(&mut self, call: &mut Call<'_, N>) -> Option<N::Scalar> {
        let Self { learning, optimizer } = self;
        learning.check(&optimizer.rate()).ok()?;
        let Call { net, workspace, inputs, targets, regularization, .. } = call;
        let (net, workspace, learning) = (&mut **net, &mut **workspace, Some(&*learning));
        let mut call = Call { net, inputs, targets, regularization, workspace, learning };
        optimizer.train_in_one(&mut call)
    }

    fn learning(&self) -> Option<&Learning<N>> {
        Some(&self.learning)
    }

    fn rate(&self) -> N::Scalar {
        self.optimizer.rate()
    }

    fn set_rate(&mut self, rate: N::Scalar) -> Result<(), Error> {
        self.optimizer.set_rate(rate)
    }

    fn visit_state(&mut self, visit: &mut dyn FnMut(&'static str, &mut [N::Scalar])) {
        self.optimizer.visit_state(visit);
    }

    fn visit_settings(&self, visit: &mut dyn FnMut(&'static str, &N::Scalar)) {
        self.optimizer.visit_settings(visit);
        let frozen = nalgebra::zero();
        for (name, rate) in THETAS.iter().zip(self.learning.rates()) {
            visit(name, rate.as_ref().unwrap_or(&frozen));
        }
    }
}
