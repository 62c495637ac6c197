//! A 4-layer network: one step of training, one prediction.

use std::error::Error;
use std::hint::black_box;

use constprop::prelude::*;

const INPUTS: usize = 4;
const HIDDEN: usize = 32;

network! {
    struct Net(INPUTS => HIDDEN Tanh => HIDDEN Tanh => 2 Identity) minimizing HalfSquaredError;
}

pub fn run() -> Result<(), Box<dyn Error>> {
    let (x, y) = black_box(([[0.5; INPUTS]; 8], [[0.1; 2]; 8]));
    let mut net = Net::<f32>::boxed_seeded(1);
    let mut adam = Adam::boxed(AdamSettings::default())?;
    let (mut gradient, mut workspace) = (Gradient::boxed(), Workspace::boxed());
    let none = Regularization::none();
    let j = net.cost_and_gradient_into(&x, &y, &none, &mut gradient, &mut workspace)?;
    adam.step(&mut *net, &gradient)?;
    println!("{j} {:?}", net.predict(&x[0]));
    Ok(())
}
