//! The learning curves as a picture.

use std::path::Path;

use constprop::train::History;
use plotters::prelude::*;

use crate::plot::{Area, Axes, BLUE, ORANGE, Outcome, by_epoch, picture};

/// Draws J on the left and the share of misread digits on the right, both on logarithmic axes.
pub fn draw(path: &Path, history: &History) -> Outcome {
    // A curve on a logarithmic axis ends where its value is 0; half a digit stands for none.
    let misread =
        |accuracy: Option<f64>, of: f64| 100.0 * (1.0 - accuracy.unwrap_or(0.0)).max(0.5 / of);
    let epochs = history.epochs();
    let numbers = || epochs.iter().map(|epoch| epoch.number);
    let costs = [
        epochs.iter().map(|epoch| epoch.j).collect(),
        epochs.iter().filter_map(|epoch| epoch.validation_j).collect(),
    ];
    let mistakes = [
        numbers().map(|n| misread(history.training_metric("accuracy", n), 1438.0)).collect(),
        numbers().map(|n| misread(history.metric("accuracy", n), 359.0)).collect(),
    ];
    picture(path, (1200, 520), |area| {
        let (left, right) = area.split_horizontally(600);
        panel(&left, "Cost J (training: of moved and turned images)", costs)?;
        panel(&right, "Misread digits, in percent (none: half a digit)", mistakes)
    })
}

fn panel(area: &Area<'_>, title: &str, [training, held_out]: [Vec<f64>; 2]) -> Outcome {
    let values = || training.iter().chain(&held_out).copied();
    let low = values().fold(f64::INFINITY, f64::min) * 0.8;
    let high = values().fold(0.0, f64::max) * 1.25;
    let axes = Axes {
        x: 1.0..training.len().max(2) as f64,
        y: (low..high).log_scale(),
        along: "epoch",
        labels: 8,
        legend: SeriesLabelPosition::UpperRight,
    };
    let training = ("training", BLUE, by_epoch(training));
    axes.draw(area, title, &[training, ("held out", ORANGE, by_epoch(held_out))])
}
