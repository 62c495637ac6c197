//! JᵀJ/m + D as a matrix, formed from rows of J, and the damped system solved by Cholesky.

use alloc::vec::Vec;

use nalgebra::{Cholesky, DMatrix, DVector, RealField};

use super::largest;
use super::model::{Problem, Solution};
use super::settings::Damping;
use crate::error::Error;
use crate::fast::pairwise::{self, Levels, Waiting};
use crate::gradient::{BLOCK, Gradient};
use crate::input::Sample;
use crate::network::Network;
use crate::real::count;
use crate::second_order::jacobian::row_into;
use crate::shapes::parameters::Parameters;

/// Rows of J that are multiplied at a time.
const ROWS: usize = 64;

/// So many such products are added one after the other; sums of so many are added along the tree.
const RUN: usize = 16;

/// Columns of JᵀJ that are made at a time: of a symmetric matrix, those below the diagonal and
/// little more.
const COLUMNS: usize = 128;

/// G = JᵀJ/m + D. Only the lower triangle means something.
pub(super) struct Normal<T> {
    matrix: DMatrix<T>,
    /// Some rows of J as columns, and as rows.
    rows: DMatrix<T>,
    transposed: DMatrix<T>,
    /// What waits to be added to the matrix, and to the gradient.
    waiting: Vec<T>,
    levels: Levels<T>,
    damping: Damping,
}

impl<T: RealField> Normal<T> {
    pub(super) fn new(parameters: usize, damping: Damping) -> Result<Self, Error> {
        Ok(Self {
            matrix: zeros(parameters, parameters)?,
            rows: zeros(parameters, ROWS)?,
            transposed: zeros(ROWS, parameters)?,
            waiting: Vec::new(),
            levels: Levels::new(),
            damping,
        })
    }

    /// G, and ∇J = Jᵀr/m + D Θ with the residuals r = a⁽ᴸ⁾ − y. Gives how many passes it took.
    ///
    /// Jᵀr goes along the tree over blocks of examples; JᵀJ, whose sums are larger, over runs of 1024
    /// rows.
    pub(super) fn form<N: Network<Scalar = T>>(
        &mut self,
        net: &N,
        problem: &Problem<'_, N>,
        gradient: &mut Gradient<N>,
    ) -> Result<usize, Error> {
        let &Problem { inputs, targets, regularization } = problem;
        let (m, s_l) = (inputs.len(), N::Target::SIZE);
        let runs = m.saturating_mul(s_l).div_ceil(RUN * ROWS);
        let mut waiting = self.room_for(runs)?;
        let (first, above) = waiting.split_at_mut(if runs > 1 { self.matrix.len() } else { 0 });
        let mut of_matrix = Waiting::new(first, above);

        let blocks = m.div_ceil(BLOCK);
        let mut levels = core::mem::replace(&mut self.levels, Levels::new());
        let rows = levels.rows(pairwise::rows(blocks), N::PARAMETERS);
        let (first, above) = rows.split_at_mut(if blocks > 1 { N::PARAMETERS } else { 0 });
        let mut of_gradient = Waiting::new(first, above);

        self.matrix.fill(T::zero());
        let mut output = N::Target::from_fn(|_| T::zero());
        let (mut run, mut products, mut filled) = (0, 0, 0);
        for (block, (xs, ys)) in inputs.chunks(BLOCK).zip(targets.chunks(BLOCK)).enumerate() {
            gradient.fill(T::zero());
            for ((x, y), unit) in
                xs.iter().zip(ys).flat_map(|pair| (0..s_l).map(move |l| (pair, l)))
            {
                let mut row = self.rows.column_mut(filled);
                let row = row.as_mut_slice();
                row_into(net, x, unit, row, &mut output);
                let residual = output.as_ref()[unit].clone() - y.as_ref()[unit].clone();
                for (sum, slope) in gradient.parameters_mut().iter_mut().zip(row.iter()) {
                    *sum += residual.clone() * slope.clone();
                }
                filled += 1;
                if filled < ROWS {
                    continue;
                }
                self.multiply(filled);
                (products, filled) = (products + 1, 0);
                if products == RUN && run + 1 < runs {
                    of_matrix.push(run, self.matrix.as_slice(), pairwise::add);
                    self.matrix.fill(T::zero());
                    (run, products) = (run + 1, 0);
                }
            }
            if block + 1 < blocks {
                of_gradient.push(block, gradient.parameters(), pairwise::add);
            }
        }
        self.multiply(filled);
        of_matrix.all(run).add_to(self.matrix.as_mut_slice(), pairwise::add);
        of_gradient.all(blocks - 1).add_to(gradient.parameters_mut(), pairwise::add);
        (self.waiting, self.levels) = (waiting, levels);

        self.matrix /= count::<T>(m);
        regularization.add_curvature::<N>(m, |index, lambda| self.matrix[(index, index)] += lambda);
        gradient.finish(net, m, regularization);
        Ok(s_l)
    }

