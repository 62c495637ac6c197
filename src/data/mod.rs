//! Data: from files to examples of static size, scaled and split.
//!
//! | what | where | needs |
//! | --- | --- | --- |
//! | IDX files, MNIST's | `idx` | `std` |
//! | CSV files | `csv` | feature `csv` |
//! | (x − mean)/deviation, and to a range | [`Standardize`], [`MinMax`] | |
//! | training and test, k folds | `train_test`, `stratified`, `KFold` | `alloc` |
//! | shares of a file's examples | [`share()`], `idx::images_part`, `csv::Format::rows` | nothing, `std`, feature `csv` |
//! | labels to targets, weights of classes | `one_hot_all`, [`balanced`] | `alloc`, nothing |
//!
//! What is fitted, is fitted to the training examples alone, and applied to all:
//!
#![cfg_attr(feature = "alloc", doc = "```")]
#![cfg_attr(not(feature = "alloc"), doc = "```ignore")]
//! use constprop::data::{Standardize, one_hot_all, select, stratified};
//!
//! let inputs = [[170.0, 1.0], [182.0, 3.0], [165.0, 2.0], [191.0, 6.0], [177.0, 9.0], [160.0, 4.0]];
//! let labels = [0, 1, 0, 1, 1, 0];
//! let (train, test) = stratified(&labels, 1.0 / 3.0, 42)?;
//! let (mut x, mut held_out) = (select(&inputs, &train)?, select(&inputs, &test)?);
//! let scale = Standardize::fit(&x)?;
//! scale.apply(&mut x);
//! scale.apply(&mut held_out);
//! let y = one_hot_all::<f64, 2>(&select(&labels, &train)?)?;
//! assert_eq!((x.len(), y.len(), held_out.len()), (4, 4, 2));
//! # Ok::<(), constprop::Error>(())
//! ```

mod labels;
mod share;

pub(crate) mod scale;

#[cfg(feature = "alloc")]
mod split;

#[cfg(feature = "std")]
mod error;

#[cfg(feature = "std")]
pub mod idx;

#[cfg(feature = "csv")]
pub mod csv;

pub use labels::balanced;
#[cfg(feature = "alloc")]
pub use labels::one_hot_all;
pub use scale::{MinMax, Standardize};
pub use share::share;
#[cfg(feature = "alloc")]
pub use split::{KFold, select, stratified, train_test};

#[cfg(feature = "std")]
pub use error::{DataError, DataFault};
