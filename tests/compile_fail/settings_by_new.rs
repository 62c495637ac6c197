//~ `AdamSettings { rate: 0.01, ..Default::default() }`
use constprop::prelude::*;

fn main() {
    let _ = AdamSettings::new(0.1);
}
