//! The worst mistakes as a picture: test images of another class than the one the network was most
//! certain of.

use std::path::Path;

use constprop::argmax;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::data::{CLASSES, Image, Images, SIDE, Target};
use crate::plot::{Area, FONT, Outcome, picture};

const ROWS: usize = 5;
const COLUMNS: usize = 8;
/// A pixel of an image is so many of the picture's, each way.
const SCALE: usize = 4;
const GAP: usize = 12;
const CAPTION: usize = 36;
const CELL: (usize, usize) = (SCALE * SIDE + GAP, SCALE * SIDE + CAPTION + GAP);

/// Draws up to 5 rows of 8, the most certain mistake first, each with what it is, what it was taken
/// for, and how certainly.
pub fn draw(path: &Path, test: &Images, predictions: &[Target], names: [&str; CLASSES]) -> Outcome {
    let (width, height) = (COLUMNS * CELL.0 + GAP, ROWS * CELL.1 + GAP);
    picture(path, (width as u32, height as u32), |area| draw_on(area, test, predictions, names))
}

fn draw_on(
    area: &Area<'_>,
    test: &Images,
    predictions: &[Target],
    names: [&str; CLASSES],
) -> Outcome {
    let style = TextStyle::from((FONT, 14)).pos(Pos::new(HPos::Center, VPos::Top));
    for (place, example) in worst(test, predictions).take(ROWS * COLUMNS).enumerate() {
        let (x, y) = (GAP + place % COLUMNS * CELL.0, GAP + place / COLUMNS * CELL.1);
        for (pixel, color) in shades(&test.inputs[example]).enumerate() {
            let left = (x + pixel % SIDE * SCALE) as i32;
            let top = (y + pixel / SIDE * SCALE) as i32;
            let corner = SCALE as i32;
            let square = [(left, top), (left + corner, top + corner)];
            area.draw(&Rectangle::new(square, color.filled()))?;
        }
        let h = &predictions[example];
        let (Some(right), Some(named)) = (argmax(&test.targets[example]), argmax(h)) else {
            continue;
        };
        let middle = (x + SCALE * SIDE / 2) as i32;
        let below = (y + SCALE * SIDE + 2) as i32;
        let what = format!("{} as {}", names[right], names[named]);
        area.draw(&Text::new(what, (middle, below), style.clone()))?;
        let certain = format!("{:.1} %", 100.0 * h[named]);
        area.draw(&Text::new(
            certain,
            (middle, below + 16),
            style.color(&RGBColor(110, 110, 110)),
        ))?;
    }
    Ok(())
}

/// The examples that are mistaken, the most certain one first.
fn worst(test: &Images, predictions: &[Target]) -> impl Iterator<Item = usize> {
    let named = |example: usize| argmax(&predictions[example]);
    let mut mistakes: Vec<usize> = (0..predictions.len())
        .filter(|&example| named(example) != argmax(&test.targets[example]))
        .collect();
    let certain =
        |example: usize| named(example).map_or(f32::NAN, |class| predictions[example][class]);
    mistakes.sort_by(|&one, &other| certain(other).total_cmp(&certain(one)));
    mistakes.into_iter()
}

/// Its pixels as ink on paper.
fn shades(image: &Image) -> impl Iterator<Item = RGBColor> {
    image.iter().map(|pixel| {
        let level = 255 - (255.0 * pixel) as u8;
        // Paper is a little grey, so that an image has an edge.
        RGBColor(level.min(244), level.min(244), level.min(244))
    })
}
