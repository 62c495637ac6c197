//! Networks of packed weights, in constants.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

use constprop::Aligned;
use constprop::prelude::*;
use constprop::weights::{CHECKED, embedded};

network! {
    /// A small one.
    pub struct Policy(4 => 8 Tanh => 2 Identity) minimizing HalfSquaredError;
}

network! {
    /// Nearly the largest whose checksum the compiler holds.
    pub struct Checked(1023 => 255 Tanh => 1 Identity) minimizing HalfSquaredError;
}

network! {
    /// One that is too large for that.
    pub struct Unchecked(2000 => 500 Tanh => 1 Identity) minimizing HalfSquaredError;
}

static POLICY: Policy<f32> = embedded(include_bytes!("policy.bin"));
static ALIGNED: Aligned<Policy<f32>> = Aligned(embedded(include_bytes!("policy.bin")));
const CONSTANT: Policy<f32> = embedded(include_bytes!("policy.bin"));
static LARGE: Checked<f32> = embedded(include_bytes!("checked.bin"));
static LARGER: Unchecked<f32> = embedded(include_bytes!("unchecked.bin"));

const _: () = assert!(include_bytes!("checked.bin").len() <= CHECKED);
const _: () = assert!(include_bytes!("unchecked.bin").len() > CHECKED);

fn main() {
    let x = [0.1, 0.0, -0.2, 0.3];
    println!("{:?} {:?} {:?}", POLICY.predict(&x), ALIGNED.predict(&x), CONSTANT.predict(&x));
    println!("{:?} {:?}", LARGE.predict(&[0.1; 1023]), LARGER.predict(&[0.1; 2000]));
}
