//~ `Net::seeded(1).theta1`
use constprop::layer::L1;
use constprop::prelude::*;

fn main() {
    let _ = Theta::<L1, f64, 4, 2>::seeded(1);
}
