//! The layers of a network as one type, and what walks over them.
//!
//! A network is a list, `Step<G, S_OUT, S_IN, Rest>` for each hidden layer and `Last<(H, C), S_OUT, S_IN>` at
//! its end. A [`Pass`] is shown one layer after the other, with its sizes, activation and cost as types;
//! forward is what it does before it goes on to the rest, backward what it does after that. Predictions of
//! one example, tiny networks, curvature and rows of the Jacobian are such passes, and so can yours be.
//!
//! Bounds of h_Θ(x) for all x of a box, by interval arithmetic: Θ takes an interval [a, b] in each input
//! to one of W⁺a + W⁻b to W⁺b + W⁻a, and an activation that rises, unit by unit, takes its ends to ends
//! (Gelu, Silu and Softmax do not).
//!
//! ```
//! use constprop::chain::{Layers, Pass};
//! use constprop::prelude::*;
//! use constprop::{Cost, Output};
//!
//! network! {
//!     pub struct Policy(2 => 8 Tanh => 8 Sigmoid => 1 Tanh) minimizing HalfSquaredError;
//! }
//!
//! /// [low, high] of each a⁽ˡ⁾, and the parameters from Θ⁽ˡ⁾ on.
//! struct Bounds<'a> {
//!     theta: &'a [f64],
//!     a: Vec<[f64; 2]>,
//! }
//!
//! impl<'a> Bounds<'a> {
//!     /// The bounds of z⁽ˡ⁺¹⁾, and the parameters that are left.
//!     fn z<const S_OUT: usize>(&self) -> ([[f64; 2]; S_OUT], &'a [f64]) {
//!         let (theta, rest) = self.theta.split_at(S_OUT * (self.a.len() + 1));
//!         let mut z: [_; S_OUT] = core::array::from_fn(|unit| [theta[unit]; 2]);
//!         for (column, [low, high]) in theta[S_OUT..].chunks(S_OUT).zip(&self.a) {
//!             for (z, weight) in z.iter_mut().zip(column) {
//!                 z[0] += (weight * low).min(weight * high);
//!                 z[1] += (weight * low).max(weight * high);
//!             }
//!         }
//!         (z, rest)
//!     }
//! }
//!
//! impl Pass for Bounds<'_> {
//!     type Output = Vec<[f64; 2]>;
//!
//!     fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(
//!         self,
//!     ) -> Self::Output {
//!         let (z, theta) = self.z::<S_OUT>();
//!         let a = z.map(|ends| ends.map(|z| G::g(z)));
//!         Rest::walk(Bounds { theta, a: a.to_vec() })
//!     }
//!
//!     fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(self) -> Self::Output {
//!         let (z, _) = self.z::<S_OUT>();
//!         let ends = [0, 1].map(|end| H::h(&z.map(|ends| ends[end])));
//!         (0..S_OUT).map(|unit| [ends[0][unit], ends[1][unit]]).collect()
//!     }
//! }
//!
//! let net = Policy::<f64>::seeded(1);
//! let x = vec![[-0.5, 0.25], [0.0, 1.0]];
//! let bounds = <Policy as Network>::Chain::walk(Bounds { theta: net.parameters(), a: x });
//! for i in 0..100 {
//!     let output = net.predict(&[-0.5 + 0.0075 * f64::from(i), f64::from(i * 37 % 101) / 100.0]);
//!     assert!(bounds[0][0] <= output[0] && output[0] <= bounds[0][1]);
//! }
//! ```

use core::marker::PhantomData;

use crate::activation::Activation;
use crate::cost::Cost;
use crate::output::Output;

/// A hidden layer and all that follow: Θ⁽ˡ⁾ of `S_OUT` × (`S_IN` + 1), the activation `G`, and `Rest` from
/// there on.
#[derive(Clone, Copy, Debug)]
pub struct Step<G, const S_OUT: usize, const S_IN: usize, Rest>(PhantomData<(G, Rest)>);

/// The output layer: Θ⁽ᴸ⁻¹⁾ of `S_OUT` × (`S_IN` + 1), and as `E` hypothesis and cost.
#[derive(Clone, Copy, Debug)]
pub struct Last<E, const S_OUT: usize, const S_IN: usize>(PhantomData<E>);

/// An activation, or what stands for one: `network!` names that of a layer by its network, so that a type
/// which is no activation is told of once.
pub trait Activates: 'static {
    /// g.
    type G: Activation;
}

impl<G: Activation> Activates for G {
    type G = G;
}

/// A hypothesis with a cost that fits it, `(H, C)`, or what stands for them.
pub trait Ends: 'static {
    /// h.
    type H: Output;

    /// What is minimized.
    type C: Cost<Self::H>;
}

impl<H: Output, C: Cost<H>> Ends for (H, C) {
    type H = H;
    type C = C;
}

