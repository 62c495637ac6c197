//~  By<constprop::Sigmoid>>` is no output of this layer made by `constprop::Sigmoid`
use constprop::layer::L2;
use constprop::prelude::*;
use constprop::Z;

fn main() {
    let z2 = Z::<L2, f64, 1>::from([0.3]);
    let a2 = z2.activate::<Sigmoid>();
    let _ = z2.delta::<CrossEntropy, Sigmoid>(&a2, &[1.0]);
}
