//! What is asked of all entries of a slice: whether they are finite, the sum of their squares, their
//! norm.

use core::any::Any;

use nalgebra::RealField;

use crate::fast::registers::{self, Float, Lanes, Task, as_floats};

/// Whether every entry is finite.
struct AllFinite<'a, F>(&'a [F]);

impl<F: Float> Task<F> for AllFinite<'_, F> {
    type Output = bool;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> bool {
        self.in_lanes::<V::Alone>()
    }
}

impl<F: Float> AllFinite<'_, F> {
    #[inline(always)]
    fn in_lanes<V: Lanes<Scalar = F>>(self) -> bool {
        let zero = V::zero();
        let mut poisons = [zero; 4];
        let mut chunks = self.0.chunks_exact(4 * V::LANES);
        for chunk in &mut chunks {
            for (v, poison) in poisons.iter_mut().enumerate() {
                // SAFETY: the chunk holds four registers.
                let value = unsafe { V::load(chunk.as_ptr().add(v * V::LANES)) };
                *poison = value.mul_add(zero, *poison);
            }
        }
        let mut poison = (poisons[0] + poisons[1]) + (poisons[2] + poisons[3]);
        for chunk in chunks.remainder().chunks(V::LANES) {
            // SAFETY: no more than the chunk holds.
            let value = unsafe {
                if chunk.len() == V::LANES {
                    V::load(chunk.as_ptr())
                } else {
                    V::load_first(chunk.as_ptr(), chunk.len())
                }
            };
            poison = value.mul_add(zero, poison);
        }
        poison.total().is_finite()
    }
}

/// Whether every value is finite.
#[inline]
pub(crate) fn all_finite<T: RealField>(values: &[T]) -> bool {
    // Of no type of the caller's, so that they are compiled in this crate.
    fn single(values: &[f32]) -> bool {
        registers::run(AllFinite(values))
    }
    fn double(values: &[f64]) -> bool {
        registers::run(AllFinite(values))
    }
    if let Some(values) = as_floats::<T, f32>(values) {
        single(values)
    } else if let Some(values) = as_floats::<T, f64>(values) {
        double(values)
    } else {
        values.iter().all(T::is_finite)
    }
}

/// Σ of the squares.
struct SumOfSquares<'a, F>(&'a [F]);

impl<F: Float> Task<F> for SumOfSquares<'_, F> {
    type Output = F;

    #[inline(always)]
    fn run<V: Lanes<Scalar = F>>(self) -> F {
        let mut sums = [V::zero(); 4];
        for chunks in self.0.chunks(4 * V::LANES) {
            for (chunk, sum) in chunks.chunks(V::LANES).zip(&mut sums) {
                // SAFETY: no more than the chunk holds.
                let value = unsafe {
                    if chunk.len() == V::LANES {
                        V::load(chunk.as_ptr())
                    } else {
                        V::load_first(chunk.as_ptr(), chunk.len())
                    }
                };
                *sum = value.mul_add(value, *sum);
            }
        }
        ((sums[0] + sums[1]) + (sums[2] + sums[3])).total()
    }
}

/// Σ of the squares of the values.
pub(crate) fn sum_of_squares<T: RealField>(values: &[T]) -> T {
    fn of_single(values: &[f32]) -> f32 {
        registers::run(SumOfSquares(values))
    }
    fn of_double(values: &[f64]) -> f64 {
        registers::run(SumOfSquares(values))
    }
    let (single, double) = (as_floats(values).map(of_single), as_floats(values).map(of_double));
    let sum = single.as_ref().map(|sum| sum as &dyn Any);
    let sum = sum.or(double.as_ref().map(|sum| sum as &dyn Any));
    match sum.and_then(|sum| sum.downcast_ref::<T>()) {
        Some(sum) => sum.clone(),
        None => values.iter().fold(T::zero(), |sum, value| sum + value.clone() * value.clone()),
    }
}

/// √Σ v² as `unit · root`: both are in the scalar's range where their product may not be. A root that
/// is not finite says that some v is not: NaN where one is NaN.
pub(crate) struct Norm<T> {
    pub(crate) unit: T,
    pub(crate) root: T,
}

