//~ one of `exact`, `central`, `richardson` and `taylor`
use constprop::check::Check;

fn main() {
    let _ = Check::new();
}
