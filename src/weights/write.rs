//! The format of safetensors, written: into whatever takes bytes, without a heap.

use core::fmt::{self, Display, Write};

use super::error::WriteError;
use super::json::{Name, Quoted};
use super::metadata::{FORMAT_WORD, Facts, NETWORK_WORD, VERSION, VERSION_WORD};
use super::names::{Given, Kind, Names, Part};
use super::plan::shape_of;
use super::safetensors::Dtype;
use crate::fast::registers::Float;
use crate::real::to_f64;
use crate::shapes::shape::{ThetaShape, place_in};

/// A tensor to be written.
pub(crate) struct Row<'a> {
    pub(crate) name: &'a dyn Display,
    pub(crate) dtype: Dtype,
    pub(crate) shape: &'a [usize],
    /// The number at so many from the beginning.
    pub(crate) number: &'a dyn Fn(usize) -> f64,
}

/// What a file is to have. Every call gives the same.
pub(crate) trait Source {
    /// The metadata.
    fn words(&self, say: &mut dyn FnMut(&str, &dyn Display) -> fmt::Result) -> fmt::Result;

    /// The tensors, those of larger numbers first: so each is aligned in a file that is.
    fn rows(&self, give: &mut dyn FnMut(Row<'_>) -> fmt::Result) -> fmt::Result;
}

/// How many bytes [`write()`] gives.
pub(crate) fn length(source: &dyn Source) -> Result<usize, fmt::Error> {
    let mut data = 0;
    source.rows(&mut |row| {
        data += row.bytes();
        Ok(())
    })?;
    Ok(8 + header_length(source)? + data)
}

/// Gives `put` the bytes of a file, from the first to the last. [`fmt::Error`], where a name cannot be
/// written, comes in front of all bytes.
pub(crate) fn write<E>(
    source: &dyn Source,
    mut put: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<Result<(), E>, fmt::Error> {
    let header = header_length(source)?;
    let mut out = Few::new(&mut put);
    let _ = out.add(&(header as u64).to_le_bytes());
    let begin = out.count;
    let _ = header_into(source, &mut out);
    while out.error.is_none() && out.count < begin + header {
        let _ = out.add(b" ");
    }
    let _ = source.rows(&mut |row| {
        (0..row.entries()).try_for_each(|index| {
            let (bytes, size) = row.dtype.bytes((row.number)(index));
            out.add(&bytes[..size])
        })
    });
    Ok(out.finish())
}

impl Row<'_> {
    fn entries(&self) -> usize {
        self.shape.iter().product()
    }

    fn bytes(&self) -> usize {
        self.entries() * self.dtype.size()
    }
}

/// Bytes that are given on a few hundred at a time.
struct Few<'a, E> {
    put: &'a mut dyn FnMut(&[u8]) -> Result<(), E>,
    kept: [u8; 256],
    length: usize,
    count: usize,
    error: Option<E>,
}

impl<'a, E> Few<'a, E> {
    fn new(put: &'a mut dyn FnMut(&[u8]) -> Result<(), E>) -> Self {
        Self { put, kept: [0; 256], length: 0, count: 0, error: None }
    }

    fn add(&mut self, mut bytes: &[u8]) -> fmt::Result {
        self.count += bytes.len();
        while !bytes.is_empty() {
            let room = &mut self.kept[self.length..];
            let (now, rest) = bytes.split_at(bytes.len().min(room.len()));
            room[..now.len()].copy_from_slice(now);
            self.length += now.len();
            bytes = rest;
            if self.length == self.kept.len() {
                self.give()?;
            }
        }
        Ok(())
    }

    fn give(&mut self) -> fmt::Result {
        let length = core::mem::take(&mut self.length);
        if self.error.is_none() {
            self.error = (self.put)(&self.kept[..length]).err();
        }
        if self.error.is_some() { Err(fmt::Error) } else { Ok(()) }
    }

    fn finish(mut self) -> Result<(), E> {
        let _ = self.give();
        self.error.map_or(Ok(()), Err)
    }
}

impl<E> Write for Few<'_, E> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.add(text.as_bytes())
    }
}

/// The header's length, up to a multiple of 8.
fn header_length(source: &dyn Source) -> Result<usize, fmt::Error> {
    struct Counted(usize);
    impl Write for Counted {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0 += text.len();
            Ok(())
        }
    }
    let mut counted = Counted(0);
    header_into(source, &mut counted)?;
    Ok(counted.0.next_multiple_of(8))
}

fn header_into(source: &dyn Source, out: &mut dyn Write) -> fmt::Result {
    out.write_str("{\"__metadata__\":{")?;
    let mut between = "";
    source.words(&mut |key, word| {
        write!(out, "{between}{}:{}", Quoted(key), Quoted(word))?;
        between = ",";
        Ok(())
    })?;
    out.write_str("}")?;
    let mut start = 0;
    source.rows(&mut |row| {
        write!(out, ",{}:{{\"dtype\":\"{}\",\"shape\":[", Quoted(row.name), row.dtype)?;
        let mut between = "";
        for side in row.shape {
            write!(out, "{between}{side}")?;
            between = ",";
        }
        let end = start + row.bytes();
        write!(out, "],\"data_offsets\":[{start},{end}]}}")?;
        start = end;
        Ok(())
    })?;
    out.write_str("}")
}

