//! Both ways of training, pass by pass, from the same parameters.
//!
//! A pass goes over all examples once, forward and backward. A gradient is one; the Jacobian of one
//! output is one; J alone, only forward, is counted as one too.

use constprop::Error;
use constprop::prelude::*;

use crate::data::{Data, Rows, split};

/// α that Adam is tried with, each over the whole budget.
const RATES: [f64; 6] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3];

/// λ that are tried, in the article's scale.
const LAMBDAS: [f64; 7] = [0.0, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2];

const MOST_STEPS: usize = 300;

/// A run's best J so far, at each number of passes where it fell, and R² of the held-out there.
#[derive(Clone, Default)]
pub struct Run {
    pub points: Vec<Point>,
}

#[derive(Clone, Copy)]
pub struct Point {
    pub passes: usize,
    pub j: f64,
    pub r_squared: f64,
}

impl Run {
    pub fn best(&self) -> f64 {
        self.points.last().map_or(f64::INFINITY, |point| point.j)
    }

    pub fn last_r_squared(&self) -> f64 {
        self.points.last().map_or(f64::NAN, |point| point.r_squared)
    }

    /// Where J first is no larger than that.
    pub fn reaches(&self, j: f64) -> Option<Point> {
        self.points.iter().find(|point| point.j <= j).copied()
    }
}

/// What both have to do.
pub struct Task<N: Network> {
    pub training: Data<N>,
    pub held_out: Data<N>,
    pub lambda: Regularization<f64>,
}

impl<N: Network<Scalar = f64, Cost = HalfSquaredError>> Task<N> {
    pub fn levenberg(&self, start: u64) -> Result<Run, Error> {
        let Data { x, y } = &self.training;
        let mut net = N::boxed_seeded(start);
        let mut lm = LevenbergMarquardt::new(LevenbergSettings::default())?;
        let (mut run, mut passes) = (Run::default(), 0);
        for _ in 0..MOST_STEPS {
            let step = lm.step(&mut *net, x, y, &self.lambda)?;
            passes += step.passes;
            if step.stop.is_some() {
                break;
            }
            self.note(&mut run, &net, passes, step.j)?;
        }
        Ok(run)
    }

    /// With every rate.
    pub fn adam(&self, start: u64, budget: usize) -> Result<Vec<(f64, Run)>, Error> {
        let run = |rate| Ok((rate, self.adam_at(rate, start, budget)?));
        RATES.into_iter().map(run).collect()
    }

    fn adam_at(&self, rate: f64, start: u64, budget: usize) -> Result<Run, Error> {
        let Data { x, y } = &self.training;
        let (mut net, mut before) = (N::boxed_seeded(start), N::boxed());
        let mut adam = Adam::<N>::boxed(AdamSettings { rate, ..AdamSettings::default() })?;
        let (mut run, mut workspace) = (Run::default(), Workspace::boxed());
        for passes in 1..=budget {
            before.copy_from(&*net);
            let j = adam.train(&mut *net, x, y, &self.lambda, &mut workspace)?;
            if j < run.best() {
                self.note(&mut run, &before, passes, j)?;
            }
        }
        Ok(run)
    }

    fn note(&self, run: &mut Run, net: &N, passes: usize, j: f64) -> Result<(), Error> {
        let r_squared = self.held_out.r_squared(net)?;
        run.points.push(Point { passes, j, r_squared });
        Ok(())
    }
}

/// The λ with the least squared error over five folds of the training examples. To train so many
/// networks takes Levenberg–Marquardt no time worth saving.
pub fn choose_lambda<N>(training: &Rows) -> Result<f64, Error>
where
    N: Network<Scalar = f64, Cost = HalfSquaredError>,
{
    let (mut best, mut least) = (0.0, f64::INFINITY);
    for lambda in LAMBDAS {
        let mut error = 0.0;
        for fold in 0..5 {
            let mut rows = training.clone();
            // `split` holds out each fifth from the fourth on.
            rows.rotate_left(fold);
            let (rest, validation) = split(&rows);
            let (rest, validation) = (Data::<N>::new(&rest), Data::<N>::new(&validation));
            let mut net = N::boxed_seeded(1000);
            let mut lm = LevenbergMarquardt::new(LevenbergSettings::default())?;
            let article = Regularization::article(lambda);
            lm.minimize(&mut *net, &rest.x, &rest.y, &article, MOST_STEPS)?;
            error += net.cost(&validation.x, &validation.y, &Regularization::none())?;
        }
        if error < least {
            (best, least) = (lambda, error);
        }
    }
    Ok(best)
}
