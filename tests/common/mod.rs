//! What several test files use: random cases, three oracles, and the list of architectures.
#![allow(dead_code, reason = "no test file uses all of it")]

pub mod agreement;
pub mod curvature;
pub mod false_alarms;
pub mod oracle;

use constprop::prelude::*;
use constprop::{RealField, Sample};
use num_dual::Dual64;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand::RngExt;

/// Regularization as data, to be had over every scalar.
#[derive(Clone, Copy, Debug)]
pub struct Lambda {
    pub lambda: f64,
    pub per_example: bool,
    pub with_bias: bool,
}

impl Lambda {
    pub fn over<T: RealField>(self) -> Regularization<T> {
        let lambda = nalgebra::convert(self.lambda);
        let regularization = if self.per_example {
            Regularization::coursera(lambda)
        } else {
            Regularization::article(lambda)
        };
        if self.with_bias { regularization.with_bias() } else { regularization }
    }

    /// What λ multiplies Θ with in the gradient.
    pub fn factor(self, m: usize) -> f64 {
        if self.per_example { self.lambda / m as f64 } else { self.lambda }
    }
}

/// A network's parameters and the examples it is tried on.
#[derive(Clone, Debug)]
pub struct Case<X, Y> {
    pub parameters: Vec<f64>,
    pub inputs: Vec<X>,
    pub targets: Vec<Y>,
    pub lambda: Lambda,
}

pub type CaseOf<N> = Case<<N as Network>::Input, <N as Network>::Target>;

impl<X: Sample<f64>, Y: Sample<f64>> Case<X, Y> {
    pub fn net<N: Network<Scalar = f64>>(&self) -> N {
        let mut net = N::zeros();
        net.set_parameters(&self.parameters).unwrap();
        net
    }
}

/// Random cases of a network: parameters of its usual size and some beyond, m from 1 to 6,
/// targets that its cost can mean.
pub fn cases<N: Network<Scalar = f64>>() -> impl Strategy<Value = CaseOf<N>>
where
    N::Input: 'static,
    N::Target: 'static,
{
    let name = <N::Cost as constprop::Cost<N::Hypothesis>>::NAME;
    let (s_in, s_out) = (N::Input::SIZE, N::Target::SIZE);
    let parameters = prop::collection::vec(-0.9..0.9_f64, N::PARAMETERS);
    let lambda = (prop_oneof![Just(0.0), 0.01..3.0_f64], any::<bool>(), any::<bool>());
    (parameters, lambda, 1..=6_usize).prop_flat_map(move |(parameters, lambda, m)| {
        let inputs = prop::collection::vec(-1.5..1.5_f64, m * s_in);
        let targets = prop::collection::vec(0.0..1.0_f64, m * s_out);
        (Just(parameters), inputs, targets).prop_map(move |(parameters, inputs, targets)| Case {
            parameters,
            inputs: inputs.chunks(s_in).map(|x| N::Input::from_fn(|i| x[i])).collect(),
            targets: targets
                .chunks(s_out)
                .map(|y| N::Target::from_fn(|i| target(name, y, i)))
                .collect(),
            lambda: Lambda { lambda: lambda.0, per_example: lambda.1, with_bias: lambda.2 },
        })
    })
}

fn target(cost: &str, y: &[f64], i: usize) -> f64 {
    match cost {
        "CrossEntropy" => y[i],
        "CategoricalCrossEntropy" => (y[i] + 0.01) / y.iter().map(|y| y + 0.01).sum::<f64>(),
        // Far enough apart that Huber's error is small here and large there.
        _ => 6.0 * y[i] - 3.0,
    }
}

/// A random target that the cost of `N` can mean.
pub fn random_target<N: Network<Scalar = f64>>(rng: &mut impl RngExt) -> N::Target {
    let name = <N::Cost as constprop::Cost<N::Hypothesis>>::NAME;
    let y: Vec<f64> = (0..N::Target::SIZE).map(|_| rng.random()).collect();
    N::Target::from_fn(|i| target(name, &y, i))
}

