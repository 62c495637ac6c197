#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(not(any(feature = "std", feature = "libm")))]
compile_error!("constprop needs exp and its like: enable the feature `std` or the feature `libm`");

// Support: what everything below is made of.
pub mod layer;

mod error;

mod real;

mod simd;

mod product;

mod values;

mod pairwise;

mod parameters;

mod theta;

mod roles;

mod init;

#[cfg(any(feature = "checkpoint", feature = "plot"))]
mod files;

// The flow.
mod input;

pub mod data;

mod activation;

mod output;

mod forward;

mod cost;

mod backward;

pub mod gradient;

mod regularization;

mod dropout;

mod batch;

#[cfg(feature = "rayon")]
mod threads;

pub mod chain;

mod fast;

mod update;

pub mod curvature;

mod jacobian;

#[cfg(feature = "alloc")]
pub mod levenberg;

#[cfg(feature = "alloc")]
pub mod train;

#[cfg(feature = "alloc")]
pub mod check;

#[cfg(feature = "alloc")]
pub mod properties;

#[cfg(feature = "proptest")]
pub mod strategies;

// The whole.
mod network;

mod shape;

mod summary;

mod macros;

#[doc(hidden)]
pub use ::core as __core;

pub use nalgebra::{self, RealField};
pub use rand;

#[cfg(feature = "proptest")]
pub use proptest;

pub use activation::{
    Activation, Elu, Gelu, Hidden, Identity, LeakyRelu, Relu, Sigmoid, Silu, Softplus, Tanh,
};
pub use backward::ThetaTransposed;
pub use batch::Batch;
pub use cost::{
    CategoricalCrossEntropy, Cost, CostOfA, CrossEntropy, HalfSquaredError, Huber, Matched,
};
pub use curvature::{Curvature, CurvatureWorkspace};
pub use dropout::Dropout;
pub use error::{Error, ExampleFault, TargetFault};
pub use gradient::{Gradient, Workspace};
pub use init::{Init, rng};
pub use input::{Sample, argmax, one_hot};
pub use jacobian::Jacobian;
#[cfg(feature = "alloc")]
pub use levenberg::{LevenbergMarquardt, LevenbergSettings};
pub use network::{Deltas, HiddenLayer, Network, OutputLayer, Trace};
pub use output::{Output, Softmax};
pub use parameters::{Aligned, Parameters};
pub use real::Real;
pub use regularization::Regularization;
pub use roles::{A, Delta, DjDa, GPrime, Z};
pub use shape::{ThetaShape, place};
pub use simd::InstructionSet;
pub use summary::Summary;
pub use theta::{Columns, ColumnsOf, Entries, EntriesOf, Theta};
#[cfg(feature = "rayon")]
pub use threads::Threads;
pub use update::{
    Adagrad, AdagradSettings, Adam, AdamSettings, AdamW, Clip, GradientDescent, Momentum,
    Optimizer, Plateau, RmsProp, RmsPropSettings, Schedule,
};

/// What a program that declares and trains a network uses: `use constprop::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Activation, Adagrad, AdagradSettings, Adam, AdamSettings, AdamW, CategoricalCrossEntropy,
        CostOfA, CrossEntropy, Curvature, CurvatureWorkspace, Elu, Gelu, Gradient, GradientDescent,
        HalfSquaredError, Huber, Identity, Init, Jacobian, LeakyRelu, Momentum, Network, Optimizer,
        Parameters, Real, Regularization, Relu, RmsProp, RmsPropSettings, Sigmoid, Silu, Softmax,
        Softplus, Tanh, Theta, Workspace, argmax, network, one_hot,
    };
    #[cfg(feature = "alloc")]
    pub use crate::{LevenbergMarquardt, LevenbergSettings};
}
