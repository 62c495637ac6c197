//! One number, also one that is not finite where the format has none.

use core::fmt::{self, Display};
use core::marker::PhantomData;
use core::str::FromStr;

use nalgebra::RealField;
use serde::de::{Deserializer, Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// A scalar as serde has it: `f32` and `f64`.
///
/// JSON has no number that is not finite, so to a human these are the words `"NaN"`, `"inf"` and
/// `"-inf"`. Everything else is a number, as short as it can be and the same to the last bit when it is
/// read again; −0 stays −0. A number that is beyond the scalar is refused.
///
/// A scalar of your own becomes one by its two functions.
pub trait Number: RealField {
    /// Writes it.
    ///
    /// # Errors
    ///
    /// The serializer's.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads one, whose place is to be said, behind "a number", where there is none.
    ///
    /// # Errors
    ///
    /// The deserializer's; and where there is another thing than a number, or one that is beyond the
    /// scalar.
    fn read<'de, D: Deserializer<'de>>(
        deserializer: D,
        place: &dyn Display,
    ) -> Result<Self, D::Error>;
}

/// What reads a `T`.
struct Reading<'a, T> {
    place: &'a dyn Display,
    number: PhantomData<T>,
}

macro_rules! numbers {
    ($($t:ident $serialize:ident $deserialize:ident $of_f64:expr;)*) => {
        $(
            impl Number for $t {
                fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    if self.is_finite() || !serializer.is_human_readable() {
                        return serializer.$serialize(*self);
                    }
                    serializer.serialize_str(match (self.is_nan(), *self > 0.0) {
                        (true, _) => NAN,
                        (false, true) => INFINITY,
                        (false, false) => MINUS_INFINITY,
                    })
                }

                fn read<'de, D: Deserializer<'de>>(
                    deserializer: D,
                    place: &dyn Display,
                ) -> Result<Self, D::Error> {
                    let reading = Reading::<Self> { place, number: PhantomData };
                    if deserializer.is_human_readable() {
                        deserializer.deserialize_any(reading)
                    } else {
                        deserializer.$deserialize(reading)
                    }
                }
            }

            impl Reading<'_, $t> {
                /// No infinity that was not one.
                fn within<E: Error>(&self, number: $t, what: &dyn Display) -> Result<$t, E> {
                    if number.is_finite() {
                        return Ok(number);
                    }
                    let (place, range) = (self.place, stringify!($t));
                    Err(E::custom(format_args!("{what}{place} is beyond the range of {range}")))
                }
            }

            impl<'de> Visitor<'de> for Reading<'_, $t> {
                type Value = $t;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, "a number{}", self.place)
                }

                fn visit_f32<E: Error>(self, value: f32) -> Result<$t, E> {
                    Ok(value.into())
                }

                fn visit_f64<E: Error>(self, value: f64) -> Result<$t, E> {
                    let number = $of_f64(value);
                    if !value.is_finite() {
                        return Ok(number);
                    }
                    self.within(number, &format_args!("{value:e}"))
                }

                #[allow(clippy::cast_precision_loss, reason = "it is rounded, as 0.1 is")]
                fn visit_u64<E: Error>(self, value: u64) -> Result<$t, E> {
                    Ok(value as $t)
                }

                #[allow(clippy::cast_precision_loss, reason = "it is rounded, as 0.1 is")]
                fn visit_i64<E: Error>(self, value: i64) -> Result<$t, E> {
                    Ok(value as $t)
                }

                fn visit_str<E: Error>(self, word: &str) -> Result<$t, E> {
                    match word {
                        NAN => Ok($t::NAN),
                        INFINITY => Ok($t::INFINITY),
                        MINUS_INFINITY => Ok($t::NEG_INFINITY),
                        _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
                    }
                }

                /// serde_json gives a number so where any crate asks for its `arbitrary_precision`:
                /// as a map of one entry, the text.
                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$t, A::Error> {
                    let Some(Text(Token)) = map.next_key()? else {
                        return Err(A::Error::invalid_type(Unexpected::Map, &self));
                    };
                    let Text(number) = map.next_value()?;
                    self.within(number, &"the number")
                }
            }
        )*
    };
}

numbers! {
    f32 serialize_f32 deserialize_f32 nearest;
    f64 serialize_f64 deserialize_f64 core::convert::identity;
}

const NAN: &str = "NaN";
const INFINITY: &str = "inf";
const MINUS_INFINITY: &str = "-inf";

/// The `f32` of the shortest text that was read as `value`.
///
/// Of all texts of an `f32` there is one, of either sign, that as an `f64` lies in the middle between
/// two `f32`s, of which the even one is the other.
#[allow(clippy::cast_possible_truncation, reason = "to the nearest")]
fn nearest(value: f64) -> f32 {
    const IN_THE_MIDDLE: f64 = 7.038_531e-26;
    const OWN: f32 = f32::from_bits(0x15AE_43FD);
    if value.abs() == IN_THE_MIDDLE { OWN.copysign(value as f32) } else { value as f32 }
}

/// What comes as text.
struct Text<T>(T);

impl<'de, T: FromStr> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Digits(PhantomData)).map(Self)
    }
}

/// What reads it.
struct Digits<T>(PhantomData<T>);

impl<T: FromStr> Visitor<'_> for Digits<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_str<E: Error>(self, digits: &str) -> Result<T, E> {
        digits.parse().map_err(|_| E::invalid_value(Unexpected::Str(digits), &self))
    }
}

/// What the entry is called that serde_json has such a number in.
struct Token;

impl FromStr for Token {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        if name == "$serde_json::private::Number" { Ok(Self) } else { Err(()) }
    }
}

/// A number as a value of its own, where there are many of them.
pub(super) struct Value<T>(pub(super) T);

impl<T: Number> Serialize for Value<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

impl<'de, T: Number> Deserialize<'de> for Value<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer, &"").map(Self)
    }
}

/// The same of a number that is borrowed.
pub(super) struct Borrowed<'a, T>(pub(super) &'a T);

impl<T: Number> Serialize for Borrowed<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

/// A field that is a number.
pub(super) mod scalar {
    use super::{Deserializer, Number, Serializer};

    pub(in crate::serial) fn serialize<T: Number, S: Serializer>(
        number: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        number.write(serializer)
    }

    pub(in crate::serial) fn deserialize<'de, T: Number, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        T::read(deserializer, &"")
    }
}

/// A field that is a number, or none.
#[cfg(feature = "alloc")]
pub(super) mod optional {
    use super::{Borrowed, Deserialize, Deserializer, Number, Serialize, Serializer, Value};

    pub(in crate::serial) fn serialize<T: Number, S: Serializer>(
        number: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        number.as_ref().map(Borrowed).serialize(serializer)
    }

    pub(in crate::serial) fn deserialize<'de, T: Number, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        Ok(Option::<Value<T>>::deserialize(deserializer)?.map(|Value(number)| number))
    }
}

/// A field of numbers, however many.
#[cfg(feature = "alloc")]
pub(super) mod numbers {
    use alloc::vec::Vec;

    use super::{Borrowed, Deserialize, Deserializer, Number, Serializer, Value};

    pub(in crate::serial) fn serialize<T: Number, S: Serializer>(
        numbers: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(numbers.iter().map(Borrowed))
    }

    pub(in crate::serial) fn deserialize<'de, T: Number, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        let numbers = Vec::<Value<T>>::deserialize(deserializer)?;
        Ok(numbers.into_iter().map(|Value(number)| number).collect())
    }
}
