//~ `Clip::norm(1.0)`
use constprop::Clip;

fn main() {
    let _ = Clip::new(1.0);
}