/// The layers from some layer on. [`Step`] and [`Last`] are all there are; a network names its
/// own as [`Network::Chain`](crate::Network::Chain), in the order in which it runs forward.
///
/// ```
/// use constprop::chain::{Last, Layers, Step};
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(3 => 5 Tanh => 2 Sigmoid) minimizing CrossEntropy;
/// }
/// // By hand:
/// type Chain = Step<Tanh, 5, 3, Last<(Sigmoid, CrossEntropy), 2, 5>>;
/// assert_eq!(Chain::PARAMETERS, <Tiny as Network>::Chain::PARAMETERS);
/// ```
pub trait Layers: sealed::Sealed + 'static {
    /// Hypothesis and cost at the end.
    type End: Ends;

    /// s_l of the layer in front.
    const S_IN: usize;

    /// s_L.
    const S_OUT: usize;

    /// How many parameters these layers have.
    const PARAMETERS: usize;

    /// Room for what is kept of each of these layers.
    #[doc(hidden)]
    type Room<K: Keeps>: Send + Sync + 'static;

    /// Room for what is kept of each of these layers but the first.
    #[doc(hidden)]
    type RoomBehind<K: Keeps>: Send + Sync + 'static;

    /// Shows `pass` the first of these layers.
    fn walk<P: Pass>(pass: P) -> P::Output;
}

/// Layers of which the first takes what one of `S` units gives.
#[diagnostic::on_unimplemented(
    message = "a layer takes what the layer in front gives, which is {S}",
    label = "in `Step<G, S_OUT, S_IN, Rest>`, `S_OUT` is the `S_IN` of `Rest`"
)]
pub trait Follows<const S: usize>: Layers {}

#[diagnostic::do_not_recommend]
impl<G: Activates, const S_OUT: usize, const S_IN: usize, R: Follows<S_OUT>> Follows<S_IN>
    for Step<G, S_OUT, S_IN, R>
{
}

#[diagnostic::do_not_recommend]
impl<E: Ends, const S_OUT: usize, const S_IN: usize> Follows<S_IN> for Last<E, S_OUT, S_IN> {}

/// What is done at each layer. It carries what it needs, such as the parameters that are left, and goes
/// on by `Rest::walk` with what the next layer needs; what it does when that has come back, it does on
/// the way back. A layer has no number here: a pass that needs one counts.
pub trait Pass: Sized {
    /// What comes of it.
    type Output;

    /// At a hidden layer of `S_OUT` units with the activation `G`, behind one of `S_IN`.
    fn hidden<G: Activation, const S_OUT: usize, const S_IN: usize, Rest: Layers>(
        self,
    ) -> Self::Output;

    /// At the output layer of `S_OUT` units with the hypothesis `H` and the cost `C`, behind one of
    /// `S_IN`.
    fn last<H: Output, C: Cost<H>, const S_OUT: usize, const S_IN: usize>(self) -> Self::Output;
}

/// What is kept of each layer, as types: they say how much room a network needs.
///
/// # Safety
///
/// Each is made of `MaybeUninit<Scalar>` and nothing else, without padding and aligned as that: any bytes
/// are a value of it.
#[doc(hidden)]
pub unsafe trait Keeps: 'static {
    /// What they are made of.
    type Scalar: Send + Sync + 'static;

    /// Of a hidden layer.
    type Hidden<const S_OUT: usize, const S_IN: usize>: Send + Sync + 'static;

    /// Of the output layer.
    type Last<const S_OUT: usize, const S_IN: usize>: Send + Sync + 'static;
}

/// Room for one layer, and behind it for the rest.
#[doc(hidden)]
#[repr(C)]
#[derive(Debug)]
pub struct Nested<A, B>(A, B);

impl<G: Activates, const S_OUT: usize, const S_IN: usize, R: Follows<S_OUT>> Layers
    for Step<G, S_OUT, S_IN, R>
{
    type End = R::End;
    const S_IN: usize = S_IN;
    const S_OUT: usize = R::S_OUT;
    const PARAMETERS: usize = S_OUT * (S_IN + 1) + R::PARAMETERS;
    type Room<K: Keeps> = Nested<K::Hidden<S_OUT, S_IN>, R::Room<K>>;
    type RoomBehind<K: Keeps> = R::Room<K>;

    #[inline(always)]
    fn walk<P: Pass>(pass: P) -> P::Output {
        pass.hidden::<G::G, S_OUT, S_IN, R>()
    }
}

impl<E: Ends, const S_OUT: usize, const S_IN: usize> Layers for Last<E, S_OUT, S_IN> {
    type End = E;
    const S_IN: usize = S_IN;
    const S_OUT: usize = S_OUT;
    const PARAMETERS: usize = S_OUT * (S_IN + 1);
    type Room<K: Keeps> = K::Last<S_OUT, S_IN>;
    type RoomBehind<K: Keeps> = ();

    #[inline(always)]
    fn walk<P: Pass>(pass: P) -> P::Output {
        pass.last::<E::H, E::C, S_OUT, S_IN>()
    }
}

mod sealed {
    pub trait Sealed {}
    impl<G, const S_OUT: usize, const S_IN: usize, R> Sealed for super::Step<G, S_OUT, S_IN, R> {}
    impl<E, const S_OUT: usize, const S_IN: usize> Sealed for super::Last<E, S_OUT, S_IN> {}
}
