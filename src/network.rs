//! All networks: what `network!` implements, and what follows from it.

use core::fmt;
use core::ops::Deref;

use nalgebra::RealField;
use rand::Rng;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;
#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use crate::activation::Activation;
use crate::chain::Chain;
use crate::cost::Cost;
use crate::error::Error;
use crate::fast;
use crate::gradient::{BLOCK, Gradient, Workspace, sum_in_place, sum_over_blocks};
use crate::init::Init;
#[cfg(feature = "alloc")]
use crate::input::push;
use crate::input::{Sample, check_counts, check_inputs, check_targets, first_not_finite};
use crate::layer::Layer;
use crate::output::Output;
use crate::pairwise::Total;
use crate::parameters::Parameters;
use crate::real::{count, to_f64};
use crate::regularization::Regularization;
use crate::roles::{A, Delta, GPrime, Z};
use crate::shape::{ThetaShape, flops, place};
use crate::summary::Summary;

/// A network whose layer `L` is a hidden one, with the activation `G`.
///
/// [`network!`](crate::network) implements it for every hidden layer, and calls the activation by
/// way of it: a type that is no activation is then one error, where it was written, and not one
/// more for every line of the chain.
pub trait HiddenLayer<L: Layer> {
    /// g of layer `L`.
    type G: Activation;

    /// a⁽ˡ⁾ = g(z⁽ˡ⁾): [`Z::activate`].
    #[inline(always)]
    fn activate<T: RealField, const S: usize>(z: &Z<L, T, S>) -> A<L, T, S> {
        z.activate::<Self::G>()
    }

    /// g′(z⁽ˡ⁾): [`Z::g_prime`].
    #[inline(always)]
    fn g_prime<T: RealField, const S: usize>(z: &Z<L, T, S>, a: &A<L, T, S>) -> GPrime<L, T, S> {
        z.g_prime::<Self::G>(a)
    }
}

/// The output layer of every network: what [`HiddenLayer`] is to the hidden ones, so that an
/// activation or a cost that does not fit is one error.
pub trait OutputLayer: Network {
    /// a⁽ᴸ⁾ = h(z⁽ᴸ⁾): [`Z::output`].
    #[inline(always)]
    fn output<L, const S: usize>(z: &Z<L, Self::Scalar, S>) -> A<L, Self::Scalar, S> {
        z.output::<Self::Hypothesis>()
    }

    /// δ⁽ᴸ⁾: [`Z::delta`].
    #[inline(always)]
    fn delta<L, const S: usize>(
        z: &Z<L, Self::Scalar, S>,
        a: &A<L, Self::Scalar, S>,
        y: &[Self::Scalar; S],
    ) -> Delta<L, Self::Scalar, S> {
        z.delta::<Self::Cost, Self::Hypothesis>(a, y)
    }

    /// The cost of one example, without λ: [`Z::cost`].
    #[inline(always)]
    fn cost<L, const S: usize>(
        z: &Z<L, Self::Scalar, S>,
        a: &A<L, Self::Scalar, S>,
        y: &[Self::Scalar; S],
    ) -> Self::Scalar {
        z.cost::<Self::Cost, Self::Hypothesis>(a, y)
    }
}

impl<N: Network> OutputLayer for N {}

