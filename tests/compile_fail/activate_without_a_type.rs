//~ cannot satisfy `<_ as Hidden>::Proof == _`
//~ activate::<G>
use constprop::Z;
use constprop::layer::L2;

fn main() {
    let z2 = Z::<L2, f64, 2>::from([-1.0, 1.0]);
    println!("{}", z2.activate()[0]);
}
