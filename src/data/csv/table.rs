//! Rows of fields, and the lines that they stand in.

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::classes::Missing;
use super::columns::{Column, Roles, Targets};
use super::{CsvFault, DataFault, FieldFault, Format, Header, Place};

/// The rows of a text, one after the other.
pub(super) struct Table<'a> {
    text: &'a [u8],
    reader: Reader<std::io::Chain<&'a [u8], &'static [u8]>>,
    record: ByteRecord,
    names: Option<Vec<String>>,
    columns: usize,
    roles: Roles,
    /// The first row, where it is no header and has been read to count its fields.
    pending: bool,
}

/// One row, and which of its fields are what.
pub(super) struct Row<'a> {
    text: &'a [u8],
    record: &'a ByteRecord,
    names: Option<&'a [String]>,
    pub(super) inputs: &'a [usize],
    pub(super) targets: &'a [usize],
}

/// A record of our own behind the text. A quote that is not closed swallows it, and is noticed.
const END: &[u8] = b"\nend\n";

impl<'a> Table<'a> {
    /// The rows behind a header, if there is one, of `sizes` numbers as inputs and as targets, or with
    /// targets that are labels.
    pub(super) fn new(
        text: &'a [u8],
        format: &Format,
        missing: &Missing,
        sizes: (usize, usize),
        has_labels: bool,
    ) -> Result<Self, DataFault> {
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
        let reader = builder.from_reader(std::io::Read::chain(text, END));
        let mut table = Self {
            text,
            reader,
            record: ByteRecord::new(),
            names: None,
            columns: 0,
            roles: Roles { inputs: Vec::new(), targets: Vec::new() },
            pending: format.header == Header::None,
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
        if !table.pending {
            table.pending = table.read()?;
            if !table.pending {
                return Err(DataFault::Csv(CsvFault::Empty));
            }
        }
        Ok(table)
    }

    /// The next row, or none behind the last.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, DataFault> {
        if !core::mem::take(&mut self.pending) && !self.read()? {
            return Ok(None);
        }
        let (found, expected) = (self.record.len(), self.columns);
        if found != expected {
            let line = self.row().line();
            return Err(DataFault::Csv(CsvFault::Fields { line, found, expected }));
        }
        Ok(Some(self.row()))
    }

    /// The next record; whether there is one.
    fn read(&mut self) -> Result<bool, DataFault> {
        let more = self.reader.read_byte_record(&mut self.record);
        let more = more.map_err(|error| DataFault::Io {
            byte: self.reader.position().byte(),
            error: error.into(),
        })?;
        // Our line end behind the text may close its last record, and no other.
        if self.reader.position().byte() <= self.text.len() as u64 + 1 {
            return Ok(more);
        }
        if self.record.len() == 1 && &self.record[0] == END.trim_ascii() {
            return Ok(false);
        }
        Err(DataFault::Csv(CsvFault::OpenQuote { line: self.row().line() }))
    }

    fn row(&self) -> Row<'_> {
        Row {
            text: self.text,
            record: &self.record,
            names: self.names.as_deref(),
            inputs: &self.roles.inputs,
            targets: &self.roles.targets,
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
        let lines_before = (0..column).map(|column| line_ends(self.field(column))).sum::<u64>();
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

    /// The line that the row begins in, behind the ends of lines in front of it.
    fn line(&self) -> u64 {
        let start = self.record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(start).unwrap_or(usize::MAX).min(self.text.len());
        let (before, from) = self.text.split_at(start);
        let ends = from.iter().take_while(|byte| b"\r\n".contains(byte)).count();
        1 + line_ends(&self.text[..before.len() + ends])
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

/// How many lines end in a text: by \n, \r\n or, of old, \r.
fn line_ends(text: &[u8]) -> u64 {
    let followed = text.iter().zip(text.iter().skip(1).map(Some).chain([None]));
    let ends =
        followed.filter(|&(&byte, next)| byte == b'\n' || byte == b'\r' && next != Some(&b'\n'));
    ends.count() as u64
}
