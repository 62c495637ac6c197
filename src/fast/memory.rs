//! Room for a block of examples, in the type of the network: on the heap, on the stack, in a
//! static.

#[cfg(feature = "std")]
use core::iter;
use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::slice;

use super::list::{Keeps, Layers};
use super::registers::{Float, as_floats_mut};
#[cfg(feature = "std")]
use crate::threads::{Threads, size};

/// How many examples a block has. Without a heap memory is scarce, and blocks are small.
pub(crate) const TILE: usize = if cfg!(feature = "alloc") { 128 } else { 8 };

/// Scalars that a row may be longer than its units. Microcontrollers have no cache lines, and memory for nothing
/// beside the units.
const SPARE: usize = if cfg!(narrow) { 0 } else { 16 };

/// `ROWS` rows of `S` scalars, each row longer by some scalars than it need be: rows begin at a
/// cache line, and their distance is no power of two, where they would evict each other.
#[repr(C)]
#[derive(Debug)]
pub struct Rows<T, const ROWS: usize, const S: usize> {
    units: [[MaybeUninit<T>; S]; ROWS],
    spare: [[MaybeUninit<T>; SPARE]; ROWS],
}

/// A block of examples with `S` units each.
pub type Block<T, const S: usize> = Rows<T, TILE, S>;

/// Weights of `S_OUT` × `S_IN`, a row for each unit.
#[derive(Debug)]
pub struct Weights<T>(PhantomData<T>);

// SAFETY: rows are made of `MaybeUninit<T>`.
unsafe impl<T: Send + Sync + 'static> Keeps for Weights<T> {
    type Scalar = T;
    type Hidden<const S_OUT: usize, const S_IN: usize> = Rows<T, S_OUT, S_IN>;
    type Last<const S_OUT: usize, const S_IN: usize> = Rows<T, S_OUT, S_IN>;
}

/// What passes work in over a block of examples of the layers `L`: what `K` keeps of each, and room for
/// weights that are transposed. Its scalars are read only where they are `f32` or `f64`, of which all
/// bytes 0 is the number 0.
#[repr(C)]
pub(crate) struct Memory<L: Layers, K: Keeps> {
    blocks: Lines<L::Room<K>>,
    weights: Lines<L::RoomBehind<Weights<K::Scalar>>>,
}

/// At the beginning of a cache line.
#[repr(C, align(64))]
struct Lines<R>(R);

/// The same as slices, from which a pass cuts what it needs.
#[derive(Debug)]
pub(crate) struct Room<'a, T> {
    pub(crate) blocks: &'a mut [T],
    pub(crate) weights: &'a mut [T],
}

impl<L: Layers, K: Keeps> Memory<L, K> {
    /// How many scalars there is room for in blocks.
    pub(crate) const BLOCKS: usize = size_of::<L::Room<K>>() / size_of::<K::Scalar>();

    /// How many scalars there is room for in transposed weights.
    #[cfg(feature = "std")]
    pub(crate) const WEIGHTS: usize =
        size_of::<L::RoomBehind<Weights<K::Scalar>>>() / size_of::<K::Scalar>();

    /// Writes zeros where there is room for one.
    ///
    /// # Safety
    ///
    /// `place` is aligned, and a `Self` may be written there.
    pub(crate) const unsafe fn zero_in_place(place: *mut Self) {
        // SAFETY: the caller's promise; any bytes are a value.
        unsafe { place.write_bytes(0, 1) };
    }

    /// Its scalars, if they are `F`.
    #[inline(always)]
    pub(crate) fn room<F: Float>(&mut self) -> Option<Room<'_, F>> {
        if core::any::TypeId::of::<K::Scalar>() != core::any::TypeId::of::<F>() {
            return None;
        }
        let Self { blocks, weights } = self;
        // SAFETY: `Layers` is sealed, and its rooms nest what `Keeps` promises to be made of scalars and
        // nothing else, by `repr(C)`: so there is no padding. They were made of zero bytes, which are
        // scalars, as these are f32 or f64, and written as scalars only.
        let (blocks, weights): (&mut [K::Scalar], &mut [K::Scalar]) =
            unsafe { (scalars(&mut blocks.0), scalars(&mut weights.0)) };
        Some(Room { blocks: as_floats_mut(blocks)?, weights: as_floats_mut(weights)? })
    }
}

/// Blocks that are kept of each layer, as numbers.
#[cfg(feature = "std")]
pub(crate) trait KeepsBlocks: Keeps {
    /// Of a hidden layer, and of the output layer.
    const COUNTS: [usize; 2];

    /// Rows of s_L for each example behind all blocks, of which those of outputs are the first.
    const BEHIND: usize = 0;
}

