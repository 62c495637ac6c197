//~ `big_delta1.finish(&theta1, m, &lambda)`
use constprop::layer::L1;
use constprop::prelude::*;

fn main() {
    let big_delta1 = BigDelta::<L1, f64, 4, 2>::zeros();
    let _ = big_delta1 / 10.0;
}
