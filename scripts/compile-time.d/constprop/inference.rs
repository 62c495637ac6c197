//! A prediction of a 4-64-64-2 network.

use std::error::Error;
use std::hint::black_box;

use constprop::prelude::*;

network! {
    struct Policy(4 => 64 Tanh => 64 Tanh => 2 Identity) minimizing HalfSquaredError;
}

fn main() -> Result<(), Box<dyn Error>> {
    let policy = Policy::<f32>::seeded(7);
    println!("{:?}", policy.predict(&black_box([0.1, 0.0, -0.2, 0.3])));
    Ok(())
}