pub fn convert_all<U: RealField, A: Sample<f64>, B: Sample<U>>(samples: &[A]) -> Vec<B> {
    let convert = |sample: &A| B::from_fn(|i| nalgebra::convert(sample.as_ref()[i]));
    samples.iter().map(convert).collect()
}

/// ∂J/∂θ for every θ, by dual numbers through the readable path: exact to rounding.
pub fn exact_gradient<N: Network<Scalar = f64>>(net: &N, case: &CaseOf<N>) -> Vec<f64> {
    let mut dual = net.cast::<Dual64>();
    let inputs = convert_all(&case.inputs);
    let targets = convert_all(&case.targets);
    let lambda = case.lambda.over();
    (0..N::PARAMETERS)
        .map(|index| {
            dual.parameters_mut()[index].eps = 1.0;
            let j = dual.cost(&inputs, &targets, &lambda).unwrap();
            dual.parameters_mut()[index].eps = 0.0;
            j.eps
        })
        .collect()
}

/// (J(θ + h) − J(θ − h)) / 2h for every θ.
pub fn central_gradient<N: Network<Scalar = f64>>(net: &N, case: &CaseOf<N>, h: f64) -> Vec<f64> {
    let mut moved = net.boxed_clone();
    let lambda = case.lambda.over();
    (0..N::PARAMETERS)
        .map(|index| {
            let mut at = |theta| {
                moved.parameters_mut()[index] = theta;
                moved.cost(&case.inputs, &case.targets, &lambda).unwrap()
            };
            let theta = net.parameters()[index];
            let difference = at(theta + h) - at(theta - h);
            at(theta);
            difference / (2.0 * h)
        })
        .collect()
}

/// Holds two gradients against each other entry by entry, with one tolerance for each Θ⁽ˡ⁾.
pub fn compare<N: Network>(found: &[f64], expected: &[f64], tolerances: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let (theta, row, column) = constprop::place::<N>(index);
        let tolerance = tolerances[theta - 1];
        assert!(
            (found - expected).abs() <= tolerance,
            "theta{theta}, row {row}, column {column}: {found:e} where {expected:e} is expected; \
             off by {:e}, which is more than {tolerance:e}",
            (found - expected).abs()
        );
    }
}

