//! Random networks and examples for property tests with proptest (feature `proptest`).
//!
//! Whatever is drawn here shrinks in the same way: numbers become 0, half of them at a time, then
//! those that are left become round. A failure so ends with the few entries that it takes, and a
//! [`Case`] prints as the lines that make it again. Numbers lie in one vector on the heap and go
//! from there into the network in place, so that networks of any size are drawn without touching the
//! stack.
//!
//! ```
//! use constprop::prelude::*;
//! use constprop::strategies::cases;
//! use proptest::prelude::*;
//!
//! network! {
//!     pub struct Tiny(2 => 3 Tanh => 2 Softmax) minimizing CategoricalCrossEntropy;
//! }
//! proptest!(|(case in cases::<Tiny>())| {
//!     // Targets suit the cost: these are probability distributions.
//!     prop_assert!(case.net.cost(&case.inputs, &case.targets, &case.regularization).is_ok());
//! });
//! ```

use core::fmt;
use core::ops::{Deref, DerefMut, Range, RangeInclusive};

use nalgebra::RealField;
use proptest::arbitrary::Arbitrary;
use proptest::prelude::{BoxedStrategy, Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::strategy::{NewTree, ValueTree};
use proptest::test_runner::{RngSeed, TestRunner};
use rand::RngExt;

use crate::check::targets::Targets;
use crate::input::Sample;
use crate::network::Network;
use crate::properties::Case;
use crate::regularization::Regularization;

/// What [`numbers`] makes.
#[derive(Clone, Debug)]
pub struct Numbers {
    count: usize,
    low: f64,
    high: f64,
}

/// A vector of `count` numbers from `low` to below `high`, which shrinks to few that are not 0, or not
/// what is nearest to 0 there. Without a finite number between the two, nothing is drawn: the runner
/// says why.
#[must_use]
pub const fn numbers(count: usize, low: f64, high: f64) -> Numbers {
    Numbers { count, low, high }
}

impl Strategy for Numbers {
    type Tree = NumbersTree;
    type Value = Vec<f64>;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let Self { low, high, .. } = *self;
        if !(low < high && (high - low).is_finite()) {
            return Err(format!("no numbers from {low} to below {high}").into());
        }
        // One draw of proptest's, then ChaCha8 as everywhere.
        let mut rng = crate::rng(rand_seed(runner));
        let values = (0..self.count).map(|_| rng.random_range(low..high)).collect();
        let next = Simpler::Zero { length: self.count, first: 0 };
        Ok(NumbersTree { values, range: low..high, next, undo: None })
    }
}

fn rand_seed(runner: &mut TestRunner) -> u64 {
    use proptest::prelude::Rng as _;
    runner.rng().next_u64()
}

/// Numbers, and how they shrink.
#[derive(Clone, Debug)]
pub struct NumbersTree {
    values: Vec<f64>,
    range: Range<f64>,
    next: Simpler,
    /// What stood in some stretch before it was made simpler.
    undo: Option<(usize, Vec<f64>)>,
}

/// What is tried next.
#[derive(Clone, Copy, Debug)]
enum Simpler {
    /// 0 in a stretch.
    Zero {
        length: usize,
        first: usize,
    },
    /// One number rounded to so many digits behind the point.
    Round {
        digits: i32,
        index: usize,
    },
    Done,
}

impl NumbersTree {
    /// 0, or if it is not of the range, an end of it or next to it.
    const fn nearest_to_zero(&self) -> f64 {
        let Range { start, end } = self.range;
        if start > 0.0 {
            start
        } else if end > 0.0 {
            0.0
        } else {
            end.next_down()
        }
    }

    /// The next attempt, and what follows it.
    fn advance(&mut self) -> Option<(usize, Vec<f64>)> {
        let count = self.values.len();
        match self.next {
            Simpler::Zero { length: 0, .. } => {
                self.next = Simpler::Round { digits: 0, index: 0 };
                self.advance()
            }
            Simpler::Zero { length, first } if first >= count => {
                self.next = Simpler::Zero { length: length / 2, first: 0 };
                self.advance()
            }
            Simpler::Zero { length, first } => {
                self.next = Simpler::Zero { length, first: first + length };
                let end = count.min(first + length);
                Some((first, vec![self.nearest_to_zero(); end - first]))
            }
            Simpler::Round { digits, index } if index >= count => {
                self.next = match digits {
                    0 | 1 => Simpler::Round { digits: digits + 1, index: 0 },
                    _ => Simpler::Done,
                };
                self.advance()
            }
            Simpler::Round { digits, index } => {
                self.next = Simpler::Round { digits, index: index + 1 };
                let factor = 10.0_f64.powi(digits);
                let rounded = (self.values[index] * factor).round() / factor;
                // What rounds to 0 has been tried as 0.
                let fits = rounded != 0.0 && self.range.contains(&rounded);
                Some((index, vec![if fits { rounded } else { self.values[index] }]))
            }
            Simpler::Done => None,
        }
    }
}

