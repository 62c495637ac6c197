//! What is printed: seconds, what was taken for what, and how much of the test is right.

use std::time::Instant;

use constprop::argmax;
use constprop::train::Confusion;

use crate::data::{CLASSES, Target};

/// The seconds that epochs take: training, augmentation, validation.
pub struct Clock {
    last: Instant,
    laps: Vec<f64>,
}

impl Clock {
    pub fn start() -> Self {
        Self { last: Instant::now(), laps: Vec::new() }
    }

    /// The seconds since the last call, or since the start.
    pub fn lap(&mut self) -> f64 {
        let now = Instant::now();
        let seconds = (now - self.last).as_secs_f64();
        self.last = now;
        self.laps.push(seconds);
        seconds
    }

    /// The median of all laps; NaN if there are none.
    pub fn median(&self) -> f64 {
        let mut laps = self.laps.clone();
        laps.sort_by(f64::total_cmp);
        let middle = |index: usize| laps.get(index).copied().unwrap_or(f64::NAN);
        (middle(laps.len().saturating_sub(1) / 2) + middle(laps.len() / 2)) / 2.0
    }
}

/// The most frequent confusions of the test, and its accuracy.
pub fn print_test(predictions: &[Target], targets: &[Target], names: [&str; CLASSES]) {
    const MOST: usize = 8;
    let confusion = Confusion::of(predictions, targets);
    let mut pairs: Vec<_> = (0..CLASSES * CLASSES)
        .map(|pair| (pair / CLASSES, pair % CLASSES))
        .filter(|&(right, named)| right != named && confusion.count(right, named) > 0)
        .collect();
    pairs.sort_by_key(|&(right, named)| std::cmp::Reverse(confusion.count(right, named)));
    if !pairs.is_empty() {
        println!("most frequent confusions of the test images:");
    }
    for &(right, named) in pairs.iter().take(MOST) {
        let what = format!("{} as {}", names[right], names[named]);
        let recall = 100.0 * confusion.recall(right);
        println!(
            "  {what:<20} {:>4} times; of {} {recall:.1} % are right",
            confusion.count(right, named),
            names[right]
        );
    }
    let pairs = predictions.iter().zip(targets);
    let correct = pairs.filter(|(h, y)| argmax(&h[..]) == argmax(&y[..])).count();
    let percent = 100.0 * correct as f64 / targets.len() as f64;
    println!("\ntest accuracy: {percent:.2} % ({correct} of {})", targets.len());
}
