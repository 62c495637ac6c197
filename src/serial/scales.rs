//! Scales and dropout: as many numbers as there are entries, or hidden layers.

use core::fmt;

use serde::de::{DeserializeSeed, Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::number::{Borrowed, Number, Value};
use super::settings::by_fields;
use super::thetas::extra;
use crate::batch::dropout::Dropout;
use crate::data::scale::{Constants, MinMax, Standardize, constants};

by_fields!([T: Number, const S: usize] Standardize<T, S>, fields::Standardize<T, S>, Self::check);
by_fields!([T: Number, const S: usize] MinMax<T, S>, fields::MinMax<T, S>, Self::check);
by_fields!([const HIDDEN: usize] Dropout<HIDDEN>, fields::Dropout<HIDDEN>, Self::check);

mod fields {
    use serde::{Deserialize, Serialize};

    use super::{deviation, mean, rates, scale, shift, write, write_constants};
    use crate::data::scale::Constants;
    use crate::serial::number::Number;

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::data::scale::Standardize", deny_unknown_fields, bound = "T: Number")]
    pub(super) struct Standardize<T, const S: usize> {
        #[serde(rename = "mean", serialize_with = "write_constants", deserialize_with = "mean")]
        shift: Constants<T, S>,
        #[serde(
            rename = "deviation",
            serialize_with = "write_constants",
            deserialize_with = "deviation"
        )]
        scale: Constants<T, S>,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::data::scale::MinMax", deny_unknown_fields, bound = "T: Number")]
    pub(super) struct MinMax<T, const S: usize> {
        #[serde(serialize_with = "write_constants", deserialize_with = "shift")]
        shift: Constants<T, S>,
        #[serde(serialize_with = "write_constants", deserialize_with = "scale")]
        scale: Constants<T, S>,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::batch::dropout::Dropout", deny_unknown_fields)]
    pub(super) struct Dropout<const HIDDEN: usize> {
        #[serde(serialize_with = "write", deserialize_with = "rates")]
        rates: [f64; HIDDEN],
        seed: u64,
    }
}

fn write_constants<T: Number, const S: usize, Z: Serializer>(
    constants: &Constants<T, S>,
    serializer: Z,
) -> Result<Z::Ok, Z::Error> {
    write(constants, serializer)
}

/// With their number, so that another is refused in every format.
fn write<T: Number, const S: usize, Z: Serializer>(
    numbers: &[T; S],
    serializer: Z,
) -> Result<Z::Ok, Z::Error> {
    serializer.collect_seq(numbers.iter().map(Borrowed))
}

macro_rules! constants_called {
    ($($name:ident)*) => {
        $(
            fn $name<'de, T: Number, const S: usize, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Constants<T, S>, D::Error> {
                let mut read = constants(|_| T::zero());
                Numbers { name: stringify!($name), read: &mut read[..] }.deserialize(deserializer)?;
                Ok(read)
            }
        )*
    };
}

constants_called!(mean deviation shift scale);

fn rates<'de, const HIDDEN: usize, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<[f64; HIDDEN], D::Error> {
    let mut rates = [0.0; HIDDEN];
    Numbers { name: "rates", read: &mut rates }.deserialize(deserializer)?;
    Ok(rates)
}

/// What reads as many numbers as there are.
struct Numbers<'a, T> {
    name: &'static str,
    read: &'a mut [T],
}

impl<'de, T: Number> DeserializeSeed<'de> for Numbers<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Number> Visitor<'de> for Numbers<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} numbers for {}", self.read.len(), self.name)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let (name, expected) = (self.name, self.read.len());
        let wrong = |found: usize| {
            A::Error::custom(format_args!("{name} has {found} entries; it must have {expected}"))
        };
        for (index, entry) in self.read.iter_mut().enumerate() {
            let Some(Value(number)) = seq.next_element()? else { return Err(wrong(index)) };
            *entry = number;
        }
        match extra(&mut seq)? {
            0 => Ok(()),
            more => Err(wrong(expected + more)),
        }
    }
}