impl<T: RealField> Norm<T> {
    pub(crate) fn of(values: &[T]) -> Self {
        let squares = sum_of_squares(values);
        if are_squares_in_range(&squares) {
            return Self { unit: T::one(), root: squares.sqrt() };
        }
        Self::in_units_of_the_largest(values)
    }

    /// With the largest |v| as the unit: squares overflow, and vanish, long before their root.
    pub(crate) fn in_units_of_the_largest(values: &[T]) -> Self {
        let unit = largest(values);
        if !unit.is_finite() || unit.is_zero() {
            // 0, ∞ and NaN come out of their squares as they are.
            return Self { unit: T::one(), root: sum_of_squares(values).sqrt() };
        }
        let squares = values.iter().fold(T::zero(), |sum, value| {
            let part = value.clone() / unit.clone();
            sum + part.clone() * part
        });
        Self { unit, root: squares.sqrt() }
    }

    /// The norm: infinite only where it is too large for the scalar.
    pub(crate) fn value(self) -> T {
        self.unit * self.root
    }

    /// Whether it is no more than a share of the other.
    #[cfg(feature = "alloc")]
    pub(crate) fn is_within(&self, share: T, other: &Self) -> bool {
        let unit = self.unit.clone() / other.unit.clone();
        unit * self.root.clone() <= share * other.root.clone()
    }
}

/// Whether a sum of squares has lost nothing that counts: none overflowed, and those that vanished are
/// less than its rounding.
pub(crate) fn are_squares_in_range<T: RealField>(sum: &T) -> bool {
    let least = T::max_value().map(|largest| (largest * T::default_epsilon()).recip());
    sum.is_finite() && least.is_some_and(|least| *sum > least)
}

/// The largest magnitude, NaN apart.
pub(crate) fn largest<T: RealField>(values: &[T]) -> T {
    values.iter().fold(T::zero(), |largest, value| largest.max(value.clone().abs()))
}

#[cfg(test)]
mod tests {
    use super::{Norm, all_finite};
    use crate::real::two_to;
    use nalgebra::RealField;

    /// Of so many entries, each of which may be the one; what lies behind them is not looked at.
    #[test]
    fn one_entry_that_is_not_finite_is_seen_wherever_it_is() {
        fn of<T: RealField + Copy>(largest: T, not_finite: [T; 2]) {
            for length in 0..=85 {
                let mut values = [largest; 170];
                values[length..].fill(not_finite[0]);
                assert!(all_finite(&values[..length]), "{length} entries");
                for at in 0..length {
                    values[at] = not_finite[at % 2];
                    assert!(!all_finite(&values[..length]), "entry {at} of {length}");
                    values[at] = -largest;
                }
            }
        }
        of(f32::MAX, [f32::NAN, f32::NEG_INFINITY]);
        of(f64::MAX, [f64::NAN, f64::NEG_INFINITY]);
    }

    /// 2ᵏ (3, −4): of norm 5 · 2ᵏ.
    fn norm(k: i32) -> Norm<f64> {
        Norm::of(&[3.0, -4.0].map(|entry| entry * two_to(k)))
    }

    #[test]
    fn norms_are_compared_in_any_units() {
        for of in [-1000, -60, 0, 60, 1000] {
            for other in [-1000, -60, 0, 60, 1000_i32] {
                let share = two_to((of - other).clamp(-1000, 1000));
                let is_within = |factor: f64| norm(of).is_within(factor * share, &norm(other));
                match (of - other).abs() {
                    ..=1000 => assert!(is_within(1.0 + 1e-9) && !is_within(1.0 - 1e-9)),
                    _ => assert_eq!(is_within(1.0), of < other),
                }
            }
        }
        assert!(norm(0).is_within(1.0, &norm(0)));
    }

    #[test]
    fn squares_that_lose_digits_are_not_added() {
        for size in [2.4e-156_f64, 2.5e-156, 2.6e-156, 2.7e-156, 1e-155, 1e-150] {
            let share = Norm::of(&[size; 1024]).value() / (32.0 * size);
            assert!((share - 1.0).abs() < 1e-14, "{size:e}: off by {:e}", share - 1.0);
        }
    }
}