/// How many random cases each property is tried on, and from which seed: 64 from a fixed one, so
/// that a run can be repeated, or what `PROPTEST_CASES` and `PROPTEST_RNG_SEED` say.
pub fn config() -> ProptestConfig {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    ProptestConfig {
        cases: number("PROPTEST_CASES").and_then(|n| n.try_into().ok()).unwrap_or(64),
        rng_seed: RngSeed::Fixed(number("PROPTEST_RNG_SEED").unwrap_or(1)),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// The architectures that properties are proven on: every activation in a hidden layer, every
/// cost with every output it fits, depths 2 to 6 and 16, odd sizes, size 1.
#[macro_export]
macro_rules! architectures {
    ($run:ident) => {
        $run! {
            // The article's, Coursera's, and the smallest.
            article Article(3 => 5 Sigmoid => 4 Sigmoid => 2 Sigmoid) CrossEntropy;
            coursera Coursera(3 => 5 Sigmoid => 3 Sigmoid) CrossEntropy;
            smallest Smallest(1 => 1 Sigmoid) CrossEntropy;
            narrow Narrow(1 => 1 Tanh => 1 Identity) HalfSquaredError;
            equal Equal(5 => 5 Tanh => 5 Tanh => 5 Identity) HalfSquaredError;
            // Every cost with every output that it fits.
            categorical Categorical(4 => 6 Tanh => 3 Softmax) CategoricalCrossEntropy;
            one_class OneClass(2 => 1 Softmax) CategoricalCrossEntropy;
            squared_sigmoid SquaredSigmoid(3 => 4 Tanh => 2 Sigmoid) HalfSquaredError;
            squared_tanh SquaredTanh(3 => 4 Tanh => 2 Tanh) HalfSquaredError;
            squared_relu SquaredRelu(3 => 4 Tanh => 2 Relu) HalfSquaredError;
            squared_leaky SquaredLeaky(3 => 4 Tanh => 2 LeakyRelu) HalfSquaredError;
            squared_elu SquaredElu(3 => 4 Tanh => 2 Elu) HalfSquaredError;
            squared_gelu SquaredGelu(3 => 4 Tanh => 2 Gelu) HalfSquaredError;
            squared_silu SquaredSilu(3 => 4 Tanh => 2 Silu) HalfSquaredError;
            squared_softplus SquaredSoftplus(3 => 4 Tanh => 2 Softplus) HalfSquaredError;
            squared_identity SquaredIdentity(3 => 4 Tanh => 2 Identity) HalfSquaredError;
            squared_softmax SquaredSoftmax(3 => 4 Tanh => 3 Softmax) HalfSquaredError;
            huber_sigmoid HuberSigmoid(2 => 3 Tanh => 3 Sigmoid) Huber;
            huber_tanh HuberTanh(2 => 3 Tanh => 3 Tanh) Huber;
            huber_relu HuberRelu(2 => 3 Tanh => 3 Relu) Huber;
            huber_leaky HuberLeaky(2 => 3 Tanh => 3 LeakyRelu) Huber;
            huber_elu HuberElu(2 => 3 Tanh => 3 Elu) Huber;
            huber_gelu HuberGelu(2 => 3 Tanh => 3 Gelu) Huber;
            huber_silu HuberSilu(2 => 3 Tanh => 3 Silu) Huber;
            huber_softplus HuberSoftplus(2 => 3 Tanh => 3 Softplus) Huber;
            huber_identity HuberIdentity(2 => 3 Tanh => 3 Identity) Huber;
            huber_softmax HuberSoftmax(2 => 3 Tanh => 4 Softmax) Huber;
            // Every activation in a hidden layer, at odd sizes and other depths.
            hidden_relu HiddenRelu(3 => 7 Relu => 5 Relu => 1 Sigmoid) CrossEntropy;
            hidden_leaky HiddenLeaky(4 => 5 LeakyRelu => 3 LeakyRelu => 3 Softmax)
                CategoricalCrossEntropy;
            hidden_elu HiddenElu(3 => 5 Elu => 4 Elu => 2 Identity) HalfSquaredError;
            hidden_gelu HiddenGelu(3 => 5 Gelu => 4 Gelu => 2 Identity) HalfSquaredError;
            hidden_silu HiddenSilu(3 => 5 Silu => 4 Silu => 2 Identity) HalfSquaredError;
            hidden_softplus HiddenSoftplus(3 => 5 Softplus => 4 Softplus => 2 Identity)
                HalfSquaredError;
            hidden_identity HiddenIdentity(3 => 5 Identity => 4 Identity => 2 Sigmoid)
                CrossEntropy;
            // Depths 2, 5, 6 and 16.
            two_layers TwoLayers(7 => 3 Softmax) CategoricalCrossEntropy;
            linear Linear(9 => 1 Identity) HalfSquaredError;
            five_layers FiveLayers(2 => 3 Tanh => 1 Sigmoid => 4 Silu => 2 Identity) Huber;
            six_layers SixLayers(3 => 4 Relu => 3 Tanh => 5 Elu => 2 Gelu => 3 Softmax)
                CategoricalCrossEntropy;
            wide Wide(1 => 17 Tanh => 1 Sigmoid) CrossEntropy;
            sixteen_layers SixteenLayers(
                2 => 3 Tanh => 2 Silu => 3 Sigmoid => 2 Tanh => 1 Softplus => 3 Tanh => 2 Elu
                    => 3 Tanh => 2 Gelu => 3 Tanh => 2 Identity => 3 Tanh => 2 LeakyRelu
                    => 3 Tanh => 2 Sigmoid
            ) CrossEntropy;
        }
    };
}
