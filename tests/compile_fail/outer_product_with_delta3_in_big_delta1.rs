//~ a δ of `Layer3` and an a of `Layer1` belong to no Θ
use constprop::layer::{L1, L3};
use constprop::{A, BigDelta, Delta};

fn main() {
    let a1 = A::<L1, f64, 3>::from([0.1; 3]);
    let delta3 = Delta::<L3, f64, 1>::from([0.1]);
    let mut big_delta1 = BigDelta::<L1, f64, 2, 3>::zeros();
    big_delta1 += &delta3 * a1.transpose();
}
