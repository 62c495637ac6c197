//~ method `sigmoid` is private
//~ by its type: `z2.activate::<Sigmoid>()`
use constprop::layer::L2;
use constprop::Z;

fn main() {
    let z2 = Z::<L2, f64, 2>::from([0.1, 0.2]);
    let _ = z2.sigmoid();
}
