//! z, a and δ of one example, by name.

use core::fmt;
use core::ops::Deref;

use super::Network;
use crate::shapes::roles::DjDa;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

/// Every z and a of one example: `trace.a1`, `trace.z2`, `trace.a2`, … `trace.zL`, `trace.aL`.
///
/// It belongs to its network's type: that of another type is another one. Of two networks of one type nobody
/// sees whose it is. The docs of a network that [`network!`](crate::network) declares list the types of its
/// fields.
pub struct Trace<N: Network>(pub(super) N::TraceFields);

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
pub struct Deltas<N: Network>(pub(super) N::DeltaFields);

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

/// Every z and a of one example of the network `N`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no trace of `{N}`",
    label = "`forward` of the same network gives one"
)]
pub trait HoldsTrace<N: Network> {
    /// The trace.
    fn held(&self) -> &Trace<N>;
}

/// Every δ of one example of the network `N`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are no deltas of `{N}`",
    label = "`backward` of the same network gives them"
)]
pub trait HoldsDeltas<N: Network> {
    /// The deltas.
    fn held(&self) -> &Deltas<N>;
}

/// ∂J/∂a⁽ᴸ⁾ of the network `N`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no ∂J/∂a⁽ᴸ⁾ of `{N}`",
    label = "as `DjDa::from` makes one, of as many numbers as outputs"
)]
pub trait HoldsDjDa<N: Network> {
    /// ∂J/∂a⁽ᴸ⁾.
    fn held(&self) -> &N::DjDaL;
}

macro_rules! holds_one {
    ($holds:ident $held:ty: $($(#[$when:meta])* [$($generics:tt)*] $holder:ty,)*) => {$(
        $(#[$when])*
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $holds<N> for $holder {
            #[inline(always)]
            fn held(&self) -> &$held {
                self
            }
        }
    )*};
}

holds_one!(
    HoldsTrace Trace<N>:
    [N: Network] Trace<N>,
    [N: Network] &Trace<N>,
    #[cfg(feature = "alloc")]
    [N: Network] Box<Trace<N>>,
);

holds_one!(
    HoldsDeltas Deltas<N>:
    [N: Network] Deltas<N>,
    [N: Network] &Deltas<N>,
    #[cfg(feature = "alloc")]
    [N: Network] Box<Deltas<N>>,
);

holds_one!(
    HoldsDjDa DjDa<L, T, S>:
    [N: Network<DjDaL = DjDa<L, T, S>>, L, T, const S: usize] DjDa<L, T, S>,
    [N: Network<DjDaL = DjDa<L, T, S>>, L, T, const S: usize] &DjDa<L, T, S>,
    #[cfg(feature = "alloc")]
    [N: Network<DjDaL = DjDa<L, T, S>>, L, T, const S: usize] Box<DjDa<L, T, S>>,
);
