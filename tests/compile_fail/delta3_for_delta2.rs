//~ expected `&Delta<Layer2, f64, 5>`
//~ found `&Delta<Layer3, f64, 5>`
use constprop::layer::{L1, L3};
use constprop::{Delta, Theta};

fn main() {
    let theta1 = Theta::<L1, f64, 5, 5>::zeros();
    let delta3 = Delta::<L3, f64, 5>::from([0.1; 5]);
    let _ = theta1.transpose() * &delta3;
}
