//! A network in a file, with the scaling of its examples.

use std::path::Path;

use nalgebra::RealField;

use super::file::{CheckpointError, Contents, has_scaling, read_network, scaling_of, signature};
use crate::data::{MinMax, Standardize};
use crate::error::Error;
use crate::fast::registers::Float;
use crate::input::Sample;
use crate::network::{FloatNetwork, Holds};

/// What examples of type X are scaled by: [`Standardize`], [`MinMax`], or `()` where they are not.
pub trait Scaling<X>: Sized + sealed::Sealed {
    /// What its constants are called in a file.
    #[doc(hidden)]
    const NAMES: &'static [&'static str];

    #[doc(hidden)]
    fn rows(&self) -> Vec<&X>;

    #[doc(hidden)]
    fn from_rows(rows: &[Box<X>]) -> Result<Self, Error>;
}

mod sealed {
    use crate::data::{MinMax, Standardize};

    pub trait Sealed {}
    impl Sealed for () {}
    impl<T, const S: usize> Sealed for Standardize<T, S> {}
    impl<T, const S: usize> Sealed for MinMax<T, S> {}
}

impl<X> Scaling<X> for () {
    const NAMES: &'static [&'static str] = &[];

    fn rows(&self) -> Vec<&X> {
        Vec::new()
    }

    fn from_rows(_: &[Box<X>]) -> Result<Self, Error> {
        Ok(())
    }
}

macro_rules! scaling_by_constants {
    ($name:ident, $shift:ident, $scale:ident) => {
        impl<T: RealField, const S: usize> Scaling<[T; S]> for $name<T, S> {
            const NAMES: &'static [&'static str] = &[stringify!($shift), stringify!($scale)];

            fn rows(&self) -> Vec<&[T; S]> {
                vec![self.$shift(), self.$scale()]
            }

            fn from_rows(rows: &[Box<[T; S]>]) -> Result<Self, Error> {
                match rows {
                    [shift, scale] => Self::from_slices(&shift[..], &scale[..]),
                    _ => Err(Error::Length { expected: 2, found: rows.len() }),
                }
            }
        }
    };
}

scaling_by_constants!(Standardize, mean, deviation);
scaling_by_constants!(MinMax, shift, scale);

/// [`save`](super::save), with what x and y are scaled by before the network sees them, or `()`.
///
/// They are `x.mean` and `x.deviation`, or `x.shift` and `x.scale`, beside `theta1`; and for y alike.
///
/// # Errors
///
/// As [`save`](super::save).
///
/// ```
/// use constprop::data::Standardize;
/// use constprop::prelude::*;
/// use constprop::train::{load_scaled, save_scaled};
///
/// network! {
///     pub struct Tiny(2 => 3 Tanh => 1 Identity) minimizing HalfSquaredError;
/// }
/// # let folder = std::env::temp_dir().join(format!("constprop-scaled-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let path = folder.join("tiny.safetensors");
/// let x = [[180.0, 0.1], [160.0, 0.3]];
/// let (net, scale) = (Tiny::<f64>::seeded(1), Standardize::fit(&x)?);
/// save_scaled(&net, &scale, &(), &path)?;
///
/// let mut net = Tiny::<f64>::zeros();
/// let (scale, ()): (Standardize<f64, 2>, ()) = load_scaled(&mut net, &path)?;
/// let [y] = net.predict(&scale.applied([170.0, 0.2]));
/// # assert!(y.is_finite());
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn save_scaled<N: FloatNetwork>(
    net: &dyn Holds<N>,
    x: &impl Scaling<N::Input>,
    y: &impl Scaling<N::Target>,
    path: impl AsRef<Path>,
) -> Result<(), CheckpointError> {
    let mut contents = Contents::new(&signature::<N>());
    contents.put_network(net.held());
    put(&mut contents, "x", x);
    put(&mut contents, "y", y);
    contents.write(path.as_ref())
}

/// Loads what [`save_scaled`] has written.
///
/// # Errors
///
/// [`CheckpointError`], as [`load`](super::load), and if x or y are scaled otherwise in the file, or
/// by constants that are none; `net` is then as it was.
pub fn load_scaled<N: FloatNetwork, X: Scaling<N::Input>, Y: Scaling<N::Target>>(
    net: &mut dyn Holds<N>,
    path: impl AsRef<Path>,
) -> Result<(X, Y), CheckpointError> {
    let contents = read_network::<N>(path.as_ref())?;
    let theta = contents.network::<N>()?;
    let scaling = (take(&contents, "x")?, take(&contents, "y")?);
    net.held_mut().set_parameters(&theta)?;
    Ok(scaling)
}

fn put<T: Float, X: Sample<T>, S: Scaling<X>>(contents: &mut Contents, of: &str, scaling: &S) {
    for (name, row) in S::NAMES.iter().zip(scaling.rows()) {
        contents.put(&format!("{of}.{name}"), row.as_ref());
    }
}

fn take<T: Float, X: Sample<T>, S: Scaling<X>>(
    contents: &Contents,
    of: &str,
) -> Result<S, CheckpointError> {
    let rows = S::NAMES.iter().map(|name| {
        let numbers = contents.numbers::<T>(&format!("{of}.{name}"), &[X::SIZE])?;
        Ok(X::boxed_from_fn(|entry| numbers[entry]))
    });
    let rows = rows.collect::<Result<Vec<_>, CheckpointError>>()?;
    has_scaling(contents, of, S::NAMES.len())?;
    S::from_rows(&rows).map_err(|error| contents.number_of(&scaling_of(of), error))
}
