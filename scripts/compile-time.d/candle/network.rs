//! A 4-layer network: one step of training, one prediction.

use std::error::Error;
use std::hint::black_box;

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{AdamW, Linear, Module, Optimizer, ParamsAdamW, VarBuilder, VarMap, linear, loss};

const INPUTS: usize = 4;
const HIDDEN: usize = 32;

struct Net {
    layer2: Linear,
    layer3: Linear,
    layer4: Linear,
}

impl Net {
    fn new(variables: &VarBuilder) -> Result<Self> {
        Ok(Self {
            layer2: linear(INPUTS, HIDDEN, variables.pp("layer2"))?,
            layer3: linear(HIDDEN, HIDDEN, variables.pp("layer3"))?,
            layer4: linear(HIDDEN, 2, variables.pp("layer4"))?,
        })
    }
}

impl Module for Net {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.apply(&self.layer2)?.tanh()?.apply(&self.layer3)?.tanh()?.apply(&self.layer4)
    }
}

pub fn run() -> std::result::Result<(), Box<dyn Error>> {
    let (x, y) = black_box(([[0.5f32; INPUTS]; 8], [[0.1f32; 2]; 8]));
    let device = Device::Cpu;
    let (x, y) = (Tensor::new(&x, &device)?, Tensor::new(&y, &device)?);
    let variables = VarMap::new();
    let net = Net::new(&VarBuilder::from_varmap(&variables, DType::F32, &device))?;
    let settings = ParamsAdamW { weight_decay: 0.0, ..ParamsAdamW::default() };
    let mut adam = AdamW::new(variables.all_vars(), settings)?;
    let j = loss::mse(&net.forward(&x)?, &y)?;
    adam.backward_step(&j)?;
    println!("{j} {:?}", net.forward(&x.narrow(0, 0, 1)?)?.to_vec2::<f32>()?);
    Ok(())
}
