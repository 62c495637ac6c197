//~ cannot infer type of the type parameter `C` declared on the method `delta`
//~ z3.delta::<C, constprop::Sigmoid>
use constprop::Z;
use constprop::layer::L3;
use constprop::prelude::*;

fn main() {
    let z3 = Z::<L3, f64, 1>::from([0.3]);
    let _ = z3.delta(&z3.output::<Sigmoid>(), &[1.0]);
}
