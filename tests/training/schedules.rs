//! Schedules beyond their ends, and beside PyTorch's.

use constprop::Schedule;

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
