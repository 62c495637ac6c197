//! The one matrix product behind forward, backward and gradient, in tiles of registers.
//!
//! C = A B, where C and B have contiguous rows and A may be read along rows or along columns:
//!
//! | product | rows of C | columns of C | summed over | A | B |
//! | --- | --- | --- | --- | --- | --- |
//! | z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾] | examples | s_{l+1} | s_l | a⁽ˡ⁾ | weights, as they lie |
//! | ∂J/∂a⁽ˡ⁾ = Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ | examples | s_l | s_{l+1} | δ⁽ˡ⁺¹⁾ | weights, transposed |
//! | Δ⁽ˡ⁾ = Σ δ⁽ˡ⁺¹⁾ a⁽ˡ⁾ᵀ | s_l | s_{l+1} | examples | a⁽ˡ⁾, by columns | δ⁽ˡ⁺¹⁾ |
//!
//! A tile of C stays in registers while the sum runs: each entry is one chain of multiply-adds in
//! the order of the sum, whatever the width of a register, so AVX2, AVX-512 and NEON agree to the bit.

mod far;

use crate::fast::registers::{self, Entries, Float, Lanes, WIDEST};

/// A matrix to read, entry (row, column) at `row · row_step + column · column_step`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strided<'a, T> {
    pub(crate) entries: &'a [T],
    pub(crate) row_step: usize,
    pub(crate) column_step: usize,
}

/// What is done with a sum, entry by entry of C.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Finish<'a, T> {
    /// C = bias + sum, one bias for each column: z.
    Bias(&'a [T]),
    /// C = C + sum, each sum from C on, as if it had not stopped there: more of z. Whole registers of sets that have
    /// sixteen; others have none.
    GoOn,
    /// C = C ∘ sum, where C held g′: δ.
    Hadamard,
    /// C = sum: Δ of a first block.
    Store,
    /// C = Δ + sum + decay · Θ, of the last block: ∂J/∂Θ. Θ lies as C does; none is
    /// λ = 0.
    Gradient { before: Before<'a, T>, theta: Option<(T, &'a [T])> },
    /// C = C − rate · (sum + decay · C), where C is Θ itself: a step of gradient descent.
    Descend { decay: T, rate: T },
}

impl<T> Finish<'_, T> {
    /// C = C + sum: Δ of a block more.
    pub(crate) const ADD: Self = Self::Gradient { before: Before::InPlace, theta: None };
}

/// Where Δ of the blocks before is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Before<'a, T> {
    /// There were none.
    None,
    /// In C.
    InPlace,
    /// Here, lying as C does.
    At(&'a [T]),
}

/// C = A B and what becomes of it.
#[derive(Debug)]
pub struct Product<'a, T> {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) depth: usize,
    pub(crate) a: Strided<'a, T>,
    pub(crate) b: &'a [T],
    pub(crate) b_row: usize,
    pub(crate) c: &'a mut [T],
    pub(crate) c_row: usize,
    pub(crate) finish: Finish<'a, T>,
    /// Whether the largest |entry| of A is wanted.
    pub(crate) watched: bool,
}

