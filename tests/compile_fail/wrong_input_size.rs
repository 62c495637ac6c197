//~ 3
//~ 2
//~ array
use constprop::prelude::*;

network! {
    pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let net = Article::<f64>::seeded(1);
    let _ = net.predict(&[0.1, 0.2]);
}
