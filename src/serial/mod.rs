//! What a program keeps or sends, in every format of [serde](https://serde.rs) (feature `serde`).
//!
//! `Serialize` and `Deserialize` have:
//!
//! | what | in JSON |
//! | --- | --- |
//! | every network | `{"theta1": [[b, w, w], …], "theta2": …}`: Θ⁽ˡ⁾ as the article prints it, row by row, the bias first |
//! | [`Gradient`](crate::Gradient), [`BigDeltas`](crate::BigDeltas) | the same |
//! | [`Theta`](crate::Theta), [`DjDTheta`](crate::DjDTheta), [`BigDelta`](crate::BigDelta) | `[[b, w, w], …]` |
//! | [`Adam`](crate::Adam) and every other optimizer, with all that it keeps | `{"settings": {"rate": 0.001, …}, "m": {"theta1": …}, …}` |
//! | [`LevenbergMarquardt`](crate::LevenbergMarquardt) | `{"settings": …, "mu": null, "nu": 2.0, "scales": []}` |
//! | [`AdamSettings`](crate::AdamSettings) and other settings | `{"rate": 0.001, "beta1": 0.9, …}` |
//! | [`Regularization`](crate::Regularization) | `{"lambda": 0.1, "scale": "coursera", "bias": "excluded"}` |
//! | [`Schedule`](crate::Schedule) | `{"course": {"step": {"every": 10.0, "factor": 0.5}}, "warm_up": 0.0}` |
//! | [`Plateau`](crate::Plateau) | with all that it has observed |
//! | [`Clip`](crate::Clip), [`Dropout`](crate::Dropout) | `{"most": 1.0, "of": "norm"}`, `{"rates": [0.2], "seed": 7}` |
//! | [`EarlyStopping`](crate::train::EarlyStopping) | `{"patience": 20, "least_progress": 0.0, "restores_best": true}` |
//! | [`Standardize`](crate::data::Standardize), [`MinMax`](crate::data::MinMax) | `{"mean": […], "deviation": […]}`, `{"shift": […], "scale": […]}` |
//! | [`Classifier`](crate::train::Classifier), [`Regressor`](crate::train::Regressor) | `{"net": {"theta1": …}, "seed": 1, "rate": null}` |
//! | [`History`](crate::train::History) | `{"epochs": [{"number": 1, …}], "names": […], "values": […], "best": 1, "end": "epochs"}` |
//!
//! ```
//! use constprop::prelude::*;
//!
//! network! {
//!     #[derive(Debug, PartialEq)]
//!     pub struct Tiny(2 => 1 Sigmoid) minimizing CrossEntropy;
//! }
//! let tiny = Tiny::new(Theta::new([0.5], [[1.0, -2.0]]));
//! let json = serde_json::to_string(&tiny)?;
//! assert_eq!(json, r#"{"theta1":[[0.5,1.0,-2.0]]}"#);
//! let read: Tiny = serde_json::from_str(&json)?;
//! assert_eq!(read.parameters(), tiny.parameters());
//!
//! let error = serde_json::from_str::<Tiny>(r#"{"theta1":[[0.5,1.0]]}"#).unwrap_err();
//! assert!(error.to_string().starts_with("theta1: row 0 has 2 entries; it must have 3"));
//!
//! // An optimizer goes on as it would have.
//! let adam = Adam::<Tiny>::new(AdamSettings::default())?;
//! let json = serde_json::to_string(&adam)?;
//! let read: Adam<Tiny> = serde_json::from_str(&json)?;
//! assert_eq!(read, adam);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A type of yours that derives serde's traits may hold any of these. Of one that is generic over the
//! scalar, that scalar is a [`Number`]. A network that is written by hand has
//! [`serialize_network!`](crate::serialize_network!).
//!
//! # Networks of more than 60 kB
//!
//! Read by value they do not compile: unoptimized, a field of what derives `Deserialize` is on the stack 32
//! times. [`boxed`](boxed()) never has one there, and [`in_place`] fills one that is there already.
//!
//! ```
//! use constprop::prelude::*;
//! use serde::{Deserialize, Serialize};
//!
//! network! {
//!     pub struct Large(784 => 300 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
//! }
//!
//! #[derive(Serialize, Deserialize)]
//! struct Model {
//!     name: String,
//!     #[serde(deserialize_with = "constprop::serial::boxed")]
//!     net: Box<Large>,
//! }
//! let model = Model { name: "digits".into(), net: Large::boxed_seeded(1) };
//! let mut json = serde_json::to_string(&model)?;
//! let read: Model = serde_json::from_str(&json)?;
//! assert_eq!(read.net.parameters(), model.net.parameters());
//!
//! json = serde_json::to_string(&model.net)?;
//! let mut net: Box<Large> = Large::boxed();
//! constprop::serial::in_place(&mut *net, &mut serde_json::Deserializer::from_str(&json))?;
//! assert_eq!(net.parameters(), model.net.parameters());
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! ```compile_fail
//! # use constprop::prelude::*;
//! # network! {
//! #     pub struct Large(784 => 300 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
//! # }
//! let net: Large = serde_json::from_str("{}").unwrap(); // 1.9 MB
//! ```
//!
//! # What is held
//!
//! What is written is read again to the last bit (a NaN's payload apart), by any format that keeps
//! numbers. serde_json does with its feature `float_roundtrip`; without it, an `f64` may be off by one
//! in the last place. An `f32` is written as its shortest text. Numbers that are not finite are words
//! where the format is for humans, as JSON has none: see [`Number`].
//!
//! What is read is checked as by the constructor, and refused with its words: a learning rate of 0, a
//! schedule that is none, a deviation of 0. Shapes are those of the type, no field is missing,
//! unknown or there twice, and the error says where. So is a parameter of a network that is not finite
//! refused, here as in files, and where it is written too: of such a network no training goes on, and no
//! prediction means anything. So is a second moment, v of Adam and s of Adagrad and RMSprop, that is negative
//! or a NaN, whose root is none; where it has overflowed it is ∞, from which on that parameter stands still. What
//! can hold a number that is not finite does: gradients, first moments, a history.
//!
//! To a machine (postcard, MessagePack, …) Θ⁽ˡ⁾ is s_{l+1}, s_l + 1, and then its rows, which have no
//! lengths if the format allows: a network of other sizes is refused there too. Activations and cost are
//! the type's, and in no format.

