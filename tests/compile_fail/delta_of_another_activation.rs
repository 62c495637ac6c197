//~ OutputBy<constprop::Tanh>>` is no output of this layer made by `constprop::Sigmoid`
//~ `z.output` makes an `A<…, OutputBy<constprop::Sigmoid>>`
use constprop::layer::L3;
use constprop::prelude::*;
use constprop::Z;

fn main() {
    let z3 = Z::<L3, f64, 1>::from([0.3]);
    let a3 = z3.output::<Tanh>();
    let _ = z3.delta::<CrossEntropy, Sigmoid>(&a3, &[1.0]);
}
