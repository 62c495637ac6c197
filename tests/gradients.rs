//! Properties of J and ∇J, on every architecture of the list, over random parameters, inputs,
//! targets and λ, on every instruction set that this processor has.

mod common;

use common::agreement::{on_every_set, random_case};
use common::{
    CaseOf, cases, central_gradient, compare, config, convert_all, exact_gradient, false_alarms,
    oracle,
};
use constprop::prelude::*;
use proptest::prelude::*;

/// A step for central differences: with it they err by about 2e-9.
const H: f64 = 1e-5;

/// J and ∇J against the naive oracle, exact derivatives, central differences, the same chain one
/// example at a time, and the same network in f32.
fn check<N: Network<Scalar = f64>>(case: &CaseOf<N>) -> Result<(), TestCaseError> {
    let net: N = case.net();
    let m = case.inputs.len();
    let naive = oracle::solve(&net, case);
    // Beyond, 1 − a of a saturated unit has fewer digits than the tolerance asks for.
    prop_assume!(naive.z_max <= 8.0);
    let lambda = case.lambda.over();
    let (j, gradient) = net.cost_and_gradient(&case.inputs, &case.targets, &lambda).unwrap();
    let gradient = gradient.parameters();

    let j_tolerance = 1e-12 * (1.0 + naive.j.abs());
    assert!((j - naive.j).abs() <= j_tolerance, "J is {j:e}, the oracle says {:e}", naive.j);
    let only_j = net.cost(&case.inputs, &case.targets, &lambda).unwrap();
    assert_eq!(j.to_bits(), only_j.to_bits(), "J with and without its gradient");

    let tolerances: Vec<f64> = naive.scales.iter().map(|scale| 1e-12 * scale).collect();
    compare::<N>(gradient, &naive.gradient, &tolerances);
    if naive.kink_distance > 1e-9 {
        compare::<N>(gradient, &exact_gradient(&net, case), &tolerances);
    }
    if naive.kink_distance > 1e-3 {
        let noise = 50.0 * f64::EPSILON * j.abs() / H;
        let tolerances: Vec<f64> = largest_of_each_theta::<N>(gradient)
            .iter()
            .map(|largest| f64::max(1e-7 * largest, noise))
            .collect();
        compare::<N>(gradient, &central_gradient(&net, case, H), &tolerances);
    }

    let mut one_by_one = Gradient::<N>::zeros();
    for (x, y) in case.inputs.iter().zip(&case.targets) {
        let trace = net.forward(x);
        for (by_trace, alone) in trace.output().as_ref().iter().zip(net.predict(x).as_ref()) {
            let tolerance = 1e-13 * f64::max(1.0, by_trace.abs());
            assert!((by_trace - alone).abs() <= tolerance, "{by_trace:e} and {alone:e}");
        }
        one_by_one.accumulate(&trace, &net.backward(&trace, y));
    }
    one_by_one.finish(&net, m, &lambda);
    compare::<N>(gradient, one_by_one.parameters(), &tolerances);

    if naive.kink_distance > 1e-4 {
        let net = net.cast::<f32>();
        let (inputs, targets) = (convert_all(&case.inputs), convert_all(&case.targets));
        let (_, gradient) = net.cost_and_gradient(&inputs, &targets, &case.lambda.over()).unwrap();
        let gradient: Vec<f64> = gradient.parameters().iter().map(|&entry| entry.into()).collect();
        let tolerances: Vec<f64> = naive.scales.iter().map(|scale| 1e-5 * scale).collect();
        compare::<N>(&gradient, &naive.gradient, &tolerances);
    }
    Ok(())
}

fn largest_of_each_theta<N: Network>(gradient: &[f64]) -> Vec<f64> {
    let mut largest = vec![0.0_f64; N::SHAPES.len()];
    for (index, entry) in gradient.iter().enumerate() {
        let (theta, _, _) = constprop::place::<N>(index);
        largest[theta - 1] = largest[theta - 1].max(entry.abs());
    }
    largest
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
                    on_every_set(|_| {
                        proptest!(config(), |(case in cases::<$name>())| check::<$name>(&case)?);
                        for m in [7, 8, 9, 17, 33] {
                            check::<$name>(&random_case::<$name>(m, m as u64)).unwrap();
                        }
                    });
                }

                #[test]
                fn no_false_alarm() {
                    false_alarms::random_correct_cases::<$name>();
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
    let case: CaseOf<Categorical> = common::Case {
        parameters: Categorical::<f64>::seeded(3).parameters().to_vec(),
        inputs: (0..m).map(|_| std::array::from_fn(|_| 2.0 * rng.random::<f64>() - 1.0)).collect(),
        targets: (0..m).map(|example| one_hot(example % 3).unwrap()).collect(),
        lambda: common::Lambda { lambda: 0.3, per_example: true, with_bias: false },
    };
    check::<Categorical>(&case).unwrap();
}
