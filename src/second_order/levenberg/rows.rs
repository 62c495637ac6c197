//! Rows of J, some at a time: made of examples, then added to JᵀJ and to Jᵀr.

use alloc::vec::Vec;
use core::ops::Range;

use nalgebra::{DMatrixView, DMatrixViewMut, RealField};

use super::normal::zeros;
use crate::error::Error;
use crate::fast::{Crew, size};
use crate::input::Sample;
use crate::network::Network;
use crate::second_order::jacobian::row_into;
use crate::threads::{Lined, Threads};

/// Rows that are multiplied at a time.
pub(super) const ROWS: usize = 64;

/// Columns of JᵀJ that are made at a time: of a symmetric matrix, those below the diagonal and
/// little more.
const COLUMNS: usize = 128;

/// What columns are parted at among threads: so many are multiplied as more are, with the same bits, where a few
/// would be by other loops.
const STEP: usize = 16;

/// What a row takes for each parameter, in multiply-adds of a product: it is made in numbers, not in
/// registers. Measured.
const OF_A_ROW: usize = 64;

/// What a thread writes begins at a cache line, and nobody has written it before: rows, columns, and what it has seen.
pub(super) struct Rows<T> {
    parameters: usize,
    /// As columns, and as rows.
    rows: Lined<T>,
    transposed: Lined<T>,
    /// a⁽ᴸ⁾ − y of each.
    residuals: Vec<T>,
    /// Of each thread: that of its rows, and the largest entry of each column that it has made.
    seen: Lined<T>,
    /// How many of them have made any.
    begun: usize,
    threads: Option<Threads>,
}

impl<T: RealField> Rows<T> {
    pub(super) fn new(parameters: usize, threads: Option<&Threads>) -> Result<Self, Error> {
        Ok(Self {
            parameters,
            rows: zeros(from_row_to_row::<T>(parameters), ROWS)?,
            transposed: zeros(ROWS, parameters)?,
            residuals: Vec::with_capacity(ROWS),
            seen: zeros(of_thread::<T>(parameters), threads.map_or(1, Threads::count))?,
            begun: 0,
            threads: threads.cloned(),
        })
    }

    /// Forgets the largest entries.
    pub(super) const fn begin(&mut self) {
        self.begun = 0;
    }

    /// The largest entry of each column since then.
    pub(super) fn peaks(&mut self) -> &[T] {
        let Self { parameters, seen, begun, .. } = self;
        let mut of_each = seen.as_mut_slice().chunks_exact_mut(of_thread::<T>(*parameters));
        let first = of_each.next().map_or(Default::default(), |first| &mut first[ROWS..]);
        for other in of_each.take(begun.saturating_sub(1)) {
            for (peak, other) in first.iter_mut().zip(&other[ROWS..]) {
                *peak = peak.clone().max(other.clone());
            }
        }
        &first[..*parameters]
    }

    /// Makes the rows of these numbers, s_L of each example, in `units`.
    pub(super) fn make<N: Network<Scalar = T>>(
        &mut self,
        net: &N,
        examples: (&[N::Input], &[N::Target]),
        numbers: Range<usize>,
        units: &[T],
    ) {
        let Self { rows, residuals, seen, threads, begun, .. } = self;
        let (count, crew) = (numbers.len(), Crew::with(threads.as_ref()));
        let parts = crew.parts_of::<T>(count * units.len() * OF_A_ROW, count);
        let (rows, seen) = (rows.as_mut_slice(), seen.as_mut_slice());
        let all = Made { numbers, rows, seen: &mut *seen, begun: *begun, units };
        let rows_of = |part| size(count, parts, part);
        let split = |all, part| Made::split_at(all, rows_of(part));
        crew.share(all, parts, split, |made| made.of(net, examples));
        *begun = parts.max(*begun);
        residuals.clear();
        for (part, seen) in (1..=parts).zip(seen.chunks_exact(of_thread::<T>(units.len()))) {
            residuals.extend_from_slice(&seen[..rows_of(part)]);
        }
    }

    /// JᵀJ += each row with itself, in the lower triangle; Jᵀr += each row times its residual. What is `anew` begins at 0.
    pub(super) fn add_to(&mut self, matrix: &mut [T], gradient: &mut [T], anew: [bool; 2]) {
        let &mut Self {
            parameters, ref rows, ref mut transposed, ref residuals, ref threads, ..
        } = self;
        let (entries, crew) = (entries(parameters, parameters), Crew::with(threads.as_ref()));
        let parts = crew.parts_of::<T>(residuals.len() * entries, parameters.div_ceil(STEP));
        let transposed = transposed.as_mut_slice();
        let all = Columns { columns: 0..parameters, parameters, matrix, transposed, gradient };
        let split = |all, part| Columns::split_at(all, end(parameters, parts, part));
        let rows = DMatrixView::from_slice(rows.as_slice(), from_row_to_row::<T>(parameters), ROWS);
        crew.share(all, parts, split, |columns| columns.add(&rows, residuals, anew));
    }
}

/// From one row to the next.
const fn from_row_to_row<T>(parameters: usize) -> usize {
    Lined::<T>::rounded(parameters)
}

/// What one thread sees.
const fn of_thread<T>(parameters: usize) -> usize {
    ROWS + Lined::<T>::rounded(parameters)
}

