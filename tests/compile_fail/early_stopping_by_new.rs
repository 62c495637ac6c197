//~ `EarlyStopping::patience(10)`
use constprop::train::EarlyStopping;

fn main() {
    let _ = EarlyStopping::new(10);
}
