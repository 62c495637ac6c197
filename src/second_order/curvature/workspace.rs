//! Room for a block of examples and its rates of change.

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use crate::fast::Crew;
use crate::fast::memory::Memory;
use crate::fast::pairwise::{self, Levels};
#[cfg(feature = "alloc")]
use crate::fast::passes::curvature::Apart;
use crate::fast::passes::curvature::Rates;
#[cfg(feature = "std")]
use crate::gradient::BLOCK;
use crate::network::Network;
#[cfg(feature = "alloc")]
use crate::shapes::parameters::boxed;
use crate::shapes::parameters::{Parameters, by_value, written};
#[cfg(feature = "alloc")]
use crate::threads::Threads;
use crate::workspace::Others;
#[cfg(feature = "std")]
use crate::workspace::zero_on;

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
    others: Others<N::Scalar>,
}

type MemoryOf<N> = Memory<<N as Network>::Chain, Rates<<N as Parameters>::Scalar>>;

#[cfg(feature = "alloc")]
type ApartOf<N> = Memory<<N as Network>::Chain, Apart<<N as Parameters>::Scalar>>;

#[cfg(feature = "alloc")]
type ApartAndRows<'a, N> = [&'a mut [<N as Parameters>::Scalar]; 2];

impl<N: Network> CurvatureWorkspace<N> {
    /// Size in bytes.
    pub const BYTES: usize = size_of::<Self>();

    /// A workspace by value; beyond 100 kB there is [`boxed`](Self::boxed), and beyond 1 MB it does not
    /// compile.
    #[must_use]
    #[allow(clippy::new_without_default, reason = "a default would invite a stack overflow")]
    pub fn new() -> Self {
        const { by_value::<Self>().expect("more than 1 MB by value: call `boxed`") };
        // SAFETY: all of it is written.
        unsafe { written(|place| Self::write_to(place)) }
    }

    /// Room for the layers of a block, for the levels that so many blocks need, and who computes.
    pub(crate) fn parts(
        &mut self,
        blocks: usize,
    ) -> (&mut MemoryOf<N>, &mut [N::Scalar], Crew<'_, N::Scalar>) {
        let Self { memory, levels, others } = self;
        (memory, levels.rows(pairwise::rows(blocks), N::PARAMETERS), others.crew())
    }

    /// The same where R{Δ} is summed in pieces: behind the room for layers δ and R{δ} apart, and rows.
    #[cfg(feature = "alloc")]
    pub(crate) fn parts_for_pieces(
        &mut self,
        blocks: usize,
    ) -> (&mut MemoryOf<N>, ApartAndRows<'_, N>, Crew<'_, N::Scalar>) {
        let Self { memory, levels, others } = self;
        // One for a block on its way to the others.
        let rows = if blocks > 1 { 1 + pairwise::rows(blocks) } else { 0 };
        // They begin at a cache line, and so do blocks.
        let all = levels.rows(1, ApartOf::<N>::BLOCKS + rows * N::PARAMETERS);
        (memory, all.split_at_mut(ApartOf::<N>::BLOCKS).into(), others.crew())
    }

    /// Shares the work of products with this workspace among threads, layer by layer: the examples of a
    /// block forward and back, the rows of the product. What they give is the same to the last bit, and a
    /// layer that is too small for it is not shared. Scalars that are neither `f32` nor `f64` have one thread.
    ///
    /// ```
    /// use constprop::Threads;
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Net(8 => 64 Tanh => 1 Identity) minimizing HalfSquaredError;
    /// }
    /// let (net, none) = (Net::<f32>::seeded(1), Regularization::none());
    /// let (x, y) = (vec![[0.5; 8]; 300], vec![[1.0]; 300]);
    /// let mut v = Gradient::<Net<f32>>::zeros();
    /// v.parameters_mut().fill(1.0);
    /// let (mut alone, mut shared) = (Gradient::zeros(), Gradient::zeros());
    /// let mut workspace = CurvatureWorkspace::boxed();
    /// net.hessian_vector_product_with(&x, &y, &none, &v, &mut alone, &mut workspace)?;
    /// workspace.set_threads(&Threads::new(2)?);
    /// net.hessian_vector_product_with(&x, &y, &none, &v, &mut shared, &mut workspace)?;
    /// assert_eq!(alone.parameters(), shared.parameters());
    /// # Ok::<(), constprop::Error>(())
    /// ```
    #[cfg(feature = "std")]
    pub fn set_threads(&mut self, threads: &Threads) {
        self.others = Others::of(threads, MemoryOf::<N>::WEIGHTS);
    }

    /// The levels, for who needs nothing else.
    pub(crate) const fn levels(&mut self) -> &mut Levels<N::Scalar> {
        &mut self.levels
    }

    #[cfg(all(feature = "alloc", not(feature = "std")))]
    pub(crate) fn boxed_on(threads: &Threads) -> Box<Self> {
        match *threads {}
    }

    /// A workspace made on the heap.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn boxed() -> Box<Self> {
        // SAFETY: all of it is written.
        unsafe { boxed(|place| Self::write_to(place)) }
    }

    /// A workspace on the heap whose work is [shared](Self::set_threads) from the beginning, each part first written by
    /// its thread, as [`Workspace::boxed_on`](crate::Workspace::boxed_on) does it.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn boxed_on(threads: &Threads) -> Box<Self> {
        // SAFETY: all of it is written.
        let mut workspace = unsafe { boxed(|place| Self::write_on(place, threads)) };
        workspace.set_threads(threads);
        workspace
    }

    /// Writes a workspace where there is room for one, by all threads.
    ///
    /// # Safety
    ///
    /// `place` is aligned, and a `Self` may be written there.
    #[cfg(feature = "std")]
    unsafe fn write_on(place: *mut Self, threads: &Threads) {
        // SAFETY: the caller's promise; all fields are written where they lie.
        unsafe {
            zero_on::<N, _>(&raw mut (*place).memory, threads, BLOCK);
            (&raw mut (*place).levels).write(Levels::new());
            (&raw mut (*place).others).write(Others::none());
        }
    }

    /// Writes a workspace where there is room for one.
    ///
    /// # Safety
    ///
    /// `place` is aligned, and a `Self` may be written there.
    unsafe fn write_to(place: *mut Self) {
        // SAFETY: the caller's promise; all fields are written where they lie.
        unsafe {
            Memory::zero_in_place(&raw mut (*place).memory);
            (&raw mut (*place).levels).write(Levels::new());
            (&raw mut (*place).others).write(Others::none());
        }
    }
}
