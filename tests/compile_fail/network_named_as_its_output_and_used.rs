//~ network `Softmax` would hide an activation of that name
use constprop::prelude::*;

network! {
    pub struct Softmax<const H: usize>(2 => H Tanh => 3 Softmax) minimizing CategoricalCrossEntropy;
}

fn main() {
    let net = Softmax::<4, f64>::seeded(1);
    println!("{:?}", net.predict(&[0.0, 1.0]));
}
