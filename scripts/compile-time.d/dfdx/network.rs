//! A 4-layer network: one step of training, one prediction.

use std::error::Error;
use std::hint::black_box;

use dfdx::optim::{Adam, AdamConfig};
use dfdx::prelude::*;

const INPUTS: usize = 4;
const HIDDEN: usize = 32;

type Net = ((Linear<INPUTS, HIDDEN>, Tanh), (Linear<HIDDEN, HIDDEN>, Tanh), Linear<HIDDEN, 2>);

pub fn run() -> Result<(), Box<dyn Error>> {
    let (x, y) = black_box(([[0.5f32; INPUTS]; 8], [[0.1f32; 2]; 8]));
    let device = Cpu::default();
    let (x, y) = (device.tensor(x), device.tensor(y));
    let mut net = device.build_module::<Net, f32>();
    let mut adam = Adam::new(&net, AdamConfig::default());
    let j = mse_loss(net.forward_mut(x.traced(net.alloc_grads())), y);
    let loss = j.array();
    adam.update(&mut net, &j.backward()).map_err(|error| format!("{error:?}"))?;
    let h = net.forward(device.tensor(black_box([0.5f32; INPUTS])));
    println!("{loss} {:?}", h.array());
    Ok(())
}
