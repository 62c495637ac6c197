//~ `Categorical { z }`
use constprop::heads::Categorical;

fn main() {
    let _ = Categorical::new([0.5, 0.2]);
}
