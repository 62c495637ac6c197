//~ expected `Outer<'_, Layer2, Layer3, f64, 5, 5>`
//~ found `Outer<'_, Layer1, Layer2, f64, 5, 5>`
use constprop::layer::{L1, L2};
use constprop::{A, BigDelta, Delta};

fn main() {
    let a1 = A::<L1, f64, 5>::from([0.1; 5]);
    let delta2 = Delta::<L2, f64, 5>::from([0.1; 5]);
    let mut big_delta2 = BigDelta::<L2, f64, 5, 5>::zeros();
    big_delta2 += &delta2 * a1.transpose();
}
