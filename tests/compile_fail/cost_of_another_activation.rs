//~ is no output of this layer made by `constprop::Sigmoid`
use constprop::prelude::*;

network! {
    pub struct Net(3 => 5 Tanh => 2 Tanh) minimizing HalfSquaredError;
}

fn main() {
    let net = Net::<f64>::seeded(1);
    let trace = net.forward(&[0.1, 0.2, 0.3]);
    println!("{}", trace.z3.cost::<CrossEntropy, Sigmoid>(&trace.a3, &[1.0, 0.0]));
}