/// A network, to be written.
pub(super) struct Weights<'a, T> {
    pub(super) theta: &'a [T],
    pub(super) facts: &'static Facts,
    pub(super) names: Names<'a>,
    pub(super) dtype: Dtype,
}

impl<T: Float> Weights<'_, T> {
    fn kind(&self) -> Kind {
        self.names.kind.unwrap_or(if self.names.are_given() { Kind::Pytorch } else { Kind::Ours })
    }

    /// Everything that could be wrong.
    pub(super) fn check<E>(&self) -> Result<(), WriteError<E>> {
        let shapes = self.facts.shapes;
        if let Some(named) = self.names.count().filter(|&named| named != shapes.len()) {
            return Err(WriteError::Layers { named, layers: shapes.len() });
        }
        self.check_names()?;
        for (index, number) in self.theta.iter().enumerate() {
            let value = to_f64(number);
            if !self.dtype.holds(value) {
                let (theta, row, column) = place_in(shapes, index);
                return Err(WriteError::Range { theta, row, column, value, dtype: self.dtype });
            }
        }
        Ok(())
    }

    /// That every name can be one, and no two are the same.
    fn check_names<E>(&self) -> Result<(), WriteError<E>> {
        let wrong = |index: usize, expected: &'static str| {
            Err(WriteError::Name { theta: index + 1, expected })
        };
        for (index, part) in self.parts() {
            let mut text = Text { bytes: [0; TEXT], length: 0 };
            if write!(text, "{}", Quoted(self.name(index, part))).is_err() {
                return wrong(index, "written, and of at most 250 bytes");
            }
            let name = text.name();
            let Some(name) = name.filter(|name| !name.is_empty() && *name != "__metadata__") else {
                return wrong(index, "a name of a tensor");
            };
            let before = self.parts().take_while(|&before| before != (index, part));
            if before.into_iter().any(|(index, part)| name.is_text(self.name(index, part))) {
                return wrong(index, "another than those of the others");
            }
        }
        Ok(())
    }

    fn name(&self, index: usize, part: Part) -> Given<'_> {
        Given { names: &self.names, kind: self.kind(), index, part }
    }

    fn parts(&self) -> impl Iterator<Item = (usize, Part)> + use<T> {
        let ours = self.kind() == Kind::Ours;
        (0..self.facts.shapes.len()).flat_map(move |index| {
            let bias = (!ours).then_some((index, Part::Bias));
            [Some((index, Part::Weight)), bias].into_iter().flatten()
        })
    }
}

const TEXT: usize = 252;

/// A name with its quotes, as it stands in a header.
struct Text {
    bytes: [u8; TEXT],
    length: usize,
}

impl Text {
    fn name(&self) -> Option<Name<'_>> {
        let text = core::str::from_utf8(&self.bytes[..self.length]).ok()?;
        super::json::Cursor::new(text, 0).string().ok()
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes[self.length..].get_mut(..text.len()).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length += text.len();
        Ok(())
    }
}

impl<T: Float> Source for Weights<'_, T> {
    fn words(&self, say: &mut dyn FnMut(&str, &dyn Display) -> fmt::Result) -> fmt::Result {
        say(VERSION_WORD, &VERSION)?;
        if self.kind() == Kind::Pytorch {
            // What its own tools ask for.
            say(FORMAT_WORD, &"pt")?;
        }
        say(NETWORK_WORD, &self.facts)
    }

    fn rows(&self, give: &mut dyn FnMut(Row<'_>) -> fmt::Result) -> fmt::Result {
        let (kind, dtype) = (self.kind(), self.dtype);
        let mut first = 0;
        for (index, shape) in self.facts.shapes.iter().enumerate() {
            let theta = &self.theta[first..first + shape.parameters()];
            first += shape.parameters();
            let ThetaShape { s_out, s_in, .. } = *shape;
            let place = |at: usize| match kind {
                Kind::Ours => at,
                Kind::Pytorch => s_out * (1 + at % s_in) + at / s_in,
                Kind::Keras => s_out + at,
            };
            let (sides, rank) = shape_of(kind, Part::Weight, shape);
            give(Row {
                name: &self.name(index, Part::Weight),
                dtype,
                shape: &sides[..rank],
                number: &|at| to_f64(&theta[place(at)]),
            })?;
            if kind != Kind::Ours {
                let number = &|at: usize| to_f64(&theta[at]);
                give(Row { name: &self.name(index, Part::Bias), dtype, shape: &[s_out], number })?;
            }
        }
        Ok(())
    }
}
