//! What J has of second order: products with curvature matrices, rows of the Jacobian, and the
//! training that is made of them.

pub mod curvature;

pub(crate) mod jacobian;

#[cfg(feature = "alloc")]
pub mod levenberg;

pub use curvature::{Curvature, CurvatureWorkspace};
pub use jacobian::Jacobian;
