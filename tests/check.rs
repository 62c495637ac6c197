//! The checker's reports: what they say of right and wrong gradients, of kinks, of what cannot be
//! judged, and of bad input.

use constprop::check::{
    Check, Dual, Place, Reason, Report, Verdict, check_activation, check_cost, check_gradient,
};
use constprop::prelude::*;
use constprop::{Compared, Cost, Error, Matched, Output, RealField, TargetFault};

network! {
    pub struct Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct Rectified(2 => 3 Relu => 1 Identity) minimizing HalfSquaredError;
}

const X: [[f64; 3]; 2] = [[0.1, -0.2, 0.3], [1.0, 0.5, -0.7]];
const Y: [[f64; 2]; 2] = [[1.0, 0.0], [0.25, 1.0]];

/// All methods on one network, the exact one first.
fn all_methods<N: Network>(
    net: &N,
    inputs: &[N::Input],
    targets: &[N::Target],
    lambda: &Regularization<N::Scalar>,
) -> Result<[Report; 4], Error> {
    Ok([
        check_gradient(net, inputs, targets, lambda)?,
        Check::richardson().gradient(net, inputs, targets, lambda)?,
        Check::central().gradient(net, inputs, targets, lambda)?,
        Check::taylor().gradient(net, inputs, targets, lambda)?,
    ])
}

#[test]
fn a_right_gradient_is_correct_by_every_method() {
    let net = Article::<f64>::seeded(1);
    for report in all_methods(&net, &X, &Y, &Regularization::article(0.1)).unwrap() {
        report.assert_correct();
        assert!(report.is_complete() && !report.is_wrong(), "{report}");
        let names: Vec<_> = report.parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["theta1", "theta2", "theta3"]);
        for (part, parameters) in report.parts.iter().zip([20, 24, 10]) {
            let directions = report.method.contains("Taylor");
            assert_eq!(part.agree, if directions { 4 } else { parameters });
            assert_eq!(part.agree, part.entries);
            if let Some(slope) = part.slope {
                assert!((1.9..2.1).contains(&slope), "{report}");
            }
            assert_eq!(part.slope.is_some(), directions);
            let worst = part.worst.unwrap();
            assert!((worst.analytic - worst.numerical).abs() <= worst.tolerance, "{report}");
            assert!(worst.tolerance <= 1e-5 * part.largest, "{report}");
        }
    }
}

#[test]
fn f32_is_checked_to_its_own_precision() {
    let net = Article::<f32>::seeded(1);
    let (x, y) = (X.map(|x| x.map(|x| x as f32)), Y.map(|y| y.map(|y| y as f32)));
    let lambda = Regularization::coursera(0.1);
    for report in all_methods(&net, &x, &y, &lambda).unwrap() {
        report.assert_correct();
        for part in &report.parts {
            let worst = part.worst.unwrap();
            assert!((worst.analytic - worst.numerical).abs() <= worst.tolerance, "{report}");
            assert!(worst.tolerance <= 1e-2 * part.largest, "{report}");
        }
    }
    let (_, mut gradient) = net.cost_and_gradient(&x, &y, &lambda).unwrap();
    gradient.theta2.bias[1] *= 1.01;
    let report = Check::exact().given(&net, &x, &y, &lambda, &gradient).unwrap();
    let place = Place::Parameter { theta: 2, row: 1, column: 0 };
    assert_eq!(report.worst().unwrap().place, place, "{report}");
    assert!(report.is_wrong(), "{report}");
    let report = Check::central().given(&net, &x, &y, &lambda, &gradient).unwrap();
    assert_eq!(report.worst().unwrap().place, place, "{report}");
}

#[test]
fn a_report_reads_like_this() {
    let net = Article::<f64>::seeded(1);
    let (x, y, none) = (&X[..], &Y[..], Regularization::none());
    let (_, mut gradient) = net.cost_and_gradient(x, y, &none).unwrap();
    gradient.theta2.bias[3] *= 1.004;
    let report = Check::exact().given(&net, x, y, &none, &gradient).unwrap();
    let text = report.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "Article, by exact derivatives: WRONG");
    assert!(lines[1].starts_with("  theta2, row 3, column 0 (bias): analytic "), "{text}");
    assert!(lines[1].ends_with(", relative 4e-3"), "{text}");
    assert_eq!(lines.len(), 6, "{text}");
    assert!(lines.iter().all(|line| line.chars().count() <= 110), "{text}");
    let worst = report.parts[1].worst.unwrap();
    assert!((worst.relative() - 0.004 / 1.004).abs() < 1e-9);
    assert_eq!(worst.analytic, gradient.theta2.bias[3]);
    assert_eq!((report.parts[1].agree, report.parts[1].differ), (23, 1));
    assert!(report.is_wrong() && !report.is_correct());
    let message = std::panic::catch_unwind(|| report.assert_correct()).unwrap_err();
    assert_eq!(*message.downcast::<String>().unwrap(), text);
}

