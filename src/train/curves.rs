//! Learning curves as a picture (feature `plot`).

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Once;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use super::History;
use crate::error::debug_is_display;
use crate::files;

/// Why there is no picture.
#[non_exhaustive]
pub enum PlotError {
    /// Nothing has been trained.
    NoEpochs,
    /// The file's name ends neither in `.png` nor in `.svg`.
    Format {
        /// Its path.
        path: PathBuf,
    },
    /// It cannot be drawn or written.
    Drawing {
        /// The picture's path.
        path: PathBuf,
        /// What is said about it.
        reason: String,
    },
}

impl core::fmt::Display for PlotError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::NoEpochs => f.write_str("no epoch to draw"),
            Self::Format { path } => {
                write!(f, "{}: a picture's name ends in .png or .svg", path.display())
            }
            Self::Drawing { path, reason } => write!(f, "{}: {reason}", path.display()),
        }
    }
}

debug_is_display!(PlotError);

impl core::error::Error for PlotError {}

/// The font comes along, so that a PNG is the same on every machine.
static FONT: &[u8] = include_bytes!("font.ttf");
const FAMILY: &str = "constprop";
static REGISTER: Once = Once::new();

const TRAINING: RGBColor = RGBColor(31, 119, 180);
const VALIDATION: RGBColor = RGBColor(214, 85, 20);
const PANEL: (u32, u32) = (600, 460);

impl History {
    /// Draws J, and each metric, epoch by epoch, as a PNG or SVG, whichever the path ends in. J is on
    /// a logarithmic axis where it is positive.
    ///
    /// The file is written whole or not at all. One that was there keeps its mode, and its owner where the
    /// system allows that; of a symbolic link it is the file behind it that is written. It is a new file
    /// in the place of the old one: hard links keep what was in that, and access control lists and
    /// extended attributes are lost.
    ///
    /// # Errors
    ///
    /// [`PlotError`], if there is no epoch, or the file cannot be written; one that was there is then
    /// as it was.
    pub fn draw(&self, path: impl AsRef<Path>) -> Result<(), PlotError> {
        let path = path.as_ref();
        if self.epochs().is_empty() {
            return Err(PlotError::NoEpochs);
        }
        REGISTER.call_once(|| {
            // It has been tried: what fails is the text, and that says so.
            let _ = register_font(FAMILY, FontStyle::Normal, FONT);
        });
        let panels = 1 + self.names.len() as u32;
        let size = (PANEL.0 * panels, PANEL.1);
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let result = match ending.to_ascii_lowercase().as_str() {
            "png" => self.draw_png(path, size),
            "svg" => self.draw_svg(path, size),
            _ => return Err(PlotError::Format { path: path.into() }),
        };
        result.map_err(|reason| PlotError::Drawing { path: path.into(), reason })
    }

    fn draw_png(&self, path: &Path, size @ (width, height): (u32, u32)) -> Result<(), String> {
        // Red, green and blue of each pixel, row by row.
        let mut pixels = vec![0; 3 * width as usize * height as usize];
        self.draw_on(BitMapBackend::with_buffer(&mut pixels, size))?;
        let write = |out: &mut dyn Write| {
            let mut encoder = png::Encoder::new(out, width, height);
            encoder.set_color(png::ColorType::Rgb);
            let mut writer = encoder.write_header()?;
            writer.write_image_data(&pixels)?;
            Ok(writer.finish()?)
        };
        files::write(path, write).map_err(|error| error.to_string())
    }

    fn draw_svg(&self, path: &Path, size: (u32, u32)) -> Result<(), String> {
        let mut text = String::new();
        self.draw_on(SVGBackend::with_string(&mut text, size))?;
        files::write(path, |out| out.write_all(text.as_bytes())).map_err(|error| error.to_string())
    }

