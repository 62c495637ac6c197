//! Room for a block of examples and its rates of change.

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use crate::chain::Chain;
use crate::chain::memory::Memory;
use crate::network::Network;
use crate::pairwise::{self, Levels};
use crate::parameters::Parameters;

/// What a product with a curvature matrix works in, made once and used for every call: room for a
/// and g′ of [`BLOCK`](crate::gradient::BLOCK) examples and for their rates of change.
///
/// For `f32` and `f64` that is about 4 · 128 · (s₂ + … + s_L) scalars, and as many again as Θ⁽²⁾ and
/// those behind have; [`BYTES`](Self::BYTES) says it exactly. A build without the feature `alloc`
/// has room for 8 examples instead of 128. With that feature, sums of blocks that wait for their
/// partner are kept on the heap besides, as in a [`Workspace`](crate::Workspace).
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
#[repr(C)]
pub struct CurvatureWorkspace<N: Network> {
    memory: MemoryOf<N>,
    levels: Levels<N::Scalar>,
}

type MemoryOf<N> = <<N as Network>::Chain as Chain>::Curve<<N as Parameters>::Scalar>;

impl<N: Network> CurvatureWorkspace<N> {
    /// Size in bytes.
    pub const BYTES: usize = size_of::<Self>();

    /// A workspace by value; for one too large for the stack there is [`boxed`](Self::boxed).
    #[must_use]
    #[allow(clippy::new_without_default, reason = "a default would invite a stack overflow")]
    pub fn new() -> Self {
        Self { memory: Memory::zeroed(), levels: Levels::new() }
    }

    /// Room for the layers of a block, and for the levels that so many blocks need.
    pub(crate) fn parts(&mut self, blocks: usize) -> (&mut MemoryOf<N>, &mut [N::Scalar]) {
        let Self { memory, levels } = self;
        (memory, levels.rows(pairwise::rows(blocks), N::PARAMETERS))
    }

    /// The levels, for who needs nothing else.
    pub(crate) const fn levels(&mut self) -> &mut Levels<N::Scalar> {
        &mut self.levels
    }

    /// A workspace made on the heap.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn boxed() -> Box<Self> {
        let mut workspace = Box::<Self>::new_uninit();
        let place = workspace.as_mut_ptr();
        // SAFETY: both fields are written where they lie: the memory with zero bytes, which are a
        // value of it, says `Memory`.
        unsafe {
            (&raw mut (*place).memory).write_bytes(0, 1);
            (&raw mut (*place).levels).write(Levels::new());
            workspace.assume_init()
        }
    }
}
