//! J and R² over passes as a picture, on any machine: the font comes along.

use std::error::Error;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use crate::Result3;
use crate::train::{Point, Run};

const FONT: &str = "regression";
const ADAM: RGBColor = RGBColor(214, 85, 20);
const LEVENBERG: RGBColor = RGBColor(31, 119, 180);

/// A column for each regression: above J of the training examples, below R² of the held-out.
pub fn draw(path: &Path, results: &[Result3]) -> Result<(), Box<dyn Error>> {
    register_font(FONT, FontStyle::Normal, include_bytes!("../digits/font.ttf"))
        .map_err(|_| "the font that comes along cannot be read")?;
    let root = BitMapBackend::new(path, (1440, 860)).into_drawing_area();
    root.fill(&WHITE)?;
    for (areas, result) in root.split_evenly((1, results.len().max(1))).iter().zip(results) {
        let (above, below) = areas.split_vertically(430);
        let (adam, levenberg) = &result.first;
        panel(&above, &format!("{}: J", result.name), adam, levenberg, Kind::Cost)?;
        panel(&below, &format!("{}: held-out R²", result.name), adam, levenberg, Kind::Share)?;
    }
    root.present()?;
    Ok(())
}
