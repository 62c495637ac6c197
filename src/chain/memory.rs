//! Room for a block of examples, in the type of the network: on the heap, on the stack, in a
//! static.

use core::mem::MaybeUninit;

use crate::simd::Float;

/// How many examples a block has. Without a heap memory is scarce, and blocks are small.
pub(crate) const TILE: usize = if cfg!(feature = "alloc") { 128 } else { 8 };

/// Scalars that a row may be longer than its units.
const SPARE: usize = 16;

/// Memory that is made of zero bytes. It is read as scalars only where these are `f32` or `f64`,
/// of which all bytes 0 is the number 0.
///
/// # Safety
///
/// All bytes 0 is a value of the type.
pub unsafe trait Memory: Sized + 'static {
    /// All zeros.
    fn zeroed() -> Self {
        // SAFETY: the trait's contract.
        unsafe { MaybeUninit::zeroed().assume_init() }
    }
}

/// `ROWS` rows of `S` scalars, each row longer by some scalars than it need be: rows begin at a
/// cache line, and their distance is no power of two, where they would evict each other.
#[repr(C, align(64))]
#[derive(Debug)]
pub struct Rows<T, const ROWS: usize, const S: usize> {
    units: [[MaybeUninit<T>; S]; ROWS],
    spare: [[MaybeUninit<T>; SPARE]; ROWS],
}

// SAFETY: uninitialized memory may hold any bytes.
unsafe impl<T: 'static, const ROWS: usize, const S: usize> Memory for Rows<T, ROWS, S> {}

/// A block of examples with `S` units each.
pub type Block<T, const S: usize> = Rows<T, TILE, S>;

/// Weights of `S_OUT` × `S_IN`, a row for each unit.
pub type Transposed<T, const S_OUT: usize, const S_IN: usize> = Rows<T, S_OUT, S_IN>;

impl<T: Float, const ROWS: usize, const S: usize> Rows<T, ROWS, S> {
    const STRIDE: usize = stride::<T>(S);

    /// From one row to the next.
    #[inline(always)]
    pub(crate) const fn stride(&self) -> usize {
        Self::STRIDE
    }

    /// All rows, one behind the other, what they are longer by included.
    #[inline(always)]
    pub(crate) fn entries(&self) -> &[T] {
        const { assert!(Self::STRIDE <= S + SPARE) };
        // SAFETY: `repr(C)`, and the two fields are ROWS · (S + SPARE) scalars one behind the
        // other. They were made of zero bytes, which are scalars, as T is f32 or f64.
        unsafe { core::slice::from_raw_parts((&raw const *self).cast(), ROWS * Self::STRIDE) }
    }

    /// The same, to write to.
    #[inline(always)]
    pub(crate) fn entries_mut(&mut self) -> &mut [T] {
        // SAFETY: as in `entries`.
        unsafe { core::slice::from_raw_parts_mut((&raw mut *self).cast(), ROWS * Self::STRIDE) }
    }

    /// The first `count` rows.
    #[inline(always)]
    pub(crate) fn examples(&self, count: usize) -> Examples<'_, T> {
        Examples { entries: self.entries(), stride: Self::STRIDE, count }
    }
}

/// `count` examples, the units of each side by side.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a, T> {
    pub(crate) entries: &'a [T],
    pub(crate) stride: usize,
    pub(crate) count: usize,
}

/// `s` rounded up to whole cache lines, and one line more where the rows would lie a multiple of
/// 256 bytes apart.
const fn stride<T>(s: usize) -> usize {
    let line = 64 / size_of::<T>();
    let rounded = s.div_ceil(line) * line;
    if rounded == s && (s * size_of::<T>()).is_multiple_of(256) { s + line } else { rounded }
}
