//! J and R² over passes as a picture, on any machine: the font comes along.

use std::error::Error;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use crate::compare::Comparison;
use crate::train::{Point, Run};

const FONT: &str = "regression";
const ADAM: RGBColor = RGBColor(214, 85, 20);
const LEVENBERG: RGBColor = RGBColor(31, 119, 180);

/// A column for each regression: above J of the training examples, below the share of the held-out
/// variance that is not explained. The curves are those of the first start.
pub fn draw(path: &Path, comparisons: &[Comparison]) -> Result<(), Box<dyn Error>> {
    register_font(FONT, FontStyle::Normal, include_bytes!("../digits/font.ttf"))
        .map_err(|_| "the font that comes along cannot be read")?;
    let root = BitMapBackend::new(path, (1440, 860)).into_drawing_area();
    root.fill(&WHITE)?;
    let columns = root.split_evenly((1, comparisons.len().max(1)));
    for (column, comparison) in columns.iter().zip(comparisons) {
        let (above, below) = column.split_vertically(430);
        let Some(outcome) = comparison.outcomes.first() else { continue };
        let runs =
            [("Adam", ADAM, &outcome.adam), ("Levenberg-Marquardt", LEVENBERG, &outcome.levenberg)];
        panel(&above, &format!("{}: training J", comparison.name), &runs, |point| point.j)?;
        panel(&below, &format!("{}: held-out 1 - R2", comparison.name), &runs, |point| {
            1.0 - point.r_squared
        })?;
    }
    root.present()?;
    Ok(())
}

fn panel<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    title: &str,
    runs: &[(&str, RGBColor, &Run)],
    value: fn(&Point) -> f64,
) -> Result<(), Box<dyn Error>>
where
    DB::ErrorType: 'static,
{
    let points = || runs.iter().flat_map(|(_, _, run)| &run.points);
    // Whole decades, so that each axis has labels.
    let decade = |value: f64| value.max(1e-32).log10();
    let least = points().map(value).fold(f64::INFINITY, f64::min);
    let most = points().map(value).fold(0.0, f64::max);
    let (low, high) =
        (0.99 * 10_f64.powf(decade(least).floor()), 1.01 * 10_f64.powf(decade(most).ceil()));
    let last = points().map(|point| point.passes).max().unwrap_or(2).max(2) as f64;
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 22))
        .margin(14)
        .x_label_area_size(46)
        .y_label_area_size(72)
        .build_cartesian_2d((1.0..last).log_scale(), (low..high).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("passes over the examples")
        .x_label_formatter(&|x| format!("{x}"))
        .y_label_formatter(&|y| {
            if *y < 0.01 { format!("{y:.0e}") } else { format!("{}", (y * 100.0).round() / 100.0) }
        })
        .label_style((FONT, 16))
        .axis_desc_style((FONT, 18))
        .light_line_style(RGBColor(238, 238, 238))
        .draw()?;
    for &(name, color, run) in runs {
        let points = run.points.iter().map(|point| (point.passes as f64, value(point).max(low)));
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], color.stroke_width(3)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerLeft)
        .label_font((FONT, 16))
        .background_style(WHITE)
        .border_style(RGBColor(200, 200, 200))
        .draw()?;
    Ok(())
}