/// z = 0 to the last bit: a unit on its kink says nothing about either side.
#[test]
fn a_unit_on_its_kink_is_reported_and_neither_right_nor_wrong() {
    let mut net = Rectified::<f64>::seeded(3);
    net.theta1 = Theta::new([-3.0, 0.5, 0.25], [[1.0, 1.0], [1.0, 0.5], [0.5, -1.0]]);
    net.theta2 = Theta::new([0.5], [[1.0, -0.5, 2.0]]);
    // Unit 0: z = −3 + 1 + 2 = 0; the three entries of Θ⁽¹⁾ that lead to it hang on its side.
    for report in all_methods(&net, &[[1.0, 2.0]], &[[1.0]], &Regularization::none()).unwrap() {
        assert!(report.is_correct() && !report.is_complete(), "{report}");
        let part = &report.parts[0];
        let judged = if report.method.contains("Taylor") { 4 } else { 6 };
        assert_eq!((part.at_kinks, part.agree), (3, judged), "{report}");
    }
    // All units there: nothing of Θ⁽¹⁾ is left to judge.
    net.theta1 = Theta::new([-3.0; 3], [[1.0, 1.0]; 3]);
    for report in all_methods(&net, &[[1.0, 2.0]], &[[1.0]], &Regularization::none()).unwrap() {
        assert!(report.is_correct(), "{report}");
        assert_eq!((report.parts[0].at_kinks, report.parts[0].entries), (9, 9), "{report}");
        assert_eq!(report.parts[0].worst, None, "{report}");
        let dash = if report.method.contains("Taylor") { "e0      -  -\n" } else { "e0  -\n" };
        assert!(report.to_string().contains(dash), "{report}");
    }
}

/// Other scalars of single precision are allowed what `f32` is.
#[test]
fn dual_numbers_of_single_precision() {
    let net = Article::<f64>::seeded(1).cast::<num_dual::Dual32>();
    let convert = num_dual::Dual32::from_re;
    let (x, y) = (X.map(|x| x.map(|x| convert(x as f32))), Y.map(|y| y.map(|y| convert(y as f32))));
    for report in all_methods(&net, &x, &y, &Regularization::none()).unwrap() {
        report.assert_correct();
    }
}

/// J is not finite in `f32`, where it would be in `f64`.
#[test]
fn a_cost_that_overflows_in_single_precision() {
    let mut net = Rectified::<f32>::seeded(3);
    net.fill(1e10);
    for report in all_methods(&net, &[[1.0, 2.0]], &[[0.0]], &Regularization::none()).unwrap() {
        assert_eq!(report.verdict, Verdict::CannotJudge(Reason::CostNotFinite), "{report}");
    }
}

/// Near a kink a smaller step is taken, one that does not cross it.
#[test]
fn a_unit_near_its_kink_is_judged() {
    let mut net = Rectified::<f64>::seeded(3);
    net.theta1 = Theta::new([-3.0 + 1e-4, 0.5, 0.25], [[1.0, 1.0], [1.0, 0.5], [0.5, -1.0]]);
    net.theta2 = Theta::new([0.5], [[1.0, -0.5, 2.0]]);
    for report in all_methods(&net, &[[1.0, 2.0]], &[[1.0]], &Regularization::none()).unwrap() {
        report.assert_correct();
    }
}

/// So near that every step takes it across, but on one side of it for sure.
#[test]
fn a_unit_beside_its_kink_is_never_wrong() {
    let mut net = Rectified::<f64>::seeded(3);
    net.theta2 = Theta::new([0.5], [[1.0, -0.5, 2.0]]);
    for side in [-1e-11, 1e-11] {
        net.theta1 = Theta::new([-3.0 + side, 0.5, 0.25], [[1.0, 1.0], [1.0, 0.5], [0.5, -1.0]]);
        let reports = all_methods(&net, &[[1.0, 2.0]], &[[1.0]], &Regularization::none()).unwrap();
        let [exact, richardson, central, taylor] = &reports;
        assert!(exact.is_correct() && exact.is_complete(), "{exact}");
        for report in [richardson, central, taylor] {
            assert!(!report.is_wrong(), "{report}");
            assert!(report.parts[0].at_kinks > 0, "{report}");
            assert_eq!(report.parts[0].unresolved, 0, "{report}");
        }
        assert_eq!((central.parts[0].at_kinks, central.parts[0].agree), (3, 6), "{central}");
    }
}

#[test]
fn a_gradient_of_zeros_cannot_be_judged() {
    let mut net = Rectified::<f64>::seeded(3);
    net.fill(0.0);
    net.theta1.bias.fill(-1.0);
    // A dead network whose J is 0.
    for report in all_methods(&net, &[[1.0, 2.0]], &[[0.0]], &Regularization::none()).unwrap() {
        assert_eq!(report.verdict, Verdict::CannotJudge(Reason::AllZero), "{report}");
        assert!(report.to_string().contains("every entry is 0"), "{report}");
    }
    // One whose J is not: what is 0 has then to be told from rounding.
    network! {
        pub struct Dead(2 => 3 Relu => 1 Relu) minimizing HalfSquaredError;
    }
    let mut dead = Dead::<f64>::seeded(3);
    dead.theta1.bias.fill(-10.0);
    dead.theta2.bias.fill(-1.0);
    for report in
        all_methods(&dead, &[[1.0, 2.0]], &[[-1.0 / 3.0]], &Regularization::none()).unwrap()
    {
        assert_eq!(report.verdict, Verdict::CannotJudge(Reason::AllZero), "{report}");
        assert!(report.is_complete(), "{report}");
    }
    // A gradient that is zero, of a J that is not flat, is wrong.
    let zeros = Gradient::zeros();
    let report =
        Check::central().given(&net, &[[1.0, 2.0]], &[[3.0]], &Regularization::none(), &zeros);
    assert!(report.unwrap().is_wrong());
}

