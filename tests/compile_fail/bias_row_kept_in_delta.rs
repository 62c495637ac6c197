//~ expected
//~ 5
//~ 6
use constprop::layer::{L1, L2, L3};
use constprop::{A, BigDelta, Delta, Theta};

fn main() {
    let a1 = A::<L1, f64, 3>::from([0.1, 0.2, 0.3]);
    let theta2 = Theta::<L2, f64, 4, 5>::zeros();
    let delta3 = Delta::<L3, f64, 4>::from([0.1; 4]);
    let mut big_delta1 = BigDelta::<L1, f64, 5, 3>::zeros();
    // Octave's `Theta2' * delta3`: 5 units and the bias.
    let delta2 = Delta::<L2, f64, _>::from(theta2.matrix::<6>().tr_mul(delta3.vector()));
    big_delta1 += &delta2 * a1.transpose();
}
