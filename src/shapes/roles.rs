//! What a vector is: z⁽ˡ⁾, a⁽ˡ⁾, δ⁽ˡ⁾, g′(z⁽ˡ⁾) and ∂J/∂a⁽ˡ⁾ as five types.
//!
//! All five have s_l entries. They differ in role and layer, which their types keep, so that one
//! is never taken for another; the numbers inside are one nalgebra vector for whoever wants it.

#[cfg(feature = "alloc")]
use alloc::boxed::Box;
use core::marker::PhantomData;
use core::ops::{Deref, Index};

use nalgebra::SVector;

use super::layer::{L1, Layer};

// The structs are written out, and not by this macro: the compiler quotes them.
macro_rules! role {
    ($role:ident $(<$made:ident = $given:ident>)?) => {
        impl<L, T, const S: usize $(, $made)?> $role<L, T, S $(, $made)?> {
            /// The entries as a nalgebra vector, to compute with and to look at.
            pub const fn vector(&self) -> &SVector<T, S> {
                &self.vector
            }

            /// The entries as a nalgebra vector of the caller's own.
            pub fn into_vector(self) -> SVector<T, S> {
                self.vector
            }

            /// The entries as an array.
            pub const fn array(&self) -> &[T; S] {
                &self.vector.data.0[0]
            }
        }

        #[diagnostic::do_not_recommend]
        impl<L, T, const S: usize> From<SVector<T, S>> for $role<L, T, S> {
            fn from(vector: SVector<T, S>) -> Self {
                Self { vector, layer: PhantomData, $(made: PhantomData::<$given>,)? }
            }
        }

        #[diagnostic::do_not_recommend]
        impl<L, T, const S: usize> From<[T; S]> for $role<L, T, S> {
            fn from(entries: [T; S]) -> Self {
                SVector::from_array_storage(nalgebra::ArrayStorage([entries])).into()
            }
        }

        impl<L, T, const S: usize $(, $made)?> Index<usize> for $role<L, T, S $(, $made)?> {
            type Output = T;

            /// Entry `unit`, counted from 0.
            ///
            /// # Panics
            ///
            /// When `unit` is s_l or more, as arrays do.
            fn index(&self, unit: usize) -> &T {
                &self.array()[unit]
            }
        }
    };
}

/// a⁽ˡ⁾ = g(z⁽ˡ⁾): what layer l puts out, s_l entries; a⁽¹⁾ = x and a⁽ᴸ⁾ = h_Θ(x).
///
/// ```
/// use constprop::layer::L1;
/// use constprop::A;
///
/// let a1 = A::<L1, f64, 3>::from([0.1, 0.2, 0.3]);
/// assert_eq!(a1[2], 0.3);
/// ```
///
/// `G` is what made it, [`Given`] unless something else is written: `z2.activate::<Sigmoid>()` is made
/// [`By<Sigmoid>`](By), and `z4.output::<Sigmoid>()` [`OutputBy<Sigmoid>`](OutputBy), so that g′ and δ⁽ᴸ⁾
/// are those of the same activation. Each derefs to what says less: a function that takes an
/// `&A<L2, f64, 4>` takes every a⁽²⁾ of 4 units.
#[repr(transparent)]
#[derive(Clone, Debug, PartialEq)]
pub struct A<L, T, const S: usize, G = Given> {
    vector: SVector<T, S>,
    layer: PhantomData<L>,
    made: PhantomData<G>,
}

role!(A<G = Given>);

/// What made an [`A`]: x did, or whoever wrote it down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {}

macro_rules! made {
    ($(#[$doc:meta])* $by:ident, $less:ty) => {
        $(#[$doc])*
        pub struct $by<G>(PhantomData<G>);

        // Derived, these would ask for activations that can be copied, printed and compared.
        impl<G> Clone for $by<G> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<G> Copy for $by<G> {}

        impl<G> core::fmt::Debug for $by<G> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(stringify!($by))
            }
        }

        impl<G> PartialEq for $by<G> {
            fn eq(&self, _: &Self) -> bool {
                true
            }
        }

        impl<L, T, const S: usize, G> Deref for A<L, T, S, $by<G>> {
            type Target = A<L, T, S, $less>;

            fn deref(&self) -> &Self::Target {
                self.of_other_making()
            }
        }
    };
}

made! {
    /// What made an [`A`]: the activation `G`.
    By, Given
}

made! {
    /// What made an [`A`]: the activation `G`, as that of the output layer.
    OutputBy, By<G>
}

impl<L, T, const S: usize, G> A<L, T, S, G> {
    pub(crate) fn made(entries: [T; S]) -> Self {
        let vector = SVector::from_array_storage(nalgebra::ArrayStorage([entries]));
        Self { vector, layer: PhantomData, made: PhantomData }
    }

    /// The same, without what made it.
    pub const fn given(&self) -> &A<L, T, S> {
        self.of_other_making()
    }

    const fn of_other_making<H>(&self) -> &A<L, T, S, H> {
        // SAFETY: both are transparent over the same vector.
        unsafe { &*core::ptr::from_ref(self).cast() }
    }
}

impl<L, T, const S: usize> A<L, T, S> {
    /// The same, of which its maker says that it is what the activation `G` makes.
    ///
    /// ```
    /// use constprop::layer::L2;
    /// use constprop::prelude::*;
    /// use constprop::{A, Z};
    ///
    /// let z2 = Z::<L2, f64, 1>::from([0.0]);
    /// let a2 = A::from([0.5]).made_by::<Sigmoid>(); // from a table, say
    /// assert_eq!(z2.g_prime::<Sigmoid>(&a2).array(), &[0.25]);
    /// ```
    #[must_use]
    pub fn made_by<G>(self) -> A<L, T, S, OutputBy<G>> {
        A { vector: self.vector, layer: PhantomData, made: PhantomData }
    }
}

