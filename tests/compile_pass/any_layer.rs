//! The lines of the chain in functions over any layer.

use constprop::layer::Before;
use constprop::{A, BigDelta, Delta, DjDa, RealField, Theta, Z};

pub fn forward<L: Before, T: RealField, const O: usize, const I: usize>(
    theta: &Theta<L, T, O, I>,
    a: &A<L, T, I>,
) -> Z<L::Next, T, O> {
    theta * a
}

pub fn back<L: Before, T: RealField, const O: usize, const I: usize>(
    theta: &Theta<L, T, O, I>,
    delta: &Delta<L::Next, T, O>,
) -> DjDa<L, T, I> {
    theta.transpose() * delta
}

pub fn sum<L: Before, T: RealField, const O: usize, const I: usize>(
    big_delta: &mut BigDelta<L, T, O, I>,
    delta: &Delta<L::Next, T, O>,
    a: &A<L, T, I>,
) {
    *big_delta += delta * a.transpose();
}

fn main() {}
