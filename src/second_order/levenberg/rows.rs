//! Rows of J, some at a time: made of examples, then added to JᵀJ and to Jᵀr.

use alloc::vec::Vec;
use core::ops::Range;

use nalgebra::{DMatrix, DMatrixViewMut, RealField};

use super::normal::{room, zeros};
use crate::error::Error;
use crate::fast::{Crew, size};
use crate::input::Sample;
use crate::network::Network;
use crate::second_order::jacobian::row_into;
use crate::threads::Threads;

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

pub(super) struct Rows<T> {
    /// As columns, and as rows.
    rows: DMatrix<T>,
    transposed: DMatrix<T>,
    /// a⁽ᴸ⁾ − y of each.
    residuals: Vec<T>,
    /// The largest entry of each column, as each thread has seen it.
    peaks: Vec<T>,
    threads: Option<Threads>,
}

impl<T: RealField> Rows<T> {
    pub(super) fn new(parameters: usize, threads: Option<&Threads>) -> Result<Self, Error> {
        let count = threads.map_or(1, Threads::count);
        let mut peaks = room(parameters.saturating_mul(count))?;
        peaks.resize(parameters * count, T::zero());
        Ok(Self {
            rows: zeros(parameters, ROWS)?,
            transposed: zeros(ROWS, parameters)?,
            residuals: Vec::with_capacity(ROWS),
            peaks,
            threads: threads.cloned(),
        })
    }

    /// Forgets the largest entries.
    pub(super) fn begin(&mut self) {
        self.peaks.fill(T::zero());
    }

    /// The largest entry of each column since then.
    pub(super) fn peaks(&mut self) -> &[T] {
        let (first, others) = self.peaks.split_at_mut(self.rows.nrows());
        for other in others.chunks_exact(first.len()) {
            for (peak, other) in first.iter_mut().zip(other) {
                *peak = peak.clone().max(other.clone());
            }
        }
        first
    }

    /// Makes the rows of these numbers, s_L of each example, in `units`.
    pub(super) fn make<N: Network<Scalar = T>>(
        &mut self,
        net: &N,
        examples: (&[N::Input], &[N::Target]),
        numbers: Range<usize>,
        units: &[T],
    ) {
        let Self { rows, residuals, peaks, threads, .. } = self;
        let (count, crew) = (numbers.len(), Crew::with(threads.as_ref()));
        residuals.clear();
        residuals.resize(count, T::zero());
        let parts = crew.parts(count * units.len() * OF_A_ROW, count);
        let all = Made { numbers, rows: rows.as_mut_slice(), residuals, peaks, units };
        let end = |part| size(count, parts, part);
        let split = |all, part| Made::split_at(all, end(part));
        crew.share(all, parts, split, |made| made.of(net, examples));
    }

    /// JᵀJ += each row with itself, in the lower triangle; Jᵀr += each row times its residual.
    pub(super) fn add_to(&mut self, matrix: &mut DMatrix<T>, gradient: &mut [T]) {
        let Self { rows, transposed, residuals, threads, .. } = self;
        let (parameters, crew) = (gradient.len(), Crew::with(threads.as_ref()));
        let entries = entries(parameters, parameters);
        let parts = crew.parts(residuals.len() * entries, parameters.div_ceil(STEP));
        let (matrix, transposed) = (matrix.as_mut_slice(), transposed.as_mut_slice());
        let all = Columns { columns: 0..parameters, parameters, matrix, transposed, gradient };
        let split = |all, part| Columns::split_at(all, end(parameters, parts, part));
        crew.share(all, parts, split, |columns| columns.add(rows, residuals));
    }
}

/// Rows that one thread makes.
struct Made<'a, T> {
    numbers: Range<usize>,
    rows: &'a mut [T],
    residuals: &'a mut [T],
    /// Its own first, and those of the next ones.
    peaks: &'a mut [T],
    units: &'a [T],
}

impl<T: RealField> Made<'_, T> {
    fn of<N: Network<Scalar = T>>(self, net: &N, (inputs, targets): (&[N::Input], &[N::Target])) {
        let Self { numbers, rows, residuals, peaks, units } = self;
        let mut output = N::Target::from_fn(|_| T::zero());
        let rows = rows.chunks_exact_mut(units.len()).zip(residuals);
        for (number, (row, residual)) in numbers.zip(rows) {
            let (example, unit) = (number / N::Target::SIZE, number % N::Target::SIZE);
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
        let Self { numbers: Range { start, end }, units, .. } = self;
        let (rows, rows_rest) = self.rows.split_at_mut(count * units.len());
        let (residuals, residuals_rest) = self.residuals.split_at_mut(count);
        let (peaks, peaks_rest) = self.peaks.split_at_mut(units.len());
        let of = |numbers, rows, residuals, peaks| Self { numbers, rows, residuals, peaks, units };
        (
            of(start..start + count, rows, residuals, peaks),
            of(start + count..end, rows_rest, residuals_rest, peaks_rest),
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
    fn add(self, rows: &DMatrix<T>, residuals: &[T]) {
        let Self { columns: Range { start, end }, parameters, matrix, transposed, gradient } = self;
        let (wide, filled) = (end - start, residuals.len());
        for (row, residual) in rows.as_slice().chunks_exact(parameters).zip(residuals) {
            for (sum, slope) in gradient.iter_mut().zip(&row[start..end]) {
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