    /// Room for the sums of so many runs that wait, to be given back.
    fn room_for(&mut self, runs: usize) -> Result<Vec<T>, Error> {
        let entries = pairwise::rows(runs).saturating_mul(self.matrix.len());
        let mut waiting = core::mem::take(&mut self.waiting);
        if waiting.len() < entries {
            let more = entries - waiting.len();
            waiting.try_reserve_exact(more).map_err(|_| too_large(entries))?;
            waiting.resize(entries, T::zero());
        }
        Ok(waiting)
    }

    /// JᵀJ += the first `filled` rows, each with itself; the lower triangle.
    fn multiply(&mut self, filled: usize) {
        let parameters = self.matrix.nrows();
        let rows = self.rows.columns(0, filled);
        let mut transposed = self.transposed.rows_mut(0, filled);
        rows.transpose_to(&mut transposed);
        for first in (0..parameters).step_by(COLUMNS) {
            let (below, wide) = (parameters - first, COLUMNS.min(parameters - first));
            self.matrix.view_mut((first, first), (below, wide)).gemm(
                T::one(),
                &rows.rows(first, below),
                &transposed.columns(first, wide),
                T::one(),
            );
        }
    }

    /// What μ is measured in.
    pub(super) fn unit(&self) -> T {
        match self.damping {
            Damping::Identity => largest(self.matrix.diagonal().as_slice()),
            Damping::Diagonal => T::one(),
        }
    }

    /// p of (G + μ …) p = −∇J; nothing where the matrix is not positive definite, or p not finite.
    pub(super) fn solve(&self, mu: &T, gradient: &[T]) -> Result<Option<Solution<T>>, Error> {
        let parameters = gradient.len();
        let diagonal = self.matrix.diagonal();
        let least = largest(diagonal.as_slice()) * T::default_epsilon();
        let damping: Vec<T> = match self.damping {
            Damping::Identity => alloc::vec![mu.clone(); parameters],
            Damping::Diagonal => {
                diagonal.iter().map(|entry| entry.clone().max(least.clone()) * mu.clone()).collect()
            }
        };
        let mut damped = room(self.matrix.len())?;
        damped.extend_from_slice(self.matrix.as_slice());
        let mut damped = DMatrix::from_vec(parameters, parameters, damped);
        for (index, damping) in damping.iter().enumerate() {
            damped[(index, index)] += damping.clone();
        }
        let Some(factors) = Cholesky::new(damped) else { return Ok(None) };
        let mut p = DVector::from_iterator(parameters, gradient.iter().map(|slope| -slope.clone()));
        factors.solve_mut(&mut p);
        let damped = p
            .iter()
            .zip(damping)
            .fold(T::zero(), |sum, (p, damping)| sum + damping * p.clone() * p.clone());
        let p: Vec<T> = p.data.into();
        Ok(p.iter().all(T::is_finite).then_some(Solution { p, damped }))
    }
}

/// 0 in every entry, or an error where there is no room for it.
fn zeros<T: RealField>(rows: usize, columns: usize) -> Result<DMatrix<T>, Error> {
    let entries = rows.checked_mul(columns).ok_or_else(|| too_large(usize::MAX))?;
    let mut memory = room(entries)?;
    memory.resize(entries, T::zero());
    Ok(DMatrix::from_vec(rows, columns, memory))
}

fn room<T>(entries: usize) -> Result<Vec<T>, Error> {
    let mut memory = Vec::new();
    memory.try_reserve_exact(entries).map_err(|_| too_large(entries))?;
    Ok(memory)
}

#[allow(clippy::cast_precision_loss, reason = "a message says how many, about")]
const fn too_large(entries: usize) -> Error {
    Error::Setting {
        name: "entries of JᵀJ",
        value: entries as f64,
        expected: "few enough for the memory; conjugate gradients need none of them",
    }
}
