//! A prediction of a 4-64-64-2 network.

use std::error::Error;
use std::hint::black_box;

use burn::nn::LinearConfig;
use burn::tensor::{Device, Tensor};

fn main() -> Result<(), Box<dyn Error>> {
    let device = Device::ndarray();
    let layer2 = LinearConfig::new(4, 64).init(&device);
    let layer3 = LinearConfig::new(64, 64).init(&device);
    let layer4 = LinearConfig::new(64, 2).init(&device);
    let x = Tensor::<2>::from_data(black_box([[0.1f32, 0.0, -0.2, 0.3]]), &device);
    let a2 = layer2.forward(x).tanh();
    let a3 = layer3.forward(a2).tanh();
    let h = layer4.forward(a3).into_data();
    println!("{:?}", h.iter::<f32>().collect::<Vec<_>>());
    Ok(())
}
