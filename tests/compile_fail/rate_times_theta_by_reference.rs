//~ `theta1 -= 0.1 * &gradient.theta1`
use constprop::prelude::*;

network! {
    pub struct Net(5 => 5 Sigmoid => 5 Sigmoid => 5 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let net = Net::<f64>::seeded(1);
    let (x, y) = ([0.1; 5], [1.0; 5]);
    let trace = net.forward(&x);
    let deltas = net.backward(&trace, &y);
    let mut sums = BigDeltas::<Net>::zeros();
    sums.accumulate(&trace, &deltas);
    let _ = 0.1 * &net.theta1;
}
