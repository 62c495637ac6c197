//~ `constprop::BigDeltas<Xor>` is no gradient of `Xor`
//~ `BigDeltas::finish` makes one of Δ
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() -> Result<(), constprop::Error> {
    let mut net = Xor::<f64>::seeded(1);
    let trace = net.forward(&[0.0, 1.0]);
    let deltas = net.backward(&trace, &[1.0]);
    let mut big_deltas = BigDeltas::<Xor>::zeros();
    big_deltas.accumulate(&trace, &deltas);
    GradientDescent::new(0.1)?.step(&mut net, &big_deltas)
}
