//~ a rate of `f64` is none of parameters of `f32`
use constprop::layer::L1;
use constprop::{DjDTheta, Theta};

fn main() {
    let alpha = 0.1_f64;
    let dj_dtheta1 = DjDTheta::<L1, f32, 2, 3>::zeros();
    let mut theta1 = Theta::<L1, f32, 2, 3>::zeros();
    theta1 -= alpha * &dj_dtheta1;
}
