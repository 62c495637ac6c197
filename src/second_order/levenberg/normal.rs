//! JᵀJ/m + D as a matrix, formed from rows of J, and the damped system solved by Cholesky.

use alloc::vec::Vec;

use nalgebra::{Cholesky, DMatrix, DVector, RealField};

use super::model::{Problem, Solution, too_long};
use super::rows::{ROWS, Rows};
use super::scales;
use super::settings::Damping;
use crate::error::Error;
use crate::fast::pairwise::{self, Levels, Waiting};
use crate::fast::values::are_squares_in_range;
use crate::gradient::BLOCK;
use crate::input::Sample;
use crate::network::Network;
use crate::network::place;
use crate::real::{count, to_f64};
use crate::threads::{Lined, Threads};
use crate::update::check_slopes_are_finite;

/// So many products of [`ROWS`] rows are added one after the other; sums of so many are added along the tree.
const RUN: usize = 16;

/// G = JᵀJ/m + D, over parameters θ_j/u_j so that nothing leaves the range of the scalar: u_i G_ij u_j.
/// Only the lower triangle means something.
pub(super) struct Normal<T> {
    matrix: Lined<T>,
    /// ∂J/∂θ_j u_j.
    gradient: Lined<T>,
    rows: Rows<T>,
    /// What waits to be added to the matrix, and to the gradient.
    waiting: Vec<T>,
    levels: Levels<T>,
    damping: Damping,
    /// u: powers of two, which change no digit; 1 but for columns whose squares have no number.
    units: Vec<T>,
    /// What Θ is multiplied with in ∇J: D.
    decays: Vec<T>,
    /// C_jj, which μ is multiplied with the square of: the largest √G_jj so far, or a size that stays.
    scales: Vec<T>,
}

impl<T: RealField> Normal<T> {
    pub(super) fn new(
        parameters: usize,
        damping: Damping,
        threads: Option<&Threads>,
    ) -> Result<Self, Error> {
        let zeroes = || alloc::vec![T::zero(); parameters];
        Ok(Self {
            matrix: zeros(parameters, parameters)?,
            rows: Rows::new(parameters, threads)?,
            waiting: Vec::new(),
            levels: Levels::new(),
            damping,
            units: alloc::vec![T::one(); parameters],
            gradient: zeros(parameters, 1)?,
            decays: zeroes(),
            scales: zeroes(),
        })
    }

    /// G and ∇J. Gives how many passes it took.
    pub(super) fn form<N: Network<Scalar = T>>(
        &mut self,
        net: &N,
        problem: &Problem<'_, N>,
        scales: &[T],
    ) -> Result<usize, Error> {
        let known = scales.len() == self.scales.len();
        match self.damping {
            Damping::Identity if !known => self.scales = scales::of(net, problem.inputs),
            Damping::Diagonal if !known => self.scales.fill(T::zero()),
            _ => self.scales.clone_from_slice(scales),
        }
        let passes = match self.damping {
            Damping::Identity => self.form_in_sizes(net, problem),
            Damping::Diagonal => self.form_in_columns(net, problem),
        }?;
        check_slopes_are_finite::<N>(self.gradient.as_slice())?;
        Ok(passes)
    }

    /// In units of the scales.
    fn form_in_sizes<N: Network<Scalar = T>>(
        &mut self,
        net: &N,
        problem: &Problem<'_, N>,
    ) -> Result<usize, Error> {
        for (unit, scale) in self.units.iter_mut().zip(&self.scales) {
            *unit = one_over(scale);
        }
        self.sum(net, problem)?;
        let bad = self.squares().find(|square| !square.is_finite()).cloned();
        bad.map_or(Ok(N::Target::SIZE), |square| Err(too_long(&square)))
    }

    /// In units in which columns have squares; the scales grow with the columns.
    fn form_in_columns<N: Network<Scalar = T>>(
        &mut self,
        net: &N,
        problem: &Problem<'_, N>,
    ) -> Result<usize, Error> {
        self.sum(net, problem)?;
        let passes = if self.rescale() {
            self.sum(net, problem)?;
            2 * N::Target::SIZE
        } else {
            N::Target::SIZE
        };
        let parameters = self.scales.len();
        for index in 0..parameters {
            let square = self.matrix.as_slice()[index * (parameters + 1)].clone();
            let column = square.sqrt() / self.units[index].clone();
            if !column.is_finite() {
                let ((theta, row, place), value) = (place::<N>(index), to_f64(&column));
                return Err(Error::Column { theta, row, column: place, value });
            }
            self.scales[index] = column.max(self.scales[index].clone());
        }
        Ok(passes)
    }

