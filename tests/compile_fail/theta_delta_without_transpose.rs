//~ expected `&A<Layer2, f64, 5, _>`
//~ found `&Delta<Layer3, f64, 5>`
use constprop::layer::{L2, L3};
use constprop::{Delta, Theta};

fn main() {
    let theta2 = Theta::<L2, f64, 5, 5>::zeros();
    let delta3 = Delta::<L3, f64, 5>::from([0.1; 5]);
    let _ = &theta2 * &delta3;
}
