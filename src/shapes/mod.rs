//! What networks are made of: roles, layers and Θ as types, and their shapes as data.

pub mod layer;

pub(crate) mod held;

pub(crate) mod init;

pub(crate) mod parameters;

pub(crate) mod roles;

pub(crate) mod shape;

pub(crate) mod summary;

pub(crate) mod theta;

pub use held::HoldsGradient;
pub use init::{Init, rng};
pub use parameters::{Aligned, HoldsParameters, Parameters};
pub use roles::{A, By, Delta, DjDa, GPrime, Given, HoldsGPrime, MadeBy, OutputBy, OutputOf, Z};
pub use shape::{Shapes, ThetaShape};
pub use summary::Summary;
pub use theta::{
    BigDelta, Columns, ColumnsOf, DjDTheta, Entries, EntriesOf, Finished, Role, Summed, Theta,
};
