//~ Δ is no step, ∂J/∂Θ is: `theta1 -= 0.1 * &*big_delta1.finish(&theta1, m, &lambda)`
use constprop::layer::L1;
use constprop::prelude::*;

fn main() {
    let big_delta1 = BigDelta::<L1, f64, 2, 3>::zeros();
    let mut theta1 = Theta::<L1, f64, 2, 3>::zeros();
    theta1 -= 0.1 * &big_delta1;
}
