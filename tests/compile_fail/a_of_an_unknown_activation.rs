//~ `z.activate` makes an `A<…, By<constprop::Tanh>>`
//~ is no a of this layer made by `constprop::Tanh`
use constprop::layer::L2;
use constprop::prelude::*;
use constprop::{A, GPrime, Z};

fn slope(z2: &Z<L2, f64, 4>, a2: &A<L2, f64, 4>) -> GPrime<L2, f64, 4> {
    z2.g_prime::<Tanh>(a2)
}

fn main() {}