#[cfg(feature = "std")]
impl<L: Layers, K: KeepsBlocks> Memory<L, K> {
    /// [`zero_in_place`](Self::zero_in_place), each thread the rows that it will have of so many examples, in layers of
    /// so many units, where scalars are `f32` or `f64`.
    ///
    /// # Safety
    ///
    /// As there.
    pub(crate) unsafe fn zero_on(
        place: *mut Self,
        threads: &Threads,
        s_out: impl ExactSizeIterator<Item = usize> + Clone + Sync,
        examples: usize,
    ) {
        // SAFETY: the caller's promise; so many scalars are the blocks, and any bytes are a value.
        let blocks = unsafe { slice::from_raw_parts_mut(place.cast(), Self::BLOCKS) };
        write_on::<K>(blocks, threads, s_out, examples, zero);
        // SAFETY: the caller's promise; any bytes are a value.
        unsafe { (&raw mut (*place).weights).write_bytes(0, 1) };
    }
}

#[cfg(feature = "std")]
fn zero<T>(room: &mut [MaybeUninit<T>]) {
    // SAFETY: any bytes are a value.
    unsafe { room.as_mut_ptr().write_bytes(0, room.len()) };
}

/// Has all of it written: each row by the thread that will have it, and by the caller what nobody has.
#[cfg(feature = "std")]
fn write_on<K: KeepsBlocks>(
    all: &mut [MaybeUninit<K::Scalar>],
    threads: &Threads,
    s_out: impl ExactSizeIterator<Item = usize> + Clone + Sync,
    examples: usize,
    write: impl Fn(&mut [MaybeUninit<K::Scalar>]) + Sync,
) {
    let (s_l, count) = (s_out.clone().last().expect("there is a last layer"), all.len());
    let (units, parts) = (units_of::<K>(s_out), threads.count().min(examples.max(1)));
    let (all, behind) = all.split_at_mut(count - K::BEHIND * TILE * s_l);
    let (outputs, behind) = behind.split_at_mut(behind.len().min(TILE * s_l));
    let used = units.clone().map(|s| TILE * stride::<K::Scalar>(s)).sum();
    let (blocks, spare) = all.split_at_mut(used);
    threads.share_in_place(
        (Layered::new(blocks), outputs),
        parts,
        |(blocks, outputs), part| {
            let rows = size(examples, parts, part);
            let (blocks, blocks_rest) = blocks.split_at(rows);
            let (outputs, outputs_rest) = outputs.split_at_mut(outputs.len().min(rows * s_l));
            ((blocks, outputs), (blocks_rest, outputs_rest))
        },
        |(mut blocks, outputs)| {
            units.clone().for_each(|s| write(blocks.split_off(s)));
            write(outputs);
        },
    );
    write(spare);
    write(behind);
}

/// How many units each block has, of layers of so many.
#[cfg(feature = "std")]
fn units_of<K: KeepsBlocks>(
    s_out: impl ExactSizeIterator<Item = usize> + Clone,
) -> impl Iterator<Item = usize> + Clone {
    let last = s_out.len() - 1;
    let of_layer = move |(layer, s)| iter::repeat_n(s, K::COUNTS[usize::from(layer == last)]);
    s_out.enumerate().flat_map(of_layer)
}

/// # Safety
///
/// `R` is made of initialized `T`s and nothing else.
#[inline(always)]
unsafe fn scalars<R, T>(room: &mut R) -> &mut [T] {
    const {
        assert!(align_of::<R>() <= align_of::<T>() && size_of::<R>().is_multiple_of(size_of::<T>()))
    };
    // SAFETY: the caller's promise.
    unsafe {
        let length = size_of::<R>() / size_of::<T>();
        slice::from_raw_parts_mut((&raw mut *room).cast(), length)
    }
}

impl<T> Room<'_, T> {
    /// The same for a while.
    #[inline(always)]
    pub(crate) const fn reborrow(&mut self) -> Room<'_, T> {
        Room { blocks: self.blocks, weights: self.weights }
    }
}

/// The blocks of layers one behind the other, or the same rows of each of them.
#[derive(Debug)]
pub(crate) struct Layered<'a, T> {
    at: *mut T,
    left: usize,
    first: usize,
    rows: usize,
    blocks: PhantomData<&'a mut [T]>,
}

// SAFETY: it stands for slices of these rows, which nobody else has.
unsafe impl<T: Send> Send for Layered<'_, T> {}

impl<'a, T> Layered<'a, T> {
    /// All rows.
    #[inline(always)]
    pub(crate) const fn new(blocks: &'a mut [T]) -> Self {
        let (at, left) = (blocks.as_mut_ptr(), blocks.len());
        Self { at, left, first: 0, rows: TILE, blocks: PhantomData }
    }

    /// The rows of a layer with `s` units, whose block is the first one, and those of the blocks behind.
    #[inline(always)]
    pub(crate) fn next(self, s: usize) -> (&'a mut [T], Self) {
        let Self { at, left, first, rows, blocks } = self;
        let stride = stride::<T>(s);
        let entries = TILE * stride;
        assert!(entries <= left, "a block of another network");
        // SAFETY: so many entries are left in the slice that it was made of, and `first + rows` is at
        // most `TILE`; other rows are what others have, and this block is not in the rest.
        unsafe {
            let of_layer = slice::from_raw_parts_mut(at.add(first * stride), rows * stride);
            (of_layer, Self { at: at.add(entries), left: left - entries, first, rows, blocks })
        }
    }

