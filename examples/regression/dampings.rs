//! How far Levenberg–Marquardt comes by each damping, from many starts, in a file that
//! `scripts/levenberg-scipy.py` holds against MINPACK.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use constprop::levenberg::{Damping, Solver};
use constprop::prelude::*;

use crate::data::{Data, Rows, standardized};
use crate::{Diabetes, Sine, Wave, data};

/// So many Jacobians each run has.
const JACOBIANS: usize = 200;

/// Data, starts, and J of each start after every number of Jacobians, a line of numbers for each, with
/// its name in front.
pub fn write(path: &Path, starts: u64) -> Result<(), Box<dyn std::error::Error>> {
    let mut file = BufWriter::new(File::create(path)?);
    regression::<Wave>(&mut file, "wave", data::wave(), starts)?;
    regression::<Sine>(&mut file, "sine", standardized(data::sine()), starts)?;
    regression::<Diabetes>(&mut file, "diabetes", standardized(data::diabetes()?), starts)?;
    Ok(file.flush()?)
}

fn regression<N>(
    file: &mut impl Write,
    name: &str,
    rows: Rows,
    starts: u64,
) -> Result<(), Box<dyn std::error::Error>>
where
    N: Network<Scalar = f64, Cost = HalfSquaredError>,
{
    let sizes = N::SHAPES.iter().map(|shape| shape.s_out as f64);
    let sizes: Vec<f64> = [N::SHAPES[0].s_in as f64].into_iter().chain(sizes).collect();
    line(file, name, "sizes", &sizes)?;
    for row in &rows {
        line(file, name, "row", row)?;
    }
    let data = Data::<N>::new(&rows);
    for start in 0..starts {
        line(file, name, "start", N::boxed_seeded(start).parameters())?;
        for (word, damping) in [("identity", Damping::Identity), ("diagonal", Damping::Diagonal)] {
            line(file, name, word, &course(&data, damping, start)?)?;
        }
    }
    Ok(())
}

/// J after each Jacobian; where no step is left, as it was.
fn course<N>(data: &Data<N>, damping: Damping, start: u64) -> Result<Vec<f64>, constprop::Error>
where
    N: Network<Scalar = f64, Cost = HalfSquaredError>,
{
    let mut net = N::boxed_seeded(start);
    let solver = Solver::Cholesky(damping);
    let mut lm =
        LevenbergMarquardt::new(LevenbergSettings { solver, ..LevenbergSettings::default() })?;
    let mut j = Vec::with_capacity(JACOBIANS);
    while j.len() < JACOBIANS {
        let step = lm.step(&mut *net, &data.x, &data.y, &Regularization::none())?;
        if step.stop.is_some() {
            j.resize(JACOBIANS, step.j);
        } else {
            j.push(step.j);
        }
    }
    Ok(j)
}

fn line(file: &mut impl Write, name: &str, word: &str, numbers: &[f64]) -> std::io::Result<()> {
    write!(file, "{name} {word}")?;
    for number in numbers {
        write!(file, " {number:e}")?;
    }
    writeln!(file)
}