/// z⁽ˡ⁾ = Θ⁽ˡ⁻¹⁾ [1; a⁽ˡ⁻¹⁾]: what layer l takes in, before g; s_l entries.
#[repr(transparent)]
#[derive(Clone, Debug, PartialEq)]
pub struct Z<L, T, const S: usize> {
    vector: SVector<T, S>,
    layer: PhantomData<L>,
}

role!(Z);

/// δ⁽ˡ⁾ = ∂J/∂z⁽ˡ⁾ of one example, without λ: the error of layer l, s_l entries.
#[repr(transparent)]
#[derive(Clone, Debug, PartialEq)]
pub struct Delta<L, T, const S: usize> {
    vector: SVector<T, S>,
    layer: PhantomData<L>,
}

role!(Delta);

/// g′(z⁽ˡ⁾), entry by entry: the slope of layer l's activation, s_l entries.
#[repr(transparent)]
#[derive(Clone, Debug, PartialEq)]
pub struct GPrime<L, T, const S: usize> {
    vector: SVector<T, S>,
    layer: PhantomData<L>,
}

role!(GPrime);

/// ∂J/∂a⁽ˡ⁾ = Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row; s_l entries.
#[repr(transparent)]
#[derive(Clone, Debug, PartialEq)]
pub struct DjDa<L, T, const S: usize> {
    vector: SVector<T, S>,
    layer: PhantomData<L>,
}

role!(DjDa);

impl<T, const S: usize> DjDa<L1, T, S> {
    /// ∂J/∂x as ∂J/∂a⁽ᴸ⁾ of the network in front, whose h_Θ(x) this x is. Which layer that is, follows
    /// from where it goes.
    ///
    /// ```
    /// use constprop::DjDa;
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Encoder(3 => 4 Tanh => 2 Tanh) minimizing HalfSquaredError;
    /// }
    /// network! {
    ///     pub struct Critic(2 => 1 Identity) minimizing HalfSquaredError;
    /// }
    /// let (encoder, critic) = (Encoder::<f64>::seeded(1), Critic::<f64>::seeded(2));
    /// let code = encoder.forward(&[0.1, 0.2, 0.3]);
    /// let value = critic.forward(code.output());
    ///
    /// let of_critic = critic.backward_from(&value, &DjDa::from([1.0])); // J is the value itself
    /// let dj_dx = critic.dj_dx(&of_critic);
    /// let of_encoder = encoder.backward_from(&code, &dj_dx.of_output());
    /// # assert!(encoder.dj_dx(&of_encoder)[0] != 0.0);
    /// ```
    #[must_use]
    pub fn of_output<L: Layer>(self) -> DjDa<L, T, S> {
        self.vector.into()
    }
}

#[diagnostic::do_not_recommend]
impl<L, T, const S: usize> From<DjDa<L, T, S>> for [T; S] {
    fn from(dj_da: DjDa<L, T, S>) -> Self {
        let [entries] = dj_da.vector.data.0;
        entries
    }
}

/// An a⁽ˡ⁾ that the activation `G` made: s_l entries.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no a of this layer made by `{G}`",
    label = "`z.activate` makes an `A<…, By<{G}>>`"
)]
pub trait MadeBy<G, L, T, const S: usize> {
    /// a⁽ˡ⁾, without what made it.
    fn held(&self) -> &A<L, T, S>;
}

/// An a⁽ᴸ⁾ that the activation `H` of an output layer made: s_L entries.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no output of this layer made by `{H}`",
    label = "`z.output` makes an `A<…, OutputBy<{H}>>`"
)]
pub trait OutputOf<H, L, T, const S: usize> {
    /// a⁽ᴸ⁾, without what made it.
    fn held(&self) -> &A<L, T, S>;
}

macro_rules! made_by {
    ($made:ident: $($(#[$when:meta])* $holder:ty,)*) => {$(
        $(#[$when])*
        #[diagnostic::do_not_recommend]
        impl<G, L, T, const S: usize> $made<G, L, T, S> for $holder {
            #[inline(always)]
            fn held(&self) -> &A<L, T, S> {
                self.given()
            }
        }
    )*};
}

made_by!(
    MadeBy:
    A<L, T, S, By<G>>,
    A<L, T, S, OutputBy<G>>,
    &A<L, T, S, By<G>>,
    &A<L, T, S, OutputBy<G>>,
    #[cfg(feature = "alloc")]
    Box<A<L, T, S, By<G>>>,
);

made_by!(
    OutputOf:
    A<L, T, S, OutputBy<G>>,
    &A<L, T, S, OutputBy<G>>,
    #[cfg(feature = "alloc")]
    Box<A<L, T, S, OutputBy<G>>>,
);

/// g′ of the layer `L`: s_l entries.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no g′ of `{L}` with {S} entries",
    label = "`z.g_prime::<G>(&a)` of that layer is needed"
)]
pub trait HoldsGPrime<L, T, const S: usize> {
    /// g′.
    fn held(&self) -> &GPrime<L, T, S>;
}

macro_rules! holds_g_prime {
    ($($(#[$when:meta])* $holder:ty,)*) => {$(
        $(#[$when])*
        #[diagnostic::do_not_recommend]
        impl<L, T, const S: usize> HoldsGPrime<L, T, S> for $holder {
            #[inline(always)]
            fn held(&self) -> &GPrime<L, T, S> {
                self
            }
        }
    )*};
}

holds_g_prime!(
    GPrime<L, T, S>,
    &GPrime<L, T, S>,
    #[cfg(feature = "alloc")]
    Box<GPrime<L, T, S>>,
);
