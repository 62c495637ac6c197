//! What a vector is: z⁽ˡ⁾, a⁽ˡ⁾, δ⁽ˡ⁾, g′(z⁽ˡ⁾) and ∂J/∂a⁽ˡ⁾ as five types.
//!
//! All five have s_l entries. They differ in role and layer, which their types keep, so that one
//! is never taken for another; the numbers inside are one nalgebra vector for whoever wants it.

use core::marker::PhantomData;
use core::ops::Index;

use nalgebra::SVector;

macro_rules! role {
    ($(#[$doc:meta])* $role:ident) => {
        $(#[$doc])*
        #[repr(transparent)]
        #[derive(Clone, Debug, PartialEq)]
        pub struct $role<L, T, const S: usize> {
            vector: SVector<T, S>,
            layer: PhantomData<L>,
        }

        impl<L, T, const S: usize> $role<L, T, S> {
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
                Self { vector, layer: PhantomData }
            }
        }

        #[diagnostic::do_not_recommend]
        impl<L, T, const S: usize> From<[T; S]> for $role<L, T, S> {
            fn from(entries: [T; S]) -> Self {
                SVector::from_array_storage(nalgebra::ArrayStorage([entries])).into()
            }
        }

        impl<L, T, const S: usize> Index<usize> for $role<L, T, S> {
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

role! {
    /// a⁽ˡ⁾ = g(z⁽ˡ⁾): what layer l puts out, s_l entries; a⁽¹⁾ = x and a⁽ᴸ⁾ = h_Θ(x).
    ///
    /// ```
    /// use constprop::layer::L1;
    /// use constprop::A;
    ///
    /// let a1 = A::<L1, f64, 3>::from([0.1, 0.2, 0.3]);
    /// assert_eq!(a1[2], 0.3);
    /// ```
    A
}

role! {
    /// z⁽ˡ⁾ = Θ⁽ˡ⁻¹⁾ [1; a⁽ˡ⁻¹⁾]: what layer l takes in, before g; s_l entries.
    Z
}

role! {
    /// δ⁽ˡ⁾ = ∂J/∂z⁽ˡ⁾ of one example, without λ: the error of layer l, s_l entries.
    Delta
}

role! {
    /// g′(z⁽ˡ⁾), entry by entry: the slope of layer l's activation, s_l entries.
    GPrime
}

role! {
    /// ∂J/∂a⁽ˡ⁾ = Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row; s_l entries.
    DjDa
}
