//~ no method named `transpose` found for struct `BigDelta<
use constprop::layer::{L2, L3};
use constprop::{BigDelta, Delta};

fn main() {
    let delta3 = Delta::<L3, f64, 4>::from([0.1; 4]);
    let big_delta2 = BigDelta::<L2, f64, 4, 5>::zeros();
    let _ = big_delta2.transpose() * &delta3;
}
