//~ type annotations needed for `Xor<_>`
//~ F32OrF64
//~ consider giving `net` an explicit type
use constprop::prelude::*;

network! {
    pub struct Xor(2 => 4 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let net = Xor::seeded(1);
    println!("{}", net.parameters().len());
}