    /// G, and ∇J = Jᵀr/m + D Θ with the residuals r = a⁽ᴸ⁾ − y, in the units that are set.
    ///
    /// Jᵀr goes along the tree over blocks of examples; JᵀJ, whose sums are larger, over runs of 1024
    /// rows.
    fn sum<N: Network<Scalar = T>>(
        &mut self,
        net: &N,
        problem: &Problem<'_, N>,
    ) -> Result<(), Error> {
        let &Problem { inputs, targets, regularization } = problem;
        let (m, s_l) = (inputs.len(), N::Target::SIZE);
        let runs = m.saturating_mul(s_l).div_ceil(RUN * ROWS);
        let mut waiting = self.room_for(runs)?;
        let entries = self.matrix.as_slice().len();
        let (first, above) = waiting.split_at_mut(if runs > 1 { entries } else { 0 });
        let mut of_matrix = Waiting::new(first, above);

        let blocks = m.div_ceil(BLOCK);
        let mut levels = core::mem::replace(&mut self.levels, Levels::new());
        let rows = levels.rows(pairwise::rows(blocks), N::PARAMETERS);
        let (first, above) = rows.split_at_mut(if blocks > 1 { N::PARAMETERS } else { 0 });
        let mut of_gradient = Waiting::new(first, above);

        let (matrix, gradient) = (self.matrix.as_mut_slice(), self.gradient.as_mut_slice());
        self.rows.begin();
        let (mut run, mut products) = (0, 0);
        for (block, (xs, ys)) in inputs.chunks(BLOCK).zip(targets.chunks(BLOCK)).enumerate() {
            let count = xs.len() * s_l;
            for first in (0..count).step_by(ROWS) {
                let numbers = first..count.min(first + ROWS);
                self.rows.make(net, (xs, ys), numbers, &self.units);
                self.rows.add_to(matrix, gradient, [products == 0, first == 0]);
                products += 1;
                if products == RUN && run + 1 < runs {
                    of_matrix.push(run, matrix, pairwise::add);
                    (run, products) = (run + 1, 0);
                }
            }
            if block + 1 < blocks {
                of_gradient.push(block, gradient, pairwise::add);
            }
        }
        of_matrix.all(run).add_to(matrix, pairwise::add);
        of_gradient.all(blocks - 1).add_to(gradient, pairwise::add);
        (self.waiting, self.levels) = (waiting, levels);

        for entry in &mut *matrix {
            *entry /= count(m);
        }
        self.decays.fill(T::zero());
        regularization.add_curvature::<N>(m, |index, lambda| self.decays[index] = lambda);
        let squares = matrix.iter_mut().step_by(N::PARAMETERS + 1);
        let entries = gradient.iter_mut().zip(squares).zip(net.parameters());
        for (index, ((slope, square), theta)) in entries.enumerate() {
            let (unit, decay) = (self.units[index].clone(), self.decays[index].clone());
            *slope /= count(m);
            *slope += decay.clone() * theta.clone() * unit.clone();
            *square += decay * unit.clone() * unit;
        }
        Ok(())
    }

    /// Room for the sums of so many runs that wait, to be given back.
    fn room_for(&mut self, runs: usize) -> Result<Vec<T>, Error> {
        let entries = pairwise::rows(runs).saturating_mul(self.matrix.as_slice().len());
        let mut waiting = core::mem::take(&mut self.waiting);
        if waiting.len() < entries {
            let more = entries - waiting.len();
            waiting.try_reserve_exact(more).map_err(|_| too_large(entries))?;
            waiting.resize(entries, T::zero());
        }
        Ok(waiting)
    }

    /// Takes other units where squares of a column's entries, or ∂J/∂θ, have left the range; whether
    /// there are any.
    fn rescale(&mut self) -> bool {
        let (mut changed, peaks) = (false, self.rows.peaks());
        let squares = squares(&self.matrix, peaks.len());
        for (index, (peak, square)) in peaks.iter().zip(squares).enumerate() {
            let (slope, unit) = (&self.gradient.as_slice()[index], &mut self.units[index]);
            let about = peak.clone().max(self.decays[index].clone().sqrt());
            let about = about.max(self.scales[index].clone());
            let share = about.clone() * unit.clone();
            let fits = square.is_finite()
                && slope.is_finite()
                && are_squares_in_range(&(share.clone() * share));
            if !fits && about > T::zero() && about.is_finite() {
                *unit = one_over(&about);
                changed = true;
            }
        }
        changed
    }

    /// What μ is measured in: the largest G_jj of parameters in units of the scales.
    pub(super) fn unit(&self) -> T {
        match self.damping {
            Damping::Identity => self.squares().enumerate().fold(T::zero(), |largest, of| {
                let (index, square) = of;
                largest.max(square.clone() / self.damping(index))
            }),
            Damping::Diagonal => T::one(),
        }
    }

