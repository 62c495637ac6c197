//! Coursera's debug networks, whose costs and gradient are known to many digits.
//!
//! All data come from one recipe, `reshape(sin(1..n), rows, cols)/10`, column-major, as in
//! `debugInitializeWeights.m` and `checkNNGradients.m` of the course's exercise 4; the figures
//! are those the exercise prints, and what an independent Octave-like evaluation gives for the
//! cases that it does not print.

use constprop::prelude::*;

network! {
    pub struct Debug353(3 => 5 Sigmoid => 3 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct Debug3543(3 => 5 Sigmoid => 4 Sigmoid => 3 Sigmoid) minimizing CrossEntropy;
}

/// Each Θ starts the recipe anew.
fn debug_net<N: Network<Scalar = f64>>() -> N {
    let mut net = N::zeros();
    let mut rest = net.parameters_mut();
    for shape in N::SHAPES {
        let (theta, behind) = rest.split_at_mut(shape.parameters());
        for (n, entry) in theta.iter_mut().enumerate() {
            *entry = ((n + 1) as f64).sin() / 10.0;
        }
        rest = behind;
    }
    net
}

fn examples() -> ([[f64; 3]; 5], [[f64; 3]; 5]) {
    let x = |row: usize, column: usize| ((column * 5 + row + 1) as f64).sin() / 10.0;
    let labels = [2, 3, 1, 2, 3];
    (
        std::array::from_fn(|row| std::array::from_fn(|column| x(row, column))),
        labels.map(|label| one_hot(label - 1).unwrap()),
    )
}

#[track_caller]
fn cost_is<N>(regularization: Regularization<f64>, expected: f64)
where
    N: Network<Scalar = f64, Input = [f64; 3], Target = [f64; 3]>,
{
    let (inputs, targets) = examples();
    let (j, _) = debug_net::<N>().cost_and_gradient(&inputs, &targets, &regularization).unwrap();
    assert!((j - expected).abs() < 5e-14 * expected, "J is {j:.15}, not {expected:.15}");
}

#[test]
fn costs_of_3_5_3() {
    cost_is::<Debug353>(Regularization::none(), 2.10095056990246);
    cost_is::<Debug353>(Regularization::coursera(1.0), 2.1160869849431);
    cost_is::<Debug353>(Regularization::coursera(3.0), 2.14635981502436);
    cost_is::<Debug353>(Regularization::article(3.0), 2.327996795511931);
    cost_is::<Debug353>(Regularization::article(3.0).with_bias(), 2.397025384794975);
}

#[test]
fn costs_of_3_5_4_3() {
    cost_is::<Debug3543>(Regularization::none(), 2.114374567320767);
    cost_is::<Debug3543>(Regularization::coursera(3.0), 2.186287742468445);
    cost_is::<Debug3543>(Regularization::article(3.0), 2.473940443059158);
}

/// To the digits that the exercise prints.
#[test]
fn gradient_of_3_5_3_begins_as_printed() {
    let (inputs, targets) = examples();
    let (_, gradient) = debug_net::<Debug353>()
        .cost_and_gradient(&inputs, &targets, &Regularization::coursera(3.0))
        .unwrap();
    let printed = [-9.2783e-3, 8.8991e-3, -8.3601e-3, 7.6281e-3, -6.7480e-3, -1.6768e-2];
    let digits = [5e-8, 5e-8, 5e-8, 5e-8, 5e-8, 5e-7];
    for (entry, ((found, printed), half)) in
        gradient.parameters().iter().zip(printed).zip(digits).enumerate()
    {
        assert!(
            (found - printed).abs() <= half * 1.001,
            "entry {entry}: {found:e}, not {printed:e}"
        );
    }
}

/// The entries that are not printed, against exact derivatives, in every convention.
#[test]
fn gradients_in_every_convention() {
    use num_dual::Dual64;
    let conventions = [
        (false, false, 0.0),
        (true, false, 3.0),
        (true, true, 3.0),
        (false, false, 3.0),
        (false, true, 3.0),
    ];
    let (inputs, targets) = examples();
    for (per_example, with_bias, lambda) in conventions {
        let net = debug_net::<Debug3543>();
        let regularization = regularization(per_example, with_bias, lambda);
        let (_, gradient) = net.cost_and_gradient(&inputs, &targets, &regularization).unwrap();
        let mut dual = net.cast::<Dual64>();
        let inputs = inputs.map(|x| x.map(Dual64::from_re));
        let targets = targets.map(|y| y.map(Dual64::from_re));
        let regularization = self::regularization(per_example, with_bias, Dual64::from_re(lambda));
        for (index, found) in gradient.parameters().iter().enumerate() {
            dual.parameters_mut()[index].eps = 1.0;
            let exact = dual.cost(&inputs, &targets, &regularization).unwrap().eps;
            dual.parameters_mut()[index].eps = 0.0;
            assert!((found - exact).abs() < 1e-15, "entry {index}: {found:e}, not {exact:e}");
        }
    }
}

fn regularization<T: constprop::RealField>(
    per_example: bool,
    with_bias: bool,
    lambda: T,
) -> Regularization<T> {
    let regularization = if per_example {
        Regularization::coursera(lambda)
    } else {
        Regularization::article(lambda)
    };
    if with_bias { regularization.with_bias() } else { regularization }
}
