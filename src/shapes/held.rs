//! A gradient, or what holds one. Taken as one of a trait's, what is neither is blamed in a few lines, and the
//! compiler says what to write.

use core::cell::{Ref, RefMut};

#[cfg(feature = "alloc")]
use alloc::{boxed::Box, rc::Rc, sync::Arc};
#[cfg(feature = "std")]
use std::sync::{MutexGuard, RwLockReadGuard, RwLockWriteGuard};

use crate::gradient::Gradient;
use crate::network::Network;
use crate::shapes::parameters::Aligned;

/// ∇J of the network `N`, or what holds it: a `Box`, a reference, the guard of a lock.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no gradient of `{N}`, nor holds one",
    label = "`BigDeltas::finish` makes one of Δ"
)]
pub trait HoldsGradient<N: Network> {
    /// ∇J.
    fn held(&self) -> &Gradient<N>;
}

macro_rules! held {
    ($($(#[$when:meta])* $holder:ty,)*) => {$(
        $(#[$when])*
        #[diagnostic::do_not_recommend]
        impl<N: Network> HoldsGradient<N> for $holder {
            #[inline(always)]
            fn held(&self) -> &Gradient<N> {
                self
            }
        }
    )*};
}

held!(
    Gradient<N>,
    &Gradient<N>,
    &mut Gradient<N>,
    Aligned<Gradient<N>>,
    Ref<'_, Gradient<N>>,
    RefMut<'_, Gradient<N>>,
    #[cfg(feature = "alloc")]
    Box<Gradient<N>>,
    #[cfg(feature = "alloc")]
    Box<Aligned<Gradient<N>>>,
    #[cfg(feature = "alloc")]
    Rc<Gradient<N>>,
    #[cfg(feature = "alloc")]
    Arc<Gradient<N>>,
    #[cfg(feature = "std")]
    MutexGuard<'_, Gradient<N>>,
    #[cfg(feature = "std")]
    RwLockReadGuard<'_, Gradient<N>>,
    #[cfg(feature = "std")]
    RwLockWriteGuard<'_, Gradient<N>>,
);
