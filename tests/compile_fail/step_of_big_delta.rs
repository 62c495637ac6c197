//~ cannot multiply `&BigDelta<
use constprop::layer::L1;
use constprop::{BigDelta, Theta};

fn main() {
    let big_delta1 = BigDelta::<L1, f64, 2, 3>::zeros();
    let mut theta1 = Theta::<L1, f64, 2, 3>::zeros();
    theta1 -= &big_delta1 * 0.1;
}
