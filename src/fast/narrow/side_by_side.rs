//! As many sums side by side as there are registers for, each in a variable of its own.
//!
//! Loops over arrays of registers stay in memory where the crate is optimized for size. Here what is side by side
//! is a type, a tree of pairs, and every function is inlined: nothing has to be unrolled.

use core::hint;

use super::finish::finish;
#[cfg(vfp)]
use super::vfp;
use crate::fast::product::{Finish, Product};
use crate::fast::registers::{Entries, Float};

/// Numbers side by side.
trait Numbers<T>: Copy {
    /// How many.
    const COUNT: usize;

    /// `value` for each.
    fn splat(value: T) -> Self;

    /// Those from `from` on.
    ///
    /// # Safety
    ///
    /// They can be read.
    unsafe fn load(from: *const T) -> Self;

    /// Writes them.
    ///
    /// # Safety
    ///
    /// They can be written at `to`.
    unsafe fn store(self, to: *mut T);

    /// `self · factor + term`, each rounded by itself.
    fn mul_add(self, factor: Self, term: Self) -> Self;

    fn plus(self, other: Self) -> Self;
}

/// One number.
#[derive(Clone, Copy)]
struct One<T>(T);

/// Numbers and as many more, or rows of them.
#[derive(Clone, Copy)]
struct Pair<N>(N, N);

type Two<T> = Pair<One<T>>;
type Four<T> = Pair<Two<T>>;
type Eight<T> = Pair<Four<T>>;
type Sixteen<T> = Pair<Eight<T>>;

impl<T: Float> Numbers<T> for One<T> {
    const COUNT: usize = 1;

    #[inline(always)]
    fn splat(value: T) -> Self {
        Self(value)
    }

    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { *from })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: the caller's promise.
        unsafe { *to = self.0 }
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(self.0 * factor.0 + term.0)
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl<T: Float, N: Numbers<T>> Numbers<T> for Pair<N> {
    const COUNT: usize = 2 * N::COUNT;

    #[inline(always)]
    fn splat(value: T) -> Self {
        Self(N::splat(value), N::splat(value))
    }

    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self(N::load(from), N::load(from.add(N::COUNT))) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: the caller's promise.
        unsafe {
            self.0.store(to);
            self.1.store(to.add(N::COUNT));
        }
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(self.0.mul_add(factor.0, term.0), self.1.mul_add(factor.1, term.1))
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self(self.0.plus(other.0), self.1.plus(other.1))
    }
}

/// Sums in rows.
trait Tile<T>: Copy {
    /// The sums of a row.
    type Row: Numbers<T>;

    /// How many rows.
    const ROWS: usize;

    /// The first row begins with `first`, the others with `others`.
    fn starting(first: Self::Row, others: Self::Row) -> Self;

    /// One product more for each sum: of an entry of A, `a_row` behind that of the row in front, and of a row
    /// of B, `b_row` behind.
    ///
    /// # Safety
    ///
    /// They can be read.
    unsafe fn add(self, a: *const T, a_row: usize, b: *const T, b_row: usize) -> Self;

    /// The same for the first row alone.
    ///
    /// # Safety
    ///
    /// They can be read.
    unsafe fn add_first(self, a: *const T, b: *const T) -> Self;

    fn plus(self, other: Self) -> Self;

    /// The rows added: halves, then halves of them.
    fn total(self) -> Self::Row;

    /// Writes the sums, row by row.
    ///
    /// # Safety
    ///
    /// They can be written.
    unsafe fn store(self, to: *mut T);
}

/// A row.
#[derive(Clone, Copy)]
struct Chain<N>(N);

impl<T: Float, N: Numbers<T>> Tile<T> for Chain<N> {
    type Row = N;
    const ROWS: usize = 1;

    #[inline(always)]
    fn starting(first: N, _others: N) -> Self {
        Self(first)
    }

    #[inline(always)]
    unsafe fn add(self, a: *const T, _a_row: usize, b: *const T, _b_row: usize) -> Self {
        // SAFETY: the caller's promise.
        unsafe { self.add_first(a, b) }
    }

    #[inline(always)]
    unsafe fn add_first(self, a: *const T, b: *const T) -> Self {
        // SAFETY: the caller's promise.
        let (a, b) = unsafe { (N::splat(*a), N::load(b)) };
        Self(a.mul_add(b, self.0))
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self(self.0.plus(other.0))
    }

