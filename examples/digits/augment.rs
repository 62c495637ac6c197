//! Input, varied: an image as another hand might have placed it.

use constprop::rand::RngExt;

use crate::data::{PIXELS, SIDE};

/// How far a training image is moved and turned at most, anew each time it is seen.
#[derive(Clone, Copy, Debug)]
pub struct Augmentation {
    /// In pixels, each way.
    pub shift: f32,
    /// In radians, each way.
    pub turn: f32,
    /// As a part of its size, each way.
    pub zoom: f32,
}

pub const MORE: Augmentation = Augmentation { shift: 0.5, turn: 0.15, zoom: 0.1 };

impl Augmentation {
    /// The image under a random motion within these bounds.
    pub fn apply(self, image: &[f32; PIXELS], rng: &mut impl RngExt) -> [f32; PIXELS] {
        let mut within = |bound: f32| bound * (2.0 * rng.random::<f32>() - 1.0);
        let (down, right) = (within(self.shift), within(self.shift));
        let (turn, zoom) = (within(self.turn), 1.0 + within(self.zoom));
        // sin and cos by their first terms are good to 6e-4 here.
        let (sin, cos) = (zoom * turn, zoom * (1.0 - turn * turn / 2.0));
        let middle = (SIDE as f32 - 1.0) / 2.0;
        std::array::from_fn(|pixel| {
            let row = (pixel / SIDE) as f32 - middle;
            let column = (pixel % SIDE) as f32 - middle;
            at(
                image,
                cos * row - sin * column + middle + down,
                sin * row + cos * column + middle + right,
            )
        })
    }
}

/// The brightness between pixels, by linear interpolation; beyond the edge it is dark.
fn at(image: &[f32; PIXELS], row: f32, column: f32) -> f32 {
    let (top, left) = (row.floor(), column.floor());
    let (below, beside) = (row - top, column - left);
    let pixel = |row: f32, column: f32| {
        let inside = |place: f32| (0.0..SIDE as f32).contains(&place);
        if inside(row) && inside(column) {
            image[row as usize * SIDE + column as usize]
        } else {
            0.0
        }
    };
    let upper = pixel(top, left) * (1.0 - beside) + pixel(top, left + 1.0) * beside;
    let lower = pixel(top + 1.0, left) * (1.0 - beside) + pixel(top + 1.0, left + 1.0) * beside;
    upper * (1.0 - below) + lower * below
}
