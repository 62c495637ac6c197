//! Sizes as braced expressions, in every layer.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

use constprop::prelude::*;

mod sizes {
    pub(crate) const IN: usize = 3;
    pub(crate) const OUT: usize = 2;
}

const N: usize = 4;

network! {
    /// Paths.
    pub struct Paths({sizes::IN} => {sizes::IN} Tanh => {sizes::OUT} Identity)
        minimizing HalfSquaredError;
}

network! {
    /// Sums.
    pub struct Sums({N + 1} => {N + 1} Tanh => {N + 1} Identity) minimizing HalfSquaredError;
}

network! {
    /// Names, and more than one expression.
    pub struct Blocks({N} => {N} Tanh => { let n = N; n + 1 } Identity)
        minimizing HalfSquaredError;
}

network! {
    /// Two layers.
    pub struct Short({sizes::IN} => {sizes::OUT} Sigmoid) minimizing CrossEntropy;
}

network! {
    /// Parameters of the struct.
    pub struct Generic<const IN: usize, const OUT: usize>({IN} => {IN} Tanh => {OUT} Identity)
        minimizing HalfSquaredError;
}

network! {
    /// Parentheses for braces.
    pub struct Parentheses((N - 1) => (2 * N) Tanh => (N) Identity) minimizing HalfSquaredError;

    /// Behind it in one call, and parameters in parentheses.
    #[derive(Clone, Debug)]
    pub struct Behind<const IN: usize>((IN) => (2 * N) LeakyRelu<1, 100>=> 1 Identity)
        minimizing HalfSquaredError;;

    struct Last(2 => 1 Sigmoid) minimizing CrossEntropy
}

network! {
    /// Computed beside parameters, and not with them.
    pub struct Beside<const IN: usize, const OUT: usize>(
        {sizes::IN + 1} => (2 * (N - 1)) Tanh => IN Tanh => {OUT} Tanh => {2 * N} Identity
    ) minimizing HalfSquaredError;
}

fn main() {
    let _: [f64; 2] = Paths::seeded(1).predict(&[0.1; 3]);
    let _: [f64; 5] = Sums::seeded(1).predict(&[0.1; 5]);
    let _: [f64; 5] = Blocks::seeded(1).predict(&[0.1; 4]);
    let _: [f64; 2] = Short::seeded(1).predict(&[0.1; 3]);
    let _: [f32; 1] = Generic::<2, 1, f32>::seeded(1).predict(&[0.1; 2]);
    let _: [f64; 4] = Parentheses::seeded(1).predict(&[0.1; 3]);
    let _: [f32; 1] = Behind::<2, f32>::seeded(1).clone().predict(&[0.1; 2]);
    let _: [f32; 8] = Beside::<2, 3, f32>::seeded(1).predict(&[0.1; 4]);
    let _: [f64; 1] = Last::seeded(1).predict(&[0.1; 2]);
}
