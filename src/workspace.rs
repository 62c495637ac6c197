//! Room for what is computed over many examples.

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

#[cfg(feature = "std")]
use alloc::vec::Vec;

#[cfg(feature = "std")]
use nalgebra::RealField;

use crate::fast::Crew;
use crate::fast::memory::Memory;
use crate::fast::pairwise::{self, Levels, Waiting};
use crate::fast::passes::forward::Activations;
use crate::gradient::{BigDeltas, Gradient};
use crate::network::Network;
#[cfg(feature = "alloc")]
use crate::shapes::parameters::boxed;
use crate::shapes::parameters::{Parameters, by_value, written};
use crate::threads::Threads;

/// What calls over many examples work in, made once and used for every call: room for z, a and δ
/// of [`BLOCK`](crate::gradient::BLOCK) examples, and for Δ.
///
/// For `f32` and `f64` that is about 2 · 128 · (s₂ + … + s_L) scalars, as many again as Θ⁽²⁾ and
/// those behind have, and a gradient; [`BYTES`](Self::BYTES) says it exactly. A build without the
/// feature `alloc` has room for 8 examples instead of 128. Where even that is too much,
/// [`BigDeltas::accumulate`] needs one trace.
///
/// With the feature `alloc` sums of [blocks](crate::gradient::BLOCK) that wait for their partner are kept on the heap
/// besides: ⌊log₂(n − 1)⌋ gradients for n blocks, which is none up to 256 examples, one up to 512 and
/// 17 at 3 · 10⁷. The first call that needs one more makes room for it.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(2 => 1 Sigmoid) minimizing CrossEntropy;
/// }
/// // On the stack, in a static, or for large networks `Workspace::boxed()`.
/// let mut workspace = Workspace::<Tiny<f32>>::new();
/// let mut gradient = Gradient::zeros();
/// let net = Tiny::seeded(0);
/// let none = Regularization::none();
/// net.cost_and_gradient_into(&[[1.0, 0.0]], &[[1.0]], &none, &mut gradient, &mut workspace)?;
/// # Ok::<(), constprop::Error>(())
/// ```
#[repr(C)]
pub struct Workspace<N: Network> {
    memory: MemoryOf<N>,
    block: Gradient<N>,
    levels: Levels<N::Scalar>,
    others: Others<N::Scalar>,
}

/// What the passes over a block keep.
pub(crate) type MemoryOf<N> = Memory<<N as Network>::Chain, Activations<<N as Parameters>::Scalar>>;

impl<N: Network> Workspace<N> {
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

    /// Room for the layers of a block, and for the sums of so many blocks that wait.
    #[inline(always)]
    #[allow(clippy::type_complexity, reason = "three things")]
    pub(crate) fn parts(
        &mut self,
        blocks: usize,
    ) -> (&mut MemoryOf<N>, [&mut [N::Scalar]; 2], Crew<'_, N::Scalar>) {
        let Self { memory, block, levels, others } = self;
        let above = levels.rows(pairwise::levels(blocks), N::PARAMETERS);
        (memory, [block.parameters_mut(), above], others.crew())
    }

    /// Room for Δ, and for sums of so many blocks beside it, if they are several and there is a
    /// heap.
    pub(crate) fn apart(
        &mut self,
        blocks: usize,
    ) -> (&mut BigDeltas<N>, Option<Waiting<'_, N::Scalar>>) {
        let rows = self.levels.rows(pairwise::rows(blocks), N::PARAMETERS);
        let waiting = rows.split_at_mut_checked(N::PARAMETERS).filter(|_| blocks > 1);
        (self.block.room_for_sums(), waiting.map(|(first, above)| Waiting::new(first, above)))
    }

    /// Room for the layers of a block, and who computes.
    pub(crate) fn memory(&mut self) -> (&mut MemoryOf<N>, Crew<'_, N::Scalar>) {
        (&mut self.memory, self.others.crew())
    }

    /// Shares the work of calls with this workspace among threads; what they give is the same to the last
    /// bit. A call that is too small for it is not shared.
    #[cfg(feature = "std")]
    pub fn set_threads(&mut self, threads: &Threads) {
        self.share(Some(threads));
    }

    /// The same, or with the caller's thread alone.
    #[cfg(feature = "alloc")]
    pub(crate) fn share(&mut self, threads: Option<&Threads>) {
        self.others = Others::of(threads, MemoryOf::<N>::WEIGHTS);
    }

    /// ∇J, or Δ, as it was left here, to change.
    pub(crate) const fn gradient_mut(&mut self) -> &mut Gradient<N> {
        &mut self.block
    }

    /// The same, and who may go on with it.
    pub(crate) fn gradient_and_threads(&mut self) -> (&mut Gradient<N>, Option<&Threads>) {
        (&mut self.block, self.others.crew().threads)
    }

    /// A workspace made on the heap.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn boxed() -> Box<Self> {
        // SAFETY: all of it is written.
        unsafe { boxed(|place| Self::write_to(place)) }
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
            Gradient::zeros_in_place(&raw mut (*place).block);
            (&raw mut (*place).levels).write(Levels::new());
            (&raw mut (*place).others).write(Others::none());
        }
    }
}

/// Threads that share the work, and for each but the caller's room for transposed weights.
pub(crate) struct Others<T> {
    #[cfg(feature = "std")]
    threads: Option<Threads>,
    #[cfg(feature = "std")]
    weights: Vec<T>,
    #[cfg(not(feature = "std"))]
    none: core::marker::PhantomData<T>,
}

#[cfg(feature = "std")]
impl<T: RealField> Others<T> {
    /// With room for so many transposed weights.
    pub(crate) fn of(threads: Option<&Threads>, weights: usize) -> Self {
        let others = threads.map_or(0, |threads| threads.count() - 1);
        Self { threads: threads.cloned(), weights: alloc::vec![T::zero(); others * weights] }
    }
}

#[cfg(feature = "std")]
impl<T> Others<T> {
    pub(crate) const fn none() -> Self {
        Self { threads: None, weights: Vec::new() }
    }

    #[inline(always)]
    pub(crate) fn crew(&mut self) -> Crew<'_, T> {
        Crew { threads: self.threads.as_ref(), weights: &mut self.weights }
    }
}

#[cfg(not(feature = "std"))]
impl<T> Others<T> {
    /// There are none.
    #[cfg(feature = "alloc")]
    pub(crate) const fn of(_: Option<&Threads>, _: usize) -> Self {
        Self::none()
    }

    pub(crate) const fn none() -> Self {
        Self { none: core::marker::PhantomData }
    }

    #[inline(always)]
    pub(crate) const fn crew(&mut self) -> Crew<'_, T> {
        Crew { threads: None, weights: &mut [] }
    }
}
