//! Classes by their names, and what is no class but a missing value.

use std::collections::BTreeMap;

use super::decimal::Decimal;
use super::{CsvFault, DataFault, FieldFault};

/// What stands for a missing value, in upper or lower case, unless it is told otherwise.
const MISSING: [&str; 5] = ["", "NA", "N/A", "?", "NaN"];

/// What stands for a missing value: words, and the numbers that they are.
pub(super) struct Missing {
    words: Vec<(String, Option<Decimal>)>,
    are_told: bool,
}

impl Missing {
    pub(super) fn new(told: Option<&[String]>) -> Self {
        let word = |word: &str| (word.to_owned(), Decimal::of(word));
        let words = match told {
            Some(told) => told.iter().map(|told| word(told)).collect(),
            None => MISSING.map(word).into(),
        };
        Self { words, are_told: told.is_some() }
    }

    pub(super) fn is(&self, text: &str) -> bool {
        self.words.iter().any(|(word, number)| {
            let is_the_word =
                if self.are_told { word == text } else { word.eq_ignore_ascii_case(text) };
            is_the_word
                || number.is_some() && *number == Decimal::of(text)
                || is_nan(word) && is_nan(text)
        })
    }
}

/// Whether a text is a NaN, as `f64` reads it.
fn is_nan(text: &str) -> bool {
    text.strip_prefix(['+', '-']).unwrap_or(text).eq_ignore_ascii_case("nan")
}

/// Classes in the order in which they came up, or were given.
pub(super) struct Classes {
    names: Vec<String>,
    places: BTreeMap<String, usize>,
    /// By their values, if they were given and all of them are numbers.
    values: BTreeMap<Decimal, usize>,
    are_given: bool,
}

impl Classes {
    pub(super) fn new(given: Option<&[String]>) -> Result<Self, DataFault> {
        let (places, values) = (BTreeMap::new(), BTreeMap::new());
        let mut classes = Self { names: Vec::new(), places, values, are_given: given.is_some() };
        let given = given.unwrap_or_default();
        let numbers = numbers(given);
        for (place, name) in given.iter().enumerate() {
            let other = match &numbers {
                Some(numbers) => classes.values.insert(numbers[place].clone(), place),
                None => classes.places.insert(name.clone(), place),
            };
            if other.is_some() {
                return Err(DataFault::Csv(CsvFault::ClassTwice { name: name.clone() }));
            }
            classes.names.push(name.clone());
        }
        Ok(classes)
    }

    pub(super) fn label(&mut self, name: &str, missing: &Missing) -> Result<usize, FieldFault> {
        if let Some(place) = self.place(name) {
            return Ok(place);
        }
        if missing.is(name) {
            return Err(FieldFault::Missing);
        }
        if self.are_given {
            return Err(FieldFault::NoClass);
        }
        if name.is_empty() {
            return Err(FieldFault::NoLabel);
        }
        if name.contains(['\n', '\r']) {
            return Err(FieldFault::Lines);
        }
        let place = self.names.len();
        self.names.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        Ok(place)
    }

    fn place(&self, name: &str) -> Option<usize> {
        let by_value = || self.values.get(&Decimal::of(name)?);
        self.places.get(name).or_else(by_value).copied()
    }

    /// The names in their order, to which the labels are brought.
    pub(super) fn into_names(self, labels: &mut [usize]) -> Vec<String> {
        if self.are_given {
            return self.names;
        }
        match numbers(&self.names) {
            Some(numbers) => sorted(&numbers, &self.names, labels),
            None => sorted(&self.names, &self.names, labels),
        }
    }
}

/// The numbers that all these names are, if they are.
fn numbers(names: &[String]) -> Option<Vec<Decimal>> {
    names.iter().map(|name| Decimal::of(name)).collect()
}

/// The names in the order of their keys, of equal keys the first name, and the labels with them.
fn sorted<K: Ord>(keys: &[K], names: &[String], labels: &mut [usize]) -> Vec<String> {
    let mut places: BTreeMap<&K, Vec<usize>> = BTreeMap::new();
    for (place, key) in keys.iter().enumerate() {
        places.entry(key).or_default().push(place);
    }
    let mut order = vec![0; names.len()];
    for (label, same) in places.values().enumerate() {
        for &place in same {
            order[place] = label;
        }
    }
    for label in labels {
        *label = order[*label];
    }
    places.values().filter_map(|same| names.get(*same.first()?).cloned()).collect()
}
