//! Which column is an input, which a target, and which is skipped.

use std::fmt;

use super::CsvFault;

/// A column, by its name in the header or by its number.
///
/// ```
/// use constprop::data::csv::Column;
///
/// assert_eq!(Column::from("age"), Column::Name("age".to_owned()));
/// assert_eq!(Column::from(3), Column::Number(3));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// As the header calls it.
    Name(String),
    /// Counted from 1.
    Number(usize),
}

impl From<&str> for Column {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<String> for Column {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

impl From<usize> for Column {
    fn from(number: usize) -> Self {
        Self::Number(number)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "column {name:?}"),
            Self::Number(number) => write!(f, "column {number}"),
        }
    }
}

/// Which columns are targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Targets {
    First,
    Last,
    At(Vec<Column>),
}

/// The columns of inputs and of targets, counted from 0.
pub(super) struct Roles {
    pub(super) inputs: Vec<usize>,
    pub(super) targets: Vec<usize>,
}

impl Roles {
    /// `columns` columns as `s_in` inputs, `s_out` targets and those to skip.
    pub(super) fn new(
        (targets, skipped): (&Targets, &[Column]),
        names: Option<&[String]>,
        columns: usize,
        (s_in, s_out): (usize, usize),
    ) -> Result<Self, CsvFault> {
        let mut free = vec![true; columns];
        let mut take = |column: &Column| {
            let index = find(column, names, columns)?;
            if !core::mem::replace(&mut free[index], false) {
                return Err(CsvFault::ColumnTwice { column: index + 1 });
            }
            Ok(index)
        };
        for column in skipped {
            take(column)?;
        }
        let named = match targets {
            Targets::At(named) if named.len() != s_out => {
                return Err(CsvFault::Targets { named: named.len(), needed: s_out });
            }
            Targets::At(named) => named.iter().map(take).collect::<Result<Vec<_>, _>>()?,
            Targets::First | Targets::Last => Vec::new(),
        };
        let free = free.iter().enumerate().filter(|&(_, &free)| free);
        let mut inputs: Vec<usize> = free.map(|(index, _)| index).collect();
        if Some(inputs.len() + named.len()) != s_in.checked_add(s_out) {
            let skipped = skipped.len();
            return Err(CsvFault::Columns {
                found: columns,
                inputs: s_in,
                targets: s_out,
                skipped,
            });
        }
        let targets = match targets {
            Targets::First => inputs.drain(..s_out).collect(),
            Targets::Last => inputs.split_off(s_in),
            Targets::At(_) => named,
        };
        Ok(Self { inputs, targets })
    }
}

fn find(column: &Column, names: Option<&[String]>, columns: usize) -> Result<usize, CsvFault> {
    let mut found = match column {
        Column::Number(number) => {
            let index = number.checked_sub(1).filter(|&index| index < columns);
            index.into_iter().collect()
        }
        Column::Name(name) => {
            let names = names.unwrap_or_default().iter().enumerate();
            names.filter(|&(_, other)| other == name).map(|(index, _)| index).collect::<Vec<_>>()
        }
    };
    match (found.pop(), found.len()) {
        (Some(index), 0) => Ok(index),
        (last, before) => {
            let found = before + usize::from(last.is_some());
            Err(CsvFault::Column { column: column.clone(), found })
        }
    }
}
