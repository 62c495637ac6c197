//~ `theta1 -= &gradient.theta1 * rate`
//~ DjDTheta<
use constprop::layer::L1;
use constprop::{DjDTheta, Theta};

fn main() {
    let dj_dtheta1 = DjDTheta::<L1, f64, 2, 3>::zeros();
    let mut theta1 = Theta::<L1, f64, 2, 3>::zeros();
    theta1 -= dj_dtheta1 * 0.1;
}
