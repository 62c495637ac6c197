//~ network `Xor`: it cannot derive `Default`
//~ it begins with `seeded` or `zeros`
use constprop::prelude::*;

network! {
    #[derive(Clone, Default)]
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let net = Xor::<f64>::seeded(1);
    println!("{:?}", net.predict(&[0.0, 1.0]));
}