/// A weight near the largest number: the account of rounding overflows where J and ∇J do not.
#[test]
fn what_has_no_account_of_rounding_is_not_judged() {
    network! {
        pub struct Saturated(1 => 1 Tanh => 1 Identity) minimizing HalfSquaredError;
    }
    let net = Saturated::<f64>::new(Theta::new([0.0], [[1e308]]), Theta::new([0.5], [[1.0]]));
    let report = check_gradient(&net, &[[1.0]], &[[0.0]], &Regularization::none()).unwrap();
    assert_eq!(report.verdict, Verdict::CannotJudge(Reason::NothingResolved), "{report}");
    assert!(report.parts.iter().all(|part| part.unresolved == 2), "{report}");
}

#[test]
fn a_cost_that_is_not_finite_cannot_be_judged() {
    let mut net = Rectified::<f64>::seeded(3);
    net.fill(1e200);
    for report in all_methods(&net, &[[1.0, 2.0]], &[[0.0]], &Regularization::none()).unwrap() {
        assert_eq!(report.verdict, Verdict::CannotJudge(Reason::CostNotFinite), "{report}");
        assert!(report.parts.is_empty());
    }
}

/// Two entries in 10²⁰: the smaller one's slope never stands out.
#[test]
fn what_no_step_brings_out_of_rounding_is_lost() {
    let f = |x: &[f64]| 1e20 + x[0];
    let report = Check::richardson().function(f, |_| vec![1.0], &[1.0]).unwrap();
    assert_eq!(report.verdict, Verdict::CannotJudge(Reason::NothingResolved), "{report}");
    assert_eq!(report.parts[0].unresolved, 1);
    // What is no number is wrong, wherever.
    let report = Check::richardson().function(f, |_| vec![f64::NAN], &[1.0]).unwrap();
    assert!(report.is_wrong(), "{report}");
}

#[test]
fn a_nan_in_a_given_gradient_is_wrong() {
    let net = Article::<f64>::seeded(1);
    let none = Regularization::none();
    for index in [0, 53] {
        let (_, mut gradient) = net.cost_and_gradient(&X, &Y, &none).unwrap();
        gradient.parameters_mut()[index] = f64::NAN;
        let reports = [
            Check::exact().given(&net, &X, &Y, &none, &gradient).unwrap(),
            Check::richardson().given(&net, &X, &Y, &none, &gradient).unwrap(),
            Check::central().given(&net, &X, &Y, &none, &gradient).unwrap(),
            Check::taylor().given(&net, &X, &Y, &none, &gradient).unwrap(),
        ];
        for report in reports {
            assert!(report.is_wrong(), "{report}");
        }
    }
}

#[test]
fn bad_input_is_an_error() {
    let mut net = Article::<f64>::seeded(1);
    let none = Regularization::none();
    let check = |net: &Article, x: &[[f64; 3]], y: &[[f64; 2]], lambda| {
        let reports = all_methods(net, x, y, &lambda);
        reports.unwrap_err()
    };
    assert_eq!(check(&net, &[], &[], none), Error::NoExamples);
    assert_eq!(check(&net, &X[..1], &Y, none), Error::ExampleCounts { inputs: 1, targets: 2 });
    let bad = [[0.0, f64::NAN, 0.0]];
    assert!(matches!(check(&net, &bad, &Y[..1], none), Error::Input { example: 0, entry: 1, .. }));
    assert!(matches!(check(&net, &X[..1], &[[2.0, 0.0]], none), Error::Target { example: 0, .. }));
    assert!(matches!(check(&net, &X, &Y, Regularization::article(-1.0)), Error::Setting { .. }));
    net.theta2.weights[(1, 2)] = f64::INFINITY;
    let parameter = Error::Parameter { theta: 2, row: 1, column: 3, value: f64::INFINITY };
    assert_eq!(check(&net, &X, &Y, none), parameter);

    let net = Article::<f64>::seeded(1);
    let nothing = Check::taylor().directions(0).gradient(&net, &X, &Y, &none).unwrap_err();
    assert_eq!(nothing.to_string(), "directions is 0; it must be at least 1");
    let nothing = Check::central().entries(0).gradient(&net, &X, &Y, &none).unwrap_err();
    assert_eq!(nothing.to_string(), "entries is 0; it must be at least 1");

    let square = |x: &[f64]| x[0] * x[0];
    let slope = |x: &[f64]| vec![2.0 * x[0]];
    let check = Check::central();
    assert_eq!(check.function(square, slope, &[]).unwrap_err(), Error::NoExamples);
    let length = Error::Length { expected: 2, found: 1 };
    assert_eq!(check.function(square, slope, &[1.0, 2.0]).unwrap_err(), length);
    let nan = check.function(square, slope, &[f64::NAN]).unwrap_err();
    assert!(matches!(nan, Error::Input { example: 0, entry: 0, .. }));
    let square = |x: &[Dual]| x[0] * x[0];
    let check = Check::exact();
    assert_eq!(check.function(square, slope, &[]).unwrap_err(), Error::NoExamples);
    assert_eq!(check.function(square, slope, &[1.0, 2.0]).unwrap_err(), length);
    assert!(check.entries(0).function(square, slope, &[1.0]).is_err());
    let infinite = check.function(square, slope, &[f64::INFINITY]).unwrap_err();
    assert!(matches!(infinite, Error::Input { example: 0, entry: 0, .. }));
}

