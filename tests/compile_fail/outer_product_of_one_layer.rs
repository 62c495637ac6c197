//~ a δ of `Layer2` and an a of `Layer2` belong to no Θ
use constprop::layer::L1;
use constprop::BigDelta;
use constprop::prelude::*;

network! {
    pub struct Net(5 => 5 Sigmoid => 5 Sigmoid => 5 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let net = Net::<f64>::seeded(1);
    let trace = net.forward(&[0.1; 5]);
    let deltas = net.backward(&trace, &[1.0; 5]);
    let mut big_delta1 = BigDelta::<L1, f64, 5, 5>::zeros();
    big_delta1 += &deltas.delta2 * trace.a2.transpose();
}
