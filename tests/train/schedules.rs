//! Schedules beyond their ends, and beside PyTorch's.

use constprop::Schedule;
use constprop::prelude::*;
use constprop::train::Fit;

use crate::Line;

/// A cosine is over at its length: half a length later it would be half-way up again.
#[test]
fn a_cosine_stays_at_its_end() {
    let cosine = Schedule::cosine(8.0).unwrap();
    let low = cosine.down_to(0.25).unwrap();
    for t in [8.0, 8.5, 12.0, 16.0, 20.0, 1e9] {
        assert!(cosine.factor(t).abs() < 1e-16, "{t}");
        assert_eq!(low.factor(t), 0.25, "{t}");
    }
    // Not a moment before.
    assert!(cosine.factor(7.9) > 1e-4 && low.factor(7.9) > 0.25);
}

#[test]
fn one_cycle_stays_at_its_end() {
    let cycle = Schedule::one_cycle(8.0, 3.0).unwrap();
    let end = cycle.factor(8.0);
    assert!((end - 4e-6).abs() < 1e-18);
    for t in [8.5, 10.5, 13.0, 15.5, 18.0, 1e9] {
        assert_eq!(cycle.factor(t), end, "{t}");
    }
    assert!(cycle.factor(7.9) > 2.0 * end);
}

/// A warm-up that is longer than its cosine ends where the cosine does.
#[test]
fn a_warm_up_does_not_move_the_end() {
    let warm = Schedule::cosine(4.0).unwrap().down_to(0.5).unwrap().with_warm_up(8.0).unwrap();
    assert_eq!([4.0, 6.0, 8.0, 12.0].map(|t| warm.factor(t)), [0.25, 0.375, 0.5, 0.5]);
}

/// PyTorch's `OneCycleLR`, as it computes the rate of a step: the phases end at steps
/// `pct_start * total - 1` and `total - 1`.
fn one_cycle_of_pytorch(step: f64, total: f64, pct_start: f64) -> f64 {
    let (start, end) = (1.0 / 25.0, 1.0 / 25.0 / 1e4);
    let anneal = |first: f64, last: f64, part: f64| {
        last + (first - last) / 2.0 * ((std::f64::consts::PI * part).cos() + 1.0)
    };
    let (top, bottom) = (pct_start * total - 1.0, total - 1.0);
    match step <= top {
        true => anneal(start, 1.0, step / top),
        false => anneal(1.0, end, (step - top) / (bottom - top)),
    }
}

/// With one step less than there are, as the documentation says.
#[test]
fn one_cycle_has_the_rates_of_pytorch() {
    for (total, pct_start) in [(10, 0.3), (12, 0.5), (250, 0.3), (7, 0.9)] {
        let n = f64::from(total);
        let cycle = Schedule::one_cycle(n - 1.0, pct_start * n - 1.0).unwrap();
        for step in 0..total {
            let (found, expected) =
                (cycle.factor(step.into()), one_cycle_of_pytorch(step.into(), n, pct_start));
            assert!((found - expected).abs() < 1e-14, "{step} of {total}: {found}, not {expected}");
        }
    }
}

/// The t of a step is that of its middle.
#[test]
fn fit_asks_for_the_middle_of_a_step() {
    let rates = |schedule: Schedule, batch: usize| {
        let mut net = Line::<f64>::zeros();
        let mut descent = GradientDescent::new(1.0).unwrap();
        let fit = Fit::new().epochs(3).batch(batch).schedule(schedule);
        let history = fit.run(&mut net, &mut descent, &[[0.0]; 4], &[[0.0]; 4]).unwrap();
        history.epochs().iter().map(|epoch| epoch.rate).collect::<Vec<_>>()
    };
    let inverse = Schedule::inverse(1.0).unwrap();
    assert_eq!(rates(inverse, 4), [1.0 / 1.5, 1.0 / 2.5, 1.0 / 3.5]);
    // The last step of four is at 7/8.
    assert_eq!(rates(inverse, 1), [1.0 / 1.875, 1.0 / 2.875, 1.0 / 3.875]);
    let warm = Schedule::constant().with_warm_up(2.0).unwrap();
    assert_eq!(rates(warm, 4), [0.25, 0.75, 1.0]);
    assert_eq!(rates(Schedule::step(1.0, 0.5).unwrap(), 2), [1.0, 0.5, 0.25]);
}