    fn draw_on<B: DrawingBackend>(&self, backend: B) -> Result<(), String> {
        let failed = |error: DrawingAreaErrorKind<B::ErrorType>| error.to_string();
        let root = backend.into_drawing_area();
        root.fill(&WHITE).map_err(failed)?;
        let areas = root.split_evenly((1, 1 + self.names.len()));
        let j = self.epochs().iter().map(|epoch| Some(epoch.j)).collect();
        let validation = self.epochs().iter().map(|epoch| epoch.validation_j).collect();
        panel(&areas[0], ("J", Axis::Logarithmic), [j, validation]).map_err(failed)?;
        for (column, name) in self.names.iter().enumerate() {
            let rows = || self.values.chunks_exact(self.names.len());
            let curves = [0, 1].map(|kind| rows().map(|row| row[column][kind]).collect());
            panel(&areas[1 + column], (name, Axis::Linear), curves).map_err(failed)?;
        }
        root.present().map_err(failed)
    }
}

/// How values are drawn; logarithmically where all of them are positive.
#[derive(Clone, Copy, PartialEq)]
enum Axis {
    Linear,
    Logarithmic,
}

/// One axis of epochs: what was trained with, and what validates.
fn panel<B: DrawingBackend>(
    area: &DrawingArea<B, Shift>,
    (title, axis): (&str, Axis),
    curves: [Vec<Option<f64>>; 2],
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let finite = || curves.iter().flatten().flatten().copied().filter(|value| value.is_finite());
    let ends = finite().map(|value| (value, value));
    let ends = ends.reduce(|(low, high), (value, _)| (low.min(value), high.max(value)));
    let (low, high) = ends.unwrap_or_default();
    let is_logarithmic = axis == Axis::Logarithmic && low > 0.0;
    // Least values that are farther away lie on the axis.
    let low = if is_logarithmic { low.max(high * 1e-300) } else { low };
    // What draws needs numbers of ordinary size, and does not come to an end with the largest.
    let unit = power_of_ten_below(if is_logarithmic { low } else { low.abs().max(high.abs()) });
    let in_units = |y: Option<f64>| Some(y.filter(|y| y.is_finite())?.max(low) / unit);
    let curves = curves.map(|curve| curve.into_iter().map(in_units).collect::<Vec<_>>());
    let [low, high] = [low, high].map(|end| end / unit);
    let last = curves[0].len().max(2) as f64;
    let mut builder = ChartBuilder::on(area);
    builder.caption(title, (FAMILY, 22)).margin(14).x_label_area_size(46).y_label_area_size(64);
    if is_logarithmic {
        let axes = builder.build_cartesian_2d(1.0..last, (low * 0.8..high * 1.25).log_scale())?;
        lines(axes, unit, curves)
    } else {
        let [low, high] = with_room(low, high);
        lines(builder.build_cartesian_2d(1.0..last, low..high)?, unit, curves)
    }
}

/// The ends of an axis on which values from `low` to `high` are apart from its ends, and from each other
/// by more than rounding.
fn with_room(low: f64, high: f64) -> [f64; 2] {
    let size = low.abs().max(high.abs());
    let room = match (0.05 * high - 0.05 * low).max(1e-9 * size) {
        0.0 => 0.05,
        room => room,
    };
    [low - room, high + room]
}

/// The power of ten at or below a size, if it is not subnormal; 1 for none.
fn power_of_ten_below(size: f64) -> f64 {
    if size == 0.0 { 1.0 } else { 10_f64.powf(size.log10().floor().max(-307.0)) }
}

/// A number beside an axis.
fn label(y: f64) -> String {
    if y == 0.0 || (1e-3..1e7).contains(&y.abs()) {
        return format!("{}", (y * 1e4).round() / 1e4);
    }
    // Three digits, without zeros at their end.
    let rounded = format!("{y:.2e}").parse().unwrap_or(y);
    format!("{rounded:e}")
}

