//! Properties of J and ∇J, on every architecture of the list, over random parameters, inputs,
//! targets and λ, on every instruction set that this processor has.

mod common;

use std::cell::RefCell;
use std::rc::Rc;

use common::agreement::{on_every_set, random_rows};
use common::chained::Chained;
use common::subject::{FromOutside, Subject, of};
use common::{Case, Rows, cases, central_gradient, compare, config, false_alarms, oracle};
use constprop::ThetaShape;
use constprop::prelude::*;
use proptest::prelude::*;

/// A step for central differences: with it they err by about 2e-9.
const H: f64 = 1e-5;

/// What no instruction set has a part in.
struct Expected {
    naive: oracle::Solution,
    exact: Vec<f64>,
    from_outside: FromOutside,
    /// Of both signs, and one of 0.
    weights: Vec<f64>,
    weighted: oracle::Solution,
    chained: Chained,
}

impl Expected {
    fn of(subject: &dyn Subject, case: &Rows) -> Self {
        let of = subject.shape();
        let slopes = move |a: &[f64], y: &[f64]| oracle::cost(of.cost, a, y).1;
        let weight = |example: usize| (5 * example % 7) as f64 / 2.0 - 1.5;
        let weights: Vec<f64> = (1..=case.inputs.len()).map(weight).collect();
        let chained = Chained::new(subject, case);
        chained.one_by_one_is_deeper(subject);
        Self {
            weighted: oracle::solve_weighted(of.shapes, of.cost, case, &weights),
            weights,
            chained,
            naive: oracle::solve(of.shapes, of.cost, case),
            exact: subject.exact_gradient(case),
            from_outside: subject.with_slopes_from_outside(case, &slopes),
        }
    }
}

/// The same of each case that has come up: every instruction set is tried on the same.
#[derive(Default)]
struct Known(RefCell<Vec<(Rows, Rc<Expected>)>>);

impl Known {
    fn of(&self, subject: &dyn Subject, case: &Rows) -> Rc<Expected> {
        let mut known = self.0.borrow_mut();
        if let Some((_, expected)) = known.iter().find(|(of, _)| of == case) {
            return Rc::clone(expected);
        }
        let expected = Rc::new(Expected::of(subject, case));
        known.push((case.clone(), Rc::clone(&expected)));
        expected
    }
}

/// J and ∇J against the naive oracle, exact derivatives, central differences, the same chain one
/// example at a time, and the same network in f32.
fn check(subject: &dyn Subject, case: &Rows, known: &Expected) -> Result<(), TestCaseError> {
    let of = subject.shape();
    let Expected { naive, exact, from_outside, .. } = known;
    // Beyond, 1 − a of a saturated unit has fewer digits than the tolerance asks for.
    prop_assume!(naive.z_max <= 8.0);
    let (j, gradient) = subject.cost_and_gradient(case);
    let compare = |found: &[f64], expected: &[f64], tolerances: &[f64]| {
        compare(of.shapes, found, expected, tolerances);
    };

    let j_tolerance = 1e-12 * (1.0 + naive.j.abs());
    assert!((j - naive.j).abs() <= j_tolerance, "J is {j:e}, the oracle says {:e}", naive.j);
    let cost = subject.cost(case);
    let only_j = cost(&case.parameters);
    assert_eq!(j.to_bits(), only_j.to_bits(), "J with and without its gradient");

    let tolerances: Vec<f64> = naive.scales.iter().map(|scale| 1e-12 * scale).collect();
    compare(&gradient, &naive.gradient, &tolerances);
    if naive.kink_distance > 1e-9 {
        compare(&gradient, exact, &tolerances);
    }
    if naive.kink_distance > 1e-3 {
        let noise = 50.0 * f64::EPSILON * j.abs() / H;
        let tolerances: Vec<f64> = largest_of_each_theta(of.shapes, &gradient)
            .iter()
            .map(|largest| f64::max(1e-7 * largest, noise))
            .collect();
        compare(&gradient, &central_gradient(&cost, &case.parameters, H), &tolerances);
    }

    let one_by_one = subject.one_by_one(case);
    for (by_trace, alone) in one_by_one.traced.iter().zip(&one_by_one.predicted) {
        let tolerance = 1e-13 * f64::max(1.0, by_trace.abs());
        assert!((by_trace - alone).abs() <= tolerance, "{by_trace:e} and {alone:e}");
    }
    compare(&gradient, &one_by_one.gradient, &tolerances);

    // With ∂cost/∂a from outside: the bits, where the cost's own chain rule is no other.
    let matched = of.cost == "CrossEntropy" || of.cost == "CategoricalCrossEntropy";
    assert!(matched || from_outside.same_bits, "δ of ∂cost/∂a is another than δ of the cost");
    compare(&from_outside.gradient, &one_by_one.gradient, &tolerances);
    let slopes = move |a: &[f64], y: &[f64]| oracle::cost(of.cost, a, y).1;
    let [at_once, dj_dx_at_once] = subject.gradient_from(case, &slopes);
    compare(&at_once, &one_by_one.gradient, &tolerances);
    if naive.kink_distance > 1e-9 {
        let most = case.parameters.iter().fold(0.0, |most: f64, theta| most.max(theta.abs()));
        let paths = (of.shapes[0].s_out * case.inputs.len()) as f64;
        let tolerance = 1e-12 * paths * most * naive.scales[0];
        for dj_dx in [&from_outside.dj_dx, &dj_dx_at_once] {
            for (found, exact) in dj_dx.iter().zip(&from_outside.exact_dj_dx) {
                assert!((found - exact).abs() <= tolerance, "∂J/∂x is {found:e}, not {exact:e}");
            }
        }
    }

    let Expected { weights, weighted, .. } = known;
    let (j_weighted, gradient_weighted) = subject.weighted(case, weights);
    let most: f64 = weights.iter().fold(1.0, |most, weight| most.max(weight.abs()));
    assert!((j_weighted - weighted.j).abs() <= most * j_tolerance, "J of signed weights");
    let of_weighted: Vec<f64> = weighted.scales.iter().map(|scale| 1e-12 * scale).collect();
    compare(&gradient_weighted, &weighted.gradient, &of_weighted);
    known.chained.is_deeper_at_once(subject);

    // What is frozen keeps its bits; what learns has those of the whole gradient.
    let frozen = subject.first_frozen(case);
    let first = of.shapes[0].parameters();
    assert_eq!(frozen.j.to_bits(), j.to_bits(), "J counts what is frozen");
    assert!(frozen.gradient[..first].iter().all(|entry| entry.to_bits() == 0));
    assert_eq!(frozen.gradient[first..], gradient[first..]);
    assert_eq!(frozen.moved[0][..first], case.parameters[..first]);
    assert_eq!(frozen.moved[0][first..], frozen.moved[1][first..]);

    if naive.kink_distance > 1e-4 {
        let tolerances: Vec<f64> = naive.scales.iter().map(|scale| 1e-5 * scale).collect();
        compare(&subject.gradient_in_single(case), &naive.gradient, &tolerances);
    }
    Ok(())
}

