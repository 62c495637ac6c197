//! The checker on gradients that are wrong: a catalogue of backward passes with one error each.

mod common;

use std::fmt::Write;

use common::{CaseOf, Lambda};
use constprop::check::{Check, Report};
use constprop::prelude::*;
use constprop::{Sample, rng};
use rand::RngExt;

network! {
    pub struct Deep(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

/// One error in a backward pass that is otherwise right.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    GPrimeOfAInPlaceOfZ,
    GPrimeForgotten,
    GPrimeOfAnotherActivation,
    GPrimeOfTheLayerInFront,
    BiasRowKept,
    WeightsNotTransposed,
    WeightsOfTheLayerBehind,
    DeltaOfAnotherPair,
    DeltaWithTheWrongSign,
    TargetOfAnotherExample,
    OuterProductTransposed,
    ZInPlaceOfA,
    BiasForgotten,
    BiasOfOneLayerForgotten,
    OneLayerZero,
    OneUnitZero,
    OneExampleForgotten,
    MeanForgotten,
    MeanOverOneExampleLess,
    MeanTakenTwice,
    LambdaForgotten,
    LambdaOnTheBias,
    LambdaDoubled,
    LambdaPerExample,
    FactorOfTwoMissing,
    LearningRateIncluded,
    AConstantInSinglePrecision,
    DeltaInSinglePrecision,
    OneEntryOffByTenThousandth,
    EntriesSwapped,
    GradientOfLastTime,
}

use Fault::*;

const CATALOGUE: [Fault; 31] = [
    GPrimeOfAInPlaceOfZ,
    GPrimeForgotten,
    GPrimeOfAnotherActivation,
    GPrimeOfTheLayerInFront,
    BiasRowKept,
    WeightsNotTransposed,
    WeightsOfTheLayerBehind,
    DeltaOfAnotherPair,
    DeltaWithTheWrongSign,
    TargetOfAnotherExample,
    OuterProductTransposed,
    ZInPlaceOfA,
    BiasForgotten,
    BiasOfOneLayerForgotten,
    OneLayerZero,
    OneUnitZero,
    OneExampleForgotten,
    MeanForgotten,
    MeanOverOneExampleLess,
    MeanTakenTwice,
    LambdaForgotten,
    LambdaOnTheBias,
    LambdaDoubled,
    LambdaPerExample,
    FactorOfTwoMissing,
    LearningRateIncluded,
    AConstantInSinglePrecision,
    DeltaInSinglePrecision,
    OneEntryOffByTenThousandth,
    EntriesSwapped,
    GradientOfLastTime,
];

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn slope(z: f64) -> f64 {
    sigmoid(z) * (1.0 - sigmoid(z))
}

/// ∇J of a network of sigmoids that minimizes the cross-entropy, by index loops, with an error.
fn backward_pass<N: Network<Scalar = f64>>(net: &N, case: &CaseOf<N>, fault: Fault) -> Vec<f64> {
    let mut theta = net.parameters().to_vec();
    if fault == GradientOfLastTime {
        theta.iter_mut().for_each(|theta| *theta *= 0.999);
    }
    let shapes = N::SHAPES;
    let last = shapes.len() - 1;
    let first_of = |l: usize| shapes[..l].iter().map(|shape| shape.parameters()).sum::<usize>();
    let at = |l: usize, row: usize, column: usize| first_of(l) + column * shapes[l].s_out + row;
    // A matrix read as if it lay row by row.
    let at_transposed = |l: usize, row: usize, column: usize| {
        first_of(l) + shapes[l].s_out + row * shapes[l].s_in + (column - 1)
    };
    // What δ⁽ˡ⁺¹⁾ is multiplied with on its way back.
    let weight = |fault: Fault, l: usize, row: usize, column: usize| match fault {
        WeightsNotTransposed => at_transposed(l, row, column),
        BiasRowKept => at(l, row, column - 1),
        WeightsOfTheLayerBehind if l < last => {
            let shape = shapes[l + 1];
            at(l + 1, row % shape.s_out, 1 + (column - 1) % shape.s_in)
        }
        _ => at(l, row, column),
    };
    let m = case.inputs.len();
    let mut gradient = vec![0.0; theta.len()];
    for (example, x) in case.inputs.iter().enumerate() {
        if fault == OneExampleForgotten && example + 1 == m {
            continue;
        }
        let of = if fault == TargetOfAnotherExample { (example + 1) % m } else { example };
        let y = case.targets[of].as_ref();
        let (mut a, mut z) = (vec![x.as_ref().to_vec()], vec![]);
        for (l, shape) in shapes.iter().enumerate() {
            let layer: Vec<f64> = (0..shape.s_out)
                .map(|row| {
                    let products = (1..=shape.s_in).map(|c| theta[at(l, row, c)] * a[l][c - 1]);
                    theta[at(l, row, 0)] + products.sum::<f64>()
                })
                .collect();
            a.push(layer.iter().map(|&z| sigmoid(z)).collect());
            z.push(layer);
        }
        let mut delta: Vec<f64> = (0..y.len()).map(|i| a[last + 1][i] - y[i]).collect();
        for (i, delta) in delta.iter_mut().enumerate() {
            match fault {
                DeltaOfAnotherPair => *delta *= slope(z[last][i]),
                DeltaWithTheWrongSign => *delta = -*delta,
                FactorOfTwoMissing => *delta *= 0.5,
                DeltaInSinglePrecision => *delta = f64::from(*delta as f32),
                _ => {}
            }
        }
        for l in (0..=last).rev() {
            let shape = shapes[l];
            for row in 0..shape.s_out {
                gradient[at(l, row, 0)] += delta[row];
                for column in 1..=shape.s_in {
                    let input = match fault {
                        ZInPlaceOfA if l > 0 => z[l - 1][column - 1],
                        _ => a[l][column - 1],
                    };
                    let to = match fault {
                        OuterProductTransposed if l > 0 => at_transposed(l, row, column),
                        _ => at(l, row, column),
                    };
                    gradient[to] += delta[row] * input;
                }
            }
            if l == 0 {
                break;
            }
            delta = (1..=shape.s_in)
                .map(|column| {
                    let through = |row: usize| theta[weight(fault, l, row, column)] * delta[row];
                    let dj_da: f64 = (0..shape.s_out).map(through).sum();
                    dj_da * g_prime(fault, &z[..l], a[l][column - 1], column - 1)
                })
                .collect();
        }
    }
    finish::<N>(&theta, case.lambda, m, fault, &mut gradient);
    gradient
}

/// g′ of unit `unit` of the last layer in `z`.
fn g_prime(fault: Fault, z: &[Vec<f64>], a: f64, unit: usize) -> f64 {
    let layer = &z[z.len() - 1];
    match fault {
        GPrimeOfAInPlaceOfZ => slope(a),
        GPrimeForgotten => 1.0,
        GPrimeOfAnotherActivation => 1.0 - a * a,
        GPrimeOfTheLayerInFront if z.len() > 1 => slope(z[z.len() - 2][unit]),
        AConstantInSinglePrecision => slope(layer[unit]) * f64::from(0.1_f32) / 0.1,
        _ => slope(layer[unit]),
    }
}

/// Δ⁽ˡ⁾ to ∂J/∂Θ⁽ˡ⁾.
fn finish<N: Network>(theta: &[f64], lambda: Lambda, m: usize, fault: Fault, gradient: &mut [f64]) {
    let m_taken = match fault {
        MeanForgotten => 1.0,
        MeanOverOneExampleLess => (m - 1) as f64,
        MeanTakenTwice => (m * m) as f64,
        _ => m as f64,
    };
    let mut factor = lambda.factor(m);
    match fault {
        LambdaForgotten => factor = 0.0,
        LambdaDoubled => factor *= 2.0,
        LambdaPerExample => factor /= m as f64,
        _ => {}
    }
    let mut largest = 0.0_f64;
    for index in 0..gradient.len() {
        let (l, row, column) = constprop::place::<N>(index);
        let entry = &mut gradient[index];
        *entry /= m_taken;
        if column > 0 || fault == LambdaOnTheBias {
            *entry += factor * theta[index];
        }
        if l == 2 {
            largest = largest.max(entry.abs());
        }
        match fault {
            BiasForgotten if column == 0 => *entry = 0.0,
            BiasOfOneLayerForgotten if column == 0 && l == 2 => *entry = 0.0,
            OneLayerZero if l == 2 => *entry = 0.0,
            OneUnitZero if l == 2 && row == 1 => *entry = 0.0,
            LearningRateIncluded => *entry *= 0.1,
            _ => {}
        }
    }
    let first_of_theta2 = N::SHAPES[0].parameters();
    match fault {
        OneEntryOffByTenThousandth => gradient[first_of_theta2 + 7] += 1e-4 * largest,
        EntriesSwapped => gradient.swap(first_of_theta2 + 6, first_of_theta2 + 7),
        _ => {}
    }
}

/// How far off the worst entry is, as a share of the largest of its Θ, right or wrong.
fn size_of_error<N: Network>(right: &[f64], wrong: &[f64]) -> f64 {
    let mut largest = vec![0.0_f64; N::SHAPES.len()];
    for (index, (right, wrong)) in right.iter().zip(wrong).enumerate() {
        let (theta, _, _) = constprop::place::<N>(index);
        largest[theta - 1] = largest[theta - 1].max(right.abs()).max(wrong.abs());
    }
    let share = |index: usize| {
        let (theta, _, _) = constprop::place::<N>(index);
        (right[index] - wrong[index]).abs() / largest[theta - 1]
    };
    (0..right.len()).map(share).fold(0.0, f64::max)
}

fn random_case<N: Network<Scalar = f64>>(size: f64, seed: u64) -> CaseOf<N> {
    let mut rng = rng(seed);
    let mut random = |bound: f64| rng.random_range(-bound..bound);
    let parameters = (0..N::PARAMETERS).map(|_| random(size)).collect();
    let inputs = (0..4).map(|_| N::Input::from_fn(|_| random(1.5))).collect();
    let targets = (0..4).map(|_| N::Target::from_fn(|_| random(0.5) + 0.5)).collect();
    let lambda = Lambda { lambda: 0.7, per_example: false, with_bias: false };
    common::Case { parameters, inputs, targets, lambda }
}

/// The four methods, with what share of the largest entry of its Θ they see.
fn reports<N: Network<Scalar = f64>>(net: &N, case: &CaseOf<N>, gradient: &[f64]) -> [Report; 4] {
    let (inputs, targets, lambda) = (&case.inputs, &case.targets, &case.lambda.over());
    let mut given = Gradient::<N>::boxed();
    given.set_parameters(gradient).unwrap();
    [
        Check::exact().given(net, inputs, targets, lambda, &given).unwrap(),
        Check::richardson().given(net, inputs, targets, lambda, &given).unwrap(),
        Check::central().given(net, inputs, targets, lambda, &given).unwrap(),
        Check::taylor().given(net, inputs, targets, lambda, &given).unwrap(),
    ]
}

const RESOLUTIONS: [f64; 4] = [1e-10, 1e-7, 1e-5, 1e-5];

/// Small weights, ordinary ones, and those that bring |z| up to about 8.
const SIZES: [f64; 3] = [0.1, 0.9, 2.5];

const PAGE: &str = include_str!("../docs/proving-a-gradient.md");

/// Prints the table of methods and errors, and holds the one in the docs to it.
#[test]
fn every_planted_error_is_found() {
    let mut table = String::from(
        "| planted error | size | exact | Richardson | central | Taylor |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    let rows = |faults: &[Fault]| faults.iter().map(|&fault| row(fault)).collect::<String>();
    let (first, last) = CATALOGUE.split_at(CATALOGUE.len() / 2);
    std::thread::scope(|scope| {
        let last = scope.spawn(|| rows(last));
        table += &rows(first);
        table += &last.join().unwrap();
    });
    println!("{table}");
    assert!(PAGE.contains(&table), "docs/proving-a-gradient.md has another table");
}

/// How often each method finds an error, as a row of the table.
fn row(fault: Fault) -> String {
    let mut smallest = f64::INFINITY;
    let mut found = [0; 4];
    for size in SIZES {
        let case = random_case::<Deep>(size, 3);
        let net: Deep = case.net();
        let right = backward_pass(&net, &case, None);
        let wrong = backward_pass(&net, &case, fault);
        let error = size_of_error::<Deep>(&right, &wrong);
        assert!(error > 0.0, "{fault:?} is no error at weights of {size}");
        smallest = smallest.min(error);
        for (method, report) in reports(&net, &case, &wrong).iter().enumerate() {
            found[method] += usize::from(report.is_wrong());
            if error > RESOLUTIONS[method] {
                assert!(report.is_wrong(), "{fault:?}, {error:e}, weights of {size}: {report}");
            }
        }
    }
    let mut row = format!("| {} | {smallest:.0e} |", in_words(fault));
    for found in found {
        write!(row, " {found}/{} |", SIZES.len()).unwrap();
    }
    row + "\n"
}

/// `GPrimeOfAInPlaceOfZ` to `g prime of a in place of z`.
fn in_words(fault: Fault) -> String {
    let mut words = String::new();
    for letter in format!("{fault:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// The same backward pass without an error passes, at every size of weights, by every method.
#[test]
fn without_an_error_nothing_is_found() {
    for (seed, size) in (0..20).flat_map(|seed| SIZES.map(|size| (seed, size))) {
        let case = random_case::<Deep>(size, seed);
        let net: Deep = case.net();
        for report in reports(&net, &case, &backward_pass(&net, &case, None)) {
            report.assert_correct();
        }
    }
}

/// The report names the one entry that is wrong, by methods that look at entries and by the one
/// that looks along directions.
#[test]
fn the_wrong_entry_is_named() {
    let case = random_case::<Deep>(0.9, 5);
    let net: Deep = case.net();
    let wrong = backward_pass(&net, &case, OneEntryOffByTenThousandth);
    for report in reports(&net, &case, &wrong) {
        let text = report.to_string();
        assert!(text.contains("\n  theta2, row 3, column 1: analytic "), "{text}");
        assert_eq!(report.parts.iter().map(|part| part.differ).sum::<usize>(), 1, "{text}");
    }
}
