//~ the δ on the left needs a `&`
use constprop::layer::{L1, L2};
use constprop::{A, BigDelta, Delta};

fn main() {
    let (delta2, a1) = (Delta::<L2, f64, 2>::from([0.0; 2]), A::<L1, f64, 3>::from([0.0; 3]));
    let mut big_delta1 = BigDelta::<L1, f64, 2, 3>::zeros();
    big_delta1 += delta2 * a1.transpose();
}
