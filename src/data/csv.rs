//! CSV files: columns of numbers as inputs, and others as targets or as class labels.
//!
//! The feature `csv`. Fields are separated by commas or another delimiter, may be quoted by `"`, and
//! spaces around them do not count, but for one in front of a quote, which is an error; empty lines are
//! skipped. Source: RFC 4180.

mod classes;
mod columns;
mod decimal;
mod fault;
mod table;
mod text;

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;

use nalgebra::RealField;

use super::error::{DataError, DataFault};
use super::idx::at;
use crate::input::{Sample, push};

pub use columns::Column;
pub use fault::{CsvFault, FieldFault, Place};

use classes::{Classes, Missing};
use columns::Targets;
use table::{Row, Table};

/// How a file is written, and what its columns are.
///
/// With a header, commas, and the target in the last column, unless it is told otherwise. Every column
/// that is no target and not skipped is an input, in the order of the file.
///
/// ```
/// use constprop::data::csv::Format;
///
/// let file = "id,width,height,kind\n7,1.5,2,round\n8,3,0.5,flat\n9,2,2,round\n";
/// let data = Format::new().skip(["id"]).labelled::<f64, 2>(file.as_bytes())?;
/// assert_eq!(data.inputs, [[1.5, 2.0], [3.0, 0.5], [2.0, 2.0]]);
/// assert_eq!(data.labels, [1, 0, 1]);
/// assert_eq!(data.names, ["flat", "round"]);
///
/// let error = Format::new().values::<f64, 3, 1>(file.as_bytes()).unwrap_err();
/// assert_eq!(error.to_string(), r#"line 2, column 4 ("kind"): "round" is no number"#);
/// # Ok::<(), constprop::data::DataError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    header: Header,
    delimiter: u8,
    targets: Targets,
    skipped: Vec<Column>,
    classes: Option<Vec<String>>,
    missing: Option<Vec<String>>,
    rows: Option<Range<usize>>,
}

/// What the first line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    /// Names, unless they are numbers.
    Unsaid,
    /// Names.
    Names,
    /// An example.
    None,
}

/// Inputs and targets of a file: line by line, an x and a y.
#[derive(Clone, Debug, PartialEq)]
pub struct Values<T, const IN: usize, const OUT: usize> {
    /// Every x.
    pub inputs: Vec<[T; IN]>,
    /// Every y.
    pub targets: Vec<[T; OUT]>,
}

/// Inputs and class labels of a file: line by line, an x and its class.
#[derive(Clone, Debug, PartialEq)]
pub struct Labelled<T, const IN: usize> {
    /// Every x.
    pub inputs: Vec<[T; IN]>,
    /// The class of every x, an index of `names`.
    pub labels: Vec<usize>,
    /// How the classes are called: sorted as numbers where all of them are numbers, else as text; or
    /// as they were given to [`Format::classes`].
    ///
    /// Where all of them are numbers, 1, 1.0, +1, 01 and 1e0 are one class, called as it came up first.
    /// They are compared digit by digit, however many there are. NaN and infinity are no numbers here,
    /// nor is one with an exponent beyond 64 bits: beside one of these, all labels are text.
    pub names: Vec<String>,
}

impl Default for Format {
    fn default() -> Self {
        Self::new()
    }
}