impl<T: Float> Product<'_, T> {
    /// Computes C. Gives the largest |entry| of A where it is read along its rows and watched, NaN
    /// apart, and else 0. Panics if a matrix is smaller than the sizes say, or C wider than a register that
    /// is [`Lanes::SHORT`].
    #[inline(always)]
    pub(crate) fn run<V: Lanes<Scalar = T>>(&mut self) -> T {
        if self.rows == 0 || self.columns == 0 {
            return T::zero();
        }
        self.assert_sizes();
        let mut largest = V::splat(T::zero());
        self.panels(&mut largest);
        largest.largest()
    }

    /// Whether A is read along its columns, and not along its rows.
    #[inline(always)]
    fn is_down(&self) -> bool {
        self.a.column_step != 1
    }

    /// All columns.
    #[inline(always)]
    fn panels<V: Lanes<Scalar = T>>(&mut self, largest: &mut V) {
        let mut column = 0;
        if V::REGISTERS >= 16 && !V::SHORT && self.is_far() && registers::is_slow_if_far() {
            let width = if V::REGISTERS >= 32 { 4 } else { 2 } * V::LANES;
            let (end, seen) = self.bring_together(width, V::product);
            (column, *largest) = (end, V::splat(seen).max(*largest));
        }
        if V::REGISTERS >= 32 && !V::SHORT {
            while column + 4 * V::LANES <= self.columns {
                self.panel::<V, 4, false>(column, largest);
                column += 4 * V::LANES;
            }
        }
        while column + 2 * V::LANES <= self.columns && !V::SHORT {
            self.panel::<V, 2, false>(column, largest);
            column += 2 * V::LANES;
        }
        let rest = self.columns - column;
        assert!(!V::SHORT || rest <= V::LANES, "the rows are not short");
        if rest == 1 && self.is_down() {
            self.last_column::<V>();
        } else if rest > V::LANES && !V::SHORT {
            self.panel::<V, 2, true>(column, largest);
        } else if rest == V::LANES {
            self.panel::<V, 1, false>(column, largest);
        } else if rest > 0 {
            self.panel::<V, 1, true>(column, largest);
        }
    }

    pub(super) fn assert_sizes(&self) {
        let end = |rows: usize, row: usize, columns: usize| (rows - 1) * row + columns;
        let contiguous = self.a.column_step == 1 || self.a.row_step == 1 || self.rows == 1;
        assert!(contiguous, "A is contiguous neither way");
        let a_end =
            end(self.rows, self.a.row_step, 1) + (self.depth.max(1) - 1) * self.a.column_step;
        assert!(self.depth == 0 || self.a.entries.len() >= a_end, "A is too small");
        let b_end = end(self.depth.max(1), self.b_row, self.columns);
        assert!(self.depth == 0 || self.b.len() >= b_end, "B is too small");
        let c_end = end(self.rows, self.c_row, self.columns);
        assert!(self.c.len() >= c_end && self.c_row >= self.columns, "C is too small");
        match self.finish {
            Finish::Bias(bias) => assert!(bias.len() >= self.columns, "the bias is too short"),
            Finish::Gradient { before, theta, .. } => {
                assert!(theta.is_none_or(|theta| theta.1.len() >= c_end), "Θ is too small");
                if let Before::At(before) = before {
                    assert!(before.len() >= c_end, "Δ is too small");
                }
            }
            Finish::GoOn | Finish::Hadamard | Finish::Store | Finish::Descend { .. } => {}
        }
    }

    /// All rows of `NV` registers' columns; with `TAIL` the last register is not full.
    #[inline(always)]
    fn panel<V: Lanes<Scalar = T>, const NV: usize, const TAIL: bool>(
        &mut self,
        column: usize,
        largest: &mut V,
    ) {
        let mut row = 0;
        if NV == 4 {
            row = self.tiles::<V, 6, NV, TAIL>(row, column, largest);
        } else if V::REGISTERS >= 32 {
            row = self.tiles::<V, 12, NV, TAIL>(row, column, largest);
            row = self.tiles::<V, 8, NV, TAIL>(row, column, largest);
        } else if V::REGISTERS >= 16 {
            if NV == 1 {
                row = self.tiles::<V, 12, NV, TAIL>(row, column, largest);
            }
            row = self.tiles::<V, 6, NV, TAIL>(row, column, largest);
        }
        row = self.tiles::<V, 4, NV, TAIL>(row, column, largest);
        row = self.tiles::<V, 2, NV, TAIL>(row, column, largest);
        self.tiles::<V, 1, NV, TAIL>(row, column, largest);
    }

    /// As many tiles of `MR` rows as fit; gives the first row that is left.
    #[inline(always)]
    fn tiles<V: Lanes<Scalar = T>, const MR: usize, const NV: usize, const TAIL: bool>(
        &mut self,
        mut row: usize,
        column: usize,
        largest: &mut V,
    ) -> usize {
        while row + MR <= self.rows {
            // SAFETY: `run` has held all sizes against the slices; the rows from `row` to
            // `row + MR` are there, and so are the columns: with `TAIL` only those are touched
            // that C has, else NV registers of them are left.
            unsafe { self.tile::<V, MR, NV, TAIL>(row, column, largest) };
            row += MR;
        }
        row
    }

    /// The last column where A is read along its columns, with rows in the lanes: a register of
    /// columns would be filled by one.
    #[inline(always)]
    fn last_column<V: Lanes<Scalar = T>>(&mut self) {
        let mut row = 0;
        while row < self.rows {
            // SAFETY: `run` has held all sizes against the slices, and these rows are there.
            row += unsafe {
                let left = self.rows - row;
                if left >= 4 * V::LANES {
                    self.column::<V, 4>(row, V::LANES)
                } else {
                    self.column::<V, 1>(row, left.min(V::LANES))
                }
            };
        }
    }

    /// `N` registers of rows of the last column, `last` of them in the last register; gives how
    /// many rows these are.
    ///
    /// # Safety
    ///
    /// The sizes hold, A is contiguous along its columns, and the rows from `row` on are there.
    #[inline(always)]
    unsafe fn column<V: Lanes<Scalar = T>, const N: usize>(
        &mut self,
        row: usize,
        last: usize,
    ) -> usize {
        let column = self.columns - 1;
        let mut sums = [V::splat(T::zero()); N];
        for step in 0..self.depth {
            // SAFETY: A has a column for each step, with these rows, and B a row.
            unsafe {
                let a = self.a.entries.as_ptr().add(step * self.a.column_step + row);
                let factor = V::splat(*self.b.as_ptr().add(step * self.b_row + column));
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = load::<V, N, true>(a, v, last).mul_add(factor, *sum);
                }
            }
        }
        let rows = (N - 1) * V::LANES + last;
        for (v, sum) in sums.iter().enumerate() {
            let first = v * V::LANES;
            let mut entries = [T::zero(); WIDEST];
            // SAFETY: no register is wider than 16 lanes, and the rows below `rows` are there.
            unsafe {
                sum.store(entries.as_mut_ptr());
                for (lane, &entry) in entries[..V::LANES.min(rows - first)].iter().enumerate() {
                    let sum = [[V::splat(entry)]];
                    self.finish::<V, 1, 1, true>(sum, row + first + lane, column, 1);
                }
            }
        }
        rows
    }

    /// # Safety
    ///
    /// The sizes hold, `row + MR` is at most `rows`, and from `column` on there are `NV` registers
    /// of columns, or with `TAIL` more than `NV − 1` and fewer than `NV`.
    #[inline(always)]
    unsafe fn tile<V: Lanes<Scalar = T>, const MR: usize, const NV: usize, const TAIL: bool>(
        &mut self,
        row: usize,
        column: usize,
        largest: &mut V,
    ) {
        let last = if TAIL { self.columns - column - (NV - 1) * V::LANES } else { V::LANES };
        let zero = V::splat(T::zero());
        let mut start = [zero; NV];
        if let Finish::Bias(bias) = self.finish {
            for (v, start) in start.iter_mut().enumerate() {
                // SAFETY: there is a bias for each column.
                *start = unsafe { load::<V, NV, TAIL>(bias.as_ptr().add(column), v, last) };
            }
        }
        let mut sums = [start; MR];
        if V::REGISTERS >= 16
            && !TAIL
            && let Finish::GoOn = self.finish
        {
            for (r, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    // SAFETY: these rows of C are there.
                    *sum = unsafe {
                        let at = (row + r) * self.c_row + column + v * V::LANES;
                        V::load(self.c.as_ptr().add(at))
                    };
                }
            }
        }
        let a_row = self.a.row_step;
        // SAFETY: (row, 0) of A and (0, column) of B, in bounds wherever something is read. The
        // steps are those that A and B have.
        unsafe {
            let a = self.a.entries.as_ptr().add(row * a_row);
            let ahead = a.wrapping_add(MR * a_row);
            let mut from = From { a, ahead, b: self.b.as_ptr().wrapping_add(column) };
            // Two loops, for a step that is a constant is part of the loads; what is done with the sums is
            // compiled once.
            if self.is_down() {
                self.steps::<V, true, MR, NV, TAIL>(self.depth, &mut from, &mut sums, last);
            } else {
                // All of A is seen in the first columns.
                let watched = self.watched && column == 0;
                let at_once = if watched { V::LANES } else { self.depth };
                let mut left = self.depth;
                while left > 0 {
                    let n = left.min(at_once);
                    if watched {
                        watch::<V, MR>(from.a, a_row, n, largest);
                    }
                    self.steps::<V, false, MR, NV, TAIL>(n, &mut from, &mut sums, last);
                    left -= n;
                }
            }
        }
        // SAFETY: the caller's promise.
        unsafe { self.finish::<V, MR, NV, TAIL>(sums, row, column, last) }
    }

    /// Makes C of the sums of a tile.
    ///
    /// # Safety
    ///
    /// As for `tile`; with `TAIL` the last register holds `last` scalars.
    #[inline(always)]
    pub(super) unsafe fn finish<
        V: Lanes<Scalar = T>,
        const MR: usize,
        const NV: usize,
        const TAIL: bool,
    >(
        &mut self,
        mut sums: [[V; NV]; MR],
        row: usize,
        column: usize,
        last: usize,
    ) {
        let first = row * self.c_row + column;
        // SAFETY: rows `row` to `row + MR` of C, and of Δ and Θ, which lie as C does.
        unsafe {
            let c = self.c.as_mut_ptr().add(first);
            match self.finish {
                Finish::Bias(_) | Finish::GoOn | Finish::Store => {}
                Finish::Hadamard => {
                    for (r, sums) in sums.iter_mut().enumerate() {
                        for (v, sum) in sums.iter_mut().enumerate() {
                            *sum = *sum * load::<V, NV, TAIL>(c.add(r * self.c_row), v, last);
                        }
                    }
                }
                Finish::Descend { decay, rate } if decay.is_zero() => {
                    let rate = V::splat(-rate);
                    for (r, sums) in sums.iter_mut().enumerate() {
                        for (v, sum) in sums.iter_mut().enumerate() {
                            let theta = load::<V, NV, TAIL>(c.add(r * self.c_row), v, last);
                            *sum = sum.mul_add(rate, theta);
                        }
                    }
                }
                Finish::Descend { decay, rate } => {
                    let (decay, rate) = (V::splat(decay), V::splat(-rate));
                    for (r, sums) in sums.iter_mut().enumerate() {
                        for (v, sum) in sums.iter_mut().enumerate() {
                            let theta = load::<V, NV, TAIL>(c.add(r * self.c_row), v, last);
                            let slope = decay.mul_add(theta, *sum);
                            *sum = slope.mul_add(rate, theta);
                        }
                    }
                }
                Finish::Gradient { before, theta } => {
                    let before = match before {
                        Before::None => None,
                        Before::InPlace => Some(c.cast_const()),
                        Before::At(before) => Some(before.as_ptr().add(first)),
                    };
                    if let Some(before) = before {
                        for (r, sums) in sums.iter_mut().enumerate() {
                            for (v, sum) in sums.iter_mut().enumerate() {
                                let at = before.add(r * self.c_row);
                                *sum = *sum + load::<V, NV, TAIL>(at, v, last);
                            }
                        }
                    }
                    if let Some((decay, theta)) = theta {
                        let (decay, theta) = (V::splat(decay), theta.as_ptr().add(first));
                        for (r, sums) in sums.iter_mut().enumerate() {
                            for (v, sum) in sums.iter_mut().enumerate() {
                                let theta = theta.add(r * self.c_row);
                                *sum = decay.mul_add(load::<V, NV, TAIL>(theta, v, last), *sum);
                            }
                        }
                    }
                }
            }
            for (r, sums) in sums.iter().enumerate() {
                for (v, &sum) in sums.iter().enumerate() {
                    let to = c.add(r * self.c_row + v * V::LANES);
                    if TAIL && v + 1 == NV { sum.store_first(to, last) } else { sum.store(to) }
                }
            }
        }
    }

    /// The next `n` steps of the sums of a tile.
    ///
    /// # Safety
    ///
    /// Of A and B that many are left; the rest is as for `tile`.
    #[inline(always)]
    unsafe fn steps<
        V: Lanes<Scalar = T>,
        const DOWN: bool,
        const MR: usize,
        const NV: usize,
        const TAIL: bool,
    >(
        &self,
        n: usize,
        from: &mut From<T>,
        sums: &mut [[V; NV]; MR],
        last: usize,
    ) {
        let (a_row, a_step) = if DOWN { (1, self.a.column_step) } else { (self.a.row_step, 1) };
        #[cfg(unoptimized)]
        {
            let (sums, b_row) = (sums.as_mut_ptr().cast(), self.b_row);
            let &mut From { a, b, .. } = from;
            let (rows, registers, depth) = (MR, NV, n);
            // SAFETY: the caller's promise: A has these rows, and B these columns.
            unsafe {
                let tile = Tile { sums, rows, registers, last, depth, a, a_row, a_step, b, b_row };
                V::add_products(tile);
            }
            from.a = a.wrapping_add(n * a_step);
            from.b = b.wrapping_add(n * b_row);
        }
        #[cfg(not(unoptimized))]
        for _ in 0..n {
            // It pays where tiles are wide and rows few, and where rows lie far apart, as those of inputs do.
            if NV == 4 || NV == 2 && !DOWN {
                V::prefetch(from.ahead);
            }
            let mut registers = [V::splat(T::zero()); NV];
            for (v, register) in registers.iter_mut().enumerate() {
                // SAFETY: B has a row for each step, and these columns.
                *register = unsafe { load::<V, NV, TAIL>(from.b, v, last) };
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                // SAFETY: A has `row + MR` rows.
                let factor = V::splat(unsafe { *from.a.add(r * a_row) });
                for (sum, &register) in sums.iter_mut().zip(&registers) {
                    *sum = factor.mul_add(register, *sum);
                }
            }
            from.a = from.a.wrapping_add(a_step);
            from.ahead = from.ahead.wrapping_add(if DOWN { a_step } else { MR });
            from.b = from.b.wrapping_add(self.b_row);
        }
    }
}

