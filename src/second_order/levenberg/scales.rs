//! What a unit of each parameter is worth: the units that x and y have, seen from Θ.

use alloc::vec::Vec;
use core::any::TypeId;

use nalgebra::RealField;

use crate::activation::Identity;
use crate::fast::moments::each_column;
use crate::fast::values::Norm;
use crate::input::Sample;
use crate::network::{Network, place};
use crate::real::count;

/// c of each θ: x_k's root mean square for a weight of Θ⁽¹⁾ that multiplies x_k, times the size of the
/// last Θ for all that stand before it.
///
/// The last Θ of a linear output is in units of y, so that what a change before it does to a⁽ᴸ⁾ is, too.
pub(super) fn of<N: Network>(net: &N, inputs: &[N::Input]) -> Vec<N::Scalar> {
    let mut sizes = Vec::with_capacity(N::Input::SIZE);
    each_column(N::Input::flat(inputs), N::Input::SIZE, |_, (mean, deviation)| {
        let both = [mean, deviation.unwrap_or_else(nalgebra::zero)];
        sizes.push(or_one(Norm::of(&both).value()));
    });
    let (last, y) = (N::SHAPES.len(), size_of_last(net));
    let scale = |index| {
        let (theta, _, column) = place::<N>(index);
        let y = if theta == last { nalgebra::one() } else { y.clone() };
        if theta == 1 && column > 0 { or_one(sizes[column - 1].clone() * y) } else { y }
    };
    (0..N::PARAMETERS).map(scale).collect()
}

/// The root of the mean of squared lengths of the last weights' rows, where they are in units of y.
fn size_of_last<N: Network>(net: &N) -> N::Scalar {
    let linear = TypeId::of::<N::Hypothesis>() == TypeId::of::<Identity>();
    let (Some(last), true) = (N::SHAPES.last(), linear) else { return nalgebra::one() };
    let first = N::PARAMETERS - last.s_out * last.s_in;
    let rows = nalgebra::ComplexField::sqrt(count::<N::Scalar>(last.s_out));
    or_one(Norm::of(&net.parameters()[first..]).value() / rows)
}

/// Of what is 0 everywhere nothing is to be measured, nor in what has no number.
fn or_one<T: RealField>(size: T) -> T {
    if size > T::zero() && size.is_finite() { size } else { T::one() }
}
