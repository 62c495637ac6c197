//! All networks: what `network!` implements, and what follows from it.

mod bounds;
mod dispatch;
mod fields;

use core::fmt;

use nalgebra::RealField;
use rand::Rng;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;
#[cfg(feature = "alloc")]
use alloc::vec::Vec;

use crate::cost::Cost;
use crate::error::Error;
use crate::fast::list::Ends;
use crate::fast::pairwise::Waiting;
use crate::fast::plan::Planned;
use crate::fast::{self, Frozen};
use crate::gradient::{BLOCK, Gradient, sum_over_blocks};
#[cfg(feature = "alloc")]
use crate::input::push;
use crate::input::{Sample, check_counts, check_inputs, check_targets, first_not_finite};
use crate::output::Output;
use crate::real::{count, to_f64};
use crate::regularization::Regularization;
use crate::shapes::init::Init;
use crate::shapes::parameters::{Parameters, by_value, filled, zeros};
use crate::shapes::shape::{Shapes, ThetaShape, flops, nonempty, place_in};
use crate::shapes::summary::Summary;
use crate::shapes::theta::{Role, Summed};
use crate::workspace::Workspace;

pub use bounds::{
    F32OrF64, FloatNetwork, Holds, InputOf, Known, OfSample, Over, ScalarOf, Takes, TargetOf,
};
pub(crate) use dispatch::{assert_chain, data, gradient_in, in_two_goes, is_suspicious, over};
pub use fields::{Deltas, HoldsDeltas, HoldsDjDa, HoldsTrace, Trace};

use dispatch::{cost_one_by_one, predict_in_place};

