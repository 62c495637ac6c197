//! Parameters as one flat slice: unrolling, and networks that live on the heap.
//!
//! All the `unsafe` of the readable path is here, but for the `unsafe impl`s that state a layout (Θ and
//! what has its shape, the gradient, what `network!` writes), Θ from its entries and the array of them
//! (`theta.rs`), a workspace written in place, and the cast of an a.

use core::mem::MaybeUninit;
use core::ops::{Deref, DerefMut};
use core::slice;

use nalgebra::RealField;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use crate::error::Error;
#[cfg(feature = "std")]
use crate::threads::Threads;

/// Something that is made of scalars and nothing else, in a fixed order.
///
/// The order is Octave's `[Theta1(:); Theta2(:); …]`: layer after layer, each Θ⁽ˡ⁾ column after
/// column, its bias column first. It is the order in memory, so unrolling costs nothing.
///
/// ```
/// use constprop::prelude::*;
///
/// network! {
///     pub struct Tiny(2 => 1 Sigmoid) minimizing CrossEntropy;
/// }
/// let tiny = Tiny::new(Theta::new([0.1], [[0.2, 0.3]]));
/// assert_eq!(tiny.parameters(), [0.1, 0.2, 0.3]);
/// ```
///
/// # Safety
///
/// The type is `#[repr(C)]` or `#[repr(transparent)]` and consists of exactly
/// [`PARAMETERS`](Parameters::PARAMETERS) values of type [`Scalar`](Parameters::Scalar), beside
/// zero-sized fields of alignment 1, so that it may be read and written as a slice of them.
pub unsafe trait Parameters: Sized {
    /// The scalar T.
    type Scalar: RealField;

    /// How many scalars: Σ s_{l+1} (s_l + 1) over the layers.
    const PARAMETERS: usize = size_of::<Self>() / size_of::<Self::Scalar>();

    /// Size in bytes.
    const BYTES: usize = size_of::<Self>();

    /// All parameters, unrolled in Octave's order.
    fn parameters(&self) -> &[Self::Scalar] {
        const { assert_flat::<Self>() };
        // SAFETY: the trait's contract, whose sizes the assertion above holds at compile time.
        unsafe { slice::from_raw_parts((&raw const *self).cast(), Self::PARAMETERS) }
    }

    /// All parameters, unrolled in Octave's order, to write to.
    fn parameters_mut(&mut self) -> &mut [Self::Scalar] {
        const { assert_flat::<Self>() };
        // SAFETY: as in `parameters`; every value of `Scalar` may be written at every place.
        unsafe { slice::from_raw_parts_mut((&raw mut *self).cast(), Self::PARAMETERS) }
    }

    /// Rolls up: takes all parameters from a slice in Octave's order.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] if the slice has not exactly `PARAMETERS` entries; nothing is written.
    fn set_parameters(&mut self, parameters: &[Self::Scalar]) -> Result<(), Error> {
        if parameters.len() != Self::PARAMETERS {
            return Err(Error::Length { expected: Self::PARAMETERS, found: parameters.len() });
        }
        self.parameters_mut().clone_from_slice(parameters);
        Ok(())
    }

    /// Copies another's parameters in place, without the temporary of a `clone`.
    fn copy_from(&mut self, other: &dyn HoldsParameters<Self>) {
        self.parameters_mut().clone_from_slice(other.held().parameters());
    }

    /// Sets every parameter.
    fn fill(&mut self, value: Self::Scalar) {
        #[cfg(vfp)]
        crate::fast::narrow::vfp::fill(self.parameters_mut(), value);
        #[cfg(not(vfp))]
        self.parameters_mut().fill(value);
    }