fn largest_of_each_theta(shapes: &[ThetaShape], mut gradient: &[f64]) -> Vec<f64> {
    let mut largest_of = |shape: &ThetaShape| {
        let (theta, rest) = gradient.split_at(shape.parameters());
        gradient = rest;
        theta.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()))
    };
    shapes.iter().map(&mut largest_of).collect()
}

fn gradients_are_right(subject: &dyn Subject) {
    let known = Known::default();
    let check = |case: &Rows| check(subject, case, &known.of(subject, case));
    on_every_set(|_| {
        proptest!(config(), |(case in cases(subject.shape()))| check(&case)?);
        for m in [7, 8, 9, 17, 33] {
            let parameters = subject.seeded(m as u64);
            check(&random_rows(&subject.shape(), parameters, m, m as u64)).unwrap();
        }
    });
}

macro_rules! test_each {
    ($($test:ident $name:ident ($($layers:tt)*) $cost:ty;)*) => {
        $(
            network! {
                #[derive(Clone, Debug, PartialEq)]
                pub struct $name($($layers)*) minimizing $cost;
            }

            mod $test {
                use super::*;

                #[test]
                fn gradient() {
                    gradients_are_right(&of::<$name>());
                }

                #[test]
                fn no_false_alarm() {
                    false_alarms::random_correct_cases(&of::<$name>());
                }
            }
        )*
    };
}

architectures!(test_each);

/// Several blocks, the last one not full: their sums are one sum.
#[test]
fn more_examples_than_a_block() {
    use rand::RngExt;
    let mut rng = constprop::rng(5);
    let m = 2 * constprop::gradient::BLOCK + 17;
    let one_hot = |example| one_hot::<f64, 3>(example % 3).unwrap().to_vec();
    let case = Case {
        parameters: Categorical::<f64>::seeded(3).parameters().to_vec(),
        inputs: (0..m).map(|_| (0..4).map(|_| 2.0 * rng.random::<f64>() - 1.0).collect()).collect(),
        targets: (0..m).map(one_hot).collect(),
        lambda: common::Lambda { lambda: 0.3, per_example: true, with_bias: false },
    };
    let subject = of::<Categorical>();
    let expected = Expected::of(&subject, &case);
    // Pinned, for tests beside this one choose other sets meanwhile.
    on_every_set(|_| check(&subject, &case, &expected).unwrap());
}