/// A tile of sums, and what is to be added to it: one row of B, times a row of factors in A, after the other.
#[cfg(any(unoptimized, all(test, feature = "std", target_arch = "x86_64")))]
#[derive(Clone, Copy, Debug)]
pub struct Tile<T> {
    /// `rows` × `registers`, one behind the other.
    pub(crate) sums: *mut T,
    pub(crate) rows: usize,
    pub(crate) registers: usize,
    /// Lanes of the last register of a row: so many columns has B there.
    pub(crate) last: usize,
    /// How many products are added to each sum.
    pub(crate) depth: usize,
    /// Entry (row, step) of A is at `row · a_row + step · a_step`, row `step` of B at `step · b_row`.
    pub(crate) a: *const T,
    pub(crate) a_row: usize,
    pub(crate) a_step: usize,
    pub(crate) b: *const T,
    pub(crate) b_row: usize,
}

/// Where a sum has come to, in A and in B.
struct From<T> {
    a: *const T,
    /// What the next tile reads of A: beside the entries of this step, or in the rows that follow,
    /// of which no processor guesses where they begin.
    #[cfg_attr(unoptimized, expect(dead_code, reason = "nothing is asked for ahead"))]
    ahead: *const T,
    b: *const T,
}

/// `largest` of it and of the `n` entries from `a` on in each of `MR` rows.
///
/// # Safety
///
/// They can be read.
#[inline(always)]
unsafe fn watch<V: Lanes, const MR: usize>(
    a: *const V::Scalar,
    a_row: usize,
    n: usize,
    largest: &mut V,
) {
    // Two chains: one would be waited for.
    let mut most = [V::splat(nalgebra::zero()); 2];
    for r in 0..MR {
        // SAFETY: the caller's promise.
        let entries = unsafe {
            if n == V::LANES {
                V::load(a.add(r * a_row))
            } else {
                V::load_first(a.add(r * a_row), n)
            }
        };
        most[r % 2] = entries.abs().max(most[r % 2]);
    }
    *largest = most[0].max(most[1]).max(*largest);
}

