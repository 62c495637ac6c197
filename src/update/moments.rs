//! What optimizers remember.

use core::borrow::{Borrow, BorrowMut};

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use crate::network::Network;

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
#[derive(Debug, PartialEq)]
pub struct Moments<N>(Place<N>);

#[cfg(feature = "alloc")]
type Place<N> = Box<N>;

#[cfg(not(feature = "alloc"))]
type Place<N> = N;

impl<N: Network> Moments<N> {
    /// All zeros.
    #[cfg(feature = "alloc")]
    pub(crate) fn zeros() -> Self {
        Self(N::boxed())
    }

    /// All zeros.
    #[cfg(not(feature = "alloc"))]
    pub(crate) fn zeros() -> Self {
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

impl<N> Borrow<N> for Moments<N> {
    fn borrow(&self) -> &N {
        &self.0
    }
}

impl<N> BorrowMut<N> for Moments<N> {
    fn borrow_mut(&mut self) -> &mut N {
        &mut self.0
    }
}
