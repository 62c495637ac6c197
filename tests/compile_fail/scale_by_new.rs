//~ `Standardize::fit(&examples)`
use constprop::data::Standardize;

fn main() {
    let _ = Standardize::<f64, 2>::new();
}
