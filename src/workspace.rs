//! Room for what is computed over many examples.

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

#[cfg(feature = "std")]
use nalgebra::RealField;

use crate::fast::list::Layers;
#[cfg(feature = "std")]
use crate::fast::memory::KeepsBlocks;
use crate::fast::memory::Memory;
use crate::fast::pairwise::{self, Levels, Waiting};
use crate::fast::passes::forward::Activations;
use crate::fast::{self, Crew};
use crate::gradient::{BLOCK, BigDeltas, Gradient};
use crate::network::Network;
#[cfg(feature = "alloc")]
use crate::shapes::parameters::boxed;
use crate::shapes::parameters::{Parameters, by_value, written};
#[cfg(feature = "std")]
use crate::threads::Lined;
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
/// 17 at 3 · 10⁷. The first call that needs one more makes room for it. Where [threads](Self::set_threads) share so many
/// blocks that each has two of them, each but the caller's has a gradient of its own, and room for z, a and δ, likewise.
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
        (
            memory,
            [block.parameters_mut(), above],
            others.crew_of(blocks, N::PARAMETERS, Self::WHOLE),
        )
    }

    /// How many scalars a thread needs that computes whole blocks: room for one and for a sum of them. None where sums
    /// are more to exchange than what two blocks, shared row by row, would be.
    const WHOLE: usize = {
        let (x, blocks) = (BLOCK * <N::Chain as Layers>::S_IN, MemoryOf::<N>::BLOCKS);
        let shared = fast::is_tiny::<N::Chain>() || N::PARAMETERS > 2 * (x + blocks);
        if shared { 0 } else { blocks + N::PARAMETERS }
    };

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
        self.others = Others::of(threads, fast::COSTS + MemoryOf::<N>::WEIGHTS);
    }

    /// ∇J, or Δ, as it was left here, to change.
    pub(crate) const fn gradient_mut(&mut self) -> &mut Gradient<N> {
        &mut self.block
    }

    /// The same, and who may go on with it.
    pub(crate) fn gradient_and_threads(&mut self) -> (&mut Gradient<N>, Option<&Threads>) {
        (&mut self.block, self.others.crew().threads)
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

    /// A workspace on the heap whose work is [shared](Self::set_threads) from the beginning: each thread is the first to
    /// write to what it will compute, so that on a machine with several memory nodes it lies on that of its core.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn boxed_on(threads: &Threads) -> Box<Self> {
        Self::boxed_for(BLOCK, threads)
    }

    /// The same for so many examples at a time, if that is less than a block.
    #[cfg(feature = "std")]
    pub(crate) fn boxed_for(examples: usize, threads: &Threads) -> Box<Self> {
        // SAFETY: all of it is written.
        let mut workspace = unsafe { boxed(|place| Self::write_on(place, threads, examples)) };
        workspace.set_threads(threads);
        workspace
    }

    /// Writes a workspace where there is room for one, by all threads.
    ///
    /// # Safety
    ///
    /// `place` is aligned, and a `Self` may be written there.
    #[cfg(feature = "std")]
    unsafe fn write_on(place: *mut Self, threads: &Threads, examples: usize) {
        // SAFETY: the caller's promise; all fields are written where they lie.
        unsafe {
            zero_on::<N, _>(&raw mut (*place).memory, threads, examples);
            Gradient::zeros_on(&raw mut (*place).block, threads);
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
            Gradient::zeros_in_place(&raw mut (*place).block);
            (&raw mut (*place).levels).write(Levels::new());
            (&raw mut (*place).others).write(Others::none());
        }
    }
}

/// Writes zeros where there is room for the memory of a network, each thread the rows that it will have of so many examples.
///
/// # Safety
///
/// `memory` is aligned, and one may be written there.
#[cfg(feature = "std")]
pub(crate) unsafe fn zero_on<N: Network, K: KeepsBlocks>(
    memory: *mut Memory<N::Chain, K>,
    threads: &Threads,
    examples: usize,
) {
    // SAFETY: the caller's promise. What other scalars have there is not used, and their rows may begin anywhere.
    unsafe {
        if fast::has_path::<K::Scalar>() {
            let s_out = N::SHAPES.iter().map(|theta| theta.s_out);
            Memory::zero_on(memory, threads, s_out, examples.min(BLOCK));
        } else {
            Memory::zero_in_place(memory);
        }
    }
}

/// Threads that share the work, and for each but the caller's room of its own, that for transposed weights last.
pub(crate) struct Others<T> {
    #[cfg(feature = "std")]
    threads: Option<Threads>,
    #[cfg(feature = "std")]
    weights: Lined<T>,
    #[cfg(feature = "std")]
    whole: Lined<T>,
    #[cfg(not(feature = "std"))]
    none: core::marker::PhantomData<T>,
}

#[cfg(feature = "std")]
impl<T: RealField> Others<T> {
    /// With room for so many scalars each.
    pub(crate) fn of(threads: &Threads, weights: usize) -> Self {
        let mut others = Self { threads: Some(threads.clone()), ..Self::none() };
        others.weights.grow(others.count() * Lined::<T>::rounded(weights));
        others
    }

    fn count(&self) -> usize {
        self.threads.as_ref().map_or(0, |threads| threads.count() - 1)
    }

    /// For so many blocks and entries of Θ, with room for whole blocks if each thread has two of them and more, and they
    /// are worth it; `whole` is what one of them needs.
    #[inline(always)]
    pub(crate) fn crew_of(&mut self, blocks: usize, entries: usize, whole: usize) -> Crew<'_, T> {
        if self.threads.is_none() { self.crew() } else { self.crew_of_some(blocks, entries, whole) }
    }

    #[inline(never)]
    fn crew_of_some(&mut self, blocks: usize, entries: usize, whole: usize) -> Crew<'_, T> {
        let (others, threads) = (self.count(), self.count() + 1);
        let pays = blocks > 2 * threads
            && fast::has_path::<T>()
            && self.crew().parts(threads * 2 * BLOCK * entries, threads) > 1;
        let whole = if pays { Lined::<T>::rounded(whole) } else { 0 };
        let whole = self.whole.grow(others * whole);
        Crew { threads: self.threads.as_ref(), weights: self.weights.as_mut_slice(), whole }
    }
}

#[cfg(feature = "std")]
impl<T> Others<T> {
    pub(crate) const fn none() -> Self {
        Self { threads: None, weights: Lined::new(), whole: Lined::new() }
    }

    #[inline(always)]
    pub(crate) fn crew(&mut self) -> Crew<'_, T> {
        let weights = self.weights.as_mut_slice();
        Crew { threads: self.threads.as_ref(), weights, whole: &mut [] }
    }
}

#[cfg(not(feature = "std"))]
impl<T> Others<T> {
    pub(crate) const fn none() -> Self {
        Self { none: core::marker::PhantomData }
    }

    #[inline(always)]
    pub(crate) const fn crew(&mut self) -> Crew<'_, T> {
        Crew::alone()
    }

    #[inline(always)]
    pub(crate) const fn crew_of(&mut self, _: usize, _: usize, _: usize) -> Crew<'_, T> {
        Crew::alone()
    }
}