network! {
    pub struct Large(100 => 60 Tanh => 10 Softmax) minimizing CategoricalCrossEntropy;
}

#[test]
fn of_a_large_network_some_entries_are_looked_at() {
    let net = Large::<f64>::boxed_seeded(2);
    let (x, y) = ([[0.1; 100]], [one_hot(3).unwrap()]);
    let none = Regularization::none();
    for seed in 0..3 {
        let report = Check::exact().entries(50).seed(seed).gradient(&*net, &x, &y, &none).unwrap();
        report.assert_correct();
        assert!(report.parts.iter().all(|part| part.entries == 50));
    }
    // Another seed looks at others.
    let seen = |seed: u64| {
        let check = Check::exact().entries(5).seed(seed);
        check.gradient(&*net, &x, &y, &none).unwrap().to_string()
    };
    assert_eq!(seen(1), seen(1));
    assert_ne!(seen(1), seen(2));
    // Two errors that cancel along a direction of ones do not along a random one.
    let (_, mut gradient) = net.cost_and_gradient(&x, &y, &none).unwrap();
    gradient.theta2.weights[(1, 2)] += 1e-3;
    gradient.theta2.weights[(7, 40)] -= 1e-3;
    let report = Check::taylor().given(&*net, &x, &y, &none, &gradient).unwrap();
    assert!(report.is_wrong() && report.parts[0].differ == 0, "{report}");
    // Along directions, all are looked at.
    let (_, mut gradient) = net.cost_and_gradient(&x, &y, &none).unwrap();
    gradient.theta1.weights[(59, 99)] += 1e-4;
    let report = Check::taylor().given(&*net, &x, &y, &none, &gradient).unwrap();
    let place = Place::Parameter { theta: 1, row: 59, column: 100 };
    let worst = report.worst().unwrap();
    assert_eq!(worst.place, place, "{report}");
    // What is reported is the entry's own, whatever the direction's weight.
    let given = gradient.theta1.weights[(59, 99)];
    assert!((worst.analytic - given).abs() <= 1e-15 * given.abs(), "{report}");
    assert!((worst.analytic - worst.numerical - 1e-4).abs() <= worst.tolerance, "{report}");
    assert!(worst.tolerance <= 1e-6, "{report}");
    assert!(worst.tolerance > 0.0, "{report}");
    assert!(report.parts[0].slope.unwrap() < 1.5, "{report}");
}