/// Register `v` of the `NV` that start at `from`; with `TAIL` the last holds `last` scalars.
///
/// # Safety
///
/// They can be read.
#[inline(always)]
unsafe fn load<V: Lanes, const NV: usize, const TAIL: bool>(
    from: *const V::Scalar,
    v: usize,
    last: usize,
) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let from = from.add(v * V::LANES);
        if TAIL && v + 1 == NV { V::load_first(from, last) } else { V::load(from) }
    }
}

/// A matrix of `rows` × `columns`, rows contiguous, written transposed.
#[derive(Debug)]
pub struct Transpose<'a, T> {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) from: &'a [T],
    pub(crate) from_row: usize,
    pub(crate) to: &'a mut [T],
    pub(crate) to_row: usize,
}

impl<T: Float> Transpose<'_, T> {
    /// Writes it. Panics if a slice is smaller than the sizes say.
    #[inline(always)]
    pub(crate) fn run<V: Lanes<Scalar = T>>(&mut self) {
        let &mut Self { rows, columns, from, from_row, ref mut to, to_row } = self;
        assert!(rows > 0 && columns > 0 && columns <= from_row && rows <= to_row);
        assert!(from.len() >= (rows - 1) * from_row + columns);
        assert!(to.len() >= (columns - 1) * to_row + rows);
        let (high, wide) = (V::Narrow::LANES, V::Narrow::LANES.div_ceil(2));
        let (whole_rows, whole_columns) = (rows - rows % high, columns - columns % wide);
        for row in (0..whole_rows).step_by(high) {
            for column in (0..whole_columns).step_by(wide) {
                // SAFETY: these entries lie within the matrices, whose sizes the assertions hold.
                unsafe {
                    let from = from.as_ptr().add(row * from_row + column);
                    let to = to.as_mut_ptr().add(column * to_row + row);
                    V::Narrow::transpose_strip(from, from_row, to, to_row);
                }
            }
        }
        let mut edge = |row: usize, column: usize| {
            to[column * to_row + row] = from[row * from_row + column];
        };
        for column in whole_columns..columns {
            (0..whole_rows).for_each(|row| edge(row, column));
        }
        for row in whole_rows..rows {
            (0..columns).for_each(|column| edge(row, column));
        }
    }
}
