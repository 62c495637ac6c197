//~ 6
//~ 5
//~ GPrime
use constprop::layer::{L2, L3};
use constprop::{Delta, DjDa, GPrime, Theta};

fn main() {
    let theta2 = Theta::<L2, f64, 4, 5>::zeros();
    let delta3 = Delta::<L3, f64, 4>::from([0.1; 4]);
    let g_prime2 = GPrime::<L2, f64, 5>::from([0.25; 5]);
    // Octave's `Theta2' * delta3`: 5 units and the bias.
    let full = theta2.matrix::<6>().tr_mul(delta3.vector());
    let _ = DjDa::<L2, f64, _>::from(full).hadamard(&g_prime2);
}
