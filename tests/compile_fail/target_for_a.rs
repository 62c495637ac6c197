//~ expected `Target<'_, V, S>`, found `Predicted<'_, V, S>`
use constprop::prelude::*;
use constprop::{Compared, Cost};

fn slope<V: Real, const S: usize>(Compared { z, a, .. }: Compared<'_, V, S>) -> [V; S] {
    <CrossEntropy as Cost<Sigmoid>>::delta(Compared { z, a, y: a })
}

fn main() {}
