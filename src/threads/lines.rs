//! Cache lines, and memory that begins at one and is first written by the thread that uses it.

#[cfg(feature = "alloc")]
use alloc::alloc::{Layout, alloc_zeroed};
#[cfg(feature = "alloc")]
use alloc::vec::Vec;
#[cfg(feature = "alloc")]
use core::any::TypeId;

#[cfg(feature = "alloc")]
use nalgebra::RealField;

/// A cache line, in bytes.
pub(crate) const LINE: usize = 64;

/// Two of them, which processors fetch in pairs: what one thread writes shares none with others.
pub(crate) const LINES: usize = 2 * LINE;

/// The entry `at`, or one of those in front of it: where such lines begin, if there is one.
pub(crate) fn at_a_line<T>(entries: *const T, at: usize) -> usize {
    let beyond = entries.wrapping_add(at).addr() % LINES;
    at.saturating_sub(beyond / size_of::<T>().max(1))
}

/// What has such lines for itself; microcontrollers have none.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(not(narrow), repr(align(128)))]
pub(crate) struct Apart<T>(pub(crate) T);

const _: () = assert!(align_of::<Apart<u8>>() == if cfg!(narrow) { 1 } else { LINES });

/// Scalars on the heap from a cache line on. Of `f32` and `f64` nobody writes them before who uses them: where they are
/// many, the system maps them then, beside the core that does.
#[cfg(feature = "alloc")]
pub(crate) struct Lined<T> {
    entries: Vec<T>,
    first: usize,
}

#[cfg(feature = "alloc")]
impl<T> Lined<T> {
    /// None.
    pub(crate) const fn new() -> Self {
        Self { entries: Vec::new(), first: 0 }
    }

    /// How many of them fill whole lines, for as many as are wanted.
    pub(crate) const fn rounded(count: usize) -> usize {
        count.next_multiple_of(Self::of_lines())
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        &self.entries[self.first..]
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.entries[self.first..]
    }

    const fn of_lines() -> usize {
        if size_of::<T>() == 0 { 1 } else { LINES.div_ceil(size_of::<T>()) }
    }
}

#[cfg(feature = "alloc")]
impl<T: RealField> Lined<T> {
    /// Room for so many, of zeros; makes it anew where there are fewer.
    pub(crate) fn grow(&mut self, count: usize) -> &mut [T] {
        if self.entries.len() - self.first < count {
            // First without the other.
            *self = Self::new();
            *self = Self::zeros(count);
        }
        &mut self.as_mut_slice()[..count]
    }

    /// So many, all zero.
    pub(crate) fn zeros(count: usize) -> Self {
        Self::from_a_line(alloc::vec![T::zero(); count + Self::of_lines() - 1], count)
    }

    /// The same, if there is memory for them.
    pub(crate) fn try_zeros(count: usize) -> Option<Self> {
        let entries = zeroed(count.checked_add(Self::of_lines() - 1)?)?;
        Some(Self::from_a_line(entries, count))
    }

    fn from_a_line(mut entries: Vec<T>, count: usize) -> Self {
        let most = entries.len() - count;
        // Where their size divides no line they begin anywhere.
        let first = Some(entries.as_ptr().align_offset(LINES)).filter(|&first| first <= most);
        let first = first.unwrap_or(0);
        entries.truncate(first + count);
        Self { entries, first }
    }
}

/// So many zeros, if there is memory for them; as `vec!`, nothing is written where the system gives it as zeros.
#[cfg(feature = "alloc")]
fn zeroed<T: RealField>(count: usize) -> Option<Vec<T>> {
    let layout = Layout::array::<T>(count).ok()?;
    let is = |float| TypeId::of::<T>() == float;
    if layout.size() == 0 || !(is(TypeId::of::<f32>()) || is(TypeId::of::<f64>())) {
        let mut entries = Vec::new();
        entries.try_reserve_exact(count).ok()?;
        entries.resize(count, T::zero());
        return Some(entries);
    }
    // SAFETY: it has a size.
    let entries = unsafe { alloc_zeroed(layout) }.cast::<T>();
    // SAFETY: this is memory of the global allocator for so many `T`s, which are `f32` or `f64`: all bytes 0 is the
    // number 0.
    (!entries.is_null()).then(|| unsafe { Vec::from_raw_parts(entries, count, count) })
}

#[cfg(test)]
mod tests {
    use super::{LINES, Lined};

    #[test]
    fn what_is_lined_begins_at_a_line_and_is_zero() {
        let mut lined = Lined::<f64>::new();
        for (count, anew) in [
            (0, true),
            (1, true),
            (15, true),
            (16, true),
            (1000, true),
            (3, false),
            (100_000, true),
        ] {
            let room = lined.grow(count);
            let begins = room.as_ptr().addr().is_multiple_of(LINES);
            assert!(room.len() == count && (begins || count == 0), "{count}");
            let before = if anew { 0.0 } else { 1.0 };
            assert!(room.iter().all(|&entry| entry == before), "{count}");
            room.fill(1.0);
        }
        assert_eq!(Lined::<f32>::rounded(33), 64);
        for count in [0, 1, 1000] {
            let tried = Lined::<f32>::try_zeros(count).expect("there is memory");
            assert!(tried.as_slice().as_ptr().addr().is_multiple_of(LINES) || count == 0);
            assert_eq!(tried.as_slice(), vec![0.0; count]);
        }
        assert!(Lined::<f64>::try_zeros(usize::MAX / 8 - 100).is_none());
        assert!(Lined::<f64>::try_zeros(usize::MAX).is_none());
    }
}