impl ValueTree for NumbersTree {
    type Value = Vec<f64>;

    fn current(&self) -> Vec<f64> {
        self.values.clone()
    }

    fn simplify(&mut self) -> bool {
        while let Some((first, simpler)) = self.advance() {
            let stretch = &mut self.values[first..first + simpler.len()];
            if *stretch != simpler[..] {
                self.undo = Some((first, stretch.to_vec()));
                stretch.copy_from_slice(&simpler);
                return true;
            }
        }
        false
    }

    fn complicate(&mut self) -> bool {
        let Some((first, before)) = self.undo.take() else { return false };
        self.values[first..first + before.len()].copy_from_slice(&before);
        true
    }
}

/// A network on the heap that prints its parameters: what [`networks`] draws.
#[derive(Clone)]
pub struct Drawn<N>(Box<N>);

impl<N> Drawn<N> {
    /// The network.
    #[must_use]
    pub fn into_box(self) -> Box<N> {
        self.0
    }
}

impl<N> Deref for Drawn<N> {
    type Target = N;

    fn deref(&self) -> &N {
        &self.0
    }
}

impl<N> DerefMut for Drawn<N> {
    fn deref_mut(&mut self) -> &mut N {
        &mut self.0
    }
}

impl<N: Network> fmt::Debug for Drawn<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", N::NAME, self.parameters())
    }
}

fn convert<T: RealField>(value: f64) -> T {
    nalgebra::convert(value)
}

/// All parameters of a network `N`, unrolled: [`numbers`] between −1 and 1.
pub fn parameters<N: Network>() -> impl Strategy<Value = Vec<N::Scalar>> + use<N> {
    let all = numbers(N::PARAMETERS, -1.0, 1.0);
    all.prop_map(|values| values.into_iter().map(convert).collect())
}

/// A network of the type `N`, its parameters between −1 and 1.
pub fn networks<N: Network>() -> impl Strategy<Value = Drawn<N>> + use<N> {
    numbers(N::PARAMETERS, -1.0, 1.0).prop_map(|values| {
        let mut net = N::boxed();
        for (parameter, value) in net.parameters_mut().iter_mut().zip(values) {
            *parameter = convert(value);
        }
        Drawn(net)
    })
}

/// Inputs of a network `N`, as many as `m` says, their entries between −1.5 and 1.5.
pub fn inputs<N: Network>(
    m: RangeInclusive<usize>,
) -> impl Strategy<Value = Vec<N::Input>> + use<N> {
    let all = numbers(m.end() * N::Input::SIZE, -1.5, 1.5);
    (m, all).prop_map(|(m, values)| samples::<N::Scalar, N::Input>(&values, m))
}

/// Targets that suit the cost of a network `N`, as many as `m` says: any numbers, positive ones,
/// numbers from 0 to 1, probability distributions or one-hot vectors, whichever is the most that
/// the cost takes.
pub fn targets<N: Network>(
    m: RangeInclusive<usize>,
) -> impl Strategy<Value = Vec<N::Target>> + use<N> {
    let kind = Targets::of::<N::Cost, N::Hypothesis, N::Scalar>();
    let all = numbers(m.end() * N::Target::SIZE, kind.range().start, kind.range().end);
    (m, all).prop_map(move |(m, values)| suiting(kind, &values, m))
}

fn samples<T: RealField, S: Sample<T>>(values: &[f64], m: usize) -> Vec<S> {
    let sample = |values: &[f64]| S::from_fn(|entry| convert(values[entry]));
    values.chunks_exact(S::SIZE).take(m).map(sample).collect()
}

fn suiting<T: RealField, S: Sample<T>>(kind: Targets, values: &[f64], m: usize) -> Vec<S> {
    let mut targets = samples::<T, S>(values, m);
    for target in &mut targets {
        kind.fit(target.as_mut());
    }
    targets
}

/// λ = 0 or between 0.01 and 3, in both conventions, with and without the bias.
pub fn regularizations<T: RealField>() -> impl Strategy<Value = Regularization<T>> + use<T> {
    let lambda = prop_oneof![Just(0.0), 0.01..3.0_f64];
    (lambda, any::<bool>(), any::<bool>()).prop_map(|(lambda, per_example, with_bias)| {
        let lambda = convert(lambda);
        let regularization = if per_example {
            Regularization::coursera(lambda)
        } else {
            Regularization::article(lambda)
        };
        if with_bias { regularization.with_bias() } else { regularization }
    })
}

/// A network of the type `N`, one to six examples that suit it, and λ.
pub fn cases<N: Network>() -> impl Strategy<Value = Case<N>> + use<N> {
    cases_of(1..=6)
}

