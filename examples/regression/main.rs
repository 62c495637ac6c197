//! Levenberg–Marquardt beside Adam on three regressions: `cargo run --release --example regression`.
//!
//! Both train over all examples at once, from the same parameters, and minimize the same J. Adam has
//! the best of six rates: the one that is there first. λ is chosen by cross-validation within the
//! training examples, where there is noise. The table says after how many passes over the examples
//! both had the same J, and how much of the variance of the held-out fifth is explained there.
//!
//! Where noise or λ keeps J up, as in the first two, both are soon as low as it gets, and the gain is
//! small. Where J can fall on and on, as in the third, it is large.
//!
//! With `--dampings FILE` it writes instead how far Levenberg–Marquardt comes by each damping, for
//! `scripts/levenberg-scipy.py` to hold against MINPACK.

mod compare;
mod curve;
mod dampings;
mod data;
mod options;
#[path = "../plot/mod.rs"]
mod plot;
mod train;

use std::error::Error;
use std::process::ExitCode;

use compare::{compare, print_header};
use constprop::prelude::*;
use options::Options;

network! {
    /// Ten measurements of a patient to the progression of a disease.
    struct Diabetes(10 => 4 Tanh => 1 Identity) minimizing HalfSquaredError;
}

network! {
    /// Friedman's ten inputs to a function of five of them.
    struct Friedman(10 => 8 Tanh => 1 Identity) minimizing HalfSquaredError;
}

network! {
    /// Two periods of a sine.
    struct Sine(1 => 10 Tanh => 1 Identity) minimizing HalfSquaredError;
}

network! {
    /// Two inputs to a wave with noise.
    struct Wave(2 => 8 Tanh => 1 Identity) minimizing HalfSquaredError;
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::parse(std::env::args_os().skip(1))?;
    if options.help {
        print!("{}", options::HELP);
        return Ok(());
    }
    if let Some(file) = options.dampings {
        return dampings::write(&file, options.starts);
    }
    let picture = options.picture()?;
    let Options { starts, passes, .. } = options;
    println!("medians over {starts} starts; Adam has {passes} passes for each of six rates\n");
    print_header();
    let comparisons = [
        compare::<Diabetes>("diabetes", data::diabetes()?, true, starts, passes)?,
        compare::<Friedman>("Friedman 1", data::friedman(), true, starts, passes)?,
        compare::<Sine>("sine", data::sine(), false, starts, passes)?,
    ];
    for comparison in &comparisons {
        comparison.print();
    }
    println!(
        "\na pass: a gradient or the Jacobian, forward and backward; J alone is counted as one too"
    );
    curve::draw(&picture, &comparisons)
        .map_err(|error| format!("cannot draw {}: {error}", picture.display()))?;
    println!("curves of the first start: {}", picture.display());
    Ok(())
}
