//~ expected `TimesRate<
//~ found `Outer<
use constprop::layer::{L1, L2};
use constprop::{A, Delta, Theta};

fn main() {
    let a1 = A::<L1, f64, 3>::from([0.1; 3]);
    let delta2 = Delta::<L2, f64, 2>::from([0.1; 2]);
    let mut theta1 = Theta::<L1, f64, 2, 3>::zeros();
    theta1 += &delta2 * a1.transpose();
}
