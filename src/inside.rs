//! A network inside a larger computation, over many examples: ∂J/∂a⁽ᴸ⁾ comes from outside, ∂J/∂Θ stays, and
//! ∂J/∂x goes on.
//!
//! For one example that is [`Network::backward_from`] and [`Network::dj_dx`]; here the same goes for a block
//! of examples at a time, in registers (`fast/passes/outer.rs`).
//!
//! ∂J/∂x of one network is ∂J/∂a⁽ᴸ⁾ of the one in front: [`DjDa::of_output`](crate::DjDa::of_output). A network that
//! is gone through several times has the sum of the gradients, and a computation is checked as one function by
//! [`check::Whole`](crate::check::Whole), whose example is a loop.

mod workspace;

pub use workspace::InsideWorkspace;

use crate::error::Error;
use crate::fast::memory::TILE;
use crate::fast::pairwise::Waiting;
use crate::fast::{self, Data, Frozen, Outer, Place};
use crate::gradient::Gradient;
use crate::input::{Sample, check_inputs};
use crate::network::{FloatNetwork, assert_chain};
use crate::regularization::Regularization;

/// ∇J where ∂J/∂a⁽ᴸ⁾ comes from outside, for every network over `f32` or `f64`.
pub trait Inside: FloatNetwork {
    /// ∇J of J = (1/m) Σ Jᵢ + what λ adds, which stays in the workspace, where Jᵢ is any function of
    /// h_Θ(xᵢ): the network's own cost has no part in it. It allocates nothing, but for the first call of
    /// so many examples.
    ///
    /// `outer` is called for one block of examples after the other, and for each example once: with the
    /// number of the block's first example, the outputs h_Θ(x), and as many zeros, over which it writes
    /// ∂Jᵢ/∂a⁽ᴸ⁾ of each. The sums have the order of
    /// [`cost_and_gradient_into`](crate::Network::cost_and_gradient_into): where `outer` writes what a
    /// [`CostOfA`](crate::CostOfA) has as its slope, the bits are those of the cost, but for networks of
    /// up to 64 parameters.
    ///
    /// Where `dj_dx` is handed over, ∂Jᵢ/∂xᵢ of each example is written there.
    ///
    /// ```
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Policy(2 => 8 Tanh => 1 Tanh) minimizing HalfSquaredError;
    /// }
    /// let policy = Policy::<f64>::seeded(1);
    /// let x = [[0.5, -0.1], [-0.2, 0.3]];
    /// // After a step of 0.1 s with the force h_Θ(x), the speed x₂ is to be 0: Jᵢ = ½ speed².
    /// let (mut j, mut dj_dx) = (0.0, [[0.0; 2]; 2]);
    /// let (none, mut workspace) = (Regularization::none(), InsideWorkspace::new());
    /// let gradient = policy.gradient_from(
    ///     &x,
    ///     Some(&mut dj_dx),
    ///     &none,
    ///     &mut workspace,
    ///     |first, outputs, dj_da| {
    ///         for ((x, output), dj_da) in x[first..].iter().zip(outputs).zip(dj_da) {
    ///             let speed = x[1] + 0.1 * output[0];
    ///             j += 0.5 * speed * speed / 2.0; // m = 2
    ///             dj_da[0] = 0.1 * speed;
    ///         }
    ///     },
    /// )?;
    /// assert!(gradient.theta1.bias[0] != 0.0 && dj_dx[1][0] != 0.0);
    /// # assert!(j > 0.0);
    /// # Ok::<(), constprop::Error>(())
    /// ```
    ///
    /// The same network several times, as in a simulation, is a call for each time, the last one first; its
    /// gradient is the sum of theirs, `*sum += gradient`, with λ in one of them. A network behind another
    /// one hands its `dj_dx` on:
    ///
    /// ```
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Encoder(3 => 4 Tanh => 2 Tanh) minimizing HalfSquaredError;
    /// }
    /// network! {
    ///     pub struct Critic(2 => 4 Tanh => 1 Identity) minimizing HalfSquaredError;
    /// }
    /// let (encoder, critic) = (Encoder::<f64>::seeded(1), Critic::<f64>::seeded(2));
    /// let (mut front, mut behind) = (InsideWorkspace::new(), InsideWorkspace::new());
    /// let (x, none) = ([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], Regularization::none());
    /// let (mut code, mut dj_dcode) = ([[0.0; 2]; 2], [[0.0; 2]; 2]);
    /// encoder.predict_into(&x, &mut code)?;
    /// let of_code = Some(&mut dj_dcode[..]);
    /// critic.gradient_from(&code, of_code, &none, &mut behind, |_, _, dj_da| dj_da.fill([1.0]))?;
    /// encoder.gradient_from(&x, None, &none, &mut front, |first, _, dj_da| {
    ///     dj_da.copy_from_slice(&dj_dcode[first..first + dj_da.len()]);
    /// })?;
    /// # Ok::<(), constprop::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NoExamples`], [`Error::Length`] where there are not as many `dj_dx` as inputs,
    /// [`Error::Input`] and [`Error::Parameter`] where something is not finite, [`Error::DjDa`] where `outer`
    /// has written what is not, and a λ that is none. There is then no gradient. `dj_dx` is as it was; but if
    /// it is [`Error::DjDa`] of an example behind the first [`BLOCK`](crate::gradient::BLOCK), all of it
    /// is NaN, so that nobody takes the examples in front for all.
    fn gradient_from<'w>(
        &self,
        inputs: &[Self::Input],
        dj_dx: Option<&mut [Self::Input]>,
        regularization: &Regularization<Self::Scalar>,
        workspace: &'w mut InsideWorkspace<Self>,
        outer: impl FnMut(usize, &[Self::Target], &mut [Self::Target]),
    ) -> Result<&'w mut Gradient<Self>, Error> {
        gradient_from(self, inputs, dj_dx, regularization, workspace, Frozen::NONE, outer)
    }
}

