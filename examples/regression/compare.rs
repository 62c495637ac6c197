//! One regression by both, from several starts, as a line of the table.

use constprop::prelude::*;

use crate::data::{Data, Rows, split, standardized};
use crate::train::{Point, Run, Task, choose_lambda};

/// A regression and what came of it.
pub struct Comparison {
    pub name: &'static str,
    pub parameters: usize,
    pub lambda: f64,
    pub outcomes: Vec<Outcome>,
}

/// From one start.
pub struct Outcome {
    /// J that both are to reach.
    goal: f64,
    pub rate: f64,
    pub adam: Run,
    pub levenberg: Run,
}

/// How far above the larger of both smallest J the goal is, which both reach.
const SLACK: f64 = 1.01;

impl Outcome {
    /// Adam with the rate that reaches the goal first, which is the fairest to it: some others end a
    /// trifle lower, and take many times as long.
    fn new(levenberg: Run, adam: Vec<(f64, Run)>) -> Option<Self> {
        let lowest = adam.iter().map(|(_, run)| run.best()).fold(f64::INFINITY, f64::min);
        let goal = lowest.max(levenberg.best()) * SLACK;
        let passes = |run: &Run| run.reaches(goal).map_or(usize::MAX, |point| point.passes);
        let (rate, adam) = adam.into_iter().min_by_key(|(_, run)| passes(run))?;
        Some(Self { goal, rate, adam, levenberg })
    }

    /// Adam and Levenberg–Marquardt where they first are there.
    fn at_goal(&self) -> Option<[Point; 2]> {
        Some([self.adam.reaches(self.goal)?, self.levenberg.reaches(self.goal)?])
    }
}

pub fn compare<N>(
    name: &'static str,
    rows: Rows,
    noise: bool,
    starts: u64,
    budget: usize,
) -> Result<Comparison, constprop::Error>
where
    N: Network<Scalar = f64, Cost = HalfSquaredError>,
{
    let (training, held_out) = split(&standardized(rows));
    let lambda = if noise { choose_lambda::<N>(&training)? } else { 0.0 };
    let task = Task::<N> {
        training: Data::new(&training),
        held_out: Data::new(&held_out),
        lambda: Regularization::article(lambda),
    };
    let mut outcomes = Vec::new();
    for start in 0..starts {
        outcomes.extend(Outcome::new(task.levenberg(start)?, task.adam(start, budget)?));
    }
    Ok(Comparison { name, parameters: N::PARAMETERS, lambda, outcomes })
}

pub fn print_header() {
    println!(
        "{:<10} {:>3} {:>7} | {:>8} {:>7} {:>5} {:>22} | {:>13} {:>13} | {:>6}",
        "", "", "", "", "passes", "", "passes, times fewer", "held-out R²", "", "Adam's"
    );
    println!(
        "{:<10} {:>3} {:>7} | {:>8} {:>7} {:>5} {:>8} {:>13} | {:>6} {:>6} {:>13} | {:>6}",
        "regression",
        "P",
        "lambda",
        "J",
        "Adam",
        "LM",
        "median",
        "from … to",
        "Adam",
        "LM",
        "LM, at its end",
        "rate"
    );
}

impl Comparison {
    /// Medians over the starts, each number by itself.
    pub fn print(&self) {
        let reached: Vec<_> = self
            .outcomes
            .iter()
            .filter_map(|outcome| Some((outcome, outcome.at_goal()?)))
            .collect();
        let of = |value: &dyn Fn(&Outcome, [Point; 2]) -> f64| {
            sorted(reached.iter().map(|(outcome, points)| value(outcome, *points)).collect())
        };
        let fewer = of(&|_, [adam, levenberg]| adam.passes as f64 / levenberg.passes as f64);
        let (Some(least), Some(most)) = (fewer.first(), fewer.last()) else { return };
        println!(
            "{:<10} {:>3} {:>7} | {:>8.1e} {:>7} {:>5} {:>8.1} {:>13} | {:>6.3} {:>6.3} {:>13.3} | {:>6}",
            self.name,
            self.parameters,
            self.lambda,
            median(&of(&|outcome, _| outcome.goal)),
            median(&of(&|_, [adam, _]| adam.passes as f64)),
            median(&of(&|_, [_, levenberg]| levenberg.passes as f64)),
            median(&fewer),
            format!("{least:.1} … {most:.1}"),
            median(&of(&|_, [adam, _]| adam.r_squared)),
            median(&of(&|_, [_, levenberg]| levenberg.r_squared)),
            median(&of(&|outcome, _| outcome.levenberg.last_r_squared())),
            median(&of(&|outcome, _| outcome.rate)),
        );
    }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// The middle one, the lower of two.
fn median(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or(f64::NAN)
}