/// Rows that one thread makes.
struct Made<'a, T> {
    numbers: Range<usize>,
    rows: &'a mut [T],
    /// What it sees first, and behind it what the next ones do, of which so many have begun.
    seen: &'a mut [T],
    begun: usize,
    units: &'a [T],
}

impl<T: RealField> Made<'_, T> {
    fn of<N: Network<Scalar = T>>(self, net: &N, (inputs, targets): (&[N::Input], &[N::Target])) {
        let Self { numbers, rows, seen, begun, units } = self;
        let (residuals, peaks) = seen.split_at_mut(ROWS);
        let peaks = &mut peaks[..units.len()];
        if begun == 0 {
            peaks.fill(T::zero());
        }
        let mut output = N::Target::from_fn(|_| T::zero());
        let rows = rows.chunks_exact_mut(from_row_to_row::<T>(units.len())).zip(residuals);
        for (number, (row, residual)) in numbers.zip(rows) {
            let (example, unit) = (number / N::Target::SIZE, number % N::Target::SIZE);
            let row = &mut row[..units.len()];
            row_into(net, &inputs[example], unit, row, &mut output);
            *residual = output.as_ref()[unit].clone() - targets[example].as_ref()[unit].clone();
            for (slope, (peak, unit)) in row.iter_mut().zip(peaks.iter_mut().zip(units)) {
                *peak = peak.clone().max(slope.clone().abs());
                *slope *= unit.clone();
            }
        }
    }

    /// The first `count` rows, and the others.
    fn split_at(self, count: usize) -> (Self, Self) {
        let Self { numbers: Range { start, end }, begun, units, .. } = self;
        let (rows, rows_rest) = self.rows.split_at_mut(count * from_row_to_row::<T>(units.len()));
        let (seen, seen_rest) = self.seen.split_at_mut(of_thread::<T>(units.len()));
        let (middle, behind) = (start + count, begun.saturating_sub(1));
        (
            Self { numbers: start..middle, rows, seen, begun, units },
            Self { numbers: middle..end, rows: rows_rest, seen: seen_rest, begun: behind, units },
        )
    }
}

/// Columns of JᵀJ that one thread adds to, with their entries of Jᵀr.
struct Columns<'a, T> {
    columns: Range<usize>,
    parameters: usize,
    matrix: &'a mut [T],
    transposed: &'a mut [T],
    gradient: &'a mut [T],
}

impl<T: RealField> Columns<'_, T> {
    fn add(self, rows: &DMatrixView<'_, T>, residuals: &[T], anew: [bool; 2]) {
        let Self { columns: Range { start, end }, parameters, matrix, transposed, gradient } = self;
        let (wide, filled) = (end - start, residuals.len());
        for (sums, anew) in [&mut *matrix, &mut *gradient].into_iter().zip(anew) {
            if anew {
                sums.fill(T::zero());
            }
        }
        for (row, residual) in rows.column_iter().zip(residuals) {
            for (sum, slope) in gradient.iter_mut().zip(&row.as_slice()[start..end]) {
                *sum += residual.clone() * slope.clone();
            }
        }
        let rows = rows.columns(0, filled);
        let mut transposed = DMatrixViewMut::from_slice(transposed, ROWS, wide);
        let mut transposed = transposed.rows_mut(0, filled);
        rows.rows(start, wide).transpose_to(&mut transposed);
        let mut matrix = DMatrixViewMut::from_slice(matrix, parameters, wide);
        let mut column = start;
        while column < end {
            let (first, at) = (column - column % COLUMNS, column - start);
            let (below, wide) = (parameters - first, end.min(first + COLUMNS) - column);
            matrix.view_mut((first, at), (below, wide)).gemm(
                T::one(),
                &rows.rows(first, below),
                &transposed.columns(at, wide),
                T::one(),
            );
            column += wide;
        }
    }

    /// The columns before `column`, and the others.
    fn split_at(self, column: usize) -> (Self, Self) {
        let Self { columns: Range { start, end }, parameters, .. } = self;
        let count = column - start;
        let (matrix, matrix_rest) = self.matrix.split_at_mut(count * parameters);
        let (transposed, transposed_rest) = self.transposed.split_at_mut(count * ROWS);
        let (gradient, gradient_rest) = self.gradient.split_at_mut(count);
        let of = |columns, matrix, transposed, gradient| Self {
            columns,
            parameters,
            matrix,
            transposed,
            gradient,
        };
        (
            of(start..column, matrix, transposed, gradient),
            of(column..end, matrix_rest, transposed_rest, gradient_rest),
        )
    }
}

/// Entries that are made of the first `columns`.
const fn entries(parameters: usize, columns: usize) -> usize {
    let (blocks, rest) = (columns / COLUMNS, columns % COLUMNS);
    let above = COLUMNS * (blocks * blocks.saturating_sub(1) / 2 * COLUMNS + rest * blocks);
    parameters * columns - above
}

/// Where the columns of a part end, from 1 on, so that each part has about as many entries.
fn end(parameters: usize, parts: usize, part: usize) -> usize {
    let enough = entries(parameters, parameters) / parts * part;
    let can_end = |&column: &usize| {
        let left = parameters.min(column - column % COLUMNS + COLUMNS) - column;
        column.is_multiple_of(COLUMNS) || left >= STEP
    };
    let mut ends = (0..parameters).step_by(STEP).filter(can_end);
    ends.find(|&column| entries(parameters, column) >= enough).unwrap_or(parameters)
}