/// A network of the type `N`, as many examples that suit it as `m` says, and λ. An `m` that starts
/// at 0 draws empty batches as well, which are an [`Error`](crate::Error) to almost every call.
pub fn cases_of<N: Network>(m: RangeInclusive<usize>) -> impl Strategy<Value = Case<N>> + use<N> {
    let kind = Targets::of::<N::Cost, N::Hypothesis, N::Scalar>();
    let most = *m.end();
    let x = numbers(most * N::Input::SIZE, -1.5, 1.5);
    let y = numbers(most * N::Target::SIZE, kind.range().start, kind.range().end);
    (networks::<N>(), m, x, y, regularizations()).prop_map(move |(net, m, x, y, regularization)| {
        Case {
            net: net.into_box(),
            inputs: samples(&x, m),
            targets: suiting(kind, &y, m),
            regularization,
        }
    })
}

impl<N: Network> Arbitrary for Case<N> {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        cases().boxed()
    }
}

impl<N: Network> Arbitrary for Drawn<N> {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        networks().boxed()
    }
}

impl<T: RealField> Arbitrary for Regularization<T> {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        regularizations().boxed()
    }
}

/// What [`gradient_properties!`](crate::gradient_properties) runs with: 64 cases, or as many as the
/// environment variable `PROPTEST_CASES` says, from a fixed seed, or from `PROPTEST_RNG_SEED`, so that
/// a run can be repeated; and a minute, or 20,000 attempts, to shrink a failure.
#[must_use]
pub fn config() -> ProptestConfig {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    ProptestConfig {
        cases: number("PROPTEST_CASES").and_then(|n| n.try_into().ok()).unwrap_or(64),
        rng_seed: RngSeed::Fixed(number("PROPTEST_RNG_SEED").unwrap_or(1)),
        failure_persistence: None,
        max_shrink_iters: number("PROPTEST_MAX_SHRINK_ITERS")
            .and_then(|n| n.try_into().ok())
            .unwrap_or(20_000),
        max_shrink_time: 60_000,
        // Networks of which nothing can be said, such as those of one class, are many.
        max_global_rejects: u32::MAX,
        ..ProptestConfig::default()
    }
}

/// Tries a property on random cases, as [`config`] says.
///
/// # Panics
///
/// Where it does not hold, with the case that is left after shrinking.
#[track_caller]
pub fn check_property<N: Network>(
    property: impl Fn(&Case<N>) -> Result<(), crate::properties::Failure>,
) {
    use crate::properties::Failure;
    use proptest::test_runner::TestCaseError;

    let holds = |case: Case<N>| match property(&case) {
        Ok(()) => Ok(()),
        Err(Failure::Undecided(why)) => Err(TestCaseError::reject(why)),
        Err(Failure::Broken(what)) => Err(TestCaseError::fail(what)),
    };
    if let Err(failure) = TestRunner::new(config()).run(&cases::<N>(), holds) {
        panic!("{}: {failure}", N::NAME);
    }
}

/// Tests that prove the gradient of a network: a line makes a suite.
///
/// ```
/// use constprop::gradient_properties;
/// use constprop::prelude::*;
///
/// network! {
///     pub struct MyNet(3 => 5 Tanh => 2 Softmax) minimizing CategoricalCrossEntropy;
/// }
/// gradient_properties!(MyNet);
///
/// network! {
///     pub struct Policy<const ACT: usize>(4 => 6 Relu => ACT Identity) minimizing Huber;
/// }
/// gradient_properties!(policy: Policy<2, f32>); // A module's name, for a second suite in a file.
/// # fn main() {}
/// ```
///
/// The network is named as it is in the scope of the line: `MyNet`, `crate::nets::MyNet`, not `super::MyNet`.
///
/// Each test tries one of the functions of [`properties`](crate::properties) on random networks,
/// examples and λ: that ∂J/∂Θ⁽ˡ⁾ is the derivative of J, entry by entry; that J and ∇J do not depend
/// on the order of the examples, and sum over every split of them; that λ adds its penalty and
/// leaves the bias alone where it should; that one example at a time and many at once agree; that
/// unrolling is reversible; and that a small step along −∇J lowers J. What fails shrinks to the few
/// numbers that it takes, and prints as the lines that make it again. How many cases, and from
/// which seed: [`config`](crate::strategies::config).
#[macro_export]
macro_rules! gradient_properties {
    ($module:ident: $net:ty) => {
        #[cfg(test)]
        mod $module {
            #[allow(unused_imports)]
            use super::*;

            $crate::gradient_properties! { @tests $net:
                gradient_is_correct order_does_not_matter sums_over_a_split
                lambda_adds_the_penalty lambda_spares_the_bias paths_agree
                unrolling_is_reversible descent_lowers_the_cost
            }
        }
    };
    (@tests $net:ty: $($property:ident)*) => {
        $crate::gradient_properties! { @each ($net) $($property)* }
    };
    (@each ($net:ty)) => {};
    (@each ($net:ty) $property:ident $($more:ident)*) => {
        #[$crate::__core::prelude::v1::test]
        fn $property() {
            $crate::strategies::check_property::<$net>($crate::properties::$property);
        }
        $crate::gradient_properties! { @each ($net) $($more)* }
    };
    ($net:ty) => {
        $crate::gradient_properties! { gradient_properties: $net }
    };
}
