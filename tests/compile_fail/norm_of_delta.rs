//~ .vector().norm()
use constprop::Delta;
use constprop::layer::L2;

fn main() {
    let delta2 = Delta::<L2, f64, 2>::from([0.5, -0.5]);
    println!("{}", delta2.norm());
}