    /// Whether |∂J/∂θ_j| ≤ `most` √G_jj for every j.
    pub(super) fn is_flat(&self, most: &T) -> bool {
        let mut columns = self.gradient.as_slice().iter().zip(self.squares());
        columns.all(|(slope, square)| slope.clone().abs() <= most.clone() * square.clone().sqrt())
    }

    /// The largest G_jj beside what μ is multiplied with, of columns with |∂J/∂θ_j| > `least` √G_jj.
    /// A μ no larger lowers J along θ_j by half of what none would, or more.
    pub(super) fn free_mu(&self, least: &T) -> Option<T> {
        let mut free: Option<T> = None;
        let columns = self.gradient.as_slice().iter().zip(self.squares().cloned());
        for (index, (slope, square)) in columns.enumerate() {
            if slope.clone().abs() > least.clone() * square.clone().sqrt() {
                let mu = square / self.damping(index);
                free = Some(free.map_or_else(|| mu.clone(), |largest| largest.max(mu.clone())));
            }
        }
        free
    }

    /// C, the diagonal of what μ is multiplied with the square of.
    pub(super) fn scales(&self) -> &[T] {
        &self.scales
    }

    /// G_jj, in the units that are set.
    fn squares(&self) -> impl Iterator<Item = &T> {
        squares(&self.matrix, self.scales.len())
    }

    /// What μ is multiplied with, in the units that are set.
    fn damping(&self, index: usize) -> T {
        let share = self.scales[index].clone() * self.units[index].clone();
        // Of a column that has always been 0, whatever is positive.
        if share > T::zero() { share.clone() * share } else { T::one() }
    }

    /// p of (G + μ …) p = −∇J; nothing where the matrix is not positive definite, or p not finite.
    pub(super) fn solve(&self, mu: &T) -> Result<Option<Solution<T>>, Error> {
        let (matrix, gradient) = (self.matrix.as_slice(), self.gradient.as_slice());
        let parameters = gradient.len();
        let damping: Vec<T> =
            (0..parameters).map(|index| self.damping(index) * mu.clone()).collect();
        let mut damped = Vec::new();
        damped.try_reserve_exact(matrix.len()).map_err(|_| too_large(matrix.len()))?;
        damped.extend_from_slice(matrix);
        let mut damped = DMatrix::from_vec(parameters, parameters, damped);
        for (index, damping) in damping.iter().enumerate() {
            damped[(index, index)] += damping.clone();
        }
        let Some(factors) = Cholesky::new(damped) else { return Ok(None) };
        let slopes = gradient.iter();
        let mut p = DVector::from_iterator(parameters, slopes.clone().map(|slope| -slope.clone()));
        factors.solve_mut(&mut p);
        let (mut damped, mut descent) = (T::zero(), T::zero());
        for ((p, damping), slope) in p.iter().zip(damping).zip(slopes) {
            damped += damping * p.clone() * p.clone();
            descent += slope.clone() * p.clone();
        }
        let mut p: Vec<T> = p.data.into();
        for (p, unit) in p.iter_mut().zip(&self.units) {
            *p *= unit.clone();
        }
        Ok(p.iter().all(T::is_finite).then_some(Solution { p, damped, descent }))
    }
}

/// 1 over a positive number, as a power of two: that which leaves 1 to 2, if there is one.
fn one_over<T: RealField>(number: &T) -> T {
    let (two, half) = (nalgebra::convert::<f64, T>(2.0), nalgebra::convert::<f64, T>(0.5));
    let mut power = T::one();
    while number.clone() * power.clone() >= two {
        power *= half.clone();
    }
    while number.clone() * power.clone() < T::one() && (power.clone() * two.clone()).is_finite() {
        power *= two.clone();
    }
    power
}

/// The diagonal of a matrix with so many columns.
fn squares<T: RealField>(matrix: &Lined<T>, columns: usize) -> impl Iterator<Item = &T> {
    matrix.as_slice().iter().step_by(columns + 1)
}

/// 0 in every entry, or an error where there is no room for it.
pub(super) fn zeros<T: RealField>(rows: usize, columns: usize) -> Result<Lined<T>, Error> {
    let entries = rows.checked_mul(columns).ok_or_else(|| too_large(usize::MAX))?;
    Lined::try_zeros(entries).ok_or_else(|| too_large(entries))
}

#[allow(clippy::cast_precision_loss, reason = "a message says how many, about")]
const fn too_large(entries: usize) -> Error {
    Error::Setting {
        name: "entries of JᵀJ",
        value: entries as f64,
        expected: "few enough for the memory; conjugate gradients need none of them",
    }
}
