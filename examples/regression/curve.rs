//! J and R² over passes as a picture.

use std::path::Path;

use plotters::prelude::*;

use crate::compare::Comparison;
use crate::plot::{Area, Axes, BLUE, ORANGE, Outcome, picture};
use crate::train::{Point, Run};

/// A column for each regression: above J of the training examples, below the share of the held-out
/// variance that is not explained. The curves are those of the first start.
pub fn draw(path: &Path, comparisons: &[Comparison]) -> Outcome {
    picture(path, (1440, 860), |area| {
        let columns = area.split_evenly((1, comparisons.len().max(1)));
        for (column, comparison) in columns.iter().zip(comparisons) {
            let (above, below) = column.split_vertically(430);
            let Some(outcome) = comparison.outcomes.first() else { continue };
            let runs = [&outcome.adam, &outcome.levenberg];
            panel(&above, &format!("{}: training J", comparison.name), runs, |point| point.j)?;
            panel(&below, &format!("{}: held-out 1 - R2", comparison.name), runs, |point| {
                1.0 - point.r_squared
            })?;
        }
        Ok(())
    })
}

fn panel(area: &Area<'_>, title: &str, runs: [&Run; 2], value: fn(&Point) -> f64) -> Outcome {
    let points = || runs.iter().flat_map(|run| &run.points);
    // Whole decades, so that each axis has labels.
    let decade = |value: f64| value.max(1e-32).log10();
    let least = points().map(value).fold(f64::INFINITY, f64::min);
    let most = points().map(value).fold(0.0, f64::max);
    let (low, high) =
        (0.99 * 10_f64.powf(decade(least).floor()), 1.01 * 10_f64.powf(decade(most).ceil()));
    let last = points().map(|point| point.passes).max().unwrap_or(2).max(2) as f64;
    let axes = Axes {
        x: (1.0..last).log_scale(),
        y: (low..high).log_scale(),
        along: "passes over the examples",
        labels: 10,
        legend: SeriesLabelPosition::LowerLeft,
    };
    let [adam, levenberg] = runs.map(|run| {
        run.points.iter().map(|point| (point.passes as f64, value(point).max(low))).collect()
    });
    axes.draw(area, title, &[("Adam", ORANGE, adam), ("Levenberg-Marquardt", BLUE, levenberg)])
}
