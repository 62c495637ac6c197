//! What several test files use: random cases, three oracles, and the list of architectures.
#![allow(dead_code, reason = "no test file uses all of it")]

pub mod agreement;
pub mod chained;
pub mod curvature;
pub mod false_alarms;
pub mod oracle;
pub mod subject;

use constprop::prelude::*;
use constprop::{RealField, Sample, ThetaShape};
use num_dual::Dual64;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand::RngExt;

pub use subject::{CostOfTheta, Shape};

/// Random inputs, each of a random class.
pub fn examples<N: Network>(m: usize, seed: u64) -> (Vec<N::Input>, Vec<N::Target>) {
    let mut rng = constprop::rng(seed);
    let inputs = (0..m)
        .map(|_| N::Input::from_fn(|_| nalgebra::convert(rng.random_range(-1.0..1.0))))
        .collect();
    let targets = (0..m)
        .map(|_| {
            let class = rng.random_range(0..N::Target::SIZE);
            N::Target::from_fn(|i| nalgebra::convert(f64::from(i == class)))
        })
        .collect();
    (inputs, targets)
}

/// Regularization as data, to be had over every scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
pub struct Case<X, Y> {
    pub parameters: Vec<f64>,
    pub inputs: Vec<X>,
    pub targets: Vec<Y>,
    pub lambda: Lambda,
}

pub type CaseOf<N> = Case<<N as Network>::Input, <N as Network>::Target>;

/// A case of any network, for what is compiled once and not for each of them.
pub type Rows = Case<Vec<f64>, Vec<f64>>;

impl<X: AsRef<[f64]>, Y: AsRef<[f64]>> Case<X, Y> {
    pub fn net<N: Network<Scalar = f64>>(&self) -> N {
        let mut net = N::zeros();
        net.set_parameters(&self.parameters).unwrap();
        net
    }

    pub fn rows(&self) -> Rows {
        let inputs = self.inputs.iter().map(|x| x.as_ref().to_vec()).collect();
        let targets = self.targets.iter().map(|y| y.as_ref().to_vec()).collect();
        Case { parameters: self.parameters.clone(), inputs, targets, lambda: self.lambda }
    }
}

impl Rows {
    pub fn of<N: Network<Scalar = f64>>(&self) -> CaseOf<N> {
        let (inputs, targets) = (convert_all(&self.inputs), convert_all(&self.targets));
        Case { parameters: self.parameters.clone(), inputs, targets, lambda: self.lambda }
    }
}

/// Random cases of a network: parameters of its usual size and some beyond, m from 1 to 6,
/// targets that its cost can mean.
pub fn cases(of: Shape) -> impl Strategy<Value = Rows> {
    let parameters = prop::collection::vec(-0.9..0.9_f64, of.parameters());
    let lambda = (prop_oneof![Just(0.0), 0.01..3.0_f64], any::<bool>(), any::<bool>());
    (parameters, lambda, 1..=6_usize).prop_flat_map(move |(parameters, lambda, m)| {
        let inputs = prop::collection::vec(-1.5..1.5_f64, m * of.s_in());
        let targets = prop::collection::vec(0.0..1.0_f64, m * of.s_out());
        (Just(parameters), inputs, targets).prop_map(move |(parameters, inputs, targets)| Case {
            parameters,
            inputs: inputs.chunks(of.s_in()).map(<[f64]>::to_vec).collect(),
            targets: targets.chunks(of.s_out()).map(|y| target(of.cost, y)).collect(),
            lambda: Lambda { lambda: lambda.0, per_example: lambda.1, with_bias: lambda.2 },
        })
    })
}

/// A target that the cost can mean, from numbers between 0 and 1.
fn target(cost: &str, y: &[f64]) -> Vec<f64> {
    let sum: f64 = y.iter().map(|y| y + 0.01).sum();
    let entry = |&y: &f64| match cost {
        "CrossEntropy" => y,
        "CategoricalCrossEntropy" => (y + 0.01) / sum,
        // Far enough apart that Huber's error is small here and large there.
        _ => 6.0 * y - 3.0,
    };
    y.iter().map(entry).collect()
}

