//! What a cost takes: z⁽ᴸ⁾, a⁽ᴸ⁾ and y of one example by name, a⁽ᴸ⁾ and y as two types over one array.

use core::ops::Deref;

macro_rules! role {
    ($(#[$doc:meta])* $role:ident) => {
        $(#[$doc])*
        #[repr(transparent)]
        #[derive(Debug)]
        pub struct $role<'a, V, const S: usize>(pub &'a [V; S]);

        impl<V, const S: usize> Clone for $role<'_, V, S> {
            #[inline(always)]
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<V, const S: usize> Copy for $role<'_, V, S> {}

        impl<V, const S: usize> Deref for $role<'_, V, S> {
            type Target = [V; S];

            #[inline(always)]
            fn deref(&self) -> &[V; S] {
                self.0
            }
        }

        impl<'a, V, const S: usize> IntoIterator for $role<'a, V, S> {
            type Item = &'a V;
            type IntoIter = core::slice::Iter<'a, V>;

            #[inline(always)]
            fn into_iter(self) -> Self::IntoIter {
                self.0.iter()
            }
        }
    };
}

role! {
    /// a⁽ᴸ⁾ = h_Θ(x) as a [`Cost`](super::Cost) takes it, one output after the other.
    Predicted
}

role! {
    /// y as a [`Cost`](super::Cost) takes it: never in place of a⁽ᴸ⁾.
    Target
}

/// z⁽ᴸ⁾, a⁽ᴸ⁾ and y of one example: what a [`Cost`](super::Cost) compares. Each has s_L entries and goes by its
/// name, so that none is taken for another.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::{Compared, Cost, Output, Predicted, Target};
///
/// let (z, y) = ([0.0, 0.0], [1.0, 0.0]);
/// let a = Sigmoid::h(&z);
/// let (a, y) = (Predicted(&a), Target(&y)); // which read as arrays do
/// let delta = <CrossEntropy as Cost<Sigmoid>>::delta(Compared { z: &z, a, y });
/// assert_eq!(delta, [a[0] - y[0], a[1] - y[1]]);
/// ```
#[derive(Debug)]
pub struct Compared<'a, V, const S: usize> {
    /// z⁽ᴸ⁾.
    pub z: &'a [V; S],

    /// a⁽ᴸ⁾ = h(z⁽ᴸ⁾).
    pub a: Predicted<'a, V, S>,

    /// y.
    pub y: Target<'a, V, S>,
}

impl<V, const S: usize> Clone for Compared<'_, V, S> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<V, const S: usize> Copy for Compared<'_, V, S> {}