    #[inline(always)]
    fn total(self) -> N {
        self.0
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: the caller's promise.
        unsafe { self.0.store(to) }
    }
}

impl<T: Float, R: Tile<T>> Tile<T> for Pair<R> {
    type Row = R::Row;
    const ROWS: usize = 2 * R::ROWS;

    #[inline(always)]
    fn starting(first: R::Row, others: R::Row) -> Self {
        Self(R::starting(first, others), R::starting(others, others))
    }

    #[inline(always)]
    unsafe fn add(self, a: *const T, a_row: usize, b: *const T, b_row: usize) -> Self {
        let behind = (a.wrapping_add(R::ROWS * a_row), b.wrapping_add(R::ROWS * b_row));
        // SAFETY: the caller's promise.
        unsafe {
            Self(self.0.add(a, a_row, b, b_row), self.1.add(behind.0, a_row, behind.1, b_row))
        }
    }

    #[inline(always)]
    unsafe fn add_first(self, a: *const T, b: *const T) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { self.0.add_first(a, b) }, self.1)
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self(self.0.plus(other.0), self.1.plus(other.1))
    }

    #[inline(always)]
    fn total(self) -> R::Row {
        self.0.plus(self.1).total()
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: the caller's promise.
        unsafe {
            self.0.store(to);
            self.1.store(to.add(R::ROWS * R::Row::COUNT));
        }
    }
}

// z of so many units at a time as there are registers for the parts of their sums, each a row.
type InOne<T> = Chain<Sixteen<T>>;
type InTwo<T> = Pair<Chain<Eight<T>>>;
type InFour<T> = Pair<Pair<Chain<Four<T>>>>;
type InEight<T> = Pair<Pair<Pair<Chain<Two<T>>>>>;

/// How many are left. Where a loop is `small`, a count that the compiler cannot follow: unrolled, what is for the
/// last units and columns would have several times as many instructions as all the rest.
#[inline(always)]
fn counted(left: usize, small: bool) -> usize {
    if small { hint::black_box(left) } else { left }
}

/// The last unit of all.
type OneInEight<T> = Pair<Pair<Pair<Chain<One<T>>>>>;

/// Θ⁽ˡ⁾ and a⁽ˡ⁾ of one example.
struct Layer<'a, T> {
    theta: &'a [T],
    a: &'a [T],
    s_out: usize,
}

/// z = bias + weights · a.
///
/// # Safety
///
/// There is a z for each unit, and `theta` has so many biases, and for each input so many weights.
#[inline(always)]
pub(super) unsafe fn units<T: Float>(theta: &[T], a: &[T], z: &mut [T]) {
    let (lanes, s_out) = (T::Portable::LANES, z.len());
    let layer = Layer { theta, a, s_out };
    let mut unit = layer.units_in_one(z, s_out - s_out % (8 * lanes));
    if unit + 4 * lanes <= s_out {
        unit = layer.units::<InTwo<T>>(z, unit, unit + 4 * lanes);
    }
    if unit + 2 * lanes <= s_out {
        unit = layer.units::<InFour<T>>(z, unit, unit + 2 * lanes);
    }
    unit = layer.units::<InEight<T>>(z, unit, s_out);
    layer.units::<OneInEight<T>>(z, unit, s_out);
}

