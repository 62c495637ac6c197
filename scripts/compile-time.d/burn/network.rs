//! A 4-layer network: one step of training, one prediction.

use std::error::Error;
use std::hint::black_box;

use burn::module::Module;
use burn::nn::loss::{MseLoss, Reduction};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor};

const INPUTS: usize = 4;
const HIDDEN: usize = 32;

#[derive(Module, Debug)]
struct Net {
    layer2: Linear,
    layer3: Linear,
    layer4: Linear,
}

impl Net {
    fn new(device: &Device) -> Self {
        Self {
            layer2: LinearConfig::new(INPUTS, HIDDEN).init(device),
            layer3: LinearConfig::new(HIDDEN, HIDDEN).init(device),
            layer4: LinearConfig::new(HIDDEN, 2).init(device),
        }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let a2 = self.layer2.forward(x).tanh();
        let a3 = self.layer3.forward(a2).tanh();
        self.layer4.forward(a3)
    }
}

pub fn run() -> Result<(), Box<dyn Error>> {
    let (x, y) = black_box(([[0.5f32; INPUTS]; 8], [[0.1f32; 2]; 8]));
    let device = Device::ndarray().autodiff();
    let (x, y) = (Tensor::<2>::from_data(x, &device), Tensor::<2>::from_data(y, &device));
    let mut net = Net::new(&device);
    let mut adam = AdamConfig::new().init();
    let j = MseLoss::new().forward(net.forward(x.clone()), y, Reduction::Mean);
    let gradients = GradientsParams::from_grads(j.backward(), &net);
    net = adam.step(1e-3, net, gradients);
    let h = net.forward(x.narrow(0, 0, 1)).into_data();
    println!("{} {:?}", j.into_data(), h.iter::<f32>().collect::<Vec<_>>());
    Ok(())
}
