//! Passes over the layers of a network, each in a file that begins with its formulas. What they share is in
//! `layer.rs`, a layer of a block, and `any.rs`, a layer in any numbers; `end.rs` and `sink.rs` are their ends.
//!
//! | over | forward | backward |
//! | --- | --- | --- |
//! | a block of examples, in registers | `forward.rs`, `end.rs` | `deltas.rs`, `gradients.rs`, `sink.rs` |
//! | its outputs, and ∂J/∂a⁽ᴸ⁾ of them | `outer.rs` | `outer.rs` |
//! | the same with rates of change | `curvature.rs` | `curvature.rs` |
//! | a block that fits into registers | `tiny.rs` | `tiny.rs` |
//! | one example, in registers | `predict.rs` | |
//! | one example in any numbers | `output.rs`, `gradient_of_one.rs`, `rates.rs` | `gradient_of_one.rs`, `rates.rs`, `row.rs` |

mod any;

pub(crate) mod curvature;

pub(crate) mod deltas;

pub(crate) mod end;

pub(crate) mod forward;

pub(crate) mod gradients;

pub(crate) mod layer;

#[cfg(feature = "alloc")]
pub(crate) mod gradient_of_one;

pub(crate) mod outer;

#[cfg(feature = "alloc")]
pub(crate) mod output;

#[cfg_attr(narrow, expect(dead_code, reason = "z is that of `fast::narrow`"))]
pub(crate) mod predict;

pub(crate) mod rates;

pub(crate) mod row;

pub(crate) mod sink;

pub(crate) mod tiny;
