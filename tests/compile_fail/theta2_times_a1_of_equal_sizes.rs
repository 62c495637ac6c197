//~ expected `&A<Layer2, f64, 5, _>`
//~ found `&A<Layer1, f64, 5>`
use constprop::layer::{L1, L2};
use constprop::{A, Theta};

fn main() {
    let theta2 = Theta::<L2, f64, 5, 5>::zeros();
    let a1 = A::<L1, f64, 5>::from([0.1; 5]);
    let _ = &theta2 * &a1;
}
