//~ call `matrix_of_any_size`
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
    let theta1 = Theta::<constprop::layer::L1, f64, 1, 1500>::zeros();
    println!("{}", theta1.matrix::<1501>());
}
