//! Passes over the layers of a network, each in a file that begins with its formulas.
//!
//! | over | forward | backward |
//! | --- | --- | --- |
//! | a block of examples, in registers | `forward.rs`, `end.rs` | `deltas.rs`, `gradients.rs`, `sink.rs` |
//! | the same with rates of change | `curvature.rs` | `curvature.rs` |
//! | a block that fits into registers | `tiny.rs` | `tiny.rs` |
//! | one example, in registers | `one.rs` | |
//! | one example in any numbers | `any.rs` | `any.rs`, `rates.rs`, `row.rs` |

pub(crate) mod any;

pub(crate) mod curvature;

pub(crate) mod deltas;

pub(crate) mod end;

pub(crate) mod forward;

pub(crate) mod gradients;

mod layer;

pub(crate) mod one;

pub(crate) mod rates;

pub(crate) mod row;

pub(crate) mod sink;

pub(crate) mod tiny;
