//! The learning curves as a picture.

use std::path::Path;

use constprop::train::{Epoch, History};
use plotters::prelude::*;

use crate::plot::{Area, Axes, BLUE, Curve, ORANGE, Outcome, by_epoch, picture};

/// Draws J on the left and the share of validation images that are wrong on the right.
pub fn draw(path: &Path, history: &History) -> Outcome {
    let of = |value: fn(&Epoch) -> f64| by_epoch(history.epochs().iter().map(value));
    let costs = [
        ("training, before each step", BLUE, of(|epoch| epoch.j)),
        ("validation", ORANGE, of(|epoch| epoch.validation_j.unwrap_or(f64::NAN))),
    ];
    let wrong = history
        .epochs()
        .iter()
        .map(|epoch| 100.0 * (1.0 - history.metric("accuracy", epoch.number).unwrap_or(f64::NAN)));
    picture(path, (1200, 520), |area| {
        let (left, right) = area.split_horizontally(600);
        panel(&left, "Cost J", &costs)?;
        panel(&right, "Mistakes, in percent", &[("validation", ORANGE, by_epoch(wrong))])
    })
}

fn panel(area: &Area<'_>, title: &str, curves: &[Curve<'_>]) -> Outcome {
    let values = || curves.iter().flat_map(|(_, _, points)| points).map(|point| point.1);
    // The axis begins at 0, and is there even where all values are 0.
    let high = values().fold(0.0, f64::max).max(1e-3) * 1.1;
    let epochs = curves.iter().map(|(_, _, points)| points.len()).max().unwrap_or(0).max(2);
    let axes = Axes {
        x: 1.0..epochs as f64,
        y: 0.0..high,
        along: "epoch",
        labels: epochs.min(10),
        legend: SeriesLabelPosition::UpperRight,
    };
    axes.draw(area, title, curves)
}