/// A fully connected network whose shapes are in its type.
///
/// [`network!`](crate::network) implements it. The methods here are the ones you call; those
/// whose names end in `_fields`, and [`add_outer_products`](Network::add_outer_products), are the
/// chain itself, which a network written by hand supplies too (`network!` prints a whole
/// example).
pub trait Network: Parameters + 'static {
    /// The struct's name.
    const NAME: &'static str;

    /// The Θ⁽ˡ⁾ in order, l = 1 … L − 1.
    const SHAPES: &'static [ThetaShape];

    /// Floating point operations of one forward pass of one example: 2 s_{l+1} s_l summed over
    /// the layers, a multiplication and an addition for each weight. Biases and activations are
    /// not counted.
    const FORWARD_FLOPS: usize = flops(Self::SHAPES, 1);

    /// Floating point operations of forward, backward and Δ of one example: three times the
    /// forward pass, but for the first layer, which has no δ⁽¹⁾.
    const GRADIENT_FLOPS: usize = flops(Self::SHAPES, 3);

    /// x: `[T; S]` of s₁ entries.
    type Input: Sample<Self::Scalar>;

    /// y and h_Θ(x): `[T; S]` of s_L entries.
    type Target: Sample<Self::Scalar>;

    /// The activation of the output layer.
    type Hypothesis: Output;

    /// What is minimized.
    type Cost: Cost<Self::Hypothesis>;

    /// `a1`, `z2`, `a2`, … `zL`, `aL`.
    type TraceFields: Clone + fmt::Debug + PartialEq;

    /// `delta2`, … `deltaL`.
    type DeltaFields: Clone + fmt::Debug + PartialEq;

    /// The layers from the first hidden one on, as one type.
    type Chain: Chain;

    /// The same network over another scalar.
    type With<U: RealField>: Network<Scalar = U, Hypothesis = Self::Hypothesis, Cost = Self::Cost>;

    /// Every z and a of x.
    fn forward_fields(&self, x: &Self::Input) -> Self::TraceFields;

    /// Every δ, from the z and a of an example and its y.
    fn backward_fields(&self, trace: &Self::TraceFields, y: &Self::Target) -> Self::DeltaFields;

    /// The cost of one example, without λ, from its z⁽ᴸ⁾ and a⁽ᴸ⁾.
    fn cost_of_fields(trace: &Self::TraceFields, y: &Self::Target) -> Self::Scalar;

    /// a⁽ᴸ⁾.
    fn output_of_fields(trace: &Self::TraceFields) -> &Self::Target;

    /// Δ⁽ˡ⁾ += δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ, for every l.
    fn add_outer_products(
        gradient: &mut Self,
        trace: &Self::TraceFields,
        deltas: &Self::DeltaFields,
    );

    /// All Θ = 0, by value; for a network too large for the stack see [`Parameters::boxed`].
    #[must_use]
    fn zeros() -> Self;

    /// A random network by value, each Θ⁽ˡ⁾ drawn as its activation likes it.
    #[must_use]
    fn random<R: Rng + ?Sized>(rng: &mut R) -> Self {
        let mut net = Self::zeros();
        net.randomize(rng);
        net
    }

    /// The random network of a seed, by value: the same numbers everywhere.
    #[must_use]
    fn seeded(seed: u64) -> Self {
        Self::random(&mut crate::rng(seed))
    }

    /// The random network of a seed on the heap: [`seeded`](Network::seeded), for any size.
    #[cfg(feature = "alloc")]
    #[must_use]
    fn boxed_seeded(seed: u64) -> Box<Self> {
        let mut net = Self::boxed();
        net.randomize(&mut crate::rng(seed));
        net
    }

    /// Draws every Θ⁽ˡ⁾ anew, in place, as its activation likes it.
    fn randomize<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        draw(self, |shape| shape.init, rng);
    }

    /// Draws every Θ⁽ˡ⁾ anew, in place, all in one way.
    fn initialize<R: Rng + ?Sized>(&mut self, init: Init, rng: &mut R) {
        draw(self, |_| init, rng);
    }

    /// Forward propagation of one example: `trace.a1`, `trace.z2`, `trace.a2`, … by name.
    ///
    /// Nothing is checked: a NaN in x comes out as a NaN.
    ///
    /// Trace and deltas come by value, on the stack. Unoptimized they are copied from frame to frame:
    /// 128 KiB of x and of every z and a are no danger to a thread of 2 MiB, with more take care, or
    /// call what works in a [`Workspace`]: [`predict_with`](Network::predict_with),
    /// [`cost_with`](Network::cost_with), [`cost_and_gradient_in`](Network::cost_and_gradient_in).
    fn forward(&self, x: &Self::Input) -> Trace<Self> {
        Trace(self.forward_fields(x))
    }

    /// Backpropagation of one example: `deltas.deltaL`, … `deltas.delta2` by name.
    ///
    /// Nothing is checked, as in [`forward`](Network::forward), and as there sizes matter.
    fn backward(&self, trace: &Trace<Self>, y: &Self::Target) -> Deltas<Self> {
        Deltas(self.backward_fields(&trace.0, y))
    }

    /// h_Θ(x) = a⁽ᴸ⁾ of one example.
    ///
    /// For `f32` and `f64` it computes in the registers of the current
    /// [`InstructionSet`](crate::InstructionSet), without an allocation up to 16 KiB of outputs; a
    /// network that is [`Aligned`](crate::Aligned) is read fastest.
    /// [`predict_with`](Network::predict_with) may differ from it by rounding.
    ///
    /// Nothing is checked: a NaN in x comes out as a NaN.
    ///
    /// The outputs come by value, and the hidden layers are on the stack meanwhile: 512 KiB of outputs,
    /// or 128 KiB of hidden units, are no danger to a thread of 2 MiB, also unoptimized. Beyond, call
    /// [`predict_with`](Network::predict_with), which writes in place.
    fn predict(&self, x: &Self::Input) -> Self::Target {
        let mut output = Self::Target::from_fn(|_| nalgebra::zero());
        predict_in_place(self, x, &mut output);
        output
    }

    /// h_Θ(x) of many examples.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] if there are not as many outputs as inputs, [`Error::Input`] and
    /// [`Error::Parameter`] if something is not finite; `outputs` are then as they were.
    fn predict_into(
        &self,
        inputs: &[Self::Input],
        outputs: &mut [Self::Target],
    ) -> Result<(), Error> {
        #[cfg(feature = "alloc")]
        if inputs.len() >= few::<Self>() && fast::has_path::<Self::Scalar>() {
            return self.predict_with(inputs, outputs, &mut Workspace::boxed());
        }
        self.predict_one_by_one(inputs, outputs)
    }

    /// h_Θ(x) of many examples, without an allocation: [`predict_into`](Network::predict_into)
    /// makes a workspace of its own where that pays.
    ///
    /// # Errors
    ///
    /// As [`predict_into`](Network::predict_into).
    fn predict_with(
        &self,
        inputs: &[Self::Input],
        outputs: &mut [Self::Target],
        workspace: &mut Workspace<Self>,
    ) -> Result<(), Error> {
        check_outputs(inputs.len(), outputs.len())?;
        if inputs.len() < few::<Self>() {
            return self.predict_one_by_one(inputs, outputs);
        }
        match fast::predict(self, inputs, outputs, workspace) {
            Some(result) => result,
            None => self.predict_one_by_one(inputs, outputs),
        }
    }

    /// [`predict`](Network::predict) of each, and the checks of
    /// [`predict_into`](Network::predict_into).
    #[doc(hidden)]
    fn predict_one_by_one(
        &self,
        inputs: &[Self::Input],
        outputs: &mut [Self::Target],
    ) -> Result<(), Error> {
        check_outputs(inputs.len(), outputs.len())?;
        self.check_parameters()?;
        check_inputs(inputs)?;
        for (x, output) in inputs.iter().zip(outputs) {
            predict_in_place(self, x, output);
        }
        Ok(())
    }

    /// h_Θ(x) of many examples.
    ///
    /// # Errors
    ///
    /// As [`predict_into`](Network::predict_into).
    #[cfg(feature = "alloc")]
    fn predict_many(&self, inputs: &[Self::Input]) -> Result<Vec<Self::Target>, Error> {
        let zeros = Self::Target::boxed_from_fn(|_| nalgebra::zero());
        let mut outputs = Vec::with_capacity(inputs.len());
        inputs.iter().for_each(|_| push(&mut outputs, &*zeros));
        self.predict_into(inputs, &mut outputs)?;
        Ok(outputs)
    }

    /// J(Θ) = (1/m) Σ cost(h_Θ(x), y) + what λ adds.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with examples, parameters or λ, and where; see [`Error`].
    fn cost(
        &self,
        inputs: &[Self::Input],
        targets: &[Self::Target],
        regularization: &Regularization<Self::Scalar>,
    ) -> Result<Self::Scalar, Error> {
        #[cfg(feature = "alloc")]
        if fast::has_path::<Self::Scalar>() {
            let mut workspace = Workspace::boxed();
            return self.cost_with(inputs, targets, regularization, &mut workspace);
        }
        self.check_examples(inputs, targets, regularization)?;
        let cost = cost_one_by_one(self, inputs, targets);
        Ok(cost / count(inputs.len()) + regularization.penalty(self, inputs.len()))
    }

    /// J(Θ) without an allocation: [`cost`](Network::cost).
    ///
    /// # Errors
    ///
    /// Whatever is wrong with examples, parameters or λ, and where; see [`Error`].
    fn cost_with(
        &self,
        inputs: &[Self::Input],
        targets: &[Self::Target],
        regularization: &Regularization<Self::Scalar>,
        workspace: &mut Workspace<Self>,
    ) -> Result<Self::Scalar, Error> {
        let m = inputs.len();
        let cost = match fast::cost(self, inputs, targets, regularization, workspace) {
            Some(cost) => cost?,
            None => return self.cost(inputs, targets, regularization),
        };
        Ok(cost / count(m) + regularization.penalty(self, m))
    }

    /// J(Θ) and ∇J, ∂J/∂Θ⁽ˡ⁾ = Δ⁽ˡ⁾/m + λ Θ⁽ˡ⁾, on the heap.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with examples, parameters or λ, and where; see [`Error`].
    #[cfg(feature = "alloc")]
    #[allow(clippy::type_complexity, reason = "J and ∇J are what the name says")]
    fn cost_and_gradient(
        &self,
        inputs: &[Self::Input],
        targets: &[Self::Target],
        regularization: &Regularization<Self::Scalar>,
    ) -> Result<(Self::Scalar, Box<Gradient<Self>>), Error> {
        let (mut gradient, mut workspace) = (Gradient::boxed(), Workspace::boxed());
        let j = self.cost_and_gradient_into(
            inputs,
            targets,
            regularization,
            &mut gradient,
            &mut workspace,
        )?;
        Ok((j, gradient))
    }

    /// J(Θ), and ∇J into `gradient`, without an allocation but for the first call of so many
    /// examples.
    ///
    /// Memory grows with log₂ m at most, as [`Workspace`] says. The sums have a fixed order: each
    /// [`BLOCK`] of examples one after the other, then the blocks along a binary tree.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with examples, parameters or λ, and where; see [`Error`]. `gradient` is
    /// then as it was.
    fn cost_and_gradient_into(
        &self,
        inputs: &[Self::Input],
        targets: &[Self::Target],
        regularization: &Regularization<Self::Scalar>,
        gradient: &mut Gradient<Self>,
        workspace: &mut Workspace<Self>,
    ) -> Result<Self::Scalar, Error> {
        let m = inputs.len();
        let into = Some(&mut *gradient);
        let cost =
            match fast::cost_and_gradient(self, inputs, targets, regularization, into, workspace) {
                Some(cost) => cost?,
                None => {
                    self.check_examples(inputs, targets, regularization)?;
                    let cost = sum_over_blocks(self, inputs, targets, gradient, workspace);
                    gradient.finish(self, m, regularization);
                    cost
                }
            };
        Ok(cost / count(m) + regularization.penalty(self, m))
    }

    /// J(Θ) and ∇J, which stays in the workspace: [`cost_and_gradient_into`] with one buffer
    /// less. What the workspace held is lost, also where there is an error.
    ///
    /// [`cost_and_gradient_into`]: Network::cost_and_gradient_into
    ///
    /// # Errors
    ///
    /// Whatever is wrong with examples, parameters or λ, and where; see [`Error`].
    #[allow(clippy::type_complexity, reason = "J and ∇J are what the name says")]
    fn cost_and_gradient_in<'a>(
        &self,
        inputs: &[Self::Input],
        targets: &[Self::Target],
        regularization: &Regularization<Self::Scalar>,
        workspace: &'a mut Workspace<Self>,
    ) -> Result<(Self::Scalar, &'a Gradient<Self>), Error> {
        let m = inputs.len();
        let fast = fast::cost_and_gradient(self, inputs, targets, regularization, None, workspace);
        let cost = match fast {
            Some(cost) => cost?,
            None => {
                self.check_examples(inputs, targets, regularization)?;
                let cost = sum_in_place(self, inputs, targets, workspace);
                workspace.gradient_mut().finish(self, m, regularization);
                cost
            }
        };
        let j = cost / count(m) + regularization.penalty(self, m);
        Ok((j, workspace.gradient_mut()))
    }

    /// Whether every parameter is finite.
    ///
    /// # Errors
    ///
    /// [`Error::Parameter`], naming the first that is not.
    fn check_parameters(&self) -> Result<(), Error> {
        match first_not_finite(self.parameters()) {
            None => Ok(()),
            Some(index) => {
                let (theta, row, column) = place::<Self>(index);
                let value = to_f64(&self.parameters()[index]);
                Err(Error::Parameter { theta, row, column, value })
            }
        }
    }

    /// Whether [`cost`](Network::cost) means something for these.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with examples, parameters or λ, and where.
    fn check_examples(
        &self,
        inputs: &[Self::Input],
        targets: &[Self::Target],
        regularization: &Regularization<Self::Scalar>,
    ) -> Result<(), Error> {
        check_counts(inputs.len(), targets.len())?;
        regularization.check()?;
        self.check_parameters()?;
        check_inputs(inputs)?;
        check_targets(targets, Self::Cost::check_target)
    }

    /// The same parameters over another scalar, each rounded to it by way of `f64`.
    #[must_use]
    fn cast<U: RealField>(&self) -> Self::With<U> {
        let mut cast = Self::With::<U>::zeros();
        for (to, from) in cast.parameters_mut().iter_mut().zip(self.parameters()) {
            *to = nalgebra::convert(to_f64(from));
        }
        cast
    }

    /// A table of the layers to print: shape of Θ, activation, parameters, bytes.
    #[must_use]
    fn summary() -> Summary<Self> {
        Summary::new()
    }
}

