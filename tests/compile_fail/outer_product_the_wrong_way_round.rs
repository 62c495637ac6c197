//~ transpose
//~ Delta
use constprop::layer::{L1, L2};
use constprop::{A, Delta};

fn main() {
    let a1 = A::<L1, f64, 3>::from([0.1, 0.2, 0.3]);
    let delta2 = Delta::<L2, f64, 5>::from([0.1; 5]);
    let _ = &a1 * delta2.transpose();
}
