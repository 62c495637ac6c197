//! A 4-layer network learns to read handwritten digits: `cargo run --release --example digits`.
//!
//! Input, network, training, report, in that order; `--help` explains the options, and
//! `SEARCH.md` how the settings were found.

mod augment;
mod curve;
mod data;
mod options;
#[path = "../plot/mod.rs"]
mod plot;
mod report;
mod train;

use std::error::Error;
use std::process::ExitCode;

use constprop::prelude::*;
use constprop::train::{Control, accuracy};
use options::Options;
use report::Lines;
use train::{Digits, SETTINGS, Settings};

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
        print!("{}", options::HELP.replace("EPOCHS", &SETTINGS.epochs.to_string()));
        return Ok(());
    }
    let picture = options.picture()?;
    let settings = Settings { epochs: options.epochs.unwrap_or(SETTINGS.epochs), ..SETTINGS };

    let (training, held_out) = data::training_and_held_out();
    println!("{}", Digits::<f32>::summary());
    println!(
        "{} images to train with, {} held out; seed {}\n",
        training.labels.len(),
        held_out.labels.len(),
        options.seed
    );

    let mut net = Digits::<f32>::boxed();
    let lines = Lines::new(settings.epochs);
    let targets = held_out.targets()?;
    let history = train::train(&mut *net, &training, settings, options.seed, |fit| {
        // The held-out images are looked at, and decide nothing.
        fit.validation(&held_out.inputs, &targets)
            .watch_training()
            .metric("accuracy", accuracy)
            .on_epoch(|progress| {
                lines.epoch(progress.history);
                Control::Continue
            })
    })?;
    lines.finish();

    report::print_confusion(&*net, &held_out)?;
    curve::draw(&picture, &history)
        .map_err(|error| format!("cannot draw {}: {error}", picture.display()))?;
    println!("learning curves: {}", picture.display());
    let (right, of) = (train::right(&*net, &held_out)?, held_out.labels.len());
    let percent = 100.0 * right as f64 / of as f64;
    println!("held-out accuracy: {percent:.1} % ({right} of {of})");
    Ok(())
}