impl<N: FloatNetwork> Inside for N {}

/// [`Inside::gradient_from`], of what is not frozen.
pub(crate) fn gradient_from<'w, N: FloatNetwork>(
    net: &N,
    inputs: &[N::Input],
    dj_dx: Option<&mut [N::Input]>,
    regularization: &Regularization<N::Scalar>,
    workspace: &'w mut InsideWorkspace<N>,
    frozen: Frozen,
    outer: impl FnMut(usize, &[N::Target], &mut [N::Target]),
) -> Result<&'w mut Gradient<N>, Error> {
    const { assert_chain::<N>() };
    let m = inputs.len();
    if m == 0 {
        return Err(Error::NoExamples);
    }
    if let Some(found) = dj_dx.as_ref().map(|dj_dx| dj_dx.len()).filter(|found| *found != m) {
        return Err(Error::Length { expected: m, found });
    }
    regularization.check()?;
    let mut asked = Asked { net, inputs, outer };
    // Of several blocks the first would be written before the last one's inputs are seen.
    let checked = dj_dx.is_some() && m > TILE;
    if checked {
        asked.check()?;
    }
    let decays = regularization.decays(m);
    let inputs = Sample::flat(inputs);
    let place = Place { first: 0, of: m };
    let data = Data { inputs, targets: &[], m, place, decays: &decays, frozen, checked };
    let (memory, [first, above], crew) = workspace.parts(data.blocks());
    let room = memory.room().expect("the memory is of the network's scalar");
    let inside = fast::Inside::of::<N::Chain>(net.parameters(), data);
    let dj_dx = dj_dx.map(Sample::flat_mut);
    inside.gradient(room, Waiting::new(first, above), dj_dx, &mut asked, crew)?;
    Ok(workspace.gradient_mut())
}

/// The caller's function, over flat numbers.
struct Asked<'a, N: FloatNetwork, O> {
    net: &'a N,
    inputs: &'a [N::Input],
    outer: O,
}

impl<N, O> Outer<N::Scalar> for Asked<'_, N, O>
where
    N: FloatNetwork,
    O: FnMut(usize, &[N::Target], &mut [N::Target]),
{
    fn write(&mut self, first: usize, outputs: &[N::Scalar], dj_da: &mut [N::Scalar]) {
        (self.outer)(first, Sample::of_flat(outputs), Sample::of_flat_mut(dj_da));
    }

    fn check(&self) -> Result<(), Error> {
        self.net.check_parameters().and_then(|()| check_inputs(self.inputs))
    }
}
