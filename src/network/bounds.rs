//! Bounds with a name of their own: what takes a network takes what holds one, and the compiler says in
//! one line what does not fit.

use core::fmt;

use super::Network;
use crate::fast::registers::Float;
use crate::shapes::parameters::Aligned;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

/// A network over `f32` or `f64`: what [`Batch`](crate::Batch) computes, and everything that trains over
/// many examples.
///
/// A function over such networks has it as its bound:
///
/// ```
/// use constprop::prelude::*;
/// use constprop::train::Fit;
///
/// fn train<N: FloatNetwork>(
///     net: &mut N,
///     x: &[N::Input],
///     y: &[N::Target],
/// ) -> Result<(), constprop::Error> {
///     let mut adam = Adam::new(AdamSettings::default())?;
///     Fit::new().epochs(5).run(net, &mut adam, x, y)?;
///     Ok(())
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` may be over another scalar than `f32` and `f64`",
    label = "a network over `f32` or `f64` is needed: a `FloatNetwork`"
)]
pub trait FloatNetwork: Network<Scalar: Float> {}

#[diagnostic::do_not_recommend]
impl<N: Network<Scalar: Float>> FloatNetwork for N {}

/// The network `N`, or what holds one: a `Box`, an [`Aligned`], a `&mut`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no network, nor a `Box` or `Aligned` of one; what derefs to one goes as \
               `&mut *net`"
)]
pub trait Holds<N> {
    /// The network.
    fn held(&self) -> &N;

    /// The network, to write to.
    fn held_mut(&mut self) -> &mut N;
}

#[diagnostic::do_not_recommend]
impl<N: Network> Holds<N> for N {
    #[inline(always)]
    fn held(&self) -> &N {
        self
    }

    #[inline(always)]
    fn held_mut(&mut self) -> &mut N {
        self
    }
}

/// ∂J/∂a⁽ᴸ⁾ or ∂J/∂x of a network, which has as many entries as the sample `X`, and is made of one.
///
/// ```
/// use constprop::prelude::*;
///
/// /// ∂a⁽ᴸ⁾ₖ/∂x of any network.
/// fn slopes_of_output<N: Network<Scalar = f64>>(net: &N, x: &N::Input, k: usize) -> N::Input {
///     let unit = constprop::Sample::from_fn(|i| f64::from(u8::from(i == k)));
///     let deltas = net.backward_from(&net.forward(x), &N::DjDaL::from(unit));
///     net.dj_dx(&deltas).into()
/// }
/// ```
pub trait OfSample<X>: From<X> + Into<X> + Clone + fmt::Debug + PartialEq {}

#[diagnostic::do_not_recommend]
impl<X, R: From<X> + Into<X> + Clone + fmt::Debug + PartialEq> OfSample<X> for R {}

/// What nothing is.
#[doc(hidden)]
pub trait Nothing {}

/// What no network is.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum NoNetwork {}

// Never there: with a second choice the compiler looks at what the first one asks for before it takes
// what is no network for one. So that is one error, and not one for each call in front of it.
#[diagnostic::do_not_recommend]
impl<H: Nothing> Holds<NoNetwork> for H {
    fn held(&self) -> &NoNetwork {
        unreachable!("nothing is `Nothing`")
    }

    fn held_mut(&mut self) -> &mut NoNetwork {
        unreachable!("nothing is `Nothing`")
    }
}

macro_rules! holds {
    ($($(#[$when:meta])* $holder:ty),*) => {$(
        $(#[$when])*
        #[diagnostic::do_not_recommend]
        impl<N: Network> Holds<N> for $holder {
            #[inline(always)]
            fn held(&self) -> &N {
                self
            }

            #[inline(always)]
            fn held_mut(&mut self) -> &mut N {
                self
            }
        }
    )*};
}

holds!(
    &mut N,
    &mut Aligned<N>,
    Aligned<N>,
    #[cfg(feature = "alloc")]
    Box<N>,
    #[cfg(feature = "alloc")]
    Box<Aligned<N>>
);

/// Every network is `Over` its scalar, for every T: `impl<T> Over for Net<T> { type T = T; }` by hand. It asks nothing
/// of T, so that the compiler can say first that nothing says what T is.
pub trait Over {
    /// T.
    type T;
}

/// Every type is, and is `Known` as itself; the name is what the compiler's note says where it does not know the type.
#[doc(hidden)]
pub trait F32OrF64 {
    /// The same.
    type Known;
}

impl<T> F32OrF64 for T {
    type Known = T;
}

/// The T of the network `N`. `Known<N>: Sized` holds for every network; what makes one asks for it, so that the compiler
/// says in a few lines where nothing says what T is, before it comes to what T must be able to do.
pub type Known<N> = <<N as Over>::T as F32OrF64>::Known;

/// What a [`Network`] takes in, by names that the compiler looks up here: so it points at the call that
/// hands over something else, and not at the network.
pub trait Takes {
    /// T.
    type Scalar;

    /// x.
    type Input;

    /// y.
    type Target;
}

#[diagnostic::do_not_recommend]
impl<N: Network> Takes for N {
    type Scalar = N::Scalar;
    type Input = N::Input;
    type Target = N::Target;
}

/// The scalar of the network `N`.
pub type ScalarOf<N> = <N as Takes>::Scalar;

/// x of the network `N`: `[T; S]` of s₁ entries.
pub type InputOf<N> = <N as Takes>::Input;

/// y of the network `N`: `[T; S]` of s_L entries.
pub type TargetOf<N> = <N as Takes>::Target;
