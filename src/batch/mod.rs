//! A batch with more to it than inputs and targets: weights of examples, and dropout.

pub(crate) mod dropout;

pub(crate) mod part;

use nalgebra::ComplexField;

pub use dropout::Dropout;

use dropout::Drops;

use crate::error::Error;
use crate::fast::pairwise::Waiting;
use crate::fast::registers::Float;
use crate::fast::{Blocks, Frozen, Kernels, Place};
use crate::gradient::Gradient;
use crate::network::{
    FloatNetwork, Holds, InputOf, Network, ScalarOf, TargetOf, data, in_two_goes, is_suspicious,
};
use crate::real::{count, to_f64};
use crate::regularization::Regularization;
use crate::update::Learning;
use crate::workspace::Workspace;

/// m examples of a network over `f32` or `f64`, with what may vary their cost:
///
/// J(Θ) = (1/m) Σ wᵢ cost(h_Θ(xᵢ), yᵢ) + what λ adds.
///
/// The weights w are 1 unless said otherwise, and not negative unless [that](Batch::with_signed_weights) is
/// said too. They are divided by m, not by their sum: doubling all
/// of them doubles the cost against λ. An example of weight 0 counts for nothing, also where its
/// cost would be out of range. With [`Dropout`] h_Θ is that of the units which are left.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::Batch;
///
/// network! {
///     pub struct Tiny(2 => 1 Sigmoid) minimizing CrossEntropy;
/// }
/// let (x, y) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
/// let (net, none) = (Tiny::<f64>::seeded(0), Regularization::none());
/// let mut workspace = Workspace::new();
/// // An example that counts twice is one that is there twice.
/// let twice = Batch::new(&x, &y).with_weights(&[2.0, 1.0]);
/// let (j, gradient) = twice.cost_and_gradient(&net, &none, &mut workspace)?;
/// let (x, y) = ([x[0], x[0], x[1]], [y[0], y[0], y[1]]);
/// let (expected, slopes) = net.cost_and_gradient(&x, &y, &none)?;
/// assert!((j - 1.5 * expected).abs() < 1e-15);
/// assert!((gradient.theta1.bias[0] - 1.5 * slopes.theta1.bias[0]).abs() < 1e-15);
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Batch<'a, N: Network> {
    pub(crate) inputs: &'a [N::Input],
    pub(crate) targets: &'a [N::Target],
    pub(crate) weights: Option<&'a [N::Scalar]>,
    pub(crate) signed: bool,
    pub(crate) drops: Option<Drops<'a>>,
    pub(crate) frozen: Frozen,
    /// Where it stands, if it is a part of a batch.
    pub(crate) place: Option<Place>,
    /// Whether its sums are those of blocks, however small the network is.
    pub(crate) in_blocks: bool,
}

impl<'a, N: Network> Batch<'a, N> {
    /// Examples that count alike.
    #[must_use]
    pub const fn new(inputs: &'a [InputOf<N>], targets: &'a [TargetOf<N>]) -> Self {
        let frozen = Frozen::NONE;
        let (weights, drops, place) = (None, None, None);
        Self { inputs, targets, weights, signed: false, drops, frozen, place, in_blocks: false }
    }

    /// With a weight for each example, finite and not negative.
    #[must_use]
    pub fn with_weights(self, weights: &'a [ScalarOf<N>]) -> Self {
        Self { weights: Some(weights), signed: false, ..self }
    }

    /// With a weight of any sign for each example, finite: an advantage, say, of what was done there.
    ///
    /// J is then no longer bounded below: an example of negative weight is one to get away from.
    ///
    /// ```
    /// use constprop::Batch;
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Policy(2 => 3 Softmax) minimizing CategoricalCrossEntropy;
    /// }
    /// let (policy, none) = (Policy::<f64>::seeded(1), Regularization::none());
    /// let (x, actions) = ([[0.5, -0.5], [1.0, 0.0]], [one_hot(0)?, one_hot(2)?]);
    /// let batch = Batch::new(&x, &actions).with_signed_weights(&[1.5, -0.5]); // advantages
    /// let mut workspace = Workspace::new();
    /// let (_, gradient) = batch.cost_and_gradient(&policy, &none, &mut workspace)?;
    /// # assert!(gradient.theta1.bias[0] < 0.0);
    /// # Ok::<(), constprop::Error>(())
    /// ```
    #[must_use]
    pub fn with_signed_weights(self, weights: &'a [ScalarOf<N>]) -> Self {
        Self { weights: Some(weights), signed: true, ..self }
    }

