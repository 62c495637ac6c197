//~ `vector!` and `matrix!` are in nalgebra's feature `macros`
use constprop::nalgebra::vector;

fn main() {
    println!("{:?}", vector![0.0, 1.0]);
}
