//! Rows of fields, and the lines that they stand in.

use std::io::{self, Read};
use std::ops::Range;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::classes::Missing;
use super::columns::{Column, Roles, Targets};
use super::text::{END, Lines, Text, Window};
use super::{CsvFault, DataFault, FieldFault, Format, Header, Place};

/// The rows of a text, one after the other, of which none is kept.
pub(super) struct Table<'a> {
    reader: Reader<Text<'a>>,
    record: ByteRecord,
    names: Option<Vec<String>>,
    columns: usize,
    roles: Roles,
    /// Whether the next row has been read already.
    pending: bool,
    /// How many rows have been handed on.
    count: usize,
    /// Which of them are asked for.
    asked: Option<Range<usize>>,
    /// Whether rows behind those are handed on too.
    goes_on: bool,
}

/// One row, and which of its fields are what.
pub(super) struct Row<'a> {
    window: &'a Window,
    record: &'a ByteRecord,
    names: Option<&'a [String]>,
    pub(super) inputs: &'a [usize],
    pub(super) targets: &'a [usize],
    /// Whether it is one of those that are asked for.
    pub(super) is_asked_for: bool,
}

impl<'a> Table<'a> {
    /// The rows behind a header, if there is one, of `sizes` numbers as inputs and as targets, or with
    /// targets that are labels.
    pub(super) fn new(
        reader: &'a mut dyn Read,
        format: &Format,
        missing: &Missing,
        sizes: (usize, usize),
        has_labels: bool,
    ) -> Result<Self, DataFault> {
        let mut table = Self::behind_names(reader, format)?;
        let roles = (&format.targets, &format.skipped[..]);
        table.roles = Roles::new(roles, table.names.as_deref(), table.columns, sizes)
            .map_err(DataFault::Csv)?;
        if format.header == Header::Unsaid
            && !names_columns(format)
            && table.row().is_like_an_example(has_labels, missing)
        {
            let line = table.row().line();
            return Err(DataFault::Csv(CsvFault::HeaderOfNumbers { line }));
        }
        table.asked = format.rows.clone();
        // Classes are those of all rows, and a range that ends before it begins is told their number.
        table.goes_on = has_labels && format.classes.is_none()
            || format.rows.as_ref().is_some_and(|rows| rows.start > rows.end);
        table.begin()?;
        Ok(table)
    }

    /// How many rows there are.
    pub(super) fn count(reader: &'a mut dyn Read, format: &Format) -> Result<usize, DataFault> {
        let mut table = Self::behind_names(reader, format)?;
        table.begin()?;
        while table.next()?.is_some() {}
        Ok(table.count)
    }

    /// The first row, as names unless the format has none.
    fn behind_names(reader: &'a mut dyn Read, format: &Format) -> Result<Self, DataFault> {
        let delimiter = format.delimiter;
        if delimiter.is_ascii_alphanumeric()
            || !delimiter.is_ascii()
            || b"\"\r\n+-.".contains(&delimiter)
        {
            return Err(DataFault::Csv(CsvFault::Delimiter { found: delimiter }));
        }
        // Not the reader's bookkeeping, which knows neither our header nor the lines of an editor.
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(delimiter);
        let mut table = Self {
            reader: builder.from_reader(Text::new(reader)),
            record: ByteRecord::new(),
            names: None,
            columns: 0,
            roles: Roles { inputs: Vec::new(), targets: Vec::new() },
            pending: format.header == Header::None,
            count: 0,
            asked: None,
            goes_on: true,
        };
        if !table.read()? {
            return Err(DataFault::Csv(CsvFault::Empty));
        }
        table.columns = table.record.len();
        if !table.pending {
            let row = table.row();
            let names = (0..table.columns).map(|column| Ok(row.text(column)?.to_owned()));
            table.names = Some(names.collect::<Result<_, DataFault>>()?);
        }
        Ok(table)
    }

    /// The first row that is no header, which there must be.
    fn begin(&mut self) -> Result<(), DataFault> {
        self.pending = self.pending || self.read()?;
        if self.pending { Ok(()) } else { Err(DataFault::Csv(CsvFault::Empty)) }
    }

