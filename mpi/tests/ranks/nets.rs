//! Networks and examples.

use std::ops::Range;

use constprop::prelude::*;
use constprop_mpi::Ranks;
use constprop_mpi::mpi::topology::SimpleCommunicator;

network! {
    pub struct Classes(5 => 40 Tanh => 3 Softmax) minimizing CategoricalCrossEntropy;
}

network! {
    pub struct Deep(4 => 9 Relu => 7 Tanh => 2 Identity) minimizing HalfSquaredError;
}

network! {
    /// Of few enough parameters for registers.
    pub struct Small(2 => 3 Tanh => 1 Identity) minimizing HalfSquaredError;
}

network! {
    /// Large enough for threads.
    pub struct Wide(20 => 300 Relu => 10 Softmax) minimizing CategoricalCrossEntropy;
}

/// Numbers that are the same everywhere, from −1 to 1.
fn number(at: usize) -> f64 {
    let bits = (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let bits = (bits ^ (bits >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (bits >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}

pub fn inputs<const S: usize>(m: usize) -> Vec<[f32; S]> {
    (0..m).map(|i| std::array::from_fn(|s| number(i * S + s) as f32)).collect()
}

pub fn classes<const S: usize, const K: usize>(x: &[[f32; S]]) -> Vec<[f32; K]> {
    let class = |x: &[f32; S]| ((x[0] + x[1]).abs() * 1.3 * K as f32) as usize % K;
    x.iter().map(|x| one_hot(class(x)).unwrap()).collect()
}

pub fn deep(m: usize) -> (Vec<[f64; 4]>, Vec<[f64; 2]>) {
    let x: Vec<[f64; 4]> = (0..m).map(|i| std::array::from_fn(|s| number(7 + i * 4 + s))).collect();
    let y = x.iter().map(|x| [x[0] * x[1], x[2] - x[3]]).collect();
    (x, y)
}

pub fn small(m: usize) -> (Vec<[f32; 2]>, Vec<[f32; 1]>) {
    let x = inputs::<2>(m);
    let y = x.iter().map(|x| [x[0] * x[1]]).collect();
    (x, y)
}

/// Whose examples are which: evenly, all at the last rank, and the first with more than the others.
pub fn parts(ranks: &Ranks, m: usize) -> [Range<usize>; 3] {
    let (last, at) = (ranks.size() - 1, ranks.rank());
    let rest = m - m * 2 / 3;
    let begin = |rank: usize| m - rest + rest * (rank - 1) / last.max(1);
    let uneven = match at {
        _ if last == 0 => 0..m,
        0 => 0..m - rest,
        _ => begin(at)..begin(at + 1),
    };
    [ranks.part(m), if at == last { 0..m } else { 0..0 }, uneven]
}

/// This process by itself.
pub fn alone() -> Ranks {
    Ranks::of(&SimpleCommunicator::self_comm())
}

/// As bits, for comparison.
pub fn bits<T: constprop::Float>(numbers: &[T]) -> Vec<u64> {
    let bits = |&n: &T| constprop::nalgebra::try_convert::<T, f64>(n).unwrap().to_bits();
    numbers.iter().map(bits).collect()
}
