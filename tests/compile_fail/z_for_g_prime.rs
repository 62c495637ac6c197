//~ is no g′ of `Layer2` with 5 entries
//~ `z.g_prime::<G>(&a)` of that layer is needed
use constprop::layer::L2;
use constprop::{DjDa, Z};

fn main() {
    let z2 = Z::<L2, f64, 5>::from([0.1; 5]);
    let dj_da2 = DjDa::<L2, f64, 5>::from([0.1; 5]);
    let _ = dj_da2.hadamard(&z2);
}
