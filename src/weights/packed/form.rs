//! What a network's type says of its weights.

use super::contents::Contents;
use super::error::PackedError;
use super::layout::{CHECKSUM, places, unsigned};
use super::text::Excerpt;
use crate::fast::registers::Float;
use crate::network::Network;
use crate::shapes::shape::{ThetaShape, place_in};
use crate::text::Pen;

/// Sizes and activations as data, and the bytes of a scalar: not generic, so that what is done with it
/// is compiled once for all networks.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Form<'a> {
    shapes: &'a [ThetaShape],
    pub(super) scalar: usize,
}

impl Form<'static> {
    pub(in super::super) const fn of<N: Network<Scalar: Float>>() -> Self {
        Self::new::<N::Scalar>(N::SHAPES)
    }
}

impl<'a> Form<'a> {
    pub(super) const fn new<T: Float>(shapes: &'a [ThetaShape]) -> Self {
        Self { shapes, scalar: size_of::<T>() }
    }

    /// What packed weights hold, if they are of this form; of more than so many bytes, neither the
    /// checksum is looked at nor whether all are finite.
    pub(in super::super) const fn read<'b>(
        &self,
        packed: &'b [u8],
        most: usize,
    ) -> Result<Contents<'b>, PackedError> {
        let contents = match Contents::read_checking(packed, most) {
            Ok(contents) => contents,
            Err(error) => return Err(error),
        };
        if contents.bits != 8 * self.scalar {
            let (expected, found) = (8 * self.scalar, contents.bits);
            return Err(PackedError::Scalar { expected, found });
        }
        if let Some(error) = self.differs(contents.architecture.as_bytes()) {
            return Err(error);
        }
        // A text of this form with another number of parameters.
        let expected = self.scalar * self.parameters();
        if contents.parameters.len() != expected {
            let (expected, found) = (self.parameters(), contents.parameters.len() / self.scalar);
            return Err(PackedError::Count { expected, found });
        }
        if packed.len() <= most
            && let Some((index, value)) = first_not_finite(contents.parameters, self.scalar)
        {
            return Err(self.not_finite(index, value));
        }
        Ok(contents)
    }

    pub(super) const fn not_finite(&self, index: usize, value: f64) -> PackedError {
        let (theta, row, column) = place_in(self.shapes, index);
        PackedError::Parameter { theta, row, column, value }
    }

    /// How many parameters, or as many as a `usize` counts: a tool's shapes are anything.
    pub(super) const fn parameters(&self) -> usize {
        let (mut sum, mut index) = (0_usize, 0);
        while index < self.shapes.len() {
            let ThetaShape { s_in, s_out, .. } = self.shapes[index];
            sum = sum.saturating_add(s_in.saturating_add(1).saturating_mul(s_out));
            index += 1;
        }
        sum
    }

    /// The bytes of the text.
    pub(super) const fn text(&self) -> usize {
        let mut pen = Pen::new(&mut [], 0);
        self.write(&mut pen);
        pen.written()
    }

    /// Where parameters and checksum begin.
    pub(super) const fn places(&self) -> [usize; 2] {
        let parameters = self.scalar * self.parameters();
        let [parameters, checksum] = places(self.text() as u128, parameters as u128);
        [parameters as usize, checksum as usize]
    }

    pub(super) const fn length(&self) -> usize {
        self.places()[1] + CHECKSUM
    }

    /// The text.
    pub(super) const fn write(&self, pen: &mut Pen<'_>) {
        self.write_layers(pen, self.shapes.len());
    }

    /// The input, and so many layers behind it.
    const fn write_layers(&self, pen: &mut Pen<'_>, count: usize) {
        if !self.shapes.is_empty() {
            pen.number(self.shapes[0].s_in as u64, 10);
        }
        let mut index = 0;
        while index < count {
            let shape = &self.shapes[index];
            pen.text(ARROW);
            pen.number(shape.s_out as u64, 10);
            pen.text(" ");
            pen.text(shape.activation);
            write_numbers(pen, shape.numbers);
            index += 1;
        }
    }

    /// Where in the text a layer begins, counted from 1.
    const fn start_of(&self, layer: usize) -> usize {
        if layer == 1 {
            return 0;
        }
        let mut pen = Pen::new(&mut [], 0);
        self.write_layers(&mut pen, layer - 2);
        pen.written() + ARROW.len()
    }

    /// How another text differs.
    const fn differs(&self, found: &[u8]) -> Option<PackedError> {
        let common = self.common(found);
        if common == found.len() && common == self.text() {
            return None;
        }
        let mut layer = 1;
        while layer <= self.shapes.len() && self.start_of(layer + 1) <= common {
            layer += 1;
        }
        let start = self.start_of(layer);
        let mut page = Excerpt::PAGE;
        let mut pen = Pen::new(&mut page, start);
        self.write(&mut pen);
        let length = pen.written() - start;
        let expected = Excerpt::on(page, length);
        Some(PackedError::Architecture { layer, expected, found: Excerpt::of(found, start) })
    }

    /// How many bytes of both texts are the same.
    const fn common(&self, found: &[u8]) -> usize {
        let length = self.text();
        let (mut at, mut window) = (0, [0; 32]);
        while at < length && at < found.len() {
            if at % window.len() == 0 {
                self.write(&mut Pen::new(&mut window, at));
            }
            if window[at % window.len()] != found[at] {
                break;
            }
            at += 1;
        }
        at
    }
}

const ARROW: &str = " => ";

/// As `network!` has them: `<1, 5>`.
const fn write_numbers(pen: &mut Pen<'_>, numbers: &[i64]) {
    let mut index = 0;
    while index < numbers.len() {
        pen.text(if index == 0 { "<" } else { ", " });
        pen.text(if numbers[index] < 0 { "-" } else { "" });
        pen.number(numbers[index].unsigned_abs(), 10);
        index += 1;
    }
    pen.text(if index == 0 { "" } else { ">" });
}

/// The first of these scalars that is not finite, and what it is.
const fn first_not_finite(bytes: &[u8], scalar: usize) -> Option<(usize, f64)> {
    // Where the exponent, all ones, ends in the last byte but one.
    let lowest = if scalar == 4 { 0x80 } else { 0xf0 };
    // Called once, and not each time: constants are evaluated as they are written.
    let length = bytes.len();
    let mut last = scalar - 1;
    while last < length {
        if bytes[last] & 0x7f == 0x7f && bytes[last - 1] & lowest == lowest {
            let bits = unsigned(bytes, last + 1 - scalar, scalar);
            let value =
                if scalar == 4 { f32::from_bits(bits as u32) as f64 } else { f64::from_bits(bits) };
            return Some((last / scalar, value));
        }
        last += scalar;
    }
    None
}