/// A random target that the cost can mean.
pub fn random_target(of: &Shape, rng: &mut impl RngExt) -> Vec<f64> {
    let y: Vec<f64> = (0..of.s_out()).map(|_| rng.random()).collect();
    target(of.cost, &y)
}

pub fn convert_all<U: RealField, A: AsRef<[f64]>, B: Sample<U>>(samples: &[A]) -> Vec<B> {
    let convert = |sample: &A| B::from_fn(|i| nalgebra::convert(sample.as_ref()[i]));
    samples.iter().map(convert).collect()
}

pub fn convert_into<T: RealField>(from: &[f64], to: &mut [T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = nalgebra::convert(from);
    }
}

/// ∂J/∂θ for every θ, by dual numbers through the readable path: exact to rounding.
pub fn exact_gradient<N: Network<Scalar = f64>>(case: &Rows) -> Vec<f64> {
    let mut dual = N::With::<Dual64>::zeros();
    convert_into(&case.parameters, dual.parameters_mut());
    let (inputs, targets) = (convert_all(&case.inputs), convert_all(&case.targets));
    let lambda = case.lambda.over();
    let mut gradient = Vec::new();
    for index in 0..N::PARAMETERS {
        dual.parameters_mut()[index].eps = 1.0;
        gradient.push(dual.cost(&inputs, &targets, &lambda).unwrap().eps);
        dual.parameters_mut()[index].eps = 0.0;
    }
    gradient
}

/// ∂cost/∂x of every example, one behind the other, in the same way.
pub fn exact_dj_dx<N: Network<Scalar = f64>>(case: &Rows) -> Vec<f64> {
    let mut dual = N::With::<Dual64>::zeros();
    convert_into(&case.parameters, dual.parameters_mut());
    let mut slopes = Vec::new();
    for (x, y) in case.inputs.iter().zip(&case.targets) {
        let [y]: [_; 1] = convert_all(&[y]).try_into().expect("one of one");
        for moving in 0..x.len() {
            let x = Sample::from_fn(|i| Dual64::new(x[i], f64::from(u8::from(i == moving))));
            slopes.push(dual.forward(&x).cost(&y).eps);
        }
    }
    slopes
}

/// (J(θ + h) − J(θ − h)) / 2h for every θ.
pub fn central_gradient(cost: &CostOfTheta, theta: &[f64], h: f64) -> Vec<f64> {
    let mut moved = theta.to_vec();
    let mut gradient = Vec::new();
    for (index, theta) in theta.iter().enumerate() {
        let mut at = |theta| {
            moved[index] = theta;
            cost(&moved)
        };
        gradient.push((at(theta + h) - at(theta - h)) / (2.0 * h));
        moved[index] = *theta;
    }
    gradient
}

/// Holds two gradients against each other entry by entry, with one tolerance for each Θ⁽ˡ⁾.
pub fn compare(shapes: &[ThetaShape], found: &[f64], expected: &[f64], tolerances: &[f64]) {
    assert_eq!(tolerances.len(), shapes.len());
    assert_eq!(found.len(), expected.len());
    let mut pairs = found.iter().zip(expected);
    for (shape, tolerance) in shapes.iter().zip(tolerances) {
        for (index, (found, expected)) in pairs.by_ref().take(shape.parameters()).enumerate() {
            let off = (found - expected).abs();
            assert!(
                off <= *tolerance,
                "theta{}, row {}, column {}: {found:e} where {expected:e} is expected; off by \
                 {off:e}, which is more than {tolerance:e}",
                shape.layer,
                index % shape.s_out,
                index / shape.s_out
            );
        }
    }
    assert!(pairs.next().is_none(), "more entries than parameters");
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
