//! Input: the optical digits, 1797 images of 8 x 8, and their split.

use constprop::one_hot;

/// 64 bytes of an image, each from 0 to 16, row by row from its top, then its label.
static BYTES: &[u8] = include_bytes!("optdigits.bin");

pub const SIDE: usize = 8;
pub const PIXELS: usize = SIDE * SIDE;
pub const CLASSES: usize = 10;

/// Images as inputs from 0 to 1, with their labels.
#[derive(Clone, Default)]
pub struct Data {
    pub inputs: Vec<[f32; PIXELS]>,
    pub labels: Vec<usize>,
}

impl Data {
    pub fn targets(&self) -> Result<Vec<[f32; CLASSES]>, constprop::Error> {
        self.labels.iter().map(|&label| one_hot(label)).collect()
    }

    fn push(&mut self, (input, label): ([f32; PIXELS], usize)) {
        self.inputs.push(input);
        self.labels.push(label);
    }
}

fn examples() -> impl Iterator<Item = ([f32; PIXELS], usize)> {
    BYTES.chunks_exact(PIXELS + 1).map(|bytes| {
        (std::array::from_fn(|pixel| f32::from(bytes[pixel]) / 16.0), usize::from(bytes[PIXELS]))
    })
}

/// The examples for training, and every fifth one, held out.
pub fn training_and_held_out() -> (Data, Data) {
    split(examples(), 4)
}

/// All examples but each fifth, counted from `first`, and those.
pub fn split(examples: impl Iterator<Item = ([f32; PIXELS], usize)>, first: usize) -> (Data, Data) {
    let (mut rest, mut fifths) = (Data::default(), Data::default());
    for (index, example) in examples.enumerate() {
        if index % 5 == first { fifths.push(example) } else { rest.push(example) }
    }
    (rest, fifths)
}
