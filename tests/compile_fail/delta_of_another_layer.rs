//~ expected `&Delta<Layer3, f64, 4>`
//~ found `&Delta<Layer2, f64, 5>`
use constprop::prelude::*;

network! {
    pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let net = Article::<f64>::seeded(1);
    let deltas = net.backward(&net.forward(&[0.1, 0.2, 0.3]), &[1.0, 0.0]);
    let _ = net.theta2.transpose() * &deltas.delta2;
}