/// Functions over `f64` and `f32`, right and wrong, by all methods.
#[test]
fn functions() {
    fn cubic<T: RealField + Copy>(x: &[T]) -> T {
        x[0] * x[0] * x[1] + (x[1] * x[2]).sin()
    }
    fn slopes<T: RealField + Copy>(x: &[T]) -> Vec<T> {
        let cos = (x[1] * x[2]).cos();
        vec![x[0] * x[1] + x[0] * x[1], x[0] * x[0] + cos * x[2], cos * x[1]]
    }
    let wrong = |x: &[f64]| {
        let mut slopes = slopes(x);
        slopes[1] += 1e-3;
        slopes
    };
    let x = [0.7, -1.3, 2.1];
    let single = x.map(|x| x as f32);
    let reports = [
        Check::central().function(cubic, slopes, &x).unwrap(),
        Check::richardson().function(cubic, slopes, &x).unwrap(),
        Check::taylor().function(cubic, slopes, &x).unwrap(),
    ];
    for report in reports {
        report.assert_correct();
    }
    let reports = [
        Check::central().function(cubic, wrong, &x).unwrap(),
        Check::richardson().function(cubic, wrong, &x).unwrap(),
        Check::taylor().function(cubic, wrong, &x).unwrap(),
    ];
    for report in reports {
        assert!(report.is_wrong(), "{report}");
        assert_eq!(report.worst().unwrap().place, Place::Index(1), "{report}");
        assert!(report.to_string().contains("entry 1: analytic "), "{report}");
    }

    // In f32, right, and off by as much as can be seen.
    let off = |x: &[f32]| {
        let mut slopes = slopes(x);
        slopes[0] *= 1.1;
        slopes
    };
    let reports = [
        (
            Check::central().function(cubic, slopes, &single),
            Check::central().function(cubic, off, &single),
        ),
        (
            Check::richardson().function(cubic, slopes, &single),
            Check::richardson().function(cubic, off, &single),
        ),
        (
            Check::taylor().function(cubic, slopes, &single),
            Check::taylor().function(cubic, off, &single),
        ),
    ];
    for (right, wrong) in reports {
        let (right, wrong) = (right.unwrap(), wrong.unwrap());
        assert!(right.is_correct(), "{right}");
        assert!(wrong.is_wrong(), "{wrong}");
    }

    // Right and wrong do not depend on the size of it all.
    for size in [1e-8, 1e8] {
        let f = |x: &[f64]| size * cubic(x);
        let right = |x: &[f64]| slopes(x).iter().map(|slope| size * slope).collect();
        let off = |x: &[f64]| wrong(x).iter().map(|slope| size * slope).collect();
        let reports = [
            (Check::central().function(f, right, &x), Check::central().function(f, off, &x)),
            (Check::richardson().function(f, right, &x), Check::richardson().function(f, off, &x)),
            (Check::taylor().function(f, right, &x), Check::taylor().function(f, off, &x)),
        ];
        for (right, wrong) in reports {
            let (right, wrong) = (right.unwrap(), wrong.unwrap());
            assert!(right.is_correct() && right.is_complete(), "{right}");
            assert!(wrong.is_wrong(), "{wrong}");
        }
    }

    let exactly = |x: &[Dual]| x[0] * x[0] * x[1] + (x[1] * x[2]).tanh();
    let slopes = |x: &[f64]| {
        let sech2 = (x[1] * x[2]).cosh().powi(-2);
        vec![2.0 * x[0] * x[1], x[0] * x[0] + sech2 * x[2], sech2 * x[1]]
    };
    Check::exact().function(exactly, slopes, &x).unwrap().assert_correct();
    let wrong = |x: &[f64]| {
        let mut slopes = slopes(x);
        slopes[2] *= 1.0 + 1e-7;
        slopes
    };
    let report = Check::exact().function(exactly, wrong, &x).unwrap();
    assert_eq!(report.worst().unwrap().place, Place::Index(2), "{report}");
    assert!(report.is_wrong(), "{report}");

    // What may be off goes with the size of the gradient.
    for size in [1e-8, 1e8] {
        let f = |x: &[Dual]| Dual::fixed(size) * (x[0] * x[0]).tanh() * x[1];
        let slopes = |x: &[f64]| {
            let tanh = (x[0] * x[0]).tanh();
            vec![size * 2.0 * x[0] * x[1] * (1.0 - tanh * tanh), size * tanh]
        };
        Check::exact().function(f, slopes, &[0.9, 0.7]).unwrap().assert_correct();
        let wrong = |x: &[f64]| slopes(x).iter().map(|slope| slope * (1.0 + 1e-8)).collect();
        assert!(Check::exact().function(f, wrong, &[0.9, 0.7]).unwrap().is_wrong());
    }
}

/// What a value is off, beyond its last digit, shows in its neighbours.
#[test]
fn functions_that_round_are_no_false_alarm() {
    let gradient = |x: &[f64]| vec![x[0].cos(), 2.0 * x[1]];
    for quantum in [1e-6, 1e-8, 1e-10] {
        let f = |x: &[f64]| ((x[0].sin() + x[1] * x[1]) / quantum).round() * quantum;
        let cancelled = |x: &[f64]| ((x[0].sin() + x[1] * x[1]) + 1e16 * quantum) - 1e16 * quantum;
        for place in 0..20 {
            let x = [0.1 * f64::from(place), 1.0 - 0.07 * f64::from(place)];
            for report in [
                Check::central().function(f, gradient, &x),
                Check::richardson().function(f, gradient, &x),
                Check::taylor().function(f, gradient, &x),
                Check::central().function(cancelled, gradient, &x),
                Check::richardson().function(cancelled, gradient, &x),
                Check::taylor().function(cancelled, gradient, &x),
            ] {
                let report = report.unwrap();
                assert!(!report.is_wrong(), "{quantum:e}: {report}");
            }
        }
    }
    // But a slope with the wrong sign stands out.
    let f = |x: &[f64]| ((x[0].sin() + x[1] * x[1]) / 1e-6).round() * 1e-6;
    let wrong = |x: &[f64]| vec![-x[0].cos(), 2.0 * x[1]];
    for report in [
        Check::central().function(f, wrong, &[0.3, 0.7]),
        Check::richardson().function(f, wrong, &[0.3, 0.7]),
        Check::taylor().function(f, wrong, &[0.3, 0.7]),
    ] {
        let report = report.unwrap();
        assert!(report.is_wrong(), "{report}");
    }
}

/// At a root nothing is left of the value to measure rounding by.
#[test]
fn roots_are_no_false_alarm() {
    let f = |x: &[f64]| (x[0] - 1092.3125) + 1e-3 * (x[1] - 17.3);
    for seed in 0..100 {
        let report =
            Check::taylor().seed(seed).function(f, |_| vec![1.0, 1e-3], &[1092.3125, 17.3]);
        report.unwrap().assert_correct();
    }
    Check::central().function(f, |_| vec![1.0, 1e-3], &[1092.3125, 17.3]).unwrap().assert_correct();
}

