//~ expected `&A<Layer2, f64, 5, _>`
//~ found `&Z<Layer2, f64, 5>`
use constprop::prelude::*;

network! {
    pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let net = Article::<f64>::seeded(1);
    let trace = net.forward(&[0.1, 0.2, 0.3]);
    let _ = &net.theta2 * &trace.z2;
}
