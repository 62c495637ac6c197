//~ a layer takes what the layer in front gives, which is 5
use constprop::chain::{Ends, Last, Layers, Step};
use constprop::prelude::*;

struct End;

impl Ends for End {
    type H = Sigmoid;
    type C = CrossEntropy;
}

type Chain = Step<Tanh, 5, 3, Last<End, 2, 4>>;

const PARAMETERS: usize = <Chain as Layers>::PARAMETERS;

fn main() {
    println!("{PARAMETERS}");
}
