//! What counts as progress, for a plateau and for early stopping.

use constprop::Plateau;

/// The factors after each J.
fn factors(mut plateau: Plateau, j: impl IntoIterator<Item = f64>) -> Vec<f64> {
    j.into_iter().map(|j| plateau.observe(j)).collect()
}

/// A J below 0 that rises is no progress, however slowly it does; one that falls by more than 1e-4 of
/// its magnitude is.
#[test]
fn a_plateau_of_negative_j_reacts() {
    let rising = (0..7).map(|i| -1.0 + 5e-5 * f64::from(i));
    let plateau = Plateau::new(0.5, 2).unwrap();
    assert_eq!(factors(plateau, rising), [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25]);
    let falling = (0..7).map(|i| -1.0 - 2e-4 * f64::from(i));
    assert_eq!(factors(plateau, falling), [1.0; 7]);
    let hardly = (0..7).map(|i| -1.0 - 1e-5 * f64::from(i));
    assert_eq!(factors(plateau, hardly), [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25]);
}

/// Through 0, and from it: whatever is less is progress there.
#[test]
fn a_plateau_goes_through_zero() {
    let plateau = Plateau::new(0.5, 0).unwrap();
    assert_eq!(factors(plateau, [1e-3, 0.0, -1e-9, -1e-3, -1.0]), [1.0; 5]);
    assert_eq!(factors(plateau, [0.0, 0.0, -0.0, 1e-300]), [1.0, 0.5, 0.25, 0.125]);
}

/// What is no finite number is no progress, and nothing that later epochs are measured by.
#[test]
fn a_plateau_takes_no_j_that_is_not_finite() {
    let plateau = Plateau::new(0.5, 0).unwrap();
    let j = [f64::INFINITY, f64::NAN, 2.0, f64::NEG_INFINITY, 1.0, f64::INFINITY, 0.5];
    assert_eq!(factors(plateau, j), [0.5, 0.25, 0.25, 0.125, 0.125, 0.0625, 0.0625]);
}
