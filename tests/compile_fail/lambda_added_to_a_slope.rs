//~ λΘ is in ∂J/∂Θ already
use constprop::DjDTheta;
use constprop::layer::L1;
use constprop::prelude::*;

fn main() {
    let slope1 = DjDTheta::<L1, f64, 4, 2>::zeros();
    let theta1 = Theta::<L1, f64, 4, 2>::zeros();
    let _ = &slope1 + &theta1;
}
