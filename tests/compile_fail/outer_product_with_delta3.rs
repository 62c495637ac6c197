//~ Layer1
//~ belong to no Θ
//~ Layer3
use constprop::layer::{L1, L3};
use constprop::{A, Delta};

fn main() {
    let a1 = A::<L1, f64, 5>::from([0.1; 5]);
    let delta3 = Delta::<L3, f64, 5>::from([0.1; 5]);
    let _ = &delta3 * a1.transpose();
}
