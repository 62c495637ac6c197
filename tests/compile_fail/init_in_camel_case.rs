//~ associated constant `Xavier` is private
//~ `Init::XAVIER`
use constprop::prelude::*;

network! {
    pub struct Net(3 => 5 Tanh => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let mut net = Net::<f64>::zeros();
    net.initialize(Init::Xavier, &mut constprop::rng(1));
}
