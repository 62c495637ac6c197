//! The learning curves as a picture, on any machine: the font comes along.

use std::error::Error;
use std::path::Path;

use constprop::train::{Epoch, History};
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

const FONT: &str = "curve";
const TRAINING: RGBColor = RGBColor(31, 119, 180);
const VALIDATION: RGBColor = RGBColor(214, 85, 20);

type Curve<'a> = (&'a str, RGBColor, Vec<f64>);

/// Draws J on the left and the share of validation images that are wrong on the right.
pub fn draw(path: &Path, history: &History) -> Result<(), Box<dyn Error>> {
    register_font(FONT, FontStyle::Normal, include_bytes!("../digits/font.ttf"))
        .map_err(|_| "the font that comes along cannot be read")?;
    let root = BitMapBackend::new(path, (1200, 520)).into_drawing_area();
    root.fill(&WHITE)?;
    let (left, right) = root.split_horizontally(600);
    let of = |value: fn(&Epoch) -> f64| history.epochs().iter().map(value).collect();
    let costs = [
        ("training, before each step", TRAINING, of(|epoch| epoch.j)),
        ("validation", VALIDATION, of(|epoch| epoch.validation_j.unwrap_or(f64::NAN))),
    ];
    panel(&left, "Cost J", &costs)?;
    let wrong = history
        .epochs()
        .iter()
        .map(|epoch| 100.0 * (1.0 - history.metric("accuracy", epoch.number).unwrap_or(f64::NAN)));
    panel(&right, "Mistakes, in percent", &[("validation", VALIDATION, wrong.collect())])?;
    root.present()?;
    Ok(())
}

fn panel<DB: DrawingBackend>(
    area: &DrawingArea<DB, plotters::coord::Shift>,
    title: &str,
    curves: &[Curve<'_>],
) -> Result<(), Box<dyn Error>>
where
    DB::ErrorType: 'static,
{
    let values = || curves.iter().flat_map(|curve| &curve.2).copied();
    // The axis begins at 0, and is there even where all values are 0.
    let high = values().fold(0.0, f64::max).max(1e-3) * 1.1;
    let epochs = curves.iter().map(|curve| curve.2.len()).max().unwrap_or(0).max(2);
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 22))
        .margin(14)
        .x_label_area_size(46)
        .y_label_area_size(64)
        .build_cartesian_2d(1.0..epochs as f64, 0.0..high)?;
    chart
        .configure_mesh()
        .x_desc("epoch")
        .x_labels(epochs.min(10))
        .x_label_formatter(&|x| format!("{x:.0}"))
        .label_style((FONT, 16))
        .axis_desc_style((FONT, 18))
        .light_line_style(RGBColor(238, 238, 238))
        .draw()?;
    for (name, color, curve) in curves {
        let color = *color;
        let points = curve.iter().enumerate().map(|(index, y)| ((index + 1) as f64, *y));
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)))?
            .label(*name)
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