    /// Takes off those of the first layer, with `s` units.
    #[inline(always)]
    pub(crate) fn split_off(&mut self, s: usize) -> &'a mut [T] {
        let (first, behind) = core::mem::replace(self, Self::new(&mut [])).next(s);
        *self = behind;
        first
    }

    /// The same for a while.
    #[inline(always)]
    pub(crate) const fn reborrow(&mut self) -> Layered<'_, T> {
        Layered { blocks: PhantomData, ..*self }
    }

    /// The first `rows`, and the others.
    pub(crate) fn split_at(self, rows: usize) -> (Self, Self) {
        assert!(rows <= self.rows);
        let Self { first, rows: all, .. } = self;
        (Self { rows, ..self }, Self { first: first + rows, rows: all - rows, ..self })
    }
}

/// The block of a layer with `s` units at the beginning of `blocks`, and the rest.
#[inline(always)]
pub(crate) fn block<T>(blocks: &[T], s: usize) -> (&[T], &[T]) {
    blocks.split_at(TILE * stride::<T>(s))
}

/// The same, to write to.
#[inline(always)]
pub(crate) fn block_mut<T>(blocks: &mut [T], s: usize) -> (&mut [T], &mut [T]) {
    blocks.split_at_mut(TILE * stride::<T>(s))
}

/// `count` examples, the units of each side by side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Examples<'a, T> {
    pub(crate) entries: &'a [T],
    pub(crate) stride: usize,
    pub(crate) count: usize,
}

impl<T> Examples<'_, T> {
    /// The first `count`, and the others.
    pub(crate) const fn split_at(self, count: usize) -> (Self, Self) {
        let Self { entries, stride, count: all } = self;
        let (first, rest) = entries.split_at(count * stride);
        (Self { entries: first, stride, count }, Self { entries: rest, stride, count: all - count })
    }
}

/// From one row of `s` scalars to the next: `s` rounded up to whole cache lines, and one line more where
/// the rows would lie a multiple of 256 bytes apart.
#[inline(always)]
pub(crate) const fn stride<T>(s: usize) -> usize {
    if SPARE == 0 {
        return s;
    }
    let line = 64 / size_of::<T>();
    let rounded = s.div_ceil(line) * line;
    let stride =
        if rounded == s && (s * size_of::<T>()).is_multiple_of(256) { s + line } else { rounded };
    assert!(stride <= s + SPARE);
    stride
}

#[cfg(feature = "std")]
#[cfg(test)]
mod tests {
    use core::ops::Range;
    use std::sync::Mutex;
    use std::thread;
    use std::vec::Vec;

    use super::*;
    use crate::fast::passes::outer::{WithOutputs, split};

    fn addresses(room: &[MaybeUninit<f32>]) -> Range<usize> {
        let Range { start, end } = room.as_ptr_range();
        start.addr()..end.addr()
    }

    /// Of fewer examples than a block has too.
    #[test]
    fn each_row_is_written_by_the_thread_that_will_have_it() {
        let (s_out, parts) = ([33, 16, 3], 5);
        let threads = Threads::new(parts).expect("the system gives so many");
        let spare = 40;
        let mut all = std::vec![MaybeUninit::<f32>::zeroed(); 2 * TILE * (48 + 16 + 8 + 3) + spare];
        for examples in [TILE, 50, 3] {
            let written = Mutex::new(Vec::new());
            let units = s_out.into_iter();
            write_on::<WithOutputs<f32>>(&mut all, &threads, units, examples, |room| {
                let by = (addresses(room), thread::current().id());
                written.lock().expect("nobody panics").push(by);
            });
            let written = written.into_inner().expect("nobody panics");
            let bytes: usize = written.iter().map(|(room, _)| room.len()).sum();
            assert_eq!(bytes, size_of_val(&*all), "{examples} examples");
            let by = |room| {
                let Range { start, end } = addresses(room);
                let has = |(room, _): &&(Range<_>, _)| room.start <= start && end <= room.end;
                written.iter().find(has).expect("in one piece").1
            };

            let (blocks, [outputs, dj_da]) = split(&mut all, 3);
            assert_eq!(by(dj_da), thread::current().id());
            let (mut rest, mut outputs, mut seen) = (Layered::new(blocks), &*outputs, Vec::new());
            for part in 1..=parts.min(examples) {
                let rows = size(examples, parts.min(examples), part);
                let (mut blocks, behind) = rest.split_at(rows);
                let (of_part, outputs_behind) = outputs.split_at(3 * rows);
                (rest, outputs) = (behind, outputs_behind);
                let who = by(of_part);
                assert!(!seen.contains(&who), "{examples} examples, part {part}");
                for s in [33, 33, 16, 16, 3] {
                    assert_eq!(by(blocks.split_off(s)), who, "{examples} examples, part {part}");
                }
                seen.push(who);
            }
            assert_eq!(seen[0], thread::current().id());
        }
    }
}
