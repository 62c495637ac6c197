//~ expected `f64`
//~ found `&A<
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let trace = Xor::<f64>::seeded(1).forward(&[0.0, 1.0]);
    let gradient = Gradient::<Xor>::zeros();
    let _ = &gradient.theta1 * &trace.a1;
}
