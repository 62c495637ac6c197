//! What a training is told, what happened in it, and a network with its training.

use core::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::number::Number;
use super::settings::{anything, by_fields};
use crate::error::metric_name;
use crate::network::Network;
use crate::train::history::faulty_name;
use crate::train::{Classifier, EarlyStopping, End, Epoch, History, Regressor};

by_fields!([] EarlyStopping, fields::EarlyStopping, Self::check);
by_fields!([] Epoch, fields::Epoch, anything);
by_fields!([] End, fields::End, anything);
by_fields!([] History, fields::History, check);
// A rate that is none is refused where it is trained by, as that of a model that was never written.
by_fields!([N: Network<Scalar: Number>] Classifier<N>, fields::Classifier<N>, anything);
by_fields!([N: Network<Scalar: Number>] Regressor<N>, fields::Regressor<N>, anything);

/// What does not fit together in a history.
enum Fault<'a> {
    Name { name: &'a str, expected: &'static str },
    Values { found: usize, expected: usize },
    Number { index: usize, found: usize },
    Best { best: usize, epochs: usize },
}

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { name, expected } => metric_name(f, name, expected),
            Self::Values { found, expected } => write!(
                f,
                "values has {found} entries; it must have {expected}, one for each metric of each epoch"
            ),
            Self::Number { index, found } => {
                write!(f, "epochs: entry {index} has the number {found}; it must be {}", index + 1)
            }
            Self::Best { best, epochs } => {
                write!(f, "best is epoch {best}; there are {epochs}, counted from 1")
            }
        }
    }
}

fn check(history: &History) -> Result<(), Fault<'_>> {
    let History { epochs, names, values, best, .. } = history;
    if let Some((index, expected)) = faulty_name(names) {
        return Err(Fault::Name { name: &names[index], expected });
    }
    if let Some(index) = (0..epochs.len()).find(|&index| epochs[index].number != index + 1) {
        return Err(Fault::Number { index, found: epochs[index].number });
    }
    let (found, expected) = (values.len(), epochs.len() * names.len());
    if found != expected {
        return Err(Fault::Values { found, expected });
    }
    match *best {
        Some(best) if !(1..=epochs.len()).contains(&best) => {
            Err(Fault::Best { best, epochs: epochs.len() })
        }
        _ => Ok(()),
    }
}

mod fields {
    use alloc::borrow::Cow;
    use alloc::boxed::Box;
    use alloc::vec::Vec;

    use serde::{Deserialize, Serialize, Serializer};

    use crate::network::Network;
    use crate::serial::boxed;
    use crate::serial::number::{Number, optional, scalar};
    use crate::serial::thetas::Rows;

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::train::EarlyStopping", deny_unknown_fields)]
    pub(super) struct EarlyStopping {
        patience: usize,
        #[serde(with = "scalar")]
        least_progress: f64,
        restores_best: bool,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::train::Epoch", deny_unknown_fields)]
    pub(super) struct Epoch {
        number: usize,
        #[serde(with = "scalar")]
        rate: f64,
        #[serde(with = "scalar")]
        j: f64,
        #[serde(with = "optional")]
        validation_j: Option<f64>,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::train::End", rename_all = "snake_case")]
    pub(super) enum End {
        Epochs,
        Early,
        Callback,
        Failure,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::train::History", deny_unknown_fields)]
    pub(super) struct History {
        epochs: Vec<crate::train::Epoch>,
        names: Vec<Cow<'static, str>>,
        #[serde(with = "values")]
        values: Vec<[Option<f64>; 2]>,
        // Named, so that it has to be there.
        #[serde(deserialize_with = "Option::deserialize")]
        best: Option<usize>,
        end: crate::train::End,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::train::Classifier", bound = "N: Network<Scalar: Number>")]
    pub(super) struct Classifier<N>(#[serde(with = "Model")] crate::train::model::Model<N>);

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::train::Regressor", bound = "N: Network<Scalar: Number>")]
    pub(super) struct Regressor<N>(#[serde(with = "Model")] crate::train::model::Model<N>);

    #[derive(Serialize, Deserialize)]
    #[serde(
        remote = "crate::train::model::Model",
        deny_unknown_fields,
        bound = "N: Network<Scalar: Number>"
    )]
    struct Model<N> {
        #[serde(serialize_with = "write", deserialize_with = "boxed")]
        net: Box<N>,
        seed: u64,
        #[serde(with = "optional")]
        rate: Option<f64>,
    }

    #[allow(clippy::borrowed_box, reason = "serde hands the field on as it is")]
    fn write<N: Rows, S: Serializer>(net: &Box<N>, serializer: S) -> Result<S::Ok, S::Error> {
        net.write(serializer)
    }

    /// For each epoch and metric, that of the examples trained with, and of those that validate.
    mod values {
        use alloc::vec::Vec;

        use serde::{Deserialize, Deserializer, Serializer};

        use crate::serial::number::Value;

        pub(super) fn serialize<S: Serializer>(
            values: &[[Option<f64>; 2]],
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            let both = |[training, validation]: &'_ [Option<f64>; 2]| {
                [*training, *validation].map(|value| value.map(Value))
            };
            serializer.collect_seq(values.iter().map(both))
        }

        pub(super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Vec<[Option<f64>; 2]>, D::Error> {
            let values = Vec::<[Option<Value<f64>>; 2]>::deserialize(deserializer)?;
            let plain = |value: Option<Value<f64>>| value.map(|Value(value)| value);
            Ok(values.into_iter().map(|both| both.map(plain)).collect())
        }
    }
}