    /// All zeros, made on the heap: a network of any size never touches the stack.
    ///
    /// ```
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Big(3072 => 2000 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
    /// }
    /// let big = Big::<f32>::boxed();
    /// assert_eq!(big.parameters().len(), 6_166_010);
    /// ```
    #[cfg(feature = "alloc")]
    fn boxed() -> Box<Self> {
        const { assert_flat::<Self>() };
        // Of `f32` and `f64` they are the system's own: nobody writes them, and they take no memory until
        // something else is written there.
        let zeros = alloc::vec![nalgebra::zero::<Self::Scalar>(); Self::PARAMETERS];
        let place = Box::into_raw(zeros.into_boxed_slice());
        // SAFETY: a `Self` is `PARAMETERS` scalars, says the trait's contract, and has their size and alignment.
        unsafe { Box::from_raw(place.cast()) }
    }

    /// Writes zeros where there is room for a `Self`.
    ///
    /// # Safety
    ///
    /// `place` is aligned, and a `Self` may be written there.
    #[doc(hidden)]
    unsafe fn zeros_in_place(place: *mut Self) {
        const { assert_flat::<Self>() };
        for index in 0..Self::PARAMETERS {
            // SAFETY: a `Self` is `PARAMETERS` scalars, says the trait's contract.
            unsafe { place.cast::<Self::Scalar>().add(index).write(nalgebra::zero()) };
        }
    }

    /// The same, each thread those entries that it will move.
    ///
    /// # Safety
    ///
    /// As there.
    #[cfg(feature = "std")]
    #[doc(hidden)]
    unsafe fn zeros_on(place: *mut Self, threads: &Threads) {
        const { assert_flat::<Self>() };
        // SAFETY: a `Self` is `PARAMETERS` scalars, says the trait's contract.
        let room = unsafe { slice::from_raw_parts_mut(place.cast(), Self::PARAMETERS) };
        threads.write(room, |_| nalgebra::zero::<Self::Scalar>());
    }

    /// A copy on the heap that never touches the stack.
    #[cfg(feature = "alloc")]
    fn boxed_clone(&self) -> Box<Self> {
        let mut copy = Self::boxed();
        copy.copy_from(self);
        copy
    }

    /// A copy on the heap, at a cache line, of which each thread is the first to write its part: that which it will
    /// move. On a machine with several memory nodes it lies on that of its core.
    ///
    /// ```
    /// use constprop::Threads;
    /// use constprop::prelude::*;
    ///
    /// network! {
    ///     pub struct Big(3072 => 2000 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
    /// }
    /// let threads = Threads::new(2)?;
    /// let big = Big::<f32>::boxed_seeded(1).boxed_clone_on(&threads);
    /// let workspace = Workspace::<Big<f32>>::boxed_on(&threads);
    /// # Ok::<(), constprop::Error>(())
    /// ```
    #[cfg(feature = "std")]
    fn boxed_clone_on(&self, threads: &Threads) -> Box<Aligned<Self>> {
        const { assert_flat::<Self>() };
        let entries = self.parameters();
        // SAFETY: every scalar of the field is written, which is `PARAMETERS` of them, says the trait's contract; what
        // is behind it is padding.
        unsafe {
            boxed(|place: *mut Aligned<Self>| {
                let room = slice::from_raw_parts_mut(place.cast(), Self::PARAMETERS);
                threads.write(room, |index| entries[index].clone());
            })
        }
    }
}

/// A `P`, or what holds one: a `Box`, a reference, the guard of a lock.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no `{P}`, nor holds one",
    label = "parameters of the same type are needed"
)]
pub trait HoldsParameters<P: Parameters> {
    /// The parameters.
    fn held(&self) -> &P;
}

