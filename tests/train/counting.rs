//! What is counted over an epoch.

use constprop::prelude::*;
use constprop::train::Fit;

use crate::Line;

/// The mean of many equal J is that J: a sum of so many in `f32` is off by a part in a thousand.
#[test]
fn j_of_an_epoch_is_counted_in_f64() {
    const M: usize = 200_000;
    let (x, y) = (vec![[0.5_f32]; M], vec![[1.1_f32]; M]);
    let one = Line::<f32>::zeros().cost(&x[..1], &y[..1], &Regularization::none()).unwrap();
    let in_f32 = (0..M).map(|_| one).sum::<f32>() / M as f32;
    assert!((in_f32 / one - 1.0).abs() > 3e-4, "{in_f32}");
    for batch in [1, 3, 1000] {
        let mut net = Line::<f32>::zeros();
        let mut descent = GradientDescent::new(1e-30).unwrap();
        let fit = Fit::new().epochs(1).batch(batch).in_order();
        let j = fit.run(&mut net, &mut descent, &x, &y).unwrap().epochs()[0].j;
        assert!((j / f64::from(one) - 1.0).abs() < 1e-6, "batches of {batch}: {j}");
    }
}

/// A rate that a schedule has brought down to 0 is the least there is, in units however small, and
/// never more than the rate itself.
#[test]
fn a_scheduled_rate_is_never_larger_than_the_rate() {
    let cosine = constprop::Schedule::cosine(2.0).unwrap();
    let rate_of = |rate: f64| {
        let mut net = Line::<f64>::zeros();
        let fit = Fit::new().epochs(3).schedule(cosine);
        let mut descent = GradientDescent::new(rate).unwrap();
        let history = fit.run(&mut net, &mut descent, &[[1.0]], &[[1.0]]).unwrap();
        let rates: Vec<f64> = history.epochs().iter().map(|epoch| epoch.rate).collect();
        assert_eq!(rates[2], 5e-324);
        rates[0] / rate
    };
    for rate in [1.0, 1e-39, 1e-100, 1e-300] {
        assert!((rate_of(rate) - 0.853_553_390_593_273_8).abs() < 1e-12, "{rate}");
    }
}
