//~ expected `&DjDTheta<Layer1
//~ found `Outer<
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let net = Xor::<f64>::seeded(1);
    let trace = net.forward(&[0.0, 1.0]);
    let delta2 = &net.backward(&trace, &[1.0]).delta2;
    let mut gradient = Gradient::<Xor>::zeros();
    gradient.theta1 += delta2 * trace.a1.transpose();
}
