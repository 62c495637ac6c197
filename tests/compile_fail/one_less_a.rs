//~ `z2.g_prime::<Sigmoid>(&a2)`
use constprop::A;
use constprop::layer::L2;

fn main() {
    let a2 = A::<L2, f64, 2>::from([0.5, 0.2]);
    let _ = 1.0 - &a2;
}