/// A fully connected network whose shapes are in its type.
///
/// [`network!`](crate::network) implements it. The methods here are the ones you call; those
/// whose names end in `_fields`, and [`add_outer_products`](Network::add_outer_products), are the
/// chain itself, which a network written by hand supplies too (`network!` prints a whole
/// example).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no network",
    label = "no network that `network!` declares; one in a `Box` is handed over as `&mut *net`"
)]
pub trait Network: Parameters + Over + Send + Sync + 'static {
    /// The struct's name.
    const NAME: &'static str;

    /// The Θ⁽ˡ⁾ in order, l = 1 … L − 1, from the [`Chain`](Network::Chain).
    const SHAPES: &'static [ThetaShape] = shapes::<Self>();

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

    /// ∂J/∂a⁽ᴸ⁾ of one example: `DjDa<L4, T, 2>` where layer 4 is the last one, of 2 units.
    type DjDaL: OfSample<Self::Target> + HoldsDjDa<Self>;

    /// ∂J/∂x of one example: `DjDa<L1, T, 3>` where x has 3 entries.
    type DjDx: OfSample<Self::Input>;

    /// δ⁽ᴸ⁾.
    #[doc(hidden)]
    type DeltaL;

    /// The activation of the output layer.
    type Hypothesis: Output;

    /// What is minimized.
    type Cost: Cost<Self::Hypothesis>;

    /// `a1`, `z2`, `a2`, … `zL`, `aL`.
    #[doc(hidden)]
    type TraceFields: Clone + fmt::Debug + PartialEq;

    /// `delta2`, … `deltaL`.
    #[doc(hidden)]
    type DeltaFields: Clone + fmt::Debug + PartialEq;

    /// `theta1`, … in a role that is not Θ's own: every Δ⁽ˡ⁾, or every ∂J/∂Θ⁽ˡ⁾.
    #[doc(hidden)]
    type GradientFields<R: Role>: Parameters<Scalar = Self::Scalar> + Send + Sync;

    /// The layers from the first hidden one on, as one type: [`chain`](crate::chain).
    #[doc(hidden)]
    type Chain: Shapes<End: Ends<H = Self::Hypothesis, C = Self::Cost>> + Planned;

    /// The same network over another scalar.
    type With<U: RealField>: Network<Scalar = U, Hypothesis = Self::Hypothesis, Cost = Self::Cost>;

    /// Every z and a of x.
    #[doc(hidden)]
    fn forward_fields(&self, x: &Self::Input) -> Self::TraceFields;

    /// δ⁽ᴸ⁾ of the cost, from the z⁽ᴸ⁾ and a⁽ᴸ⁾ of an example and its y.
    #[doc(hidden)]
    fn delta_of_fields(trace: &Self::TraceFields, y: &Self::Target) -> Self::DeltaL;

    /// δ⁽ᴸ⁾ of a ∂J/∂a⁽ᴸ⁾ that is given.
    #[doc(hidden)]
    fn delta_from_fields(trace: &Self::TraceFields, dj_da: &Self::DjDaL) -> Self::DeltaL;

    /// Every δ, from the z and a of an example and its δ⁽ᴸ⁾.
    #[doc(hidden)]
    fn backward_fields(&self, trace: &Self::TraceFields, delta: Self::DeltaL) -> Self::DeltaFields;

    /// ∂J/∂x = Θ⁽¹⁾ᵀ δ⁽²⁾ without its bias row.
    #[doc(hidden)]
    fn dj_dx_of_fields(&self, deltas: &Self::DeltaFields) -> Self::DjDx;

    /// The cost of one example, without λ, from its z⁽ᴸ⁾ and a⁽ᴸ⁾.
    #[doc(hidden)]
    fn cost_of_fields(trace: &Self::TraceFields, y: &Self::Target) -> Self::Scalar;

    /// a⁽ᴸ⁾.
    #[doc(hidden)]
    fn output_of_fields(trace: &Self::TraceFields) -> &Self::Target;

    /// Δ⁽ˡ⁾ += δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ, for every l.
    #[doc(hidden)]
    fn add_outer_products(
        sums: &mut Self::GradientFields<Summed>,
        trace: &Self::TraceFields,
        deltas: &Self::DeltaFields,
    );

    /// All Θ = 0, by value: as [`seeded`](Network::seeded), for small networks. For all others there is
    /// [`Parameters::boxed`].
    #[must_use]
    // The compiler quotes the line where nothing says what T is; so it does with those below.
    #[rustfmt::skip]
    fn zeros() -> Self where Known<Self>: Sized {
        const { by_value::<Self>().expect("more than 1 MB by value: call `boxed`") };
        zeros()
    }

    /// A random network by value, each Θ⁽ˡ⁾ drawn as its activation likes it: as
    /// [`seeded`](Network::seeded), for small networks.
    #[must_use]
    #[rustfmt::skip]
    fn random<R: Rng + ?Sized>(rng: &mut R) -> Self where Known<Self>: Sized {
        const { by_value::<Self>().expect("more than 1 MB by value: call `boxed` and `randomize`") };
        filled(|net: &mut Self| net.randomize(rng))
    }

    /// The random network of a seed, by value: the same numbers everywhere.
    ///
    /// It is for networks of up to 100 kB. Whatever is made by value takes up to three times its bytes of
    /// stack, also unoptimized; threads of the standard library have 2 MiB. Beyond, call
    /// [`boxed_seeded`](Network::boxed_seeded); of more than 1 MB this does not compile.
    ///
    /// ```compile_fail
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Big(3072 => 2000 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
    /// }
    /// let net = Big::<f32>::seeded(1); // 25 MB
    /// ```
    #[must_use]
    #[rustfmt::skip]
    fn seeded(seed: u64) -> Self where Known<Self>: Sized {
        const { by_value::<Self>().expect("more than 1 MB by value: call `boxed_seeded`") };
        // Named here, so that a layer of size 0 is told of with the caller's line.
        let shapes = Self::SHAPES;
        filled(|net: &mut Self| {
            draw(net.parameters_mut(), shapes, |shape| shape.init, &mut crate::rng(seed));
        })
    }

    /// The random network of a seed on the heap: [`seeded`](Network::seeded), for any size.
    #[cfg(feature = "alloc")]
    #[must_use]
    #[rustfmt::skip]
    fn boxed_seeded(seed: u64) -> Box<Self> where Known<Self>: Sized {
        let mut net = Self::boxed();
        draw(net.parameters_mut(), Self::SHAPES, |shape| shape.init, &mut crate::rng(seed));
        net
    }

    /// Draws every Θ⁽ˡ⁾ anew, in place, as its activation likes it.
    fn randomize<R: Rng + ?Sized>(&mut self, rng: &mut R) {
        draw(self.parameters_mut(), Self::SHAPES, |shape| shape.init, rng);
    }

    /// Draws every Θ⁽ˡ⁾ anew, in place, all in one way.
    fn initialize<R: Rng + ?Sized>(&mut self, init: Init, rng: &mut R) {
        draw(self.parameters_mut(), Self::SHAPES, |_| init, rng);
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
    fn backward(&self, trace: &dyn HoldsTrace<Self>, y: &Self::Target) -> Deltas<Self> {
        let trace = &trace.held().0;
        Deltas(self.backward_fields(trace, Self::delta_of_fields(trace, y)))
    }

    /// Backpropagation of one example from a ∂J/∂a⁽ᴸ⁾ that comes from elsewhere: from a simulator, from
    /// another network, from a loss of your own. Every δ by name, as of [`backward`](Network::backward).
    ///
    /// δ⁽ᴸ⁾ = ∂J/∂a⁽ᴸ⁾ ∘ g′(z⁽ᴸ⁾), with Softmax Dᵀ ∂J/∂a⁽ᴸ⁾; then the article's lines. The network's own
    /// cost has no part in it. ∂J/∂a⁽ᴸ⁾ is a [`DjDa`](crate::DjDa) of the last layer: a δ in its place, or
    /// that of another layer, does not compile.
    ///
    /// ```
    /// use constprop::DjDa;
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Policy(3 => 5 Tanh => 2 Tanh) minimizing HalfSquaredError;
    /// }
    /// let net = Policy::<f64>::seeded(1);
    /// let trace = net.forward(&[0.1, 0.2, 0.3]);
    /// let [force, torque] = *trace.output();
    /// let dj_da = DjDa::from([torque, force]); // J = force · torque
    /// let deltas = net.backward_from(&trace, &dj_da); // delta3, delta2
    /// let mut sums = BigDeltas::<Policy>::zeros();
    /// sums.accumulate(&trace, &deltas); // ∂J/∂Θ⁽ˡ⁾ = δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ
    /// let dj_dx = net.dj_dx(&deltas);
    /// # assert!(dj_dx[0] != 0.0);
    /// ```
    ///
    /// Nothing is checked, as in [`forward`](Network::forward). For many examples there is
    /// [`gradient_from`](crate::Inside::gradient_from).
    fn backward_from(
        &self,
        trace: &dyn HoldsTrace<Self>,
        dj_da: &dyn HoldsDjDa<Self>,
    ) -> Deltas<Self> {
        let trace = &trace.held().0;
        Deltas(self.backward_fields(trace, Self::delta_from_fields(trace, dj_da.held())))
    }

    /// ∂J/∂x = Θ⁽¹⁾ᵀ δ⁽²⁾ of one example: s₁ entries, for the bias row belongs to the constant 1.
    ///
    /// Where x is what another network puts out, this is that one's ∂J/∂a⁽ᴸ⁾:
    /// [`of_output`](crate::DjDa::of_output).
    fn dj_dx(&self, deltas: &dyn HoldsDeltas<Self>) -> Self::DjDx {
        self.dj_dx_of_fields(&deltas.held().0)
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
        self.predict_some(inputs, outputs, inputs.len(), workspace)
    }

    /// [`predict_with`](Network::predict_with) of some of so many examples: the bits that they have among all.
    #[doc(hidden)]
    fn predict_some(
        &self,
        inputs: &[Self::Input],
        outputs: &mut [Self::Target],
        of: usize,
        workspace: &mut Workspace<Self>,
    ) -> Result<(), Error> {
        check_outputs(inputs.len(), outputs.len())?;
        const { assert_chain::<Self>() };
        if of < few::<Self>() || inputs.is_empty() || !fast::has_path::<Self::Scalar>() {
            return self.predict_one_by_one(inputs, outputs);
        }
        let check = || self.check_parameters().and_then(|()| check_inputs(inputs));
        in_two_goes(check, false, |checked| {
            let (inputs, outputs) = (Sample::flat(inputs), Sample::flat_mut(outputs));
            let (memory, [aside, _], crew) = workspace.parts(1);
            let theta = self.parameters();
            fast::predict::<Self::Chain, _>(theta, inputs, outputs, memory, aside, checked, crew)
        })
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
        if !fast::has_path::<Self::Scalar>() {
            return self.cost(inputs, targets, regularization);
        }
        let cost = over(self, inputs, targets, regularization, Frozen::NONE, |data| {
            let (memory, crew) = workspace.memory();
            fast::cost::<Self::Chain, _>(self.parameters(), data, memory, crew)
        })?;
        let m = inputs.len();
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
        let cost = if fast::has_path::<Self::Scalar>() {
            let into = gradient.parameters_mut();
            over(self, inputs, targets, regularization, Frozen::NONE, |data| {
                let (memory, waiting, crew) = workspace.parts(fast::sums::<Self::Chain>(m));
                let (theta, into) = (self.parameters(), Some(&mut *into));
                fast::cost_and_gradient::<Self::Chain, _>(theta, data, memory, waiting, into, crew)
            })?
        } else {
            self.check_examples(inputs, targets, regularization)?;
            let (_, [first, above], _) = workspace.parts(m.div_ceil(BLOCK));
            let waiting = Some(Waiting::new(first, above));
            let sums = gradient.room_for_sums();
            let cost = sum_over_blocks(self, inputs, targets, sums, waiting);
            sums.finish(self, m, regularization);
            cost
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
        let j = gradient_in(self, inputs, targets, regularization, workspace, Frozen::NONE)?;
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

    /// The same parameters over another scalar, each rounded to it by way of `f64`: by value, for small
    /// networks, as [`seeded`](Network::seeded).
    #[must_use]
    fn cast<U: RealField>(&self) -> Self::With<U> {
        const { by_value::<Self::With<U>>().expect("more than 1 MB by value: call `boxed_cast`") };
        filled(|cast: &mut Self::With<U>| convert(self.parameters(), cast.parameters_mut()))
    }

    /// The same on the heap: [`cast`](Network::cast), for any size.
    #[cfg(feature = "alloc")]
    #[must_use]
    fn boxed_cast<U: RealField>(&self) -> Box<Self::With<U>> {
        let mut cast = Self::With::<U>::boxed();
        convert(self.parameters(), cast.parameters_mut());
        cast
    }

    /// A table of the layers to print: shape of Θ, activation, parameters, bytes.
    #[must_use]
    fn summary() -> Summary<Self> {
        Summary::new()
    }
}

/// Where in Θ⁽ˡ⁾ the parameter of a flat index stands: (l, row, column), column 0 the bias.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(2 => 3 Tanh => 1 Identity) minimizing HalfSquaredError;
/// }
/// assert_eq!(constprop::place::<Tiny<f32>>(1), (1, 1, 0)); // a bias of theta1
/// assert_eq!(constprop::place::<Tiny<f32>>(12), (2, 0, 3)); // the last weight of theta2
/// ```
///
/// An index beyond the last parameter has no place; it is counted on in the last Θ's columns.
#[must_use]
pub fn place<N: Network>(index: usize) -> (usize, usize, usize) {
    place_in(N::SHAPES, index)
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

fn convert<T: RealField, U: RealField>(from: &[T], into: &mut [U]) {
    for (to, from) in into.iter_mut().zip(from) {
        *to = nalgebra::convert(to_f64(from));
    }
}

#[track_caller]
const fn shapes<N: Network>() -> &'static [ThetaShape] {
    nonempty(N::NAME, <N::Chain as Shapes>::SHAPES)
}

fn draw<T: RealField, R: Rng + ?Sized>(
    mut rest: &mut [T],
    shapes: &[ThetaShape],
    init: impl Fn(&ThetaShape) -> Init,
    rng: &mut R,
) {
    for shape in shapes {
        let (theta, behind) = rest.split_at_mut(shape.parameters());
        init(shape).draw(theta, (shape.s_out, shape.s_in), rng);
        rest = behind;
    }
}
