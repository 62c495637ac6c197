//! Θ⁽ˡ⁾ as the article's matrix, row by row, and the Θ⁽ˡ⁾ of a network by their names.

use core::fmt::{self, Display};
use core::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeStruct, SerializeTuple};
use serde::{Deserialize, Serialize, Serializer, ser};

use super::number::{Borrowed, Number};
use crate::error;
use crate::gradient::{BigDeltas, Gradient};
use crate::network::Network;
use crate::real::to_f64;
use crate::shapes::layer::{Layer, THETAS};
#[cfg(not(feature = "alloc"))]
use crate::shapes::parameters::filled;
use crate::shapes::parameters::{Aligned, Parameters};
use crate::shapes::shape::{ThetaShape, place_in};
use crate::shapes::theta::{BigDelta, DjDTheta, Theta};

/// What is written as rows of numbers: every [`Network`] and Θ⁽ˡ⁾, every [`Gradient`] and ∂J/∂Θ⁽ˡ⁾, all
/// [`BigDeltas`] and each Δ⁽ˡ⁾.
pub trait Rows: Parameters<Scalar: Number> {
    #[doc(hidden)]
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads into `self`, which is written in part where there is an error.
    #[doc(hidden)]
    fn read<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error>;
}

/// Which numbers there may be.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Holds {
    Finite,
    /// Means of squares: finite, and not negative.
    SecondMoments,
    Any,
}

impl Holds {
    fn takes<T: Number>(self, value: &T) -> bool {
        match self {
            Self::Finite => value.is_finite(),
            Self::SecondMoments => *value >= T::zero(),
            Self::Any => true,
        }
    }
}

impl<N: Network<Scalar: Number>> Rows for N {
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write::<N, S>(N::NAME, self.parameters(), Holds::Finite, serializer)
    }

    fn read<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        read::<N, D>(N::NAME, self.parameters_mut(), Holds::Finite, deserializer)
    }
}

macro_rules! of_a_network {
    ($($name:ident)*) => {
        $(
            impl<N: Network<Scalar: Number>> Rows for $name<N> {
                fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    write::<N, S>(stringify!($name), self.parameters(), Holds::Any, serializer)
                }

                fn read<'de, D: Deserializer<'de>>(
                    &mut self,
                    deserializer: D,
                ) -> Result<(), D::Error> {
                    let name = stringify!($name);
                    read::<N, D>(name, self.parameters_mut(), Holds::Any, deserializer)
                }
            }

            by_value!([N: Network<Scalar: Number>] $name<N>);
        )*
    };
}

macro_rules! of_a_layer {
    ($($role:ident $holds:ident)*) => {
        $(
            impl<L: Layer, T: Number, const S_OUT: usize, const S_IN: usize> Rows
                for $role<L, T, S_OUT, S_IN>
            {
                fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    let matrix = Size { theta: L::INDEX, rows: S_OUT, columns: S_IN + 1 };
                    check(self.parameters(), Holds::$holds, |index| matrix.place(index))?;
                    Written { entries: self.parameters(), matrix }.serialize(serializer)
                }

                fn read<'de, D: Deserializer<'de>>(
                    &mut self,
                    deserializer: D,
                ) -> Result<(), D::Error> {
                    let matrix = Size { theta: L::INDEX, rows: S_OUT, columns: S_IN + 1 };
                    let entries = self.parameters_mut();
                    Matrix { entries, matrix, holds: Holds::$holds }.deserialize(deserializer)
                }
            }

            by_value!([L: Layer, T: Number, const S_OUT: usize, const S_IN: usize]
                $role<L, T, S_OUT, S_IN>);
        )*
    };
}

macro_rules! by_value {
    ([$($generics:tt)*] $type:ty) => {
        impl<$($generics)*> Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.write(serializer)
            }
        }

        impl<'de, $($generics)*> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                small(deserializer)
            }
        }
    };
}

of_a_network!(BigDeltas Gradient);
of_a_layer!(Theta Finite BigDelta Any DjDTheta Any);

impl<P: Serialize> Serialize for Aligned<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, P: Deserialize<'de>> Deserialize<'de> for Aligned<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        P::deserialize(deserializer).map(Self)
    }
}

/// So many bytes and no more are read by value. Unoptimized, seven copies of it are on the stack, and 32
/// of a field of what derives serde's traits: threads of the standard library have 2 MiB.
const MOST_BY_VALUE: usize = 60_000;

/// By value.
pub fn small<'de, P: Rows, D: Deserializer<'de>>(deserializer: D) -> Result<P, D::Error> {
    const {
        assert!(
            size_of::<P>() <= MOST_BY_VALUE,
            "more than 60 kB by value: call `serial::boxed`, or `in_place`"
        );
    }
    #[cfg(feature = "alloc")]
    return Ok(*super::boxed(deserializer)?);
    #[cfg(not(feature = "alloc"))]
    {
        let mut outcome = Ok(());
        let rows = filled(|rows: &mut P| outcome = rows.read(deserializer));
        outcome.map(|()| rows)
    }
}

