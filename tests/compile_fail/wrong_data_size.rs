//~ expected `&[[f64; 3]]`
//~ found `&[[{float}; 4]; 10]`
use constprop::prelude::*;

network! {
    pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let inputs = [[0.1, 0.2, 0.3, 0.4]; 10];
    let targets = [[1.0, 0.0]; 10];
    let net = Article::<f64>::seeded(1);
    let _ = net.cost_and_gradient(&inputs, &targets, &Regularization::none());
}
