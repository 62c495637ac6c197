//! `forward` of one example, 13-64-64-4 Relu.

#![cfg_attr(target_os = "none", no_std, no_main)]

use core::hint::black_box;

use constprop::prelude::*;
use constprop_embedded::board::measure;

network! {
    pub struct Policy(13 => 64 Relu => 64 Relu => 4 Identity) minimizing HalfSquaredError;
}

/// Weights in flash: 0.04, the `f32` of these bits.
// SAFETY: all bits are a number, and a network is its parameters and nothing else.
static POLICY: Policy<f32> =
    unsafe { core::mem::transmute([0x3d23_d70a_u32; Policy::<f32>::PARAMETERS]) };

constprop_embedded::program!(measure("13-64-64-4 Relu, forward", |x| {
    black_box(black_box(&POLICY).forward(x));
}));