    /// The next row, or none behind the last, or behind the last that is asked for.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, DataFault> {
        let is_enough =
            !self.goes_on && self.asked.as_ref().is_some_and(|asked| asked.end <= self.count);
        if is_enough {
            return Ok(None);
        }
        if !core::mem::take(&mut self.pending) && !self.read()? {
            return self.end().map(|()| None);
        }
        let (found, expected) = (self.record.len(), self.columns);
        if found != expected {
            let line = self.row().line();
            return Err(DataFault::Csv(CsvFault::Fields { line, found, expected }));
        }
        self.count += 1;
        Ok(Some(self.row()))
    }

    /// That what was asked for was there, when all rows have been.
    fn end(&self) -> Result<(), DataFault> {
        match &self.asked {
            Some(part) if part.start > part.end || part.end > self.count => {
                Err(DataFault::Part { part: part.clone(), examples: self.count as u64 })
            }
            _ => Ok(()),
        }
    }

    /// The next record; whether there is one.
    fn read(&mut self) -> Result<bool, DataFault> {
        let begins = self.reader.position().byte();
        self.reader.get_mut().window.mark(begins);
        let more = self.reader.read_byte_record(&mut self.record);
        let more = more.map_err(|error| DataFault::Io {
            byte: self.reader.get_ref().read,
            error: io_error(error),
        })?;
        if !self.reader.get_ref().is_behind(self.reader.position().byte()) {
            return Ok(more);
        }
        if self.record.len() == 1 && &self.record[0] == END.trim_ascii() {
            return Ok(false);
        }
        Err(DataFault::Csv(CsvFault::OpenQuote { line: self.row().line() }))
    }

    fn row(&self) -> Row<'_> {
        let index = self.count.wrapping_sub(1);
        Row {
            window: &self.reader.get_ref().window,
            record: &self.record,
            names: self.names.as_deref(),
            inputs: &self.roles.inputs,
            targets: &self.roles.targets,
            is_asked_for: self.asked.as_ref().is_none_or(|asked| asked.contains(&index)),
        }
    }
}

impl Row<'_> {
    /// A field without the spaces around it.
    pub(super) fn text(&self, column: usize) -> Result<&str, DataFault> {
        let field = std::str::from_utf8(self.field(column));
        let field = field.map_err(|_| self.fault(column, FieldFault::NotUtf8))?;
        let trimmed = field.trim();
        // The reader takes such quotes for a part of the field, and delimiters between them for ends.
        if field.starts_with([' ', '\t']) && trimmed.starts_with('"') {
            return Err(self.fault(column, FieldFault::SpaceBeforeQuote));
        }
        Ok(trimmed)
    }

    /// Whether numbers or what stands for missing ones, and nothing else, are where an example has
    /// numbers. A label may be one, and tells something where there is nothing else.
    fn is_like_an_example(&self, has_labels: bool, missing: &Missing) -> bool {
        let targets = if has_labels && !self.inputs.is_empty() { &[] } else { self.targets };
        let columns = self.inputs.iter().chain(targets);
        let mut texts = columns.map(|&column| self.text(column).unwrap_or_default()).peekable();
        texts.peek().is_some() && texts.all(|text| text.parse::<f64>().is_ok() || missing.is(text))
    }

    /// That a field is wrong.
    pub(super) fn fault(&self, column: usize, fault: FieldFault) -> DataFault {
        let lines_before =
            (0..column).map(|column| Lines::of(self.field(column)).ends).sum::<u64>();
        let name = self.names.and_then(|names| names.get(column)).cloned();
        let place = Place { line: self.line() + lines_before, column: column + 1, name };
        let found = String::from_utf8_lossy(self.field(column));
        let mut beginning: String = found.trim().chars().take(LONGEST).collect();
        if beginning.len() < found.trim().len() {
            beginning.push('…');
        }
        DataFault::Csv(CsvFault::Field { place, found: beginning, fault })
    }

    fn field(&self, column: usize) -> &[u8] {
        self.record.get(column).unwrap_or_default()
    }

    /// The line that the row begins in.
    fn line(&self) -> u64 {
        self.window.line()
    }
}

/// Whether a column is asked for by its name, so that there are names.
fn names_columns(format: &Format) -> bool {
    let targets = match &format.targets {
        Targets::At(columns) => &columns[..],
        Targets::First | Targets::Last => &[],
    };
    let is_name = |column: &Column| matches!(column, Column::Name(_));
    format.skipped.iter().chain(targets).any(is_name)
}

/// So many characters of a field go into a message.
const LONGEST: usize = 40;

/// What the reader said. Of fields in bytes, as many as there are, nothing else goes wrong.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