// Whatever has one in it is what holds it.
macro_rules! held {
    ([$P:ident: $Bound:ident] $holds:path: $held:ty) => {
        held! { @by [$P: $Bound] $holds: $held:
            $held,
            &$held,
            &mut $held,
            $crate::Aligned<$held>,
            core::cell::Ref<'_, $held>,
            core::cell::RefMut<'_, $held>,
            #[cfg(feature = "alloc")]
            alloc::boxed::Box<$held>,
            #[cfg(feature = "alloc")]
            alloc::boxed::Box<$crate::Aligned<$held>>,
            #[cfg(feature = "alloc")]
            alloc::rc::Rc<$held>,
            #[cfg(feature = "alloc")]
            alloc::sync::Arc<$held>,
            #[cfg(feature = "std")]
            std::sync::MutexGuard<'_, $held>,
            #[cfg(feature = "std")]
            std::sync::RwLockReadGuard<'_, $held>,
            #[cfg(feature = "std")]
            std::sync::RwLockWriteGuard<'_, $held>,
        }
    };
    (@by [$P:ident: $Bound:ident] $holds:path: $held:ty: $($(#[$when:meta])* $holder:ty,)*) => {$(
        $(#[$when])*
        #[diagnostic::do_not_recommend]
        impl<$P: $Bound> $holds for $holder {
            #[inline(always)]
            fn held(&self) -> &$held {
                self
            }
        }
    )*};
}

held!([P: Parameters] HoldsParameters<P>: P);

pub(crate) use held;

/// So many bytes and no more are given by value, which takes twice as many of the stack: threads of the
/// standard library have 2 MiB.
const MOST_BY_VALUE: usize = 1_000_000;

/// Nothing where a `P` is larger than that: what expects something, in a constant, stops the build.
pub(crate) const fn by_value<P>() -> Option<()> {
    if size_of::<P>() <= MOST_BY_VALUE { Some(()) } else { None }
}

/// What `write` writes, by value. It is copied once; unoptimized, `assume_init` would copy it twice more,
/// and so would each function that it is handed through in a variable.
///
/// # Safety
///
/// `write` makes a `V` of what it is given room for.
#[inline(always)]
pub(crate) unsafe fn written<V>(write: impl FnOnce(*mut V)) -> V {
    let mut memory = MaybeUninit::uninit();
    write(memory.as_mut_ptr());
    // SAFETY: the caller's promise.
    unsafe { memory.as_ptr().read() }
}

/// What `write` writes, on the heap: it never touches the stack.
///
/// # Safety
///
/// `write` makes a `V` of what it is given room for.
#[cfg(feature = "alloc")]
pub(crate) unsafe fn boxed<V>(write: impl FnOnce(*mut V)) -> Box<V> {
    let mut memory = Box::new_uninit();
    write(memory.as_mut_ptr());
    // SAFETY: the caller's promise.
    unsafe { memory.assume_init() }
}

/// What `fill` makes of zeros, by value.
pub(crate) fn filled<P: Parameters>(fill: impl FnOnce(&mut P)) -> P {
    let write = |place: *mut P| {
        // SAFETY: there is room for a `P`, of which every scalar is written.
        let zeros = unsafe {
            P::zeros_in_place(place);
            &mut *place
        };
        fill(zeros);
    };
    // SAFETY: as above.
    unsafe { written(write) }
}

/// All zeros, by value.
pub(crate) fn zeros<P: Parameters>() -> P {
    filled(|_| ())
}

/// What has these parameters, each cloned to where it stays.
pub(crate) fn of_parameters<P: Parameters>(parameters: &[P::Scalar]) -> P {
    const { assert_flat::<P>() };
    // SAFETY: the trait's contract, whose sizes the assertion holds.
    unsafe { of_entries(parameters) }
}

/// A value of these entries, each cloned to where it stays.
///
/// # Safety
///
/// A `V` is as many `T`s as there are entries, and nothing else.
pub(crate) unsafe fn of_entries<T: Clone, V>(entries: &[T]) -> V {
    assert!(size_of::<V>() == size_of_val(entries), "a value has as many entries as its type");
    let write = |place: *mut V| {
        for (index, entry) in entries.iter().enumerate() {
            // SAFETY: a `V` has room for that many entries.
            unsafe { place.cast::<T>().add(index).write(entry.clone()) };
        }
    };
    // SAFETY: the caller's promise.
    unsafe { written(write) }
}

/// What lies here in another role: as many scalars, in the same order. Nothing is moved.
pub(crate) const fn in_role<P: Parameters, Q: Parameters<Scalar = P::Scalar>>(
    parameters: &mut P,
) -> &mut Q {
    const {
        assert_flat::<P>();
        assert_flat::<Q>();
        assert!(P::PARAMETERS == Q::PARAMETERS, "Δ and ∂J/∂Θ have as many entries as Θ");
    };
    // SAFETY: the trait's contract: both are values of one scalar and nothing else, and equally many
    // and equally aligned, which the assertions hold at compile time.
    unsafe { &mut *(&raw mut *parameters).cast() }
}

/// These scalars as what has so many.
#[cfg(feature = "alloc")]
pub(crate) const fn rolled<P: Parameters>(parameters: &[P::Scalar]) -> &P {
    const { assert_flat::<P>() };
    assert!(parameters.len() == P::PARAMETERS);
    // SAFETY: the trait's contract: a `P` is so many scalars and nothing else, aligned as they are.
    unsafe { &*parameters.as_ptr().cast() }
}

/// The same, to write to.
#[cfg(feature = "alloc")]
pub(crate) const fn rolled_mut<P: Parameters>(parameters: &mut [P::Scalar]) -> &mut P {
    const { assert_flat::<P>() };
    assert!(parameters.len() == P::PARAMETERS);
    // SAFETY: as above; every value of `Scalar` may be written at every place.
    unsafe { &mut *parameters.as_mut_ptr().cast() }
}

const fn assert_flat<P: Parameters>() {
    assert!(
        size_of::<P>() == P::PARAMETERS * size_of::<P::Scalar>()
            && align_of::<P>() == align_of::<P::Scalar>(),
        "a `Parameters` type holds exactly `PARAMETERS` scalars"
    );
}

/// A network, or anything else, that begins at a cache line: 64 bytes.
///
/// A register of AVX-512 is as long as a line, and loads across two lines take twice the time.
/// `predict` of one example does little but load parameters: of a network of a few thousand it
/// gains a third. Everything else is as fast without.
///
/// ```
/// use constprop::prelude::*;
/// use constprop::Aligned;
///
/// network! {
///     pub struct Policy(4 => 64 Tanh => 2 Identity) minimizing HalfSquaredError;
/// }
/// let policy = Aligned(Policy::<f32>::seeded(7));
/// assert_eq!(policy.predict(&[0.1, 0.0, -0.2, 0.3]).len(), 2);
/// let mut on_the_heap = Aligned::<Policy<f32>>::boxed(); // all zeros, as `Policy::boxed`
/// on_the_heap.copy_from(&policy);
/// ```
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Aligned<P>(pub P);

impl<P> Deref for Aligned<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.0
    }
}