/// So many examples and more are predicted side by side, fewer one after the other; all side by side
/// where the hidden layers of one would be large on the stack.
const fn few<N: Network>() -> usize {
    const LARGE: usize = 128 * 1024;
    let (mut units, mut layer) = (0, 0);
    while layer + 1 < N::SHAPES.len() {
        units += N::SHAPES[layer].s_out;
        layer += 1;
    }
    if units * size_of::<N::Scalar>() > LARGE { 1 } else { 4 }
}

fn check_outputs(inputs: usize, outputs: usize) -> Result<(), Error> {
    if inputs != outputs {
        return Err(Error::Length { expected: inputs, found: outputs });
    }
    Ok(())
}

/// Every z and a of one example: `trace.a1`, `trace.z2`, `trace.a2`, … `trace.zL`, `trace.aL`.
///
/// It belongs to its network: that of another one is another type.
pub struct Trace<N: Network>(N::TraceFields);

impl<N: Network> Trace<N> {
    /// h_Θ(x) = a⁽ᴸ⁾.
    pub fn output(&self) -> &N::Target {
        N::output_of_fields(&self.0)
    }

    /// The cost of this example, without λ.
    pub fn cost(&self, y: &N::Target) -> N::Scalar {
        N::cost_of_fields(&self.0, y)
    }
}