/// An infinite slope says nothing of the others.
#[test]
fn an_infinite_slope_is_judged_by_itself() {
    let f = |x: &[Dual]| x[0].sqrt() + Dual::fixed(3.0) * x[1];
    let report = Check::exact().function(f, |_| vec![0.0, 7.0], &[0.0, 1.0]).unwrap();
    assert!(report.is_wrong() && report.parts[0].unresolved == 1, "{report}");
    assert_eq!(report.worst().unwrap().place, Place::Index(1));
    let f = |x: &[Dual]| Dual::fixed(1e12) * x[0] + x[1] * x[1];
    let report = Check::exact().function(f, |_| vec![1e12, 0.0], &[1.0, 1.0]).unwrap();
    assert!(report.is_wrong(), "{report}");
    // 1e-10 of itself, and 1e-14 of the largest.
    let tolerance = report.worst().unwrap().tolerance;
    assert!((tolerance - (2e-10 + 1e-2)).abs() < 1e-15, "{tolerance:e}");
}

/// Two slopes exchanged cancel along half of all directions of equal steps.
#[test]
fn exchanged_entries_are_seen_along_every_direction() {
    let f = |x: &[f64]| x.iter().enumerate().map(|(i, x)| (i as f64 + 1.0) * x).sum::<f64>();
    let exchanged = |x: &[f64]| {
        let mut slopes: Vec<f64> = (1..=x.len()).map(|i| i as f64).collect();
        slopes.swap(2, 7);
        slopes
    };
    for seed in 0..200 {
        let check = Check::taylor().directions(1).seed(seed);
        let report = check.function(f, exchanged, &[0.5; 10]).unwrap();
        assert!(report.is_wrong(), "{report}");
    }
}

/// A tolerance is the entry's own, whatever weight the direction gives it: 64 ε of what is claimed.
#[test]
fn a_single_entry_along_a_direction_has_its_own_tolerance() {
    for seed in 0..10 {
        let check = Check::taylor().directions(1).seed(seed);
        let report = check.function(|x: &[f64]| x[0], |_| vec![2.0], &[0.0]).unwrap();
        let worst = report.worst().unwrap();
        assert_eq!(worst.place, Place::Index(0), "{report}");
        let expected = 128.0 * f64::EPSILON;
        assert!((worst.tolerance - expected).abs() < 1e-2 * expected, "{:e}", worst.tolerance);
    }
}

/// Inputs of any size, with weights that bring them back.
#[test]
fn networks_of_large_inputs_are_no_false_alarm() {
    for exponent in [3, 6, 9, 12] {
        let size = 10.0_f64.powi(exponent);
        let mut net = Article::<f64>::seeded(5);
        net.theta1.weights /= size;
        let x = X.map(|x| x.map(|x| x * size));
        for report in all_methods(&net, &x, &Y, &Regularization::none()).unwrap() {
            assert!(!report.is_wrong(), "{size:e}: {report}");
        }
        assert!(check_gradient(&net, &x, &Y, &Regularization::none()).unwrap().is_correct());
    }
}

/// A kink of a function that nobody announced, on the spot and at a distance.
#[test]
fn kinks_of_functions() {
    let f = |x: &[f64]| x[0].abs() + x[1] * x[1];
    let gradient = |x: &[f64]| vec![if x[0] > 0.0 { 1.0 } else { -1.0 }, 2.0 * x[1]];
    for check in [
        Check::central().function(f, gradient, &[0.0, 1.0]),
        Check::richardson().function(f, gradient, &[0.0, 1.0]),
    ] {
        let report = check.unwrap();
        assert!(report.is_correct(), "{report}");
        assert_eq!((report.parts[0].at_kinks, report.parts[0].agree), (1, 1), "{report}");
    }
    Check::central().function(f, gradient, &[1e-3, 1.0]).unwrap().assert_correct();
    Check::richardson().function(f, gradient, &[-1e-3, 1.0]).unwrap().assert_correct();
    for seed in 0..20 {
        let report = Check::taylor().seed(seed).function(f, gradient, &[0.0, 1.0]).unwrap();
        assert!(!report.is_wrong(), "{report}");
    }
    // A slope that is on neither side is wrong.
    let steeper = |x: &[f64]| vec![1.5, 2.0 * x[1]];
    assert!(Check::central().function(f, steeper, &[0.0, 1.0]).unwrap().is_wrong());
}

macro_rules! is_correct {
    ($($check:ident::<$($of:ty),* $(; $s:literal)?>;)*) => {
        $({
            let report = $check::<$($of,)* $($s)?>();
            report.assert_correct();
            assert!(report.parts.iter().all(|part| part.entries >= 100 && part.unresolved == 0), "{report}");
        })*
    };
}

