//~ Levenberg–Marquardt minimizes squared residuals, which `constprop::CrossEntropy` is not made of
//~ a network with `Cost = HalfSquaredError` is needed

use constprop::prelude::*;

network! {
    pub struct Classifier(2 => 3 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let mut net = Classifier::<f64>::seeded(0);
    let mut lm = LevenbergMarquardt::new(LevenbergSettings::default()).unwrap();
    let (x, y) = ([[0.0, 1.0]], [[1.0]]);
    lm.step(&mut net, &x, &y, &Regularization::none()).unwrap();
}
