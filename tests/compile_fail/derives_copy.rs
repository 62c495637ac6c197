//~ network `Xor`: it cannot derive `Copy`
//~ derive `Clone`, for it may have megabytes
use constprop::prelude::*;

network! {
    #[derive(Clone, Copy)]
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let net = Xor::<f64>::seeded(1);
    println!("{:?}", net.predict(&[0.0, 1.0]));
}
