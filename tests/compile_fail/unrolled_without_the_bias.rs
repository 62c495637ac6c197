//~ entries
//~ 5 · (3 + 1)
use constprop::Theta;
use constprop::layer::L1;

fn main() {
    let theta1 = Theta::<L1, f64, 5, 3>::zeros();
    let _ = theta1.unroll::<15>();
}
