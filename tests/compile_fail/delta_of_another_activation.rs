//~ expected `&A<L3, f64, 1, OutputBy<Sigmoid>>`
//~ found `&A<L3, f64, 1, OutputBy<Tanh>>`
use constprop::layer::L3;
use constprop::prelude::*;
use constprop::Z;

fn main() {
    let z3 = Z::<L3, f64, 1>::from([0.3]);
    let a3 = z3.output::<Tanh>();
    let _ = z3.delta::<CrossEntropy, Sigmoid>(&a3, &[1.0]);
}
