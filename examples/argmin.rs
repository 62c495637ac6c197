//! L-BFGS and nonlinear conjugate gradients, from the crate `argmin`:
//! `cargo run --release --features argmin --example argmin`.
//!
//! This is an example and no feature of the library, for the weight of the dependencies: `argmin` and
//! `argmin-math` bring 18 crates to the 22 that a program with this crate is built of. What it takes is below,
//! some thirty lines: J and ∇J of flat parameters.

use std::cell::{Cell, RefCell};
use std::error::Error;

use argmin::core::{CostFunction, Executor, Gradient as GradientOf, IterState, Solver, State};
use argmin::solver::conjugategradient::NonlinearConjugateGradient;
use argmin::solver::conjugategradient::beta::PolakRibiere;
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use constprop::prelude::*;

network! {
    /// The article's sizes: three bits to their sum, as two bits.
    struct Adder(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

/// The costs of eight examples are then 0.008 together: each output is within that of its bit.
const GOAL: f64 = 1e-3;
const STARTS: u64 = 6;
const MOST_ITERATIONS: u64 = 300;
const MOST_PASSES: u64 = 10_000;
const RATES: [f64; 4] = [0.01, 0.03, 0.1, 0.3];

/// J of a network as a function of its flat parameters, and how often it was asked for.
struct Problem<'a> {
    net: &'a RefCell<Box<Adder>>,
    examples: &'a Examples,
    passes: &'a Cell<u64>,
}

struct Examples {
    x: [[f64; 3]; 8],
    y: [[f64; 2]; 8],
    lambda: Regularization<f64>,
}

impl Problem<'_> {
    fn at(&self, parameters: &[f64]) -> Result<(f64, Vec<f64>), constprop::Error> {
        self.passes.set(self.passes.get() + 1);
        let (mut net, of) = (self.net.borrow_mut(), self.examples);
        net.set_parameters(parameters)?;
        let (j, gradient) = net.cost_and_gradient(&of.x, &of.y, &of.lambda)?;
        Ok((j, gradient.parameters().to_vec()))
    }
}

impl CostFunction for Problem<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, parameters: &Vec<f64>) -> Result<f64, argmin::core::Error> {
        Ok(self.at(parameters)?.0)
    }
}

impl GradientOf for Problem<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, parameters: &Vec<f64>) -> Result<Vec<f64>, argmin::core::Error> {
        Ok(self.at(parameters)?.1)
    }
}

type Iterations = IterState<Vec<f64>, Vec<f64>, (), (), (), f64>;

fn main() -> Result<(), Box<dyn Error>> {
    let bits = |number: usize, place: usize| f64::from(u8::from(number & (1 << place) != 0));
    let examples = Examples {
        x: std::array::from_fn(|i| std::array::from_fn(|place| bits(i, place))),
        y: std::array::from_fn(|i| [0, 1].map(|place| bits(i.count_ones() as usize, place))),
        lambda: Regularization::none(),
    };
    println!("until J is {GOAL}, or for {MOST_ITERATIONS} iterations ({MOST_PASSES} of Adam's)\n");
    println!(
        "{:>5}  {:<30} {:>10} {:>12} {:>7}  bits right",
        "start", "", "iterations", "J", "passes"
    );
    for start in 0..STARTS {
        let lbfgs = LBFGS::new(MoreThuenteLineSearch::new(), 7);
        minimize("L-BFGS", start, lbfgs, &examples)?;
        // The slope falls to a tenth in each search: conjugate directions live from that.
        let line_search = MoreThuenteLineSearch::new().with_c(1e-4, 0.1)?;
        let conjugate =
            NonlinearConjugateGradient::new(line_search, PolakRibiere::new()).restart_iters(50);
        minimize("nonlinear conjugate gradients", start, conjugate, &examples)?;
        adam(start, &examples)?;
    }
    println!(
        "\na pass: J, the gradient or both, over all examples; argmin asks for them one by one"
    );
    Ok(())
}

fn minimize<S>(name: &str, start: u64, solver: S, of: &Examples) -> Result<(), Box<dyn Error>>
where
    S: for<'a> Solver<Problem<'a>, Iterations>,
{
    let (net, passes) = (RefCell::new(Adder::boxed_seeded(start)), Cell::new(0));
    let parameters = net.borrow().parameters().to_vec();
    let problem = Problem { net: &net, examples: of, passes: &passes };
    let result = Executor::new(problem, solver)
        .configure(|state| state.param(parameters).max_iters(MOST_ITERATIONS).target_cost(GOAL))
        .run()?;
    let state = result.state();
    let mut net = net.borrow_mut();
    net.set_parameters(state.get_best_param().ok_or("no parameters were found")?)?;
    Ok(report(start, name, [state.get_iter(), passes.get()], &net, of)?)
}

/// With the rate that is there first, or comes nearest.
fn adam(start: u64, of: &Examples) -> Result<(), Box<dyn Error>> {
    let mut best = (f64::INFINITY, 0, 0.0, Adder::boxed());
    for rate in RATES {
        let mut net = Adder::<f64>::boxed_seeded(start);
        let mut adam = Adam::new(AdamSettings { rate, ..AdamSettings::default() })?;
        let (mut workspace, mut passes) = (Workspace::boxed(), 0);
        let mut j = f64::INFINITY;
        while j > GOAL && passes < MOST_PASSES {
            passes += 1;
            j = adam.train(&mut *net, &of.x, &of.y, &of.lambda, &mut workspace)?;
        }
        if (j.max(GOAL), passes) < (best.0, best.1) {
            best = (j.max(GOAL), passes, rate, net);
        }
    }
    let (_, passes, rate, net) = best;
    let name = format!("Adam, rate {rate}, best of {}", RATES.len());
    Ok(report(start, &name, [passes, passes], &net, of)?)
}

fn report(
    start: u64,
    name: &str,
    [iterations, passes]: [u64; 2],
    net: &Adder,
    of: &Examples,
) -> Result<(), constprop::Error> {
    let j = net.cost(&of.x, &of.y, &of.lambda)?;
    let right = |(x, y): (&[f64; 3], &[f64; 2])| {
        net.predict(x).iter().zip(y).filter(|(a, y)| a.round() == **y).count()
    };
    let right: usize = of.x.iter().zip(&of.y).map(right).sum();
    println!("{start:>5}  {name:<30} {iterations:>10} {j:>12.6} {passes:>7}  {right} of 16");
    Ok(())
}
