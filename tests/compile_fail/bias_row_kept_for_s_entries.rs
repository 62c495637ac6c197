//~ DjDa
//~ 5
//~ 6
use constprop::layer::{L2, L3};
use constprop::{Delta, DjDa, Theta};

fn main() {
    let theta2 = Theta::<L2, f64, 4, 5>::zeros();
    let delta3 = Delta::<L3, f64, 4>::from([0.1; 4]);
    // Octave's `Theta2' * delta3`: 5 units and the bias.
    let _ = DjDa::<L2, f64, 5>::from(theta2.matrix::<6>().tr_mul(delta3.vector()));
}
