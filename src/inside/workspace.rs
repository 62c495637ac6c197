//! Room for a block of examples and what goes in and out of it.

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use crate::fast::Crew;
use crate::fast::memory::Memory;
use crate::fast::pairwise::{self, Levels};
use crate::fast::passes::outer::WithOutputs;
#[cfg(feature = "std")]
use crate::gradient::BLOCK;
use crate::gradient::Gradient;
use crate::network::Network;
#[cfg(feature = "alloc")]
use crate::shapes::parameters::boxed;
use crate::shapes::parameters::{Parameters, by_value, written};
#[cfg(feature = "std")]
use crate::threads::Threads;
use crate::workspace::Others;
#[cfg(feature = "std")]
use crate::workspace::zero_on;

/// What [`gradient_from`](super::Inside::gradient_from) works in, made once and used for every call: a
/// [`Workspace`](crate::Workspace), with room for h_Θ(x) and ∂J/∂a⁽ᴸ⁾ of a block of examples.
///
/// That is 2 · 128 · s_L scalars more; [`BYTES`](Self::BYTES) says it exactly. A build without the feature
/// `alloc` has room for 8 examples instead of 128. With that feature, sums of blocks that wait for their
/// partner are kept on the heap besides, as in a `Workspace`.
#[repr(C)]
pub struct InsideWorkspace<N: Network> {
    memory: MemoryOf<N>,
    block: Gradient<N>,
    levels: Levels<N::Scalar>,
    others: Others<N::Scalar>,
}

type MemoryOf<N> = Memory<<N as Network>::Chain, WithOutputs<<N as Parameters>::Scalar>>;

impl<N: Network> InsideWorkspace<N> {
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

    /// Room for the layers of a block, for the sums of so many blocks that wait, and who computes.
    #[allow(clippy::type_complexity, reason = "three things")]
    pub(super) fn parts(
        &mut self,
        blocks: usize,
    ) -> (&mut MemoryOf<N>, [&mut [N::Scalar]; 2], Crew<'_, N::Scalar>) {
        let Self { memory, block, levels, others } = self;
        let above = levels.rows(pairwise::levels(blocks), N::PARAMETERS);
        (memory, [block.parameters_mut(), above], others.crew())
    }

    /// Shares the work of calls with this workspace among threads; what they give is the same to the last bit.
    /// The function that writes ∂J/∂a⁽ᴸ⁾ is called by the caller's thread, for one block after the other, as without.
    #[cfg(feature = "std")]
    pub fn set_threads(&mut self, threads: &Threads) {
        self.others = Others::of(threads, MemoryOf::<N>::WEIGHTS);
    }

    /// ∇J, as it was left here.
    pub(super) const fn gradient_mut(&mut self) -> &mut Gradient<N> {
        &mut self.block
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
