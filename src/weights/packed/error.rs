//! What can be wrong with packed weights.

use core::fmt;

use super::layout::{MAGIC, VERSION};
use super::text::Excerpt;
use crate::error::debug_is_display;
use crate::text::{Pen, text_on};

/// Why packed weights were refused. Nothing was written.
///
/// It says the same at run time as in the message of a build that [`embedded`](super::super::embedded)
/// has stopped.
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum PackedError {
    /// They do not begin as packed weights do.
    Foreign {
        /// How they begin.
        found: [u8; 8],
    },
    /// They are of a version that is not known here.
    Version {
        /// Which one.
        found: u16,
    },
    /// They are not as long as they say.
    Length {
        /// What they say, or the least there is.
        expected: usize,
        /// How many bytes there are.
        found: usize,
    },
    /// They are not what was written: of something half-written, or with a bit that flipped.
    Damaged {
        /// The checksum behind them, (a, b).
        expected: [u64; 2],
        /// That of the bytes.
        found: [u64; 2],
    },
    /// What fills up to a multiple of 8 bytes is not zero.
    Padding {
        /// The first byte that is not, counted from the beginning.
        offset: usize,
    },
    /// Their text is no UTF-8.
    Text,
    /// They are of the other scalar.
    Scalar {
        /// The bits of the network's.
        expected: usize,
        /// The bits of theirs.
        found: usize,
    },
    /// They are of another network.
    Architecture {
        /// The first layer that differs, counted from 1.
        layer: usize,
        /// The network from there on.
        expected: Excerpt,
        /// What they are of, from there on.
        found: Excerpt,
    },
    /// NaN or infinity in a parameter.
    Parameter {
        /// l of Θ⁽ˡ⁾.
        theta: usize,
        /// The row.
        row: usize,
        /// The column; 0 is the bias.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// Not as many parameters as the shapes have.
    Count {
        /// How many they have.
        expected: usize,
        /// How many were handed in.
        found: usize,
    },
    /// Room that is not as long as the packed weights are.
    Room {
        /// How many bytes they take.
        expected: usize,
        /// How many bytes there are.
        found: usize,
    },
}

/// A message is no longer: the excerpts are what is long in it.
const LONGEST: usize = 256;

impl PackedError {
    /// Stops the build with the message, on two lines where it is long.
    #[track_caller]
    pub(in super::super) const fn stop(&self) -> ! {
        let mut page = [0; LONGEST];
        panic!("{}", self.write(&mut page, "\n"));
    }

    const fn write<'a>(&self, page: &'a mut [u8; LONGEST], space: &str) -> &'a str {
        let mut pen = Pen::new(page, 0);
        self.write_with(&mut pen, space);
        let written = pen.written();
        text_on(page.split_at(written).0)
    }

    const fn write_with(&self, pen: &mut Pen<'_>, space: &str) {
        match *self {
            Self::Foreign { found } => {
                pen.text("packed weights begin with ");
                hex(pen, MAGIC);
                pen.text(" (`");
                pen.bytes(&MAGIC);
                pen.text("`), these bytes with ");
                hex(pen, found);
            }
            Self::Text => pen.text("packed weights whose sizes and activations are no UTF-8"),
            Self::Version { found } => {
                pen.text("packed weights of version ");
                pen.number(found as u64, 10);
                pen.text("; what is known here is version ");
                pen.number(VERSION as u64, 10);
            }
            Self::Length { expected, found } => {
                two(
                    pen,
                    "packed weights of ",
                    expected as u64,
                    " bytes; here are ",
                    found as u64,
                    10,
                );
            }
            Self::Damaged { expected, found } => {
                pen.text("packed weights are damaged: their checksum is ");
                two(pen, "", expected[0], " ", expected[1], 16);
                pen.text(", the bytes' ");
                two(pen, "", found[0], " ", found[1], 16);
            }
            Self::Padding { offset } => {
                pen.text("packed weights: byte ");
                pen.number(offset as u64, 10);
                pen.text(" is padding, and must be 0");
            }
            Self::Scalar { expected, found } => {
                two(
                    pen,
                    "the network is of f",
                    expected as u64,
                    ", the packed weights of f",
                    found as u64,
                    10,
                );
            }
            Self::Architecture { layer, ref expected, ref found } => {
                two_texts(pen, layer, expected.as_str(), space, found.as_str());
            }
            Self::Parameter { theta, row, column, value } => {
                two(pen, "packed weights: theta", theta as u64, ", row ", row as u64, 10);
                pen.text(", column ");
                pen.number(column as u64, 10);
                pen.text(if column == 0 { " (the bias) is " } else { " is " });
                pen.text(if value.is_nan() {
                    "NaN"
                } else if value > 0.0 {
                    "inf"
                } else {
                    "-inf"
                });
                pen.text("; it must be finite");
            }
            Self::Count { expected, found } => {
                two(
                    pen,
                    "the shapes have ",
                    expected as u64,
                    " parameters; here are ",
                    found as u64,
                    10,
                );
            }
            Self::Room { expected, found } => {
                two(
                    pen,
                    "packed weights take ",
                    expected as u64,
                    " bytes; there is room for ",
                    found as u64,
                    10,
                );
            }
        }
    }
}

const fn hex(pen: &mut Pen<'_>, bytes: [u8; 8]) {
    let mut index = 0;
    while index < bytes.len() {
        pen.number((bytes[index] >> 4) as u64, 16);
        pen.number((bytes[index] & 15) as u64, 16);
        index += 1;
    }
}

const fn two(pen: &mut Pen<'_>, front: &str, first: u64, between: &str, second: u64, base: u64) {
    pen.text(front);
    pen.number(first, base);
    pen.text(between);
    pen.number(second, base);
}

const fn two_texts(pen: &mut Pen<'_>, layer: usize, expected: &str, space: &str, found: &str) {
    pen.text("packed weights of another network: from layer ");
    pen.number(layer as u64, 10);
    pen.text(" on `");
    pen.text(expected);
    pen.text("`,");
    pen.text(space);
    pen.text("theirs `");
    pen.text(found);
    pen.text("`");
}

impl fmt::Display for PackedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.write(&mut [0; LONGEST], " "))
    }
}

debug_is_display!(PackedError);

impl core::error::Error for PackedError {}