impl<P> DerefMut for Aligned<P> {
    fn deref_mut(&mut self) -> &mut P {
        &mut self.0
    }
}

impl<P: Parameters> Aligned<P> {
    /// All zeros, made on the heap: for any size.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn boxed() -> Box<Self> {
        // SAFETY: every scalar of the field is written; what is behind it is padding.
        unsafe { boxed(|place: *mut Self| P::zeros_in_place(&raw mut (*place).0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_BY_VALUE, Parameters, assert_flat, by_value};

    #[test]
    fn what_is_larger_than_a_megabyte_is_not_given_by_value() {
        assert!(by_value::<[u8; MOST_BY_VALUE]>().is_some());
        assert!(by_value::<[u8; MOST_BY_VALUE + 1]>().is_none());
    }

    /// Half a scalar more than two.
    struct Between([f32; 5]);

    // SAFETY: none: it is for `assert_flat` alone, which refuses it.
    unsafe impl Parameters for Between {
        type Scalar = f64;
    }

    #[test]
    #[should_panic(expected = "holds exactly `PARAMETERS` scalars")]
    fn parameters_that_are_no_whole_scalars_are_refused() {
        assert!(Between::PARAMETERS == 2 && Between([0.0; 5]).0.len() == 5);
        assert_flat::<Between>();
    }
}
