//! A 4-layer network learns MNIST or Fashion-MNIST:
//! `scripts/fetch-mnist`, then `cargo run --release --example mnist -- --data target/data/mnist`.
//!
//! Input, network, training, report, in that order; `--help` explains the options, and
//! `SEARCH.md` how the settings below were found.

mod curve;
mod data;
mod options;
mod picture;
#[path = "../plot/mod.rs"]
mod plot;
mod report;
mod search;
mod train;

use std::error::Error;
use std::process::ExitCode;

use constprop::Network;
use data::Set;
use options::Options;
use train::{Course, Method, Mnist, Settings};

/// For both sets, but for the moving, which helps with digits and harms with clothing.
const fn settings(set: Set) -> Settings {
    let shift = match set {
        Set::Digits => 1,
        Set::Clothing => 0,
    };
    Settings {
        epochs: EPOCHS,
        batch: 32,
        method: Method::Adam,
        rate: 2e-3,
        course: Course::Cosine,
        lambda: 1e-5,
        dropout: 0.0,
        shift,
    }
}

const EPOCHS: usize = 10;

type Failure = Box<dyn Error>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let options = Options::parse(std::env::args_os().skip(1))?;
    if options.help {
        print!("{}", options::HELP.replace("EPOCHS", &EPOCHS.to_string()));
        return Ok(());
    }
    let folder = options.data()?;
    if options.search {
        return search::search(folder);
    }
    let pictures = options.pictures()?;
    let set = Set::of(folder);
    let settings = Settings { epochs: options.epochs.unwrap_or(EPOCHS), ..settings(set) };

    let training = data::training(folder)?;
    // Read now, so that a bad file is told of before the work, and not looked at before its end.
    let test = data::test(folder)?;
    println!("{}", Mnist::<f32>::summary());
    println!(
        "{} images to train with, {} to validate on; seed {}\n",
        training.learnt.inputs.len(),
        training.validation.inputs.len(),
        options.seed
    );
    let mut clock = report::Clock::start();
    let (net, history) = train::train(&training, settings, options.seed, |progress| {
        println!("{}   {:.2} s", progress.line(), clock.lap());
    })?;
    println!("\n{:.2} s an epoch, the median", clock.median());
    curve::draw(&pictures.curves, &history)
        .map_err(|error| format!("cannot draw {}: {error}", pictures.curves.display()))?;
    println!("learning curves: {}", pictures.curves.display());

    let predictions = net.predict_many(&test.inputs)?;
    picture::draw(&pictures.worst, &test, &predictions, set.names())
        .map_err(|error| format!("cannot draw {}: {error}", pictures.worst.display()))?;
    println!("the most certain mistakes: {}\n", pictures.worst.display());
    report::print_test(&predictions, &test.targets, set.names());
    Ok(())
}
