//! A prediction of a 4-64-64-2 network.

use std::error::Error;
use std::hint::black_box;

use dfdx::prelude::*;

type Policy = ((Linear<4, 64>, Tanh), (Linear<64, 64>, Tanh), Linear<64, 2>);

fn main() -> Result<(), Box<dyn Error>> {
    let device = Cpu::default();
    let policy = device.build_module::<Policy, f32>();
    let h = policy.forward(device.tensor(black_box([0.1f32, 0.0, -0.2, 0.3])));
    println!("{:?}", h.array());
    Ok(())
}
