//! How the settings were chosen: by images of the training files that are held out.
//!
//! The test files are not opened here.

use std::path::Path;

use crate::data::{self, Set};
use crate::train::{Course, Method, Settings, train};
use crate::{Failure, settings};

const SEEDS: u64 = 3;

/// Prints a line for each combination: the share of the validation images that is right after the
/// last epoch, the mean of three seeds.
pub fn search(folder: &Path) -> Result<(), Failure> {
    let training = data::training(folder)?;
    println!("| batch | method | rate | course | moved by | λ | dropout | mean | seeds 0, 1, 2 |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    // λ came last: the grid, and what differs from its best line, are without.
    let best = Settings { lambda: 0.0, ..settings(Set::of(folder)) };
    for settings in grid(best).into_iter().chain(around(best)) {
        let mut accuracies = Vec::new();
        for seed in 0..SEEDS {
            let (_, history) = train(&training, settings, seed, |_| ())?;
            let accuracy = history.metric("accuracy", settings.epochs).unwrap_or(f64::NAN);
            accuracies.push(100.0 * accuracy);
        }
        let mean = accuracies.iter().sum::<f64>() / SEEDS as f64;
        let Settings { batch, method, rate, course, shift, lambda, dropout, .. } = settings;
        print!("| {batch} | {method:?} | {rate} | {course:?} | {shift} | {lambda} | {dropout} ");
        println!("| {mean:.2} % | {accuracies:.2?} |");
    }
    Ok(())
}

/// Batches and rates of Adam, with and without moving.
fn grid(best: Settings) -> Vec<Settings> {
    let mut grid = Vec::new();
    for shift in [0, 1] {
        for batch in [32, 64, 128] {
            for rate in [1e-3, 2e-3, 4e-3] {
                grid.push(Settings { batch, rate, shift, ..best });
            }
        }
    }
    grid
}

/// What differs from the best line of the grid in one thing each.
fn around(best: Settings) -> Vec<Settings> {
    vec![
        Settings { course: Course::Constant, ..best },
        Settings { course: Course::OneCycle, ..best },
        Settings { lambda: 1e-5, ..best },
        Settings { lambda: 1e-4, ..best },
        Settings { dropout: 0.05, ..best },
        Settings { dropout: 0.1, ..best },
        Settings { method: Method::AdamW { decay: 0.01 }, ..best },
        Settings { method: Method::AdamW { decay: 0.1 }, ..best },
        Settings { method: Method::Nesterov { beta: 0.9 }, rate: 0.02, ..best },
        Settings { method: Method::Nesterov { beta: 0.9 }, rate: 0.05, ..best },
    ]
}