fn names<N: Network>() -> &'static [&'static str] {
    &THETAS[..N::SHAPES.len()]
}

/// Where each Θ⁽ˡ⁾ lies, and how large it is.
fn matrices<N: Network>() -> impl Iterator<Item = (usize, Size)> {
    let mut first = 0;
    N::SHAPES.iter().map(move |shape| {
        let place = first;
        first += shape.parameters();
        (place, Size::of(shape))
    })
}

/// All parameters of an `N`, under the names of its Θ⁽ˡ⁾.
pub(super) fn write<N: Network<Scalar: Number>, S: Serializer>(
    name: &'static str,
    entries: &[N::Scalar],
    holds: Holds,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    check(entries, holds, |index| place_in(N::SHAPES, index))?;
    let mut fields = serializer.serialize_struct(name, N::SHAPES.len())?;
    for (name, (first, matrix)) in names::<N>().iter().zip(matrices::<N>()) {
        let entries = &entries[first..first + matrix.rows * matrix.columns];
        fields.serialize_field(name, &Written { entries, matrix })?;
    }
    fields.end()
}

/// The same, read.
pub(super) fn read<'de, N: Network<Scalar: Number>, D: Deserializer<'de>>(
    name: &'static str,
    entries: &mut [N::Scalar],
    holds: Holds,
    deserializer: D,
) -> Result<(), D::Error> {
    let network = PhantomData::<N>;
    deserializer.deserialize_struct(name, names::<N>(), Thetas { name, entries, holds, network })
}

/// Nothing is written that is refused where it is read.
fn check<T: Number, E: ser::Error>(
    entries: &[T],
    holds: Holds,
    place: impl Fn(usize) -> (usize, usize, usize),
) -> Result<(), E> {
    match entries.iter().position(|entry| !holds.takes(entry)) {
        None => Ok(()),
        Some(index) => Err(E::custom(Refused::new(holds, place(index), &entries[index]))),
    }
}

/// A number that may not be there.
struct Refused {
    holds: Holds,
    place: (usize, usize, usize),
    value: f64,
}

impl Refused {
    fn new<T: Number>(holds: Holds, place: (usize, usize, usize), value: &T) -> Self {
        Self { holds, place, value: to_f64(value) }
    }
}

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { holds, place: (theta, row, column), value } = *self;
        if holds == Holds::SecondMoments {
            return write!(
                f,
                "second moment of theta{theta}, row {row}, column {column} is {value}; it must not \
                 be negative"
            );
        }
        error::Error::Parameter { theta, row, column, value }.fmt(f)
    }
}

/// l of Θ⁽ˡ⁾, s_{l+1} and s_l + 1.
#[derive(Clone, Copy)]
struct Size {
    theta: usize,
    rows: usize,
    columns: usize,
}

impl Size {
    fn of(shape: &ThetaShape) -> Self {
        Self { theta: shape.layer, rows: shape.s_out, columns: shape.s_in + 1 }
    }

    /// Of an index into its entries, column after column: l, the row and the column.
    fn place(&self, index: usize) -> (usize, usize, usize) {
        (self.theta, index % self.rows, index / self.rows)
    }
}

/// Θ⁽ˡ⁾, row by row. To a machine its size stands in front: the rows have no lengths there.
struct Written<'a, T> {
    entries: &'a [T],
    matrix: Size,
}

impl<T: Number> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Size { rows, columns, .. } = self.matrix;
        let has_size = !serializer.is_human_readable();
        let mut matrix = serializer.serialize_tuple(rows + if has_size { 2 } else { 0 })?;
        if has_size {
            matrix.serialize_element(&(rows as u64))?;
            matrix.serialize_element(&(columns as u64))?;
        }
        for row in 0..rows {
            matrix.serialize_element(&WrittenRow {
                entries: &self.entries[row..],
                rows,
                columns,
            })?;
        }
        matrix.end()
    }
}

/// One row: every `rows`th entry.
struct WrittenRow<'a, T> {
    entries: &'a [T],
    rows: usize,
    columns: usize,
}

impl<T: Number> Serialize for WrittenRow<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_tuple(self.columns)?;
        for entry in self.entries.iter().step_by(self.rows) {
            row.serialize_element(&Borrowed(entry))?;
        }
        row.end()
    }
}

/// What reads all Θ⁽ˡ⁾.
struct Thetas<'a, N: Network> {
    name: &'static str,
    entries: &'a mut [N::Scalar],
    holds: Holds,
    network: PhantomData<N>,
}

impl<N: Network<Scalar: Number>> Thetas<'_, N> {
    fn matrix(&mut self, (first, matrix): (usize, Size)) -> Matrix<'_, N::Scalar> {
        let entries = &mut self.entries[first..first + matrix.rows * matrix.columns];
        Matrix { entries, matrix, holds: self.holds }
    }
}

