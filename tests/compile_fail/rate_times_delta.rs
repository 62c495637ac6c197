//~ δ is no step
use constprop::Delta;
use constprop::layer::L2;

fn main() {
    let delta2 = Delta::<L2, f64, 2>::from([0.5, -0.5]);
    let _ = 0.1 * &delta2;
}
