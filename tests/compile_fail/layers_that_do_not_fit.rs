//~ a layer takes what the layer in front gives
use constprop::chain::{Last, Layers, Step};
use constprop::prelude::*;

type Chain = Step<Tanh, 5, 3, Last<(Sigmoid, CrossEntropy), 2, 4>>;

const PARAMETERS: usize = Chain::PARAMETERS;

fn main() {
    println!("{PARAMETERS}");
}
