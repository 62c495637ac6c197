//! A prediction of a 4-64-64-2 network.

use std::error::Error;
use std::hint::black_box;

use candle_core::{DType, Device, Tensor};
use candle_nn::{VarBuilder, VarMap, linear};

fn main() -> Result<(), Box<dyn Error>> {
    let device = Device::Cpu;
    let variables = VarMap::new();
    let builder = VarBuilder::from_varmap(&variables, DType::F32, &device);
    let layer2 = linear(4, 64, builder.pp("layer2"))?;
    let layer3 = linear(64, 64, builder.pp("layer3"))?;
    let layer4 = linear(64, 2, builder.pp("layer4"))?;
    let x = Tensor::new(&black_box([[0.1f32, 0.0, -0.2, 0.3]]), &device)?;
    let h = x.apply(&layer2)?.tanh()?.apply(&layer3)?.tanh()?.apply(&layer4)?;
    println!("{:?}", h.to_vec2::<f32>()?);
    Ok(())
}
