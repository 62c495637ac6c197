//! Optimizers with all that they keep: what is read goes on as what was written would have.

use core::borrow::BorrowMut;
use core::fmt;
use core::marker::PhantomData;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use serde::de::{DeserializeOwned, Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::number::{Borrowed, Number, Value};
use super::settings::{anything, by_fields};
use super::thetas::{Holds, read, write};
use crate::error::Error;
use crate::network::Network;
#[cfg(feature = "alloc")]
use crate::second_order::levenberg::LevenbergMarquardt;
use crate::shapes::parameters::Parameters;
use crate::update::learning::check_factor;
use crate::update::{
    Adagrad, Adam, AdamW, GradientDescent, Learning, LearningBy, Moments, Momentum, RmsProp,
    check_rate, check_setting,
};

/// Where an optimizer has what it keeps of every parameter.
pub trait Room: BorrowMut<Self::Net> {
    /// Of which network.
    type Net: Network<Scalar: Number>;

    /// All zeros.
    fn zeros() -> Self;
}

impl<N: Network<Scalar: Number>> Room for Moments<N> {
    type Net = N;

    fn zeros() -> Self {
        Self::zeros()
    }
}

#[cfg(feature = "alloc")]
impl<N: Network<Scalar: Number>> Room for Box<N> {
    type Net = N;

    fn zeros() -> Self {
        N::boxed()
    }
}

fn write_room<M: Room, S: Serializer>(
    room: &M,
    holds: Holds,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let moments: &M::Net = room.borrow();
    write::<M::Net, S>(M::Net::NAME, moments.parameters(), holds, serializer)
}

fn read_room<'de, M: Room, D: Deserializer<'de>>(
    holds: Holds,
    deserializer: D,
) -> Result<M, D::Error> {
    let mut room = M::zeros();
    let moments: &mut M::Net = room.borrow_mut();
    read::<M::Net, D>(M::Net::NAME, moments.parameters_mut(), holds, deserializer)?;
    Ok(room)
}

by_fields!([T: Number] GradientDescent<T>, fields::GradientDescent<T>, (|it: &Self| check_rate(it.rate())));
by_fields!([N: Network<Scalar: Number>, M: Room<Net = N>]
    Momentum<N, M>, fields::Momentum<N, M>, Self::check);
by_fields!([N: Network<Scalar: Number>, M: Room<Net = N>]
    Adagrad<N, M>, fields::Adagrad<N, M>, anything);
by_fields!([N: Network<Scalar: Number>, M: Room<Net = N>]
    RmsProp<N, M>, fields::RmsProp<N, M>, anything);
by_fields!([N: Network<Scalar: Number>, M: Room<Net = N>]
    Adam<N, M>, fields::Adam<N, M>, check_powers);
by_fields!([N: Network<Scalar: Number>, M: Room<Net = N>]
    AdamW<N, M>, fields::AdamW<N, M>, Self::check);
by_fields!([N: Network<Scalar: Number>, O: Serialize + DeserializeOwned]
    LearningBy<N, O>, fields::LearningBy<N, O>, anything);
#[cfg(feature = "alloc")]
by_fields!([N: Network<Scalar: Number>]
    LevenbergMarquardt<N>, fields::LevenbergMarquardt<N>, check_course);

/// β₁ᵗ and β₂ᵗ.
fn check_powers<N: Network, M: BorrowMut<N>>(adam: &Adam<N, M>) -> Result<(), Error> {
    let both = [("beta1_to_t", &adam.beta1_to_t), ("beta2_to_t", &adam.beta2_to_t)];
    both.into_iter().try_for_each(|(name, power)| {
        let fits = *power >= nalgebra::zero() && *power <= nalgebra::one();
        check_setting(name, power, fits, "from 0 to 1")
    })
}

/// μ, ν and C.
#[cfg(feature = "alloc")]
fn check_course<N: Network>(levenberg: &LevenbergMarquardt<N>) -> Result<(), Error> {
    let LevenbergMarquardt { mu, nu, scales, .. } = levenberg;
    let from_zero_on = |name, value: &N::Scalar| {
        check_setting(name, value, *value >= nalgebra::zero(), "finite and not negative")
    };
    mu.iter().try_for_each(|mu| from_zero_on("mu", mu))?;
    check_setting("nu", nu, *nu > nalgebra::one(), "finite and greater than 1")?;
    scales.iter().try_for_each(|scale| from_zero_on("a scale", scale))?;
    if !scales.is_empty() && scales.len() != N::PARAMETERS {
        return Err(Error::Length { expected: N::PARAMETERS, found: scales.len() });
    }
    Ok(())
}

/// For each Θ⁽ˡ⁾ its rate, or none where it is frozen.
impl<N: Network<Scalar: Number>> Serialize for Learning<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rates().iter().map(|rate| rate.as_ref().map(Borrowed)))
    }
}

impl<'de, N: Network<Scalar: Number>> Deserialize<'de> for Learning<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Rates(PhantomData))
    }
}

/// What reads them.
struct Rates<N>(PhantomData<N>);

