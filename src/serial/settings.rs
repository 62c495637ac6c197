//! Settings, λ, schedules and clipping: their fields, checked as by their constructors.
//!
//! What serde derives stands in `fields`, for types that stand elsewhere: the compiler holds the fields to
//! be theirs.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::number::Number;
use crate::regularization::Regularization;
#[cfg(feature = "alloc")]
use crate::second_order::levenberg::{Damping, LevenbergSettings, Solver};
use crate::update::{AdagradSettings, AdamSettings, Clip, Plateau, RmsPropSettings, Schedule};

/// `Serialize` and `Deserialize` by those fields; what is read passes the check.
macro_rules! by_fields {
    ([$($generics:tt)*] $type:ty, $fields:ty, $check:expr) => {
        impl<$($generics)*> Serialize for $type {
            fn serialize<__S: Serializer>(&self, serializer: __S) -> Result<__S::Ok, __S::Error> {
                <$fields>::serialize(self, serializer)
            }
        }

        impl<'de, $($generics)*> Deserialize<'de> for $type {
            fn deserialize<__D: Deserializer<'de>>(deserializer: __D) -> Result<Self, __D::Error> {
                let read = <$fields>::deserialize(deserializer)?;
                $check(&read).map_err(__D::Error::custom)?;
                Ok(read)
            }
        }
    };
}

pub(super) use by_fields;

/// For what has no rules.
pub(super) fn anything<T>(_: &T) -> Result<(), core::convert::Infallible> {
    Ok(())
}

by_fields!([T: Number] AdamSettings<T>, fields::AdamSettings<T>, Self::check);
by_fields!([T: Number] AdagradSettings<T>, fields::AdagradSettings<T>, Self::check);
by_fields!([T: Number] RmsPropSettings<T>, fields::RmsPropSettings<T>, Self::check);
by_fields!([T: Number] Regularization<T>, fields::Regularization<T>, Self::check);
by_fields!([T: Number] Clip<T>, fields::Clip<T>, Self::check);
by_fields!([] Schedule, fields::Schedule, Self::check);
by_fields!([] Plateau, fields::Plateau, Self::check);
#[cfg(feature = "alloc")]
by_fields!([T: Number] LevenbergSettings<T>, fields::LevenbergSettings<T>, Self::check);
// Checked as a part of those.
#[cfg(feature = "alloc")]
by_fields!([T: Number] Solver<T>, fields::Solver<T>, anything);
#[cfg(feature = "alloc")]
by_fields!([] Damping, fields::Damping, anything);

mod fields {
    use serde::{Deserialize, Serialize};

    use crate::serial::number::{Number, scalar};

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::update::AdamSettings", deny_unknown_fields, bound = "T: Number")]
    pub(super) struct AdamSettings<T> {
        #[serde(with = "scalar")]
        rate: T,
        #[serde(with = "scalar")]
        beta1: T,
        #[serde(with = "scalar")]
        beta2: T,
        #[serde(with = "scalar")]
        epsilon: T,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::update::AdagradSettings", deny_unknown_fields, bound = "T: Number")]
    pub(super) struct AdagradSettings<T> {
        #[serde(with = "scalar")]
        rate: T,
        #[serde(with = "scalar")]
        epsilon: T,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::update::RmsPropSettings", deny_unknown_fields, bound = "T: Number")]
    pub(super) struct RmsPropSettings<T> {
        #[serde(with = "scalar")]
        rate: T,
        #[serde(with = "scalar")]
        rho: T,
        #[serde(with = "scalar")]
        epsilon: T,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(
        remote = "crate::regularization::Regularization",
        deny_unknown_fields,
        bound = "T: Number"
    )]
    pub(super) struct Regularization<T> {
        #[serde(with = "scalar")]
        lambda: T,
        #[serde(with = "Scale")]
        scale: crate::regularization::Scale,
        #[serde(with = "Bias")]
        bias: crate::regularization::Bias,
    }

    /// Called as the constructors are.
    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::regularization::Scale")]
    enum Scale {
        #[serde(rename = "article")]
        One,
        #[serde(rename = "coursera")]
        PerExample,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::regularization::Bias", rename_all = "snake_case")]
    enum Bias {
        Excluded,
        Included,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::update::Clip", deny_unknown_fields, bound = "T: Number")]
    pub(super) struct Clip<T> {
        #[serde(with = "scalar")]
        most: T,
        #[serde(with = "Of")]
        of: crate::update::clip::Of,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::update::clip::Of", rename_all = "snake_case")]
    enum Of {
        Norm,
        Value,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::update::Schedule", deny_unknown_fields)]
    pub(super) struct Schedule {
        #[serde(with = "Course")]
        course: crate::update::schedule::Course,
        #[serde(with = "scalar")]
        warm_up: f64,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(
        remote = "crate::update::schedule::Course",
        rename_all = "snake_case",
        deny_unknown_fields
    )]
    enum Course {
        Constant,
        Step {
            #[serde(with = "scalar")]
            every: f64,
            #[serde(with = "scalar")]
            factor: f64,
        },
        Exponential {
            #[serde(with = "scalar")]
            factor: f64,
        },
        Inverse {
            #[serde(with = "scalar")]
            decay: f64,
        },
        Cosine {
            #[serde(with = "scalar")]
            length: f64,
            #[serde(with = "scalar")]
            least: f64,
        },
        OneCycle {
            #[serde(with = "scalar")]
            length: f64,
            #[serde(with = "scalar")]
            rise: f64,
        },
    }

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::update::Plateau", deny_unknown_fields)]
    pub(super) struct Plateau {
        #[serde(with = "scalar")]
        factor: f64,
        patience: usize,
        cooldown: usize,
        #[serde(with = "scalar")]
        least: f64,
        #[serde(with = "scalar")]
        best: f64,
        bad: usize,
        cooling: usize,
        #[serde(with = "scalar")]
        current: f64,
    }

    #[cfg(feature = "alloc")]
    #[derive(Serialize, Deserialize)]
    #[serde(
        remote = "crate::second_order::levenberg::LevenbergSettings",
        deny_unknown_fields,
        bound = "T: Number"
    )]
    pub(super) struct LevenbergSettings<T> {
        solver: crate::second_order::levenberg::Solver<T>,
        #[serde(with = "scalar")]
        initial_mu: T,
        #[serde(with = "scalar")]
        largest_mu: T,
        #[serde(with = "scalar")]
        gradient_tolerance: T,
        #[serde(with = "scalar")]
        step_tolerance: T,
        #[serde(with = "scalar")]
        progress_tolerance: T,
    }

    #[cfg(feature = "alloc")]
    #[derive(Serialize, Deserialize)]
    #[serde(
        remote = "crate::second_order::levenberg::Solver",
        rename_all = "snake_case",
        deny_unknown_fields,
        bound = "T: Number"
    )]
    pub(super) enum Solver<T> {
        Cholesky(crate::second_order::levenberg::Damping),
        ConjugateGradients {
            products: usize,
            #[serde(with = "scalar")]
            tolerance: T,
        },
    }

    #[cfg(feature = "alloc")]
    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::second_order::levenberg::Damping", rename_all = "snake_case")]
    pub(super) enum Damping {
        Identity,
        Diagonal,
    }
}
