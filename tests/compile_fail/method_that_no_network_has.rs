//~ no method named `fit` found
//~ method `fit` not found for this struct
use constprop::prelude::*;

network! {
    pub struct Net(3 => 5 Tanh => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let mut net = Net::<f64>::seeded(1);
    net.fit(&[[0.1, 0.2, 0.3]], &[[1.0, 0.0]]);
}
