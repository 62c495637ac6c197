//~ expected `Target<'_, V, S>`, found `Predicted<'_, V, S>`
use constprop::prelude::*;
use constprop::{Cost, Predicted, Target};

fn slope<V: Real, const S: usize>(
    z: &[V; S],
    a: Predicted<'_, V, S>,
    _: Target<'_, V, S>,
) -> [V; S] {
    <CrossEntropy as Cost<Sigmoid>>::delta(z, a, a)
}

fn main() {}