fn lines<'a, B: DrawingBackend + 'a, Y>(
    mut axes: ChartContext<'a, B, Cartesian2d<plotters::coord::types::RangedCoordf64, Y>>,
    unit: f64,
    curves: [Vec<Option<f64>>; 2],
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>>
where
    Y: plotters::coord::ranged1d::ValueFormatter<f64> + Ranged<ValueType = f64>,
{
    axes.configure_mesh()
        .x_desc("epoch")
        .x_labels(8)
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| label(y * unit))
        .label_style((FAMILY, 16))
        .axis_desc_style((FAMILY, 18))
        .light_line_style(RGBColor(238, 238, 238))
        .draw()?;
    for ((name, color), curve) in
        [("training", TRAINING), ("validation", VALIDATION)].into_iter().zip(curves)
    {
        let points: Vec<(f64, f64)> = curve
            .into_iter()
            .enumerate()
            .filter_map(|(index, y)| Some(((index + 1) as f64, y?)))
            .collect();
        if points.is_empty() {
            continue;
        }
        axes.draw_series(LineSeries::new(points, color.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], color.stroke_width(3)));
    }
    axes.configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .label_font((FAMILY, 17))
        .background_style(WHITE)
        .border_style(RGBColor(200, 200, 200))
        .draw()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{End, Epoch};
    use super::*;

    #[test]
    fn an_axis_has_room_for_its_values_in_any_unit() {
        for (low, high) in [(0.0, 1.0), (-3.0, -2.0), (-1.0, 4.0), (2.0, 2.0), (-2.0, -2.0)] {
            let plain = with_room(low, high);
            assert!(plain[0] < low && high < plain[1], "{plain:?}");
            for unit in [2.0_f64.powi(-300), 2.0_f64.powi(-30), 2.0_f64.powi(300)] {
                assert_eq!(with_room(low * unit, high * unit), plain.map(|end| end * unit));
            }
        }
        assert_eq!(with_room(-3.0, -2.0), [-3.05, -1.95]);
        assert_eq!(with_room(0.0, 0.0), [-0.05, 0.05]);
    }

    #[test]
    fn labels_tell_numbers_of_any_size_apart() {
        let values = [0.0, 0.25, -1.5, 2.5e-4, 3e-4, -1e-10, 1.5e12];
        assert_eq!(values.map(label), ["0", "0.25", "-1.5", "2.5e-4", "3e-4", "-1e-10", "1.5e12"]);
    }

    /// A picture of a history in which J and one metric are these values, epoch by epoch.
    fn svg(name: &'static str, values: &[f64]) -> String {
        let epoch = |(index, &j)| Epoch { number: index + 1, rate: 0.1, j, validation_j: None };
        let history = History {
            epochs: values.iter().enumerate().map(epoch).collect(),
            names: vec![name.into()],
            values: values.iter().map(|value| [Some(*value), None]).collect(),
            best: None,
            end: End::Epochs,
        };
        REGISTER.call_once(|| {
            let _ = register_font(FAMILY, FontStyle::Normal, FONT);
        });
        let mut text = String::new();
        history.draw_on(SVGBackend::with_string(&mut text, (1200, 460))).unwrap();
        text
    }

    /// Only J itself is drawn logarithmically.
    #[test]
    fn a_metric_may_be_called_j() {
        let values = [1.0, 0.1, 0.01];
        let (named, other) = (svg("J", &values), svg("K", &values));
        assert_ne!(named, other);
        assert_eq!(named.replace("\nJ\n", "\nK\n"), other.replace("\nJ\n", "\nK\n"));
    }

    /// In other units a picture is the same, but for the labels, of which there are as many.
    #[test]
    fn curves_look_the_same_in_any_unit() {
        let values = [3.0, 1.2, 0.45, 0.6];
        let curves = |text: &str| {
            let lines = text.lines().filter(|line| line.starts_with("<polyline"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        let expected = svg("metric", &values);
        for unit in [1e-200, 1e-20, 1e-6, 1e6, 1e200] {
            let found = svg("metric", &values.map(|value| value * unit));
            assert_eq!(curves(&found), curves(&expected), "{unit}");
            assert_eq!(found.matches("<text").count(), expected.matches("<text").count());
        }
    }

    #[test]
    fn curves_of_any_size_are_drawn() {
        for values in [
            &[-3.0, -2.0][..],
            &[1e-300, 2e-300],
            &[1e9, 1e9 + 1e-6],
            &[-1e308, 1e308],
            &[f64::MAX, -f64::MAX],
            &[5e-324, 0.0],
            &[5e-324, 1e-323],
            &[5e-324, f64::MAX, 1.0],
            &[f64::MAX, f64::MAX],
            &[f64::NAN, f64::INFINITY],
        ] {
            assert!(svg("metric", values).contains("metric"));
        }
    }
}
