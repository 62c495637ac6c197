#![doc = include_str!("../README.md")]
// So that links in the docs of a user's network lead here.
#![doc(html_root_url = "https://docs.rs/constprop/0.1.0")]
#![cfg_attr(not(feature = "std"), no_std)]
// docs.rs says beside each item which feature it takes.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(not(any(feature = "std", feature = "libm")))]
compile_error!("constprop needs exp and its like: enable the feature `std` or the feature `libm`");

// The article: input → forward → cost → backward → gradient → update.
mod input;

mod activation;

mod forward;

mod output;

mod cost;

mod backward;

pub mod gradient;

mod regularization;

mod network;

mod macros;

mod error;

#[cfg(feature = "std")]
mod files;

mod real;

mod text;

// What it is made of, and what is made of it.
mod shapes;

mod threads;

mod fast;

mod batch;

mod workspace;

mod inside;

pub mod heads;

mod update;

mod second_order;

mod refused;

pub mod data;

pub mod weights;

#[cfg(feature = "alloc")]
pub mod train;

#[cfg(feature = "alloc")]
pub mod check;

#[cfg(feature = "serde")]
pub mod serial;

#[path = "serial/network.rs"]
mod serialize_network;

#[doc(hidden)]
pub use ::core as __core;

/// For who compares programs.
#[doc(hidden)]
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

pub use ::nalgebra::RealField;
pub use rand;

/// The library of which this crate's vectors are. Its own macros are in its feature `macros`.
pub mod nalgebra {
    pub use ::nalgebra::*;

    #[doc(hidden)]
    pub use crate::{__of_nalgebra as vector, __of_nalgebra as matrix};
}

#[cfg(feature = "proptest")]
pub use proptest;

#[cfg(feature = "serde")]
#[doc(hidden)]
pub use serde as __serde;

pub use activation::{
    Activation, Elu, Gelu, Hidden, Identity, LeakyRelu, Relu, Sigmoid, Silu, Softplus, Tanh,
};
pub use backward::ThetaTransposed;
#[doc(hidden)]
pub use batch::part::{finish_product, join};
pub use batch::{Batch, Dropout};
#[cfg(feature = "alloc")]
pub use check::properties;
#[cfg(feature = "proptest")]
pub use check::strategies;
pub use cost::{
    CategoricalCrossEntropy, Compared, Cost, CostOfA, CostOn, CrossEntropy, HalfSquaredError,
    Huber, Matched, Predicted, SignedCategoricalCrossEntropy, Target,
};
pub use error::{Error, ExampleFault, TargetFault};
#[doc(hidden)]
pub use fast::Place;
pub use fast::list as chain;
pub use fast::registers::{Float, InstructionSet};
pub use gradient::{BigDeltas, Gradient};
pub use input::{Sample, argmax, one_hot};
pub use inside::{Inside, InsideWorkspace};
#[doc(hidden)]
pub use macros::{ActivationOf, EndOf, lines as __lines};
pub use macros::{HiddenLayer, OutputLayer};
#[doc(hidden)]
pub use network::F32OrF64;
pub use network::{
    Deltas, FloatNetwork, Holds, HoldsDeltas, HoldsDjDa, HoldsTrace, InputOf, Known, Network,
    OfSample, Over, ScalarOf, Takes, TargetOf, Trace, place,
};
pub use output::{Output, Softmax};
pub use real::Real;
#[doc(hidden)]
pub use refused::{
    LessA, MinusA, MinusTheta, OptimizerStep, OverM, PlusSlope, Scaled, ScaledDelta, ScaledError,
    ScaledGradient, TimesATransposed, TimesDelta, TimesDjDa, TimesGradient, TimesSlope, TimesTheta,
};
pub use regularization::Regularization;
#[cfg(feature = "alloc")]
pub use second_order::levenberg::{self, LevenbergMarquardt, LevenbergSettings};
pub use second_order::{Curvature, CurvatureWorkspace, Jacobian, curvature};
pub use shapes::{
    A, Aligned, BigDelta, By, Columns, ColumnsOf, Delta, DjDTheta, DjDa, Entries, EntriesOf,
    Finished, GPrime, Given, HoldsGPrime, HoldsGradient, HoldsParameters, Init, MadeBy, OutputBy,
    OutputOf, Parameters, Role, Shapes, Summary, Summed, Theta, ThetaShape, Z, layer, rng,
};
#[cfg(feature = "std")]
pub use threads::Threads;
pub use update::{
    Adagrad, AdagradSettings, Adam, AdamSettings, AdamW, ByLayer, Clip, GradientDescent, Learning,
    LearningBy, Moments, Momentum, Optimizer, Plateau, Rated, RmsProp, RmsPropSettings, Schedule,
    TimesRate,
};
pub use workspace::Workspace;

/// What a program that declares and trains a network uses: `use constprop::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Activation, Adagrad, AdagradSettings, Adam, AdamSettings, AdamW, BigDelta, BigDeltas,
        CategoricalCrossEntropy, CostOfA, CrossEntropy, Curvature, CurvatureWorkspace, Elu,
        FloatNetwork, Gelu, Gradient, GradientDescent, HalfSquaredError, Huber, Identity, Init,
        Inside, InsideWorkspace, Jacobian, LeakyRelu, Momentum, Network, Optimizer, Parameters,
        Real, Regularization, Relu, RmsProp, RmsPropSettings, Sigmoid,
        SignedCategoricalCrossEntropy, Silu, Softmax, Softplus, Tanh, Theta, Workspace, argmax,
        network, one_hot,
    };
    #[cfg(feature = "alloc")]
    pub use crate::{LevenbergMarquardt, LevenbergSettings};
    // Their methods, also where a network, or anything else, is called as the trait is.
    #[doc(hidden)]
    pub use crate::{Activation as _, Network as _, Optimizer as _, Parameters as _};
}
