//! CSV files: columns of numbers as inputs, and others as targets or as class labels.
//!
//! The feature `csv`. Fields are separated by commas or another delimiter, may be quoted by `"`, and
//! spaces around them do not count, but for one in front of a quote, which is an error; empty lines are
//! skipped. Source: RFC 4180.

mod columns;
mod fault;
mod table;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

use nalgebra::RealField;

use super::error::{DataError, DataFault};
use super::idx::at;

pub use columns::Column;
pub use fault::{CsvFault, FieldFault, Place};

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
    header: bool,
    delimiter: u8,
    targets: Targets,
    skipped: Vec<Column>,
    classes: Option<Vec<String>>,
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
    /// How the classes are called: sorted as numbers where all of them are whole numbers, else as
    /// text; or as they were given to [`Format::classes`].
    pub names: Vec<String>,
}

impl Default for Format {
    fn default() -> Self {
        Self::new()
    }
}

impl Format {
    /// With a header, commas, and the target in the last column.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            header: true,
            delimiter: b',',
            targets: Targets::Last,
            skipped: Vec::new(),
            classes: None,
        }
    }

    /// The first line is data.
    #[must_use]
    pub fn without_header(self) -> Self {
        Self { header: false, ..self }
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
    /// labels of the first, whose [`names`](Labelled::names) they are.
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

    /// Inputs of `IN` numbers, targets of `OUT`.
    ///
    /// The reader is read to its end, and its bytes held until then. Numbers are rounded once, to
    /// the scalar.
    ///
    /// # Errors
    ///
    /// [`DataError`] with line, column and what stands there: what is no number or not finite, lines
    /// with too few or too many fields, a number of columns that is not what was asked for, columns
    /// that there are not, a file without an example, a quote that is not closed, or what the reader
    /// says.
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
        reader: impl Read,
    ) -> Result<Values<T, IN, OUT>, DataError> {
        let text = read_all(reader)?;
        let mut data = Values { inputs: Vec::new(), targets: Vec::new() };
        let mut table = Table::new(&text, self, IN, OUT)?;
        while let Some(row) = table.next()? {
            data.inputs.push(numbers(&row, row.inputs)?);
            data.targets.push(numbers(&row, row.targets)?);
        }
        Ok(data)
    }

    /// Inputs of `IN` numbers, and the class that the target column names.
    ///
    /// # Errors
    ///
    /// As [`values`](Format::values), and for a label that is empty, runs over more than a line, or
    /// is none of the [`classes`](Format::classes).
    pub fn labelled<T: RealField + FromStr, const IN: usize>(
        &self,
        reader: impl Read,
    ) -> Result<Labelled<T, IN>, DataError> {
        let text = read_all(reader)?;
        let mut classes = Classes::new(self.classes.as_deref())?;
        let (mut inputs, mut labels) = (Vec::new(), Vec::new());
        let mut table = Table::new(&text, self, IN, 1)?;
        while let Some(row) = table.next()? {
            inputs.push(numbers(&row, row.inputs)?);
            for &column in row.targets {
                let name = row.text(column)?;
                labels.push(classes.label(name).map_err(|fault| row.fault(column, fault))?);
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

fn read_all(mut reader: impl Read) -> Result<Vec<u8>, DataError> {
    let mut text = Vec::new();
    match reader.read_to_end(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => Err(DataError::io(text.len() as u64, error)),
    }
}

fn numbers<T: RealField + FromStr, const S: usize>(
    row: &Row<'_>,
    columns: &[usize],
) -> Result<[T; S], DataFault> {
    let mut numbers = core::array::from_fn(|_| T::zero());
    for (number, &column) in numbers.iter_mut().zip(columns) {
        let parsed = row.text(column)?.parse::<T>();
        *number = parsed.map_err(|_| row.fault(column, FieldFault::NoNumber))?;
        if !number.is_finite() {
            return Err(row.fault(column, FieldFault::NotFinite));
        }
    }
    Ok(numbers)
}

/// Classes by their names, each with the place where it first came up, or was given.
struct Classes {
    places: BTreeMap<String, usize>,
    given: bool,
}

impl Classes {
    fn new(given: Option<&[String]>) -> Result<Self, DataFault> {
        let mut places = BTreeMap::new();
        for (place, name) in given.unwrap_or_default().iter().enumerate() {
            if places.insert(name.clone(), place).is_some() {
                return Err(DataFault::Csv(CsvFault::ClassTwice { name: name.clone() }));
            }
        }
        Ok(Self { places, given: given.is_some() })
    }

    fn label(&mut self, name: &str) -> Result<usize, FieldFault> {
        if let Some(&place) = self.places.get(name) {
            return Ok(place);
        }
        if self.given {
            return Err(FieldFault::NoClass);
        }
        if name.is_empty() {
            return Err(FieldFault::NoLabel);
        }
        if name.contains(['\n', '\r']) {
            return Err(FieldFault::Lines);
        }
        let place = self.places.len();
        self.places.insert(name.to_owned(), place);
        Ok(place)
    }

    /// The names in their order, to which the labels are brought.
    fn into_names(self, labels: &mut [usize]) -> Vec<String> {
        let mut names: Vec<(String, usize)> = self.places.into_iter().collect();
        if self.given {
            names.sort_by_key(|&(_, place)| place);
        } else {
            let number = |(name, _): &(String, usize)| name.parse::<i128>();
            if names.iter().all(|name| number(name).is_ok()) {
                // Stable: the same number written in two ways stays in the order of the text.
                names.sort_by_key(|name| number(name).unwrap_or_default());
            }
            let mut order = vec![0; names.len()];
            for (label, (_, place)) in names.iter().enumerate() {
                order[*place] = label;
            }
            for label in labels {
                *label = order[*label];
            }
        }
        names.into_iter().map(|(name, _)| name).collect()
    }
}