/// Every δ of one example: `deltas.delta2`, … `deltas.deltaL`. There is no δ⁽¹⁾.
pub struct Deltas<N: Network>(N::DeltaFields);

macro_rules! fields_of {
    ($wrapper:ident, $fields:ident) => {
        impl<N: Network> Deref for $wrapper<N> {
            type Target = N::$fields;

            fn deref(&self) -> &N::$fields {
                &self.0
            }
        }

        impl<N: Network> Clone for $wrapper<N> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }

        impl<N: Network> PartialEq for $wrapper<N> {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }

        impl<N: Network> fmt::Debug for $wrapper<N> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

fields_of!(Trace, TraceFields);
fields_of!(Deltas, DeltaFields);

/// h_Θ(x) of one example into `output`.
#[inline(always)]
fn predict_in_place<N: Network>(net: &N, x: &N::Input, output: &mut N::Target) {
    if fast::predict_one(net, x, output).is_none() {
        predict_readably(net, x, output);
    }
}

// Traces are large: in functions of their own, so that no other has them on its stack.
fn predict_readably<N: Network>(net: &N, x: &N::Input, output: &mut N::Target) {
    output.clone_from(N::output_of_fields(&net.forward_fields(x)));
}

/// Σ of the costs, of blocks along the tree.
fn cost_one_by_one<N: Network>(net: &N, inputs: &[N::Input], targets: &[N::Target]) -> N::Scalar {
    let mut cost = Total::<N::Scalar>::new();
    for (xs, ys) in inputs.chunks(BLOCK).zip(targets.chunks(BLOCK)) {
        let mut block: N::Scalar = nalgebra::zero();
        for (x, y) in xs.iter().zip(ys) {
            block += N::cost_of_fields(&net.forward_fields(x), y);
        }
        cost.add(block);
    }
    cost.get()
}

fn draw<N: Network, R: Rng + ?Sized>(net: &mut N, init: impl Fn(&ThetaShape) -> Init, rng: &mut R) {
    let mut rest = net.parameters_mut();
    for shape in N::SHAPES {
        let (theta, behind) = rest.split_at_mut(shape.parameters());
        init(shape).draw(theta, (shape.s_out, shape.s_in), rng);
        rest = behind;
    }
}
