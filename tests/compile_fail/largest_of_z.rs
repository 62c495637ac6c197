//~ .vector().max()
use constprop::Z;
use constprop::layer::L2;
use constprop::prelude::*;

fn main() {
    let z2 = Z::<L2, f64, 2>::from([-1.0, 1.0]);
    println!("{}", z2.max());
}
