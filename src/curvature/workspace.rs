//! Room for a block of examples and its rates of change.

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use crate::chain::Chain;
use crate::chain::memory::Memory;
use crate::network::Network;
use crate::parameters::Parameters;

/// What a product with a curvature matrix works in, made once and used for every call: room for a
/// and g′ of [`BLOCK`](crate::gradient::BLOCK) examples and for their rates of change.
///
/// For `f32` and `f64` that is about 4 · 128 · (s₂ + … + s_L) scalars, and as many again as Θ⁽²⁾ and
/// those behind have; [`BYTES`](Self::BYTES) says it exactly. A build without the feature `alloc`
/// has room for 8 examples instead of 128. Other scalars leave it as it is.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(2 => 1 Sigmoid) minimizing CrossEntropy;
/// }
/// // On the stack, in a static, or for large networks `CurvatureWorkspace::boxed()`.
/// let mut workspace = CurvatureWorkspace::<Tiny<f32>>::new();
/// let (net, none) = (Tiny::seeded(0), Regularization::none());
/// let (mut v, mut product) = (Gradient::<Tiny<f32>>::zeros(), Gradient::zeros());
/// v.fill(1.0);
/// let (x, y) = ([[1.0, 0.0]], [[1.0]]);
/// net.hessian_vector_product_with(&x, &y, &none, &v, &mut product, &mut workspace)?;
/// # Ok::<(), constprop::Error>(())
/// ```
#[repr(transparent)]
pub struct CurvatureWorkspace<N: Network>(MemoryOf<N>);

type MemoryOf<N> = <<N as Network>::Chain as Chain>::Curve<<N as Parameters>::Scalar>;

impl<N: Network> CurvatureWorkspace<N> {
    /// Size in bytes.
    pub const BYTES: usize = size_of::<Self>();

    /// A workspace by value; for one too large for the stack there is [`boxed`](Self::boxed).
    #[must_use]
    #[allow(clippy::new_without_default, reason = "a default would invite a stack overflow")]
    pub fn new() -> Self {
        Self(Memory::zeroed())
    }

    pub(crate) const fn memory(&mut self) -> &mut MemoryOf<N> {
        &mut self.0
    }

    /// A workspace made on the heap.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn boxed() -> Box<Self> {
        let mut workspace = Box::<Self>::new_uninit();
        // SAFETY: all of it is `Memory`, of which zero bytes are a value, written where it lies.
        unsafe {
            workspace.as_mut_ptr().write_bytes(0, 1);
            workspace.assume_init()
        }
    }
}