impl<T: Float> Layer<'_, T> {
    /// z of the first units, up to `to`, each sum in one part; gives the first that is left.
    #[inline(always)]
    fn units_in_one(&self, z: &mut [T], to: usize) -> usize {
        #[cfg(vfp)]
        // SAFETY: the caller of `units` has promised the sizes, and `to` is no more than them.
        if let Some(unit) = unsafe { vfp::units(self.theta, self.a, z, to) } {
            return unit;
        }
        self.units::<InOne<T>>(z, 0, to)
    }

    /// z of the units `from` to `to`, as many at a time as a row has; gives the first that is left.
    #[inline(always)]
    fn units<K: Tile<T>>(&self, z: &mut [T], from: usize, to: usize) -> usize {
        let mut unit = from;
        while unit + K::Row::COUNT <= to {
            // SAFETY: these units are there.
            unsafe { self.sums::<K>(z, unit) };
            unit += K::Row::COUNT;
        }
        unit
    }

    /// z of as many units as a row has, from `unit` on, in as many parts of the sum as there are rows.
    ///
    /// # Safety
    ///
    /// So many units are there.
    #[inline(always)]
    unsafe fn sums<K: Tile<T>>(&self, z: &mut [T], unit: usize) {
        let (mut a, mut left) = (self.a.as_ptr(), self.a.len());
        // SAFETY: there is a bias, a z, and for each input a weight of each of these units.
        unsafe {
            let bias = self.theta.as_ptr().add(unit);
            let mut weights = bias.add(self.s_out);
            let mut sums = K::starting(K::Row::load(bias), K::Row::splat(T::zero()));
            let small = K::ROWS > 1;
            while counted(left, small) >= K::ROWS {
                sums = sums.add(a, 1, weights, self.s_out);
                weights = weights.wrapping_add(K::ROWS * self.s_out);
                a = a.add(K::ROWS);
                left -= K::ROWS;
            }
            while small && counted(left, small) > 0 {
                sums = sums.add_first(a, weights);
                weights = weights.wrapping_add(self.s_out);
                a = a.add(1);
                left -= 1;
            }
            sums.total().store(z.as_mut_ptr().add(unit));
        }
    }
}

// A row of a tile, a tile, and a column of one.
type Flat<T> = Chain<Four<T>>;
type Square<T> = Pair<Pair<Flat<T>>>;
type Upright<T> = Pair<Pair<Chain<One<T>>>>;

/// C of A and B, whose sizes hold.
#[inline(always)]
pub(super) fn entries<T: Float>(product: &mut Product<'_, T>) {
    let row = panel::<T, Square<T>, Upright<T>>(product, 0);
    panel::<T, Flat<T>, Chain<One<T>>>(product, row);
}

/// As many rows at a time as `W` has, from `row` on; in columns that are left over with `N`. Gives the first
/// row that is left.
#[inline(always)]
fn panel<T: Float, W: Tile<T>, N: Tile<T>>(product: &mut Product<'_, T>, mut row: usize) -> usize {
    while row + W::ROWS <= product.rows {
        let mut column = 0;
        // SAFETY: the sizes have been held against the slices, and these rows and columns are there.
        unsafe {
            while column + W::Row::COUNT <= product.columns {
                tile::<T, W>(product, row, column);
                column += W::Row::COUNT;
            }
            while column < product.columns {
                tile::<T, N>(product, row, column);
                column += 1;
            }
        }
        row += W::ROWS;
    }
    row
}

/// # Safety
///
/// The sizes hold, and there are these rows and columns from `row` and `column` on.
#[inline(never)]
unsafe fn tile<T: Float, K: Tile<T>>(product: &mut Product<'_, T>, row: usize, column: usize) {
    const {
        let entries = K::ROWS * K::Row::COUNT;
        assert!(entries <= 16 && size_of::<K>() == entries * size_of::<T>());
    };
    let a = &product.a;
    let start = match product.finish {
        // SAFETY: there is a bias for each column.
        Finish::Bias(bias) => unsafe { K::Row::load(bias.as_ptr().add(column)) },
        _ => K::Row::splat(T::zero()),
    };
    let mut sums = K::starting(start, start);
    let mut from_a = a.entries.as_ptr().wrapping_add(row * a.row_step);
    let mut from_b = product.b.as_ptr().wrapping_add(column);
    let (mut left, small) = (product.depth, K::ROWS * K::Row::COUNT < 16);
    while counted(left, small) > 0 {
        left -= 1;
        // SAFETY: A has such a column, B such a row.
        unsafe { sums = sums.add(from_a, a.row_step, from_b, 0) };
        from_a = from_a.wrapping_add(a.column_step);
        from_b = from_b.wrapping_add(product.b_row);
    }
    let mut entries = [T::zero(); 16];
    // SAFETY: the entries are as many, and C has these rows and columns.
    unsafe {
        sums.store(entries.as_mut_ptr());
        for (r, sums) in entries[..K::ROWS * K::Row::COUNT].chunks(K::Row::COUNT).enumerate() {
            finish(product, sums, row + r, column);
        }
    }
}
