//~ A::from([0.5, 0.2])
use constprop::A;
use constprop::layer::L2;

fn main() {
    let _ = A::<L2, f64, 2>::new([0.5, 0.2]);
}
