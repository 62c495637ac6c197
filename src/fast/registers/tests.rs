//! What every register does with a NaN, the same as a number does, and how it transposes, on every instruction
//! set that this processor has.

use std::vec;
use std::vec::Vec;

use crate::fast::product::Transpose;
use crate::fast::registers::{Float, InstructionSet, Lanes, Task};
use crate::real::Real;

/// Of every pair of numbers: `larger`, `within` 1 of the first, `select_gt`, and the lanes' own `max` and
/// `min`.
#[derive(Clone, Copy)]
struct Choices<'a, T>(&'a [(T, T)]);

impl<T: Float> Task<T> for Choices<'_, T> {
    type Output = Vec<[T; 5]>;

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) -> Vec<[T; 5]> {
        let Self(pairs) = self;
        assert!(pairs.len().is_multiple_of(V::LANES) && V::LANES <= 16);
        let mut found = Vec::new();
        for pairs in pairs.chunks(V::LANES) {
            let (mut left, mut right) = ([T::zero(); 16], [T::zero(); 16]);
            for (lane, &(a, b)) in pairs.iter().enumerate() {
                (left[lane], right[lane]) = (a, b);
            }
            // SAFETY: no register is wider than 16 lanes.
            let (a, b) = unsafe { (V::load(left.as_ptr()), V::load(right.as_ptr())) };
            let [then, otherwise] = [2.0, 3.0].map(V::constant);
            let chosen = a.select_gt(b, then, otherwise);
            let results = [a.larger(b), a.within(1.0), chosen, Real::max(a, b), Real::min(a, b)];
            let entries = results.map(|result| {
                let mut entries = [T::zero(); 16];
                // SAFETY: as above.
                unsafe { result.store(entries.as_mut_ptr()) };
                entries
            });
            found.extend((0..pairs.len()).map(|lane| entries.map(|entries| entries[lane])));
        }
        found
    }
}

/// What the `task` gives on each instruction set that this processor has.
fn on_every_set<T: Float, W: Task<T> + Copy>(task: W, mut each: impl FnMut(W::Output)) {
    for set in InstructionSet::ALL.into_iter().filter(|set| set.is_available()) {
        // SAFETY: the processor has it.
        each(unsafe { super::run_on(set, task) });
    }
}

/// (a, b), then max(a, b), a held within [−1, 1], 2 where a > b and 3 else, and the lanes' max and min.
/// `larger` and `max` keep b where one of the two is no number, `within` a.
const CHOICES: [[f64; 7]; 16] = {
    const NAN: f64 = f64::NAN;
    const INF: f64 = f64::INFINITY;
    [
        [NAN, 0.5, 0.5, NAN, 3.0, 0.5, 0.5],
        [0.5, NAN, NAN, 0.5, 3.0, NAN, NAN],
        [NAN, NAN, NAN, NAN, 3.0, NAN, NAN],
        [NAN, INF, INF, NAN, 3.0, INF, INF],
        [NAN, -INF, -INF, NAN, 3.0, -INF, -INF],
        [INF, NAN, NAN, 1.0, 3.0, NAN, NAN],
        [-INF, NAN, NAN, -1.0, 3.0, NAN, NAN],
        [INF, -INF, INF, 1.0, 2.0, INF, -INF],
        [-INF, INF, INF, -1.0, 3.0, INF, -INF],
        [0.5, 0.25, 0.5, 0.5, 2.0, 0.5, 0.25],
        [0.25, 0.5, 0.5, 0.25, 3.0, 0.5, 0.25],
        [0.5, 0.5, 0.5, 0.5, 3.0, 0.5, 0.5],
        [1.0, -1.0, 1.0, 1.0, 2.0, 1.0, -1.0],
        [-1.0, 1.0, 1.0, -1.0, 3.0, 1.0, -1.0],
        [1.5, 1.25, 1.5, 1.0, 2.0, 1.5, 1.25],
        [-1.5, -1.25, -1.25, -1.0, 3.0, -1.25, -1.5],
    ]
};

#[track_caller]
fn same(found: f64, expected: f64, of: &[f64; 7]) {
    let same = found == expected || (found.is_nan() && expected.is_nan());
    assert!(same, "{found}, not {expected}, of {of:?}");
}

#[test]
fn a_nan_in_a_lane_is_kept_or_left_as_in_a_number() {
    fn over<T: Float>() {
        let number = |x: f64| nalgebra::convert::<f64, T>(x);
        let pairs = CHOICES.map(|[a, b, ..]| (number(a), number(b)));
        let each = |found: Vec<[T; 5]>| {
            for (found, of) in found.iter().zip(&CHOICES) {
                for (found, expected) in found.iter().zip(&of[2..]) {
                    same(nalgebra::try_convert(*found).unwrap_or(f64::NAN), *expected, of);
                }
            }
        };
        on_every_set(Choices(&pairs), each);
    }
    over::<f32>();
    over::<f64>();
}

#[test]
fn a_nan_is_kept_or_left_in_numbers() {
    for of @ [a, b, larger, within, chosen, ..] in &CHOICES {
        same(a.larger(*b), *larger, of);
        same(a.within(1.0), *within, of);
        same(a.select_gt(*b, 2.0, 3.0), *chosen, of);
        same(f64::from((*a as f32).larger(*b as f32)), *larger, of);
        same(f64::from((*a as f32).within(1.0)), *within, of);
    }
}

/// Matrices of every size up to 20 × 20, transposed to where nothing else may change.
#[derive(Clone, Copy)]
struct Transposed;

impl<T: Float> Task<T> for Transposed {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) {
        let number = |i: usize| nalgebra::convert::<f64, T>(i as f64);
        for (rows, columns) in
            (1..=20).flat_map(|rows| (1..=20).map(move |columns| (rows, columns)))
        {
            let (from_row, to_row) = (columns + 3, rows + 5);
            let from: Vec<T> = (0..rows * from_row).map(number).collect();
            let mut to = vec![-T::one(); columns * to_row];
            V::transpose(&mut Transpose {
                rows,
                columns,
                from: &from,
                from_row,
                to: &mut to,
                to_row,
            });
            for (at, &entry) in to.iter().enumerate() {
                let (column, row) = (at / to_row, at % to_row);
                let expected = if row < rows { from[row * from_row + column] } else { -T::one() };
                assert_eq!(entry, expected, "({row}, {column}) of {rows} x {columns}");
            }
        }
    }
}

#[test]
fn every_entry_is_transposed_and_nothing_else_written() {
    on_every_set::<f32, _>(Transposed, |()| ());
    on_every_set::<f64, _>(Transposed, |()| ());
}