mod number;
mod optimizers;
mod scales;
mod settings;
mod thetas;
#[cfg(feature = "alloc")]
mod training;

#[cfg(feature = "alloc")]
use alloc::boxed::Box;

use serde::Deserializer;

pub use number::Number;
pub use thetas::Rows;
#[doc(hidden)]
pub use thetas::small as __small;

/// A network, or gradient, of any size on the heap, and never on the stack.
///
/// For a field: `#[serde(deserialize_with = "constprop::serial::boxed")]`. A box is written by serde
/// itself.
///
/// # Errors
///
/// The deserializer's; and what is wrong, and where.
#[cfg(feature = "alloc")]
pub fn boxed<'de, P: Rows, D: Deserializer<'de>>(deserializer: D) -> Result<Box<P>, D::Error> {
    let mut rows = P::boxed();
    rows.read(deserializer)?;
    Ok(rows)
}

/// Reads into a network, or gradient, that is there: all of it, or nothing where there is an error.
///
/// It is read beside it first: on the heap, and in a build without the feature `alloc` on the stack, up to
/// 60 kB.
///
/// # Errors
///
/// The deserializer's; and what is wrong, and where. `rows` is then as it was.
pub fn in_place<'de, P: Rows, D: Deserializer<'de>>(
    rows: &mut P,
    deserializer: D,
) -> Result<(), D::Error> {
    #[cfg(feature = "alloc")]
    rows.copy_from(&boxed::<P, _>(deserializer)?);
    #[cfg(not(feature = "alloc"))]
    rows.copy_from(&__small::<P, _>(deserializer)?);
    Ok(())
}
