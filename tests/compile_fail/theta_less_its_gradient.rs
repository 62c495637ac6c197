//~ a step is in place: `theta1 -= &gradient.theta1 * rate`
use constprop::layer::L1;
use constprop::{DjDTheta, Theta};

fn main() {
    let dj_dtheta1 = DjDTheta::<L1, f64, 2, 3>::zeros();
    let theta1 = Theta::<L1, f64, 2, 3>::zeros();
    let theta1 = theta1 - 0.1 * &dj_dtheta1;
    println!("{theta1:?}");
}
