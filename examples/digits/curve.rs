//! The learning curves as a picture, on any machine: the font comes along.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use constprop::train::History;

const FONT: &str = "curve";
const TRAINING: RGBColor = RGBColor(31, 119, 180);
const HELD_OUT: RGBColor = RGBColor(214, 85, 20);

/// Draws J on the left and the share of misread digits on the right, both on logarithmic axes.
pub fn draw(path: &Path, history: &History) -> Result<(), Box<dyn Error>> {
    register_font(FONT, FontStyle::Normal, include_bytes!("font.ttf"))
        .map_err(|_| "the font that comes along cannot be read")?;
    let root = BitMapBackend::new(path, (1200, 520)).into_drawing_area();
    root.fill(&WHITE)?;
    let (left, right) = root.split_horizontally(600);
    // A curve on a logarithmic axis ends where its value is 0; half a digit stands for none.
    let misread =
        |accuracy: Option<f64>, of: f64| 100.0 * (1.0 - accuracy.unwrap_or(0.0)).max(0.5 / of);
    let epochs = history.epochs();
    let numbers = || epochs.iter().map(|epoch| epoch.number);
    panel(
        &left,
        "Cost J (training: of moved and turned images)",
        epochs.iter().map(|epoch| epoch.j).collect(),
        epochs.iter().filter_map(|epoch| epoch.validation_j).collect(),
    )?;
    panel(
        &right,
        "Misread digits, in percent (none: half a digit)",
        numbers().map(|n| misread(history.training_metric("accuracy", n), 1438.0)).collect(),
        numbers().map(|n| misread(history.metric("accuracy", n), 359.0)).collect(),
    )?;
    root.present()?;
    Ok(())
}

fn panel<DB: DrawingBackend>(
    area: &DrawingArea<DB, plotters::coord::Shift>,
    title: &str,
    training: Vec<f64>,
    held_out: Vec<f64>,
) -> Result<(), Box<dyn Error>>
where
    DB::ErrorType: 'static,
{
    let values = || training.iter().chain(&held_out).copied();
    let low = values().fold(f64::INFINITY, f64::min) * 0.8;
    let high = values().fold(0.0, f64::max) * 1.25;
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 22))
        .margin(14)
        .x_label_area_size(46)
        .y_label_area_size(64)
        .build_cartesian_2d(1.0..training.len().max(2) as f64, (low..high).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("epoch")
        .x_labels(8)
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| format!("{y}"))
        .label_style((FONT, 16))
        .axis_desc_style((FONT, 18))
        .light_line_style(RGBColor(238, 238, 238))
        .draw()?;
    for (name, color, curve) in [("training", TRAINING, training), ("held out", HELD_OUT, held_out)]
    {
        let points = curve.into_iter().enumerate().map(|(index, y)| ((index + 1) as f64, y));
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], color.stroke_width(3)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .label_font((FONT, 17))
        .background_style(WHITE)
        .border_style(RGBColor(200, 200, 200))
        .draw()?;
    Ok(())
}