#[test]
fn our_activations_and_costs() {
    is_correct! {
        check_activation::<Sigmoid>;
        check_activation::<Tanh>;
        check_activation::<Relu>;
        check_activation::<LeakyRelu>;
        check_activation::<LeakyRelu<1, 5>>;
        check_activation::<Elu>;
        check_activation::<Elu<1, 2>>;
        check_activation::<Gelu>;
        check_activation::<Silu>;
        check_activation::<Softplus>;
        check_cost::<CrossEntropy, Sigmoid; 3>;
        check_cost::<CategoricalCrossEntropy, Softmax; 3>;
        check_cost::<HalfSquaredError, Sigmoid; 3>;
        check_cost::<HalfSquaredError, Tanh; 1>;
        check_cost::<HalfSquaredError, Softmax; 4>;
        check_cost::<HalfSquaredError, Gelu; 2>;
        check_cost::<Huber, Identity; 3>;
        check_cost::<Huber<1, 2>, Softmax; 3>;
        check_cost::<Huber, Elu; 3>;
    }
    check_activation::<Identity>().assert_correct();
}

macro_rules! activation {
    ($name:ident, $kinks:expr, |$z:ident, $a:ident| $g:expr, $g_prime:expr, $g_second:expr) => {
        #[doc = stringify!($name)]
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name;

        impl Activation for $name {
            const NAME: &'static str = stringify!($name);
            const KINKS: &'static [f64] = $kinks;

            fn g<V: Real>($z: V) -> V {
                $g
            }

            fn g_prime<V: Real>($z: V, $a: V) -> V {
                let _ = (&$z, &$a);
                $g_prime
            }

            fn g_second<V: Real>($z: V, $a: V) -> V {
                let _ = (&$z, &$a);
                $g_second
            }
        }
    };
}

// tanh with the slope of its square.
activation!(
    WrongSlope,
    &[],
    |z, a| z.tanh(),
    V::one() - a,
    V::constant(-2.0) * a.clone() * (V::one() - a.clone() * a)
);

// Right but for one part in 10⁸ beyond 3.
activation!(
    SlightlyWrong,
    &[],
    |z, a| z.tanh(),
    (V::one() - a.clone() * a.clone())
        * z.clone().select_gt(V::constant(3.0), V::constant(1.0 + 1e-8), V::one()),
    V::constant(-2.0) * a.clone() * (V::one() - a.clone() * a)
);

activation!(
    WrongBend,
    &[],
    |z, a| z.tanh(),
    V::one() - a.clone() * a,
    V::constant(2.0) * a.clone() * (V::one() - a.clone() * a)
);

activation!(
    UnannouncedKink,
    &[],
    |z, a| z.clone().select_gt(V::zero(), z.clone(), V::constant(0.1) * z),
    z.select_gt(V::zero(), V::one(), V::constant(0.1)),
    V::zero()
);

// e^z/(1 + e^z), which overflows.
activation!(
    NotFinite,
    &[],
    |z, a| z.sigmoid(),
    z.clone().exp() / ((V::one() + z.clone().exp()) * (V::one() + z.exp())),
    a.clone() * (V::one() - a.clone()) * (V::one() - V::constant(2.0) * a)
);

// Slopes as large as 10⁹ far out.
activation!(
    Steep,
    &[],
    |z, a| z.clone() * (V::one() + z.abs()).sqrt(),
    {
        let root = (V::one() + z.clone().abs()).sqrt();
        root.clone() + z.abs() / (V::constant(2.0) * root)
    },
    {
        let sign = z.clone().select_gt(V::zero(), V::one(), V::constant(-1.0));
        let root = (V::one() + z.clone().abs()).sqrt();
        let square = root.clone() * root.clone();
        sign * (V::one() / root.clone() - z.abs() / (V::constant(4.0) * root * square))
    }
);

// Right up to 100.
activation!(
    WrongFarOut,
    &[],
    |z, a| z,
    z.select_gt(V::constant(100.0), V::constant(1.5), V::one()),
    V::zero()
);

// Not defined below 0, and without a slope at it.
activation!(
    Root,
    &[],
    |z, a| z.sqrt(),
    V::constant(0.5) / z.sqrt(),
    V::constant(-0.25) / (z.clone() * z.sqrt())
);

/// Numbers that are not of the domain are left out, and what has no slope is not judged.
#[test]
fn activations_may_have_a_domain() {
    let report = check_activation::<Root>();
    assert!(report.is_correct(), "{report}");
    assert!(report.parts[0].agree > 200 && report.parts[0].entries < 300, "{report}");
}

#[test]
fn far_out_slopes_count_as_well() {
    check_activation::<Steep>().assert_correct();
    let report = check_activation::<WrongFarOut>();
    assert!(report.is_wrong() && report.parts[0].differ == 8, "{report}");
    assert!(matches!(report.worst().unwrap().place, Place::At(z) if z > 100.0), "{report}");
}