impl<'de, N: Network<Scalar: Number>> Visitor<'de> for Rates<N> {
    type Value = Learning<N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rates or none, one for each theta of {}", N::SHAPES.len(), N::NAME)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Learning<N>, A::Error> {
        let (mut learning, thetas) = (Learning::all(), N::SHAPES.len());
        for (index, place) in learning.rates.iter_mut().enumerate().take(thetas) {
            let Some(rate) = seq.next_element::<Option<Value<N::Scalar>>>()? else {
                return Err(A::Error::invalid_length(index, &self));
            };
            *place = rate.map(|Value(rate)| rate);
            place.iter().try_for_each(check_factor).map_err(A::Error::custom)?;
        }
        if seq.next_element::<IgnoredAny>()?.is_some() {
            return Err(A::Error::invalid_length(thetas + 1, &self));
        }
        Ok(learning)
    }
}

mod fields {
    #[cfg(feature = "alloc")]
    use alloc::vec::Vec;
    use core::borrow::BorrowMut;

    use serde::de::DeserializeOwned;
    use serde::{Deserialize, Serialize};

    use super::Room;
    use crate::network::Network;
    use crate::serial::number::{Number, scalar};
    #[cfg(feature = "alloc")]
    use crate::serial::number::{numbers, optional};

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::update::GradientDescent", deny_unknown_fields, bound = "T: Number")]
    pub(super) struct GradientDescent<T> {
        #[serde(with = "scalar")]
        rate: T,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(
        remote = "crate::update::Momentum",
        deny_unknown_fields,
        bound = "N::Scalar: Number, M: Room<Net = N>"
    )]
    pub(super) struct Momentum<N: Network, M: BorrowMut<N>> {
        #[serde(with = "scalar")]
        rate: N::Scalar,
        #[serde(with = "scalar")]
        beta: N::Scalar,
        #[serde(rename = "nesterov")]
        ahead: bool,
        #[serde(with = "moments")]
        v: M,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(
        remote = "crate::update::Adagrad",
        deny_unknown_fields,
        bound = "N::Scalar: Number, M: Room<Net = N>"
    )]
    pub(super) struct Adagrad<N: Network, M: BorrowMut<N>> {
        settings: crate::update::AdagradSettings<N::Scalar>,
        #[serde(with = "second_moments")]
        s: M,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(
        remote = "crate::update::RmsProp",
        deny_unknown_fields,
        bound = "N::Scalar: Number, M: Room<Net = N>"
    )]
    pub(super) struct RmsProp<N: Network, M: BorrowMut<N>> {
        settings: crate::update::RmsPropSettings<N::Scalar>,
        #[serde(with = "second_moments")]
        s: M,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(
        remote = "crate::update::Adam",
        deny_unknown_fields,
        bound = "N::Scalar: Number, M: Room<Net = N>"
    )]
    pub(super) struct Adam<N: Network, M: BorrowMut<N>> {
        settings: crate::update::AdamSettings<N::Scalar>,
        #[serde(with = "moments")]
        m: M,
        #[serde(with = "second_moments")]
        v: M,
        #[serde(with = "scalar")]
        beta1_to_t: N::Scalar,
        #[serde(with = "scalar")]
        beta2_to_t: N::Scalar,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(
        remote = "crate::update::AdamW",
        deny_unknown_fields,
        bound = "N::Scalar: Number, M: Room<Net = N>"
    )]
    pub(super) struct AdamW<N: Network, M: BorrowMut<N>> {
        adam: crate::update::Adam<N, M>,
        #[serde(with = "scalar")]
        decay: N::Scalar,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(
        remote = "crate::update::LearningBy",
        deny_unknown_fields,
        bound = "N::Scalar: Number, O: Serialize + DeserializeOwned"
    )]
    pub(super) struct LearningBy<N: Network, O> {
        learning: crate::update::Learning<N>,
        optimizer: O,
    }

    #[cfg(feature = "alloc")]
    #[derive(Serialize, Deserialize)]
    #[serde(
        remote = "crate::second_order::levenberg::LevenbergMarquardt",
        deny_unknown_fields,
        bound = "N::Scalar: Number"
    )]
    pub(super) struct LevenbergMarquardt<N: Network> {
        settings: crate::second_order::levenberg::LevenbergSettings<N::Scalar>,
        #[serde(with = "optional")]
        mu: Option<N::Scalar>,
        #[serde(with = "scalar")]
        nu: N::Scalar,
        #[serde(with = "numbers")]
        scales: Vec<N::Scalar>,
        /// Whoever reads it has threads of its own.
        #[serde(skip)]
        threads: Option<crate::threads::Threads>,
    }

    /// What may have overflowed, as it does in a training that was never written.
    mod moments {
        use serde::{Deserializer, Serializer};

        use crate::serial::optimizers::{Room, read_room, write_room};
        use crate::serial::thetas::Holds;

        pub(super) fn serialize<M: Room, S: Serializer>(
            moments: &M,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            write_room(moments, Holds::Any, serializer)
        }

        pub(super) fn deserialize<'de, M: Room, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<M, D::Error> {
            read_room(Holds::Any, deserializer)
        }
    }

    /// What a root is taken of.
    mod second_moments {
        use serde::{Deserializer, Serializer};

        use crate::serial::optimizers::{Room, read_room, write_room};
        use crate::serial::thetas::Holds;

        pub(super) fn serialize<M: Room, S: Serializer>(
            moments: &M,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            write_room(moments, Holds::SecondMoments, serializer)
        }

        pub(super) fn deserialize<'de, M: Room, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<M, D::Error> {
            read_room(Holds::SecondMoments, deserializer)
        }
    }
}
