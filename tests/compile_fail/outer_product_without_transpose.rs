//~ expected `ATransposed<'_, _, f64, _>`
//~ found `&A<Layer1, f64, 5>`
use constprop::layer::{L1, L2};
use constprop::{A, Delta};

fn main() {
    let a1 = A::<L1, f64, 5>::from([0.1; 5]);
    let delta2 = Delta::<L2, f64, 5>::from([0.1; 5]);
    let _ = &delta2 * &a1;
}