#[test]
fn wrong_activations_are_found() {
    fn worst<G: Activation>(part: usize) -> (Report, f64) {
        let report = check_activation::<G>();
        assert!(report.is_wrong(), "{report}");
        let Place::At(z) = report.parts[part].worst.unwrap().place else { panic!("{report}") };
        (report, z)
    }
    let (report, _) = worst::<WrongSlope>(0);
    assert!(report.to_string().starts_with("activation WrongSlope, by exact derivatives: WRONG"));
    assert!(report.parts[0].differ > 100, "{report}");
    let (report, z) = worst::<SlightlyWrong>(0);
    assert!(z > 3.0 && report.parts[0].differ > 10, "{report}");
    let (report, _) = worst::<WrongBend>(1);
    assert_eq!(report.parts[0].differ, 0, "{report}");
    let report = check_activation::<UnannouncedKink>();
    assert_eq!(report.worst().unwrap().place, Place::UnnamedKink(0.0));
    assert!(
        report.to_string().contains("\n  at 0e0, a kink that KINKS does not name: "),
        "{report}"
    );
    let (report, z) = worst::<NotFinite>(0);
    assert!(z >= 400.0, "{report}");
}

/// A wrong activation, cost or matched pair shows in the network that uses it.
#[test]
fn what_users_write_is_checked_in_their_networks() {
    network! {
        pub struct OnWrongSlope(2 => 3 WrongSlope => 1 Identity) minimizing HalfSquaredError;
    }
    let net = OnWrongSlope::<f64>::seeded(1);
    let (x, y) = ([[0.5, -1.0]], [[0.3]]);
    for report in all_methods(&net, &x, &y, &Regularization::none()).unwrap() {
        assert!(report.is_wrong(), "{report}");
        assert!(report.parts[0].differ > 0 && report.parts[1].differ == 0, "{report}");
    }

    network! {
        pub struct Unannounced(1 => 1 UnannouncedKink => 1 Identity) minimizing HalfSquaredError;
    }
    let net = Unannounced::new(Theta::new([0.0], [[1.0]]), Theta::new([0.0], [[1.0]]));
    let report = Check::richardson().gradient(&net, &[[0.0]], &[[1.0]], &Regularization::none());
    let report = report.unwrap();
    assert!(!report.is_wrong() && report.parts[0].at_kinks > 0, "{report}");
}

/// A cost of positive targets, with a δ that forgets y.
#[derive(Clone, Copy, Debug, Default)]
struct Poisson;

impl<H: Matched<Self>> Cost<H> for Poisson {
    const NAME: &'static str = "Poisson";

    fn cost<V: Real, const S: usize>(Compared { z, y, .. }: Compared<'_, V, S>) -> V {
        let terms = z.iter().zip(y).map(|(z, y)| z.clone().exp() - y.clone() * z.clone());
        terms.fold(V::zero(), |sum, term| sum + term)
    }

    fn delta<V: Real, const S: usize>(Compared { a, .. }: Compared<'_, V, S>) -> [V; S] {
        a.0.clone()
    }

    fn curvature<V: Real, const S: usize>(
        Compared { z, .. }: Compared<'_, V, S>,
        v: &[V; S],
    ) -> [V; S] {
        core::array::from_fn(|i| z[i].clone().exp() * v[i].clone())
    }

    fn check_target<T: RealField>(y: &[T]) -> Result<(), TargetFault> {
        match y.iter().position(|y| *y <= T::zero()) {
            None => Ok(()),
            Some(entry) => {
                Err(TargetFault { entry: Some(entry), value: 0.0, expected: "positive" })
            }
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Exponential;

impl Activation for Exponential {
    const NAME: &'static str = "Exponential";

    fn g<V: Real>(z: V) -> V {
        z.exp()
    }

    fn g_prime<V: Real>(_z: V, a: V) -> V {
        a
    }

    fn g_second<V: Real>(_z: V, a: V) -> V {
        a
    }
}

impl Matched<Poisson> for Exponential {}

#[test]
fn a_wrong_cost_is_found() {
    let report = check_cost::<Poisson, Exponential, 2>();
    assert!(report.is_wrong(), "{report}");
    assert_eq!(report.subject, format!("cost Poisson on {}", <Exponential as Output>::NAME));
    assert!(report.parts[0].differ >= 190, "{report}");
    assert_eq!((report.parts[1].agree, report.parts[1].differ), (200, 0), "{report}");
}

const PAGE: &str = include_str!("../docs/proving-a-gradient.md");

// As on the page.
activation!(
    MyTanh,
    &[],
    |z, a| z.tanh(),
    V::one() - a,
    V::constant(-2.0) * a.clone() * (V::one() - a.clone() * a)
);

#[test]
fn the_page_shows_what_is_printed() {
    network! {
        pub struct Mine(2 => 3 MyTanh => 2 MyTanh => 1 Identity) minimizing HalfSquaredError;
    }
    let net = Mine::<f64>::seeded(1);
    let (x, y) = ([[0.1, 0.2], [-0.3, 0.4]], [[0.5], [-0.5]]);
    let report = check_gradient(&net, &x, &y, &Regularization::none()).unwrap();
    assert!(PAGE.contains(&format!("```text\n{report}```")), "{report}");
    let report = check_activation::<MyTanh>();
    assert!(PAGE.contains(&format!("```text\n{report}```")), "{report}");
}
