//~  By<constprop::Tanh>>` is no a of this layer made by `constprop::Sigmoid`
//~ `z.activate` makes an `A<…, By<constprop::Sigmoid>>`
use constprop::layer::L2;
use constprop::prelude::*;
use constprop::Z;

fn main() {
    let z2 = Z::<L2, f64, 4>::from([0.1; 4]);
    let a2 = z2.activate::<Tanh>();
    let _ = z2.g_prime::<Sigmoid>(&a2);
}
