//~ `GPrime<Layer3, f64, 5>` is no g′ of `Layer2` with 5 entries
use constprop::layer::{L2, L3};
use constprop::{Delta, GPrime, Theta};

fn main() {
    let theta2 = Theta::<L2, f64, 5, 5>::zeros();
    let delta3 = Delta::<L3, f64, 5>::from([0.1; 5]);
    let g_prime3 = GPrime::<L3, f64, 5>::from([0.25; 5]);
    let _ = (theta2.transpose() * &delta3).hadamard(&g_prime3);
}