impl<'de, N: Network<Scalar: Number>> Visitor<'de> for Thetas<'_, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with theta1 to theta{}", self.name, N::SHAPES.len())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        for (index, theta) in matrices::<N>().enumerate() {
            if seq.next_element_seed(self.matrix(theta))?.is_none() {
                return Err(A::Error::invalid_length(index, &self));
            }
        }
        match extra(&mut seq)? {
            0 => Ok(()),
            more => Err(A::Error::invalid_length(N::SHAPES.len() + more, &self)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut seen = [false; THETAS.len()];
        while let Some(index) = map.next_key_seed(Name(names::<N>()))? {
            if core::mem::replace(&mut seen[index], true) {
                return Err(A::Error::duplicate_field(THETAS[index]));
            }
            if let Some(theta) = matrices::<N>().nth(index) {
                map.next_value_seed(self.matrix(theta))?;
            }
        }
        match seen[..N::SHAPES.len()].iter().position(|seen| !seen) {
            Some(missing) => Err(A::Error::missing_field(THETAS[missing])),
            None => Ok(()),
        }
    }
}

/// How many elements are left.
pub(super) fn extra<'de, A: SeqAccess<'de>>(seq: &mut A) -> Result<usize, A::Error> {
    let mut more = 0;
    while seq.next_element::<IgnoredAny>()?.is_some() {
        more += 1;
    }
    Ok(more)
}

/// What reads the name of a field, and gives its number.
struct Name(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("theta1, theta2, …")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        let index = self.0.iter().position(|known| *known == name);
        index.ok_or_else(|| E::unknown_field(name, self.0))
    }
}

/// What reads one Θ⁽ˡ⁾.
struct Matrix<'a, T> {
    entries: &'a mut [T],
    matrix: Size,
    holds: Holds,
}

impl<'de, T: Number> DeserializeSeed<'de> for Matrix<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let has_size = !deserializer.is_human_readable();
        let elements = self.matrix.rows + if has_size { 2 } else { 0 };
        deserializer.deserialize_tuple(elements, Elements { of: self, has_size })
    }
}

/// What reads its size, where it is there, and its rows.
struct Elements<'a, T> {
    of: Matrix<'a, T>,
    has_size: bool,
}

impl<'de, T: Number> Visitor<'de> for Elements<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Size { theta, rows, columns } = self.of.matrix;
        write!(f, "theta{theta} as {rows} rows of {columns} numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Matrix { entries, matrix, holds } = self.of;
        let Size { theta, rows, columns } = matrix;
        if self.has_size {
            let found: (Option<u64>, Option<u64>) = (seq.next_element()?, seq.next_element()?);
            let (Some(found_rows), Some(found_columns)) = found else {
                return Err(A::Error::custom(format_args!("theta{theta} has no size")));
            };
            if (found_rows, found_columns) != (rows as u64, columns as u64) {
                return Err(A::Error::custom(format_args!(
                    "theta{theta} is {found_rows} × {found_columns}; it must be {rows} × {columns}"
                )));
            }
        }
        let wrong = |found: usize| {
            A::Error::custom(format_args!("theta{theta} has {found} rows; it must have {rows}"))
        };
        for row in 0..rows {
            let entries = &mut entries[row..];
            if seq.next_element_seed(Row { entries, row, matrix, holds })?.is_none() {
                return Err(wrong(row));
            }
        }
        match extra(&mut seq)? {
            0 => Ok(()),
            more => Err(wrong(rows + more)),
        }
    }
}

/// What reads one row.
struct Row<'a, T> {
    entries: &'a mut [T],
    row: usize,
    matrix: Size,
    holds: Holds,
}

impl<'de, T: Number> DeserializeSeed<'de> for Row<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_tuple(self.matrix.columns, self)
    }
}

impl<'de, T: Number> Visitor<'de> for Row<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Size { theta, columns, .. } = self.matrix;
        write!(f, "{columns} numbers for theta{theta}, row {}", self.row)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Size { theta, rows, columns } = self.matrix;
        let row = self.row;
        let wrong = |found: usize| {
            A::Error::custom(format_args!(
                "theta{theta}: row {row} has {found} entries; it must have {columns}"
            ))
        };
        for (column, entry) in self.entries.iter_mut().step_by(rows).enumerate() {
            let place = (theta, row, column);
            match seq.next_element_seed(Entry { place, number: PhantomData::<T> })? {
                None => return Err(wrong(column)),
                Some(value) if !self.holds.takes(&value) => {
                    return Err(A::Error::custom(Refused::new(self.holds, place, &value)));
                }
                Some(value) => *entry = value,
            }
        }
        match extra(&mut seq)? {
            0 => Ok(()),
            more => Err(wrong(columns + more)),
        }
    }
}

/// What reads one number.
struct Entry<T> {
    place: (usize, usize, usize),
    number: PhantomData<T>,
}

impl<'de, T: Number> DeserializeSeed<'de> for Entry<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::read(deserializer, &self)
    }
}

impl<T> Display for Entry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (theta, row, column) = self.place;
        write!(f, " for theta{theta}, row {row}, column {column}")
    }
}
