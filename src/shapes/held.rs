//! Arguments that are read: what they are, or what holds it. Taken as one of a trait's, what is neither
//! is blamed in a few lines, and the compiler says what to write.

use core::cell::{Ref, RefMut};

#[cfg(feature = "alloc")]
use alloc::{boxed::Box, rc::Rc, sync::Arc};
#[cfg(feature = "std")]
use std::sync::{MutexGuard, RwLockReadGuard, RwLockWriteGuard};

use crate::gradient::Gradient;
use crate::network::Network;
use crate::shapes::parameters::Aligned;
use crate::shapes::roles::GPrime;

/// ∇J of the network `N`, or what holds it: a `Box`, a reference, the guard of a lock.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no gradient of `{N}`, nor holds one",
    label = "`BigDeltas::finish` makes one of Δ"
)]
pub trait HoldsGradient<N: Network> {
    /// ∇J.
    fn held(&self) -> &Gradient<N>;
}

/// g′ of the layer `L`: s_l entries.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no g′ of layer `{L}` with {S} entries",
    label = "`z.g_prime::<G>(&a)` of that layer is needed"
)]
pub trait HoldsGPrime<L, T, const S: usize> {
    /// g′.
    fn held(&self) -> &GPrime<L, T, S>;
}

macro_rules! held {
    ($generics:tt $trait:path, $what:ty: $($(#[$when:meta])* $holder:ty,)*) => {
        $(held!(@one $generics $trait, $what, [$(#[$when])*] $holder);)*
    };
    (@one [$($generics:tt)*] $trait:path, $what:ty, [$($when:tt)*] $holder:ty) => {
        $($when)*
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> $trait for $holder {
            #[inline(always)]
            fn held(&self) -> &$what {
                self
            }
        }
    };
}

held!([N: Network] HoldsGradient<N>, Gradient<N>:
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

held!([L, T, const S: usize] HoldsGPrime<L, T, S>, GPrime<L, T, S>:
    GPrime<L, T, S>,
    &GPrime<L, T, S>,
    #[cfg(feature = "alloc")]
    Box<GPrime<L, T, S>>,
);
