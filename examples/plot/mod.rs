//! What pictures of the examples have in common: a font that comes along, curves, a PNG.

mod png;

use std::error::Error;
use std::path::Path;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

pub const FONT: &str = "plot";
pub const BLUE: RGBColor = RGBColor(31, 119, 180);
pub const ORANGE: RGBColor = RGBColor(214, 85, 20);

pub type Outcome = Result<(), Box<dyn Error>>;
pub type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;
/// A name, a colour, points.
pub type Curve<'a> = (&'a str, RGBColor, Vec<(f64, f64)>);

/// Writes what is drawn on white as a PNG. plotters would do it by an image library of its own, which
/// takes longer to build than the rest of a picture.
pub fn picture(path: &Path, size: (u32, u32), draw: impl FnOnce(&Area<'_>) -> Outcome) -> Outcome {
    register_font(FONT, FontStyle::Normal, include_bytes!("font.ttf"))
        .map_err(|_| "the font that comes along cannot be read")?;
    // Red, green and blue of each pixel, row by row.
    let mut pixels = vec![255; 3 * size.0 as usize * size.1 as usize];
    let area = BitMapBackend::with_buffer(&mut pixels, size).into_drawing_area();
    draw(&area)?;
    area.present()?;
    drop(area);
    Ok(std::fs::write(path, png::encode(&pixels, size))?)
}

/// The ends of both axes, what lies along the first, and about how many labels it has.
pub struct Axes<'a, X, Y> {
    pub x: X,
    pub y: Y,
    pub along: &'a str,
    pub labels: usize,
    pub legend: SeriesLabelPosition,
}

impl<X, Y> Axes<'_, X, Y>
where
    X: AsRangedCoord<Value = f64, CoordDescType: ValueFormatter<f64>>,
    Y: AsRangedCoord<Value = f64, CoordDescType: ValueFormatter<f64>>,
{
    /// Draws curves with a title, labels and a legend.
    pub fn draw(self, area: &Area<'_>, title: &str, curves: &[Curve<'_>]) -> Outcome {
        let mut chart = ChartBuilder::on(area)
            .caption(title, (FONT, 22))
            .margin(14)
            .x_label_area_size(46)
            .y_label_area_size(72)
            .build_cartesian_2d(self.x, self.y)?;
        chart
            .configure_mesh()
            .x_desc(self.along)
            .x_labels(self.labels)
            .x_label_formatter(&|x| format!("{x:.0}"))
            .y_label_formatter(&label)
            .label_style((FONT, 16))
            .axis_desc_style((FONT, 18))
            .light_line_style(RGBColor(238, 238, 238))
            .draw()?;
        for &(name, color, ref points) in curves {
            chart
                .draw_series(LineSeries::new(points.iter().copied(), color.stroke_width(2)))?
                .label(name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 24, y)], color.stroke_width(3))
                });
        }
        chart
            .configure_series_labels()
            .position(self.legend)
            .label_font((FONT, 17))
            .background_style(WHITE)
            .border_style(RGBColor(200, 200, 200))
            .draw()?;
        Ok(())
    }
}

/// A curve of a value for each epoch, the first of which is 1.
#[allow(dead_code, reason = "the regressions' curves are over passes")]
pub fn by_epoch(values: impl IntoIterator<Item = f64>) -> Vec<(f64, f64)> {
    values.into_iter().zip(1..).map(|(value, epoch)| (f64::from(epoch), value)).collect()
}

/// A number beside an axis.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "so they are asked for")]
fn label(y: &f64) -> String {
    if *y != 0.0 && y.abs() < 1e-3 {
        format!("{y:.0e}")
    } else {
        format!("{}", (y * 1e4).round() / 1e4)
    }
}
