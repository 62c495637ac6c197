//! What optimizers remember.

use core::borrow::{Borrow, BorrowMut};
use core::fmt;

use crate::network::Network;
#[cfg(feature = "alloc")]
use crate::shapes::parameters::{Parameters, rolled, rolled_mut};
#[cfg(feature = "alloc")]
use crate::threads::Lined;

/// What an optimizer remembers of every parameter, in the network's own shapes: on the heap, and in a
/// build without the feature `alloc` where the optimizer is.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Big(3072 => 2000 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
/// }
/// let adam = Adam::<Big<f32>>::new(AdamSettings::default())?;
/// assert!(size_of_val(&adam) < 100); // m and v have 6,166,010 entries each
/// # Ok::<(), constprop::Error>(())
/// ```
pub struct Moments<N: Network>(Place<N>);

#[cfg(feature = "alloc")]
type Place<N> = Lined<<N as Parameters>::Scalar>;

#[cfg(not(feature = "alloc"))]
type Place<N> = N;

impl<N: Network> Moments<N> {
    /// All zeros; on the heap each is first written by who moves its parameter.
    pub(crate) fn zeros() -> Self {
        #[cfg(feature = "alloc")]
        return Self(Lined::zeros(N::PARAMETERS));
        #[cfg(not(feature = "alloc"))]
        Self(N::zeros())
    }
}

impl<N: Network> Clone for Moments<N> {
    fn clone(&self) -> Self {
        let mut copy = Self::zeros();
        copy.clone_from(self);
        copy
    }

    fn clone_from(&mut self, source: &Self) {
        let to: &mut N = self.borrow_mut();
        let source: &N = source.borrow();
        to.copy_from(source);
    }
}

impl<N: Network + PartialEq> PartialEq for Moments<N> {
    fn eq(&self, other: &Self) -> bool {
        let (one, other): (&N, &N) = (self.borrow(), other.borrow());
        one == other
    }
}

impl<N: Network + fmt::Debug> fmt::Debug for Moments<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moments: &N = self.borrow();
        f.debug_tuple("Moments").field(moments).finish()
    }
}

impl<N: Network> Borrow<N> for Moments<N> {
    fn borrow(&self) -> &N {
        #[cfg(feature = "alloc")]
        return rolled(self.0.as_slice());
        #[cfg(not(feature = "alloc"))]
        &self.0
    }
}

impl<N: Network> BorrowMut<N> for Moments<N> {
    fn borrow_mut(&mut self) -> &mut N {
        #[cfg(feature = "alloc")]
        return rolled_mut(self.0.as_mut_slice());
        #[cfg(not(feature = "alloc"))]
        &mut self.0
    }
}