impl Format {
    /// With a header, commas, and the target in the last column.
    ///
    /// A first line that is no header is noticed by its numbers: where numbers are to be, there is
    /// nothing else, or what stands for [missing](Format::missing) ones. One that has a misspelt
    /// number there, `1.5.2` or `12 cm`, is taken for a header, and is lost.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            header: Header::Unsaid,
            delimiter: b',',
            targets: Targets::Last,
            skipped: Vec::new(),
            classes: None,
            missing: None,
            rows: None,
        }
    }

    /// The first line is an example.
    #[must_use]
    pub fn without_header(self) -> Self {
        Self { header: Header::None, ..self }
    }

    /// The first line has the names of the columns, be they numbers. Else numbers and what stands for
    /// [missing](Format::missing) ones, and nothing else where numbers are to be, are taken for an
    /// example, and refused as a header, unless a column is asked for by its name.
    ///
    /// ```
    /// use constprop::data::csv::Format;
    ///
    /// let file = "2023,2024,2025\n1.5,2.5,3.5\n";
    /// let error = Format::new().values::<f64, 2, 1>(file.as_bytes()).unwrap_err();
    /// let expected = "line 1 is to be a header, but has numbers or missing values as an example has: \
    ///                 say `without_header`, or `with_header` if they are names";
    /// assert_eq!(error.to_string(), expected);
    ///
    /// let data = Format::new().with_header().values::<f64, 2, 1>(file.as_bytes())?;
    /// assert_eq!(data.inputs, [[1.5, 2.5]]);
    /// # Ok::<(), constprop::data::DataError>(())
    /// ```
    #[must_use]
    pub fn with_header(self) -> Self {
        Self { header: Header::Names, ..self }
    }

    /// What stands between fields, such as `b';'` or `b'\t'`.
    #[must_use]
    pub fn delimiter(self, delimiter: u8) -> Self {
        Self { delimiter, ..self }
    }

    /// The first columns are the targets, as many as there are.
    #[must_use]
    pub fn targets_first(self) -> Self {
        Self { targets: Targets::First, ..self }
    }

    /// These columns are the targets, in this order: by the header's names, or by numbers from 1.
    #[must_use]
    pub fn targets<C: Into<Column>>(self, columns: impl IntoIterator<Item = C>) -> Self {
        let columns = columns.into_iter().map(Into::into);
        Self { targets: Targets::At(columns.collect()), ..self }
    }

    /// These columns are neither inputs nor targets, and hold anything.
    #[must_use]
    pub fn skip<C: Into<Column>>(self, columns: impl IntoIterator<Item = C>) -> Self {
        let columns = columns.into_iter().map(Into::into);
        Self { skipped: columns.collect(), ..self }
    }

    /// These are the classes, in this order, and no others: what a second file needs to have the
    /// labels of the first, whose [`names`](Labelled::names) they are. Where all of them are numbers,
    /// 1.0 is in the class 1.
    ///
    /// ```
    /// use constprop::data::csv::Format;
    ///
    /// let format = Format::new().without_header();
    /// let train = format.labelled::<f32, 1>(&b"1.0,cat\n2.0,dog\n"[..])?;
    /// let format = format.classes(&train.names);
    /// assert_eq!(format.labelled::<f32, 1>(&b"3.0,dog\n"[..])?.labels, [1]);
    ///
    /// let error = format.labelled::<f32, 1>(&b"3.0,cow\n"[..]).unwrap_err();
    /// assert_eq!(error.to_string(), r#"line 1, column 2: "cow" is none of the classes"#);
    /// # Ok::<(), constprop::data::DataError>(())
    /// ```
    #[must_use]
    pub fn classes<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self {
        let names = names.into_iter().map(|name| name.as_ref().to_owned());
        Self { classes: Some(names.collect()), ..self }
    }

    /// What stands for a missing value, so that it is neither a number nor a class: an error says so.
    /// Without this call it is nothing at all, `NA`, `N/A`, `?` and NaN, in upper or lower case. Words
    /// given here count as they are written, but numbers by their values, and NaN in any case. What is
    /// given to [`classes`](Format::classes) is a class.
    ///
    /// ```
    /// use constprop::data::csv::Format;
    ///
    /// let file = "age,answer\n31,yes\n-1,NA\n";
    /// let error = Format::new().labelled::<f32, 1>(file.as_bytes()).unwrap_err();
    /// let expected = r#"line 3, column 2 ("answer"): "NA" is a missing value, unless `missing` says otherwise"#;
    /// assert_eq!(error.to_string(), expected);
    ///
    /// let data = Format::new().missing([""]).labelled::<f32, 1>(file.as_bytes())?;
    /// assert_eq!(data.names, ["NA", "yes"]);
    /// let error = Format::new().missing(["-1"]).labelled::<f32, 1>(file.as_bytes()).unwrap_err();
    /// assert!(error.to_string().contains(r#"("age"): "-1" is a missing value"#));
    /// # Ok::<(), constprop::data::DataError>(())
    /// ```
    #[must_use]
    pub fn missing<W: AsRef<str>>(self, words: impl IntoIterator<Item = W>) -> Self {
        let words = words.into_iter().map(|word| word.as_ref().to_owned());
        Self { missing: Some(words.collect()), ..self }
    }

    /// These examples, counted from 0 behind the header, and no others.
    ///
    /// Rows in front of them and behind are passed over: where they end is found, as ever, by quotes
    /// and line ends, and their fields are counted, but no number of theirs is read, and nothing of them
    /// is kept. So an example that is wrong is an error of the share that it is in. Memory is taken for
    /// what is asked for, whatever else there is.
    ///
    /// [`labelled`](Format::labelled) has the same names of classes, in the same order, for every share:
    /// unless [`classes`](Format::classes) gives them, it reads the labels of all rows, and what is
    /// wrong with one of these is an error of every share. Where classes are given or are none, nothing
    /// is read behind the last row that is asked for.
    ///
    /// ```
    /// use constprop::data::csv::Format;
    /// use constprop::data::share;
    ///
    /// let file = "width,kind\n1.5,round\n3,flat\n2,round\nbroad,round\n";
    /// let format = Format::new();
    /// let m = format.count(file.as_bytes())?;
    /// let first = format.clone().rows(share(m, 0, 2)?).labelled::<f64, 1>(file.as_bytes())?;
    /// assert_eq!((m, first.inputs, first.labels), (4, vec![[1.5], [3.0]], vec![1, 0]));
    /// let third = format.clone().rows(2..3).labelled::<f64, 1>(file.as_bytes())?;
    /// assert_eq!((third.labels, third.names), (vec![1], first.names));
    ///
    /// let error = format.clone().rows(3..4).labelled::<f64, 1>(file.as_bytes()).unwrap_err();
    /// assert_eq!(error.to_string(), r#"line 5, column 1 ("width"): "broad" is no number"#);
    /// let error = format.rows(4..6).labelled::<f64, 1>(file.as_bytes()).unwrap_err();
    /// assert_eq!(error.to_string(), "examples 4..6 are asked for, where there are 4");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn rows(self, rows: Range<usize>) -> Self {
        Self { rows: Some(rows), ..self }
    }

    /// How many examples there are, whichever [`rows`](Format::rows) are asked for. All are passed over,
    /// so that their fields are counted and not read; what is no header is found where it is read.
    ///
    /// # Errors
    ///
    /// [`DataError`]: lines with too few or too many fields, names that are not UTF-8, a file without an
    /// example, a quote that is not closed, or what the reader says.
    pub fn count(&self, mut reader: impl Read) -> Result<usize, DataError> {
        Ok(Table::count(&mut reader, self)?)
    }

    /// [`count`](Format::count) of the file at a path.
    ///
    /// # Errors
    ///
    /// As [`count`](Format::count), with the path in front.
    pub fn count_at(&self, path: impl AsRef<Path>) -> Result<usize, DataError> {
        at(path.as_ref(), |file: File| self.count(file))
    }

    /// Inputs of `IN` numbers, targets of `OUT`.
    ///
    /// The reader need not be buffered, and is read to its end, but for what stands behind the
    /// [`rows`](Format::rows) that are asked for. Numbers are rounded once, to the scalar.
    ///
    /// # Errors
    ///
    /// [`DataError`] with line, column and what stands there: what is [`missing`](Format::missing), no
    /// number or not finite, lines with too few or too many fields, a number of columns that is not what
    /// was asked for, columns that there are not, a header of numbers, a file without an example, a
    /// quote that is not closed, or what the reader says; [`DataFault::Part`] where there are fewer
    /// [`rows`](Format::rows) than are asked for.
    ///
    /// ```
    /// use constprop::data::csv::Format;
    ///
    /// let file = "0.5; 1e3\n-2; 7\n";
    /// let format = Format::new().without_header().delimiter(b';').targets_first();
    /// let data = format.values::<f32, 1, 1>(file.as_bytes())?;
    /// assert_eq!(data.inputs, [[1000.0], [7.0]]);
    /// assert_eq!(data.targets, [[0.5], [-2.0]]);
    /// # Ok::<(), constprop::data::DataError>(())
    /// ```
    pub fn values<T: RealField + FromStr, const IN: usize, const OUT: usize>(
        &self,
        mut reader: impl Read,
    ) -> Result<Values<T, IN, OUT>, DataError> {
        let missing = Missing::new(self.missing.as_deref());
        let mut data = Values { inputs: Vec::new(), targets: Vec::new() };
        let (mut x, mut y) = (zeros::<T, IN>(), zeros::<T, OUT>());
        let mut table = Table::new(&mut reader, self, &missing, (IN, OUT), false)?;
        while let Some(row) = table.next()? {
            if !row.is_asked_for {
                continue;
            }
            read_numbers(&row, row.inputs, &missing, &mut *x)?;
            read_numbers(&row, row.targets, &missing, &mut *y)?;
            push(&mut data.inputs, &*x);
            push(&mut data.targets, &*y);
        }
        Ok(data)
    }

    /// Inputs of `IN` numbers, and the class that the target column names.
    ///
    /// # Errors
    ///
    /// As [`values`](Format::values), and for a label that is [`missing`](Format::missing) or empty, runs
    /// over more than a line, or is none of the [`classes`](Format::classes).
    pub fn labelled<T: RealField + FromStr, const IN: usize>(
        &self,
        mut reader: impl Read,
    ) -> Result<Labelled<T, IN>, DataError> {
        let missing = Missing::new(self.missing.as_deref());
        let mut classes = Classes::new(self.classes.as_deref())?;
        let (mut inputs, mut labels) = (Vec::new(), Vec::new());
        let mut x = zeros::<T, IN>();
        let mut table = Table::new(&mut reader, self, &missing, (IN, 1), true)?;
        while let Some(row) = table.next()? {
            if row.is_asked_for {
                read_numbers(&row, row.inputs, &missing, &mut *x)?;
                push(&mut inputs, &*x);
            } else if self.classes.is_some() {
                continue;
            }
            for &column in row.targets {
                let label = classes.label(row.text(column)?, &missing);
                let label = label.map_err(|fault| row.fault(column, fault))?;
                if row.is_asked_for {
                    labels.push(label);
                }
            }
        }
        let names = classes.into_names(&mut labels);
        Ok(Labelled { inputs, labels, names })
    }

    /// [`values`](Format::values) of the file at a path.
    ///
    /// # Errors
    ///
    /// As [`values`](Format::values), with the path in front.
    pub fn values_at<T: RealField + FromStr, const IN: usize, const OUT: usize>(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<Values<T, IN, OUT>, DataError> {
        at(path.as_ref(), |file: File| self.values(file))
    }

    /// [`labelled`](Format::labelled) of the file at a path.
    ///
    /// # Errors
    ///
    /// As [`labelled`](Format::labelled), with the path in front.
    pub fn labelled_at<T: RealField + FromStr, const IN: usize>(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<Labelled<T, IN>, DataError> {
        at(path.as_ref(), |file: File| self.labelled(file))
    }
}

fn zeros<T: RealField, const S: usize>() -> Box<[T; S]> {
    Sample::boxed_from_fn(|_| T::zero())
}

fn read_numbers<T: RealField + FromStr>(
    row: &Row<'_>,
    columns: &[usize],
    missing: &Missing,
    numbers: &mut [T],
) -> Result<(), DataFault> {
    for (number, &column) in numbers.iter_mut().zip(columns) {
        let text = row.text(column)?;
        *number = match text.parse::<T>() {
            _ if missing.is(text) => Err(FieldFault::Missing),
            Ok(number) if !number.is_finite() => Err(FieldFault::NotFinite),
            Ok(number) => Ok(number),
            Err(_) => Err(FieldFault::NoNumber),
        }
        .map_err(|fault| row.fault(column, fault))?;
    }
    Ok(())
}