    /// With the hidden units left out that `dropout` leaves out in the step of this number. A
    /// dropout for another number of hidden layers does not compile.
    #[must_use]
    pub fn with_dropout<const HIDDEN: usize>(
        self,
        dropout: &'a Dropout<HIDDEN>,
        step: u64,
    ) -> Self {
        const { assert!(HIDDEN + 1 == N::SHAPES.len(), "one rate for each hidden layer") };
        Self { drops: Some(dropout.step(step)), ..self }
    }

    /// With ∂J/∂Θ⁽ˡ⁾ of what learns, and 0 where Θ⁽ˡ⁾ is frozen, of which no Δ⁽ˡ⁾ is computed; J stays what
    /// it is.
    #[must_use]
    pub fn with_learning(self, learning: &Learning<N>) -> Self {
        Self { frozen: learning.frozen(), ..self }
    }
}

impl<N: FloatNetwork> Batch<'_, N> {
    /// J(Θ) and ∇J, which stays in the workspace, without an allocation.
    ///
    /// The sums have the order of [`Network::cost_and_gradient_into`]; without weights and dropout
    /// they are the same bits, but for networks of up to 64 parameters.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with examples, weights, parameters or λ, and where; see [`Error`].
    #[allow(clippy::type_complexity, reason = "J and ∇J are what the name says")]
    pub fn cost_and_gradient<'w>(
        &self,
        net: &dyn Holds<N>,
        regularization: &Regularization<N::Scalar>,
        workspace: &'w mut Workspace<N>,
    ) -> Result<(N::Scalar, &'w mut Gradient<N>), Error> {
        let net = net.held();
        let cost = self.in_two_goes(net, regularization, |blocks| {
            let (memory, [first, above], crew) = workspace.parts(blocks.count());
            blocks.cost_and_gradient(memory.room()?, Waiting::new(first, above), None, crew)
        })?;
        let m = self.inputs.len();
        let j = cost / count(m) + regularization.penalty(net, m);
        Ok((j, workspace.gradient_mut()))
    }

    /// J(Θ) without its gradient, in half the time: the same bits.
    ///
    /// # Errors
    ///
    /// As [`cost_and_gradient`](Self::cost_and_gradient).
    pub fn cost(
        &self,
        net: &dyn Holds<N>,
        regularization: &Regularization<N::Scalar>,
        workspace: &mut Workspace<N>,
    ) -> Result<N::Scalar, Error> {
        let net = net.held();
        let cost = self.in_two_goes(net, regularization, |blocks| {
            let (memory, crew) = workspace.memory();
            blocks.cost(memory.room()?, crew)
        })?;
        let m = self.inputs.len();
        Ok(cost / count(m) + regularization.penalty(net, m))
    }

    /// What `go` gives for the batch; it is asked again where some z is not finite, though all numbers are.
    pub(crate) fn in_two_goes<R>(
        &self,
        net: &N,
        regularization: &Regularization<N::Scalar>,
        mut go: impl FnMut(&Blocks<'_, N::Scalar>) -> Option<R>,
    ) -> Result<R, Error> {
        let &Self { inputs, targets, .. } = self;
        let check = || net.check_examples(inputs, targets, regularization);
        if is_suspicious::<N>(inputs, targets, regularization) {
            check()?;
        }
        self.check_weights()?;
        in_two_goes(check, false, |checked| {
            let decays = regularization.decays(inputs.len());
            let data = data::<N>(inputs, targets, &decays, self.frozen, checked).at(self.placed());
            let (theta, weights, drops) = (net.parameters(), self.weights, self.drops.as_ref());
            let kernels = Kernels::of::<N::Chain>(self.frozen);
            go(&Blocks { theta, data, weights, drops, kernels })
        })
    }

    pub(crate) fn check_weights(&self) -> Result<(), Error> {
        let Some(weights) = self.weights else { return Ok(()) };
        if weights.len() != self.inputs.len() {
            let (of, expected, found) = ("examples", self.inputs.len(), weights.len());
            return Err(Error::WeightCounts { of, expected, found });
        }
        for (example, weight) in weights.iter().enumerate() {
            let value = to_f64(weight);
            if self.signed && !ComplexField::is_finite(weight) {
                return Err(Error::SignedWeight { example, value });
            }
            if !self.signed && !is_weight(weight) {
                return Err(Error::Weight { example, value });
            }
        }
        Ok(())
    }
}

/// Whether it is finite, and not negative.
pub(crate) fn is_weight<T: Float>(weight: &T) -> bool {
    ComplexField::is_finite(weight) && *weight >= nalgebra::zero()
}
