//~ associated function `new` is private
//~ { Self::article(lambda) } // write this, or `coursera`
use constprop::prelude::*;

fn main() {
    let _: Regularization<f64> = Regularization::new(0.1);
}
